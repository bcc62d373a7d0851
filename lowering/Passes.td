// The passes of the lowering stage, in alphabetical order: one entry, one .cpp
// and one lit test of the same name each.
#ifndef MIXIR_LOWERING_PASSES_TD
#define MIXIR_LOWERING_PASSES_TD

include "mlir/Pass/PassBase.td"


def ChooseAlgorithmPass : Pass<"mixir-lower-choose-algorithm", "::mlir::func::FuncOp"> {
  let summary = "choose how every recurrence is computed";
  let description = [{
    Sets `algorithm` on every `mixer.recurrence` by transition class, shape
    and target, with the reason as a remark. For now: "time_serial", one step
    after the other with the lane dimension in vector lanes.

    ```mlir
    mixer.recurrence "L" ... forms [...] algorithm "time_serial" { ... }
    ```
  }];
  let options = [
    Option<"algorithm", "algorithm", "std::string", "\"auto\"", "the algorithm of every recurrence that has it, or auto">,
    ListOption<"expected", "expected", "std::string", "DIM=SIZE: extents that the calls are expected to have">
  ];
}

def ChunkRecurrencePass : Pass<"mixir-lower-chunk-recurrence", "::mlir::func::FuncOp"> {
  let summary = "recurrences that are computed in chunks, by products of matrices";
  let description = [{
    A recurrence with algorithm "chunked" becomes a walk over chunks of its
    steps. Within a chunk, what each step takes of the earlier ones is a
    product of a matrix of scores over pairs of steps; what steps feed back
    into the state solves a unit lower triangular system. The walk is a
    `mixer.recurrence` along a new dimension of chunks; the values of steps
    are cut by `mixer.split`, results put together by `mixer.merge`. The scans
    inside a chunk are `mixer.scan`s again.

    ```mlir
    mixer.recurrence "L" ... algorithm "chunked" { ... }   // becomes
    mixer.recurrence "L_chunk" ... algorithm "chunked" { ... }, mixer.merge "L_chunk" "L_step" into "L"
    ```
  }];
  let options = [Option<"chunk", "chunk", "int64_t", "0", "steps of a chunk; 0: by the class of the decay">];
}

def ConvolveConstantPass : Pass<"mixir-lower-convolve-constant", "::mlir::func::FuncOp"> {
  let summary = "recurrences that are the same at every step as convolutions";
  let description = [{
    A recurrence with the algorithm "convolution" becomes a `mixer.conv` of
    each of its inputs with the answer to an impulse: a scan of the same steps
    over a copy of the walked dimension, without the dimensions of the batch.
    What is asked of it must be linear in the states with coefficients that
    stay the same, from states that start at zero. Last states that are asked
    for keep a recurrence of their own.

    ```mlir
    %y, %hT = mixer.recurrence "L" ... algorithm "convolution" { ... }   // becomes
    %k, %kT = mixer.scan "L_taps" reverse ...
    %y = mixer.conv causal along "L" taps "L_taps" %u, %k
    ```
  }];
}

def CutScansPass : Pass<"mixir-lower-cut-scans", "::mlir::func::FuncOp"> {
  let summary = "sums over dimensions of the states outside their walk";
  let description = [{
    A sum in the body of a scan keeps lanes and tasks from lying along what it
    sums up. Where the states need not be walked for it, as in a projection of
    the input, it is computed before the scan; where no state needs it and no
    other dimension of the states is dense in memory, as when channels are read
    from states that all of them share, after the scan. States that the input
    of such a sum needs (delays of a filter) are walked first. Runs after
    ExpandPrev.

    ```mlir
    mixer.scan "L" states ["h"] ...   // of sum["D"](w * x): takes the slices of the sums
    ```
  }];
}

def DerivePartialPass : Pass<"mixir-lower-derive-partial", "::mlir::func::FuncOp"> {
  let summary = "what a piece of a sequence does to the states";
  let description = [{
    Replaces the results of a mixer with affine states by two for each state:
    `S_E`, the last state of the piece from zero, and `S_M`, the product of
    its transitions, so that a state S before the piece is M S + E behind it.
    M is multiplied point by point, or, where the state has low-rank terms
    over a dimension K, summed over K: M has dimensions K and K_. Without a
    decay there is no M: it is one. Operands that this does not need are
    dropped.

    ```mlir
    %y, %hT = mixer.recurrence "L" states ["h"] ...   // becomes
    %E, %M = mixer.scan "L" states ["h", "h_M"] ...
    ```
  }];
}

