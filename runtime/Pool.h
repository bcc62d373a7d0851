// Pool.h - the threads that run the tasks of a kernel.
//
// One pool per process, started when first needed and never torn down. Work is handed out as
// slots: the caller always runs slot 0, other threads take further slots when they get there in
// time. What a slot does is up to the body, which claims chunks of tasks, so a late thread costs
// nothing and results never depend on which thread did what.
#ifndef MIXIR_RUNTIME_POOL_H
#define MIXIR_RUNTIME_POOL_H

#include "mixir/mixir.h"

namespace mixir::runtime {

/// Number of threads that this process may run at the same time, at least 1.
int hardwareThreads();

/// Runs body(arg, 0), and body(arg, i) for some of i in 1 .. slots-1 on other threads at the same
/// time; returns when all that began have ended. Waits busily for some tens of microseconds at
/// most. When the pool is in use by another call, only body(arg, 0) is run.
void runSlots(int slots, mixir_parallel_body_fn body, void *arg);

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_POOL_H
