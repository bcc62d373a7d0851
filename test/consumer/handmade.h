/* handmade.h - has the shape of a header that `mixir compile` writes. */
#ifndef HANDMADE_H
#define HANDMADE_H

#include <mixir/mixir.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y[B, D] = x[B, D] */
extern const mixir_kernel_table mixir_program_handmade;

#ifdef __cplusplus
}
#endif

#endif /* HANDMADE_H */