def ExpandComplexPass : Pass<"mixir-lower-expand-complex", "::mlir::func::FuncOp"> {
  let summary = "complex values as pairs of real ones";
  let description = [{
    Inside a function every complex value becomes two real ones; a complex
    argument is read by `mixer.unary re` and `im`, a complex result written by
    `mixer.complex`. A complex state becomes two states named `x.re`, `x.im`.
    Canonical terms, no longer needed, are dropped.

    ```mlir
    %p = mixer.binary mul %a, %b : complex values   // becomes
    %re = a.re * b.re - a.im * b.im,  %im = a.re * b.im + a.im * b.re
    ```
  }];
}

def ExpandPrevPass : Pass<"mixir-lower-expand-prev", "::mlir::func::FuncOp"> {
  let summary = "earlier values as delay states";
  let description = [{
    `mixer.prev %e by j` becomes j states that hand the value on, each zero at
    the start.

    ```mlir
    %1 = mixer.prev %0 by 1   // becomes the old value of a new state updated to %0
    ```
  }];
}

def ExpandRoutesPass : Pass<"mixir-lower-expand-routes", "::mlir::func::FuncOp"> {
  let summary = "a scan of several routes as one scan for each";
  let description = [{
    Unrolls the dimension of routes: each value over it becomes one value for
    each route, reductions over it are combined, and what the caller gives or
    gets over it is read by `mixer.pick` and put together by `mixer.stack`.

    ```mlir
    %y = mixer.scan "L" routes #mixer.routes<"R", reversed = [false, true]> ...
    // becomes
    %y0 = mixer.scan "L" ...
    %y1 = mixer.scan "L" reverse ...
    ```
  }];
}

def ExpandVisitsPass : Pass<"mixir-lower-expand-visits", "::mlir::func::FuncOp"> {
  let summary = "routes as computed coordinates";
  let description = [{
    For a target whose kernels are not led along routes by their launcher: a
    `mixer.visit` gathers at the coordinates that the digits of the step say,
    a `mixer.place` at the step that the coordinates of the place say.

    ```mlir
    %v = mixer.visit "T" <["H", "W"], [<[<"W">, <"H">]>]> %x ...   // becomes
    %w = mixer.gather "H" %x at %h ...
    %v = mixer.gather "W" %w at %w_of_t ...
    ```
  }];
}

def FindRecurrencePass : Pass<"mixir-lower-find-recurrence", "::mlir::func::FuncOp"> {
  let summary = "the canonical affine form of every scan";
  let description = [{
    Follows each state symbolically through the body: as long as the new state
    is a decay times the old one, plus low-rank terms b sum(a R), plus a
    write, the state is affine and the terms are recorded; the class of the
    decay, whether it varies in time, and whether the terms read the old or
    the decayed state become the `#mixer.form`. What is not affine, or mixes
    states, is legal and said in a remark.

    ```mlir
    mixer.scan "L" states ["h"] ...        // becomes
    mixer.recurrence "L" states ["h"] ... forms [#mixer.form<"h", decay = full, ...>] { ... } terms { ... }
    ```
  }];
}

def FoldPointwisePass : Pass<"mixir-lower-fold-pointwise", "::mlir::func::FuncOp"> {
  let summary = "fold constants and identities of pointwise operations";
  let description = [{
    Constant operands are evaluated, x+0, x*1, x-0, x/1, select of a constant
    condition and casts of constants disappear, extents of fixed dimensions
    become numbers, and x ** 2, x ** 0.5 and the like become products and
    roots. x*0 stays: x may be NaN.

    ```mlir
    %2 = mixer.binary mul %x, %one   // becomes %x
    ```
  }];
}

def HoistMovesPass : Pass<"mixir-lower-hoist-moves", "::mlir::func::FuncOp"> {
  let summary = "what is read at other coordinates and no state enters in front of its scan";
  let description = [{
    A `mixer.rename`, `mixer.shift` or `mixer.gather` in the body of a scan that
    does not depend on a state is done for the whole sequence, and the scan
    takes its slices. What is gathered outside scans gets a name of its own for
    the dimension.

    ```mlir
    %j = mixer.rename "K" to "J" %kt   // becomes a slice of mixer.rename "K" to "J" %k
    ```
  }];
}

def HoistVisitsPass : Pass<"mixir-lower-hoist-visits", "::mlir::func::FuncOp"> {
  let summary = "routes through what lies in memory";
  let description = [{
    A `mixer.visit` of a pointwise value becomes that of its operands: only
    values that lie in memory anyway are read in the order of a route. Where a
    step may be a ghost, what does not come out as zero there is made zero.

    ```mlir
    %e = mixer.unary exp %x ...
    %v = mixer.visit "T" <...> %e ...   // becomes
    %w = mixer.visit "T" <...> %x ...
    %v = mixer.unary exp %w ...
    ```
  }];
}

def MergePlacesPass : Pass<"mixir-lower-merge-places", "::mlir::func::FuncOp"> {
  let summary = "what follows a walk along a route, done at its steps";
  let description = [{
    A pointwise operation on what a route brings to its places, which it visits
    once each, moves in front of the `mixer.place`; its other operands are
    visited. So a sum over routes adds up in place, route after route.

    ```mlir
    %p = mixer.place "T" <...> %y ...
    %s = mixer.binary add %p, %x ...   // becomes
    %v = mixer.visit "T" <...> %x ...
    %a = mixer.binary add %y, %v ...
    %s = mixer.place "T" <...> %a ...
    ```
  }];
}

def PlanKernelsPass : Pass<"mixir-lower-plan-kernels", "::mlir::ModuleOp"> {
  let summary = "kernels, stages, loops and buffers";
  let description = [{
    Cuts the mixer into kernels: every recurrence with the pointwise work,
    stencils and short reductions around it, and what remains as kernels
    without a recurrence. Chooses lanes, blocks and tiles, decides which
    values become stages and where they are computed, and orders the body of a
    step into phases. Says what was fused and what was not. For a GPU, states
    with many numbers are shared by neighbouring threads, and a recurrence whose
    states go on as decay * state + write gets a second kernel, in which time
    lies across threads, for calls with few blocks.

    ```mlir
    func.func @m(...) { mixer.recurrence ... }          // becomes
    kernel.program @m ... { kernel.func @m_0 loops [...] { kernel.recur ... } }
    ```
  }];
  let options = [
    Option<"vectorWidth", "vector-width", "int64_t", "8", "f32 lanes of one vector register">,
    Option<"cacheBytes", "cache-bytes", "int64_t", "32768", "first-level data cache of one core, bytes">,
    Option<"secondCacheBytes", "second-cache-bytes", "int64_t", "524288", "second-level cache of one core, bytes">,
    Option<"threads", "threads", "int64_t", "0", "on a GPU: most threads of a block; 0: a CPU">,
    Option<"sharedBytes", "shared-bytes", "int64_t", "0", "on a GPU: shared memory of a block">,
    Option<"mostSharedBytes", "most-shared-bytes", "int64_t", "0",
           "on a GPU: the most of it that a block may ask for, where a step needs it">,
    Option<"timeThreads", "time-threads", "int64_t", "64", "on a GPU: most threads along time">,
    Option<"timeLanes", "time-lanes", "int64_t", "4", "on a GPU: coordinates of the lane dimension beside them">,
    Option<"stateNumbers", "state-numbers", "int64_t", "32", "on a GPU: numbers of states that a thread holds">
  ];
  let dependentDialects = ["::mixir::kernel::KernelDialect", "::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

def ReassociateProductsPass : Pass<"mixir-lower-reassociate-products", "::mlir::func::FuncOp"> {
  let summary = "group the factors of a product by what they vary over";
  let description = [{
    A product of several factors is rebuilt so that factors over the same
    dimensions meet first, the ones over fewer dimensions before the ones over
    more: dt * B * u becomes (dt * u) * B, whose first part does not vary over
    the state dimension and can leave its loop. A factor that is the same along
    the dimensions of a sum is multiplied with the sum.

    ```mlir
    %p = mixer.binary mul (%dt * %B), %u   // becomes (%dt * %u) * %B
    ```
  }];
}

def ScaleExponentsPass : Pass<"mixir-lower-scale-exponents", "::mlir::func::FuncOp"> {
  let summary = "exp as exp2 with the scale on the factor that varies least";
  let description = [{
    exp(x) becomes exp2(x * log2 e). When x is a product the constant goes to
    the factor over the fewest steps: exp(dt * A) is exp2(dt * (A * log2 e)),
    and the bracket is computed once.

    ```mlir
    %e = mixer.unary exp %x   // becomes mixer.unary exp2 (%x * 1.4426950408889634)
    ```
  }];
}

def SplitScansPass : Pass<"mixir-lower-split-scans", "::mlir::func::FuncOp"> {
  let summary = "independent states in scans of their own";
  let description = [{
    States that do not depend on each other, directly or through values of the
    body, get a scan each, so that each can have its own lanes and algorithm.
    A per-step value that reads several of them is computed after the scans,
    and a scan without states is no scan: it works on whole sequences.

    ```mlir
    mixer.scan "L" states ["S", "z"] ...   // becomes two scans
    ```
  }];
}

#endif
