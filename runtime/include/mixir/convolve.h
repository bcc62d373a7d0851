/* convolve.h - the convolution that compiled programs refer to by name, as they refer to libm.
 *
 * Standalone C99. Not for callers of the library: the compiler writes the calls, and the launcher
 * runs them like any other entry of a program, task by task, with eight channels at a time in lanes.
 */
#ifndef MIXIR_CONVOLVE_H
#define MIXIR_CONVOLVE_H

#include "mixir.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Which sample tap number j of W meets at t: the one at t - lag. */
typedef enum mixir_convolve_pad {
  MIXIR_CONVOLVE_CAUSAL = 0, /**< lag W-1-j */
  MIXIR_CONVOLVE_SAME = 1,   /**< lag (W-1)/2-j, W odd */
  MIXIR_CONVOLVE_ANTICAUSAL = 2 /**< lag j-(W-1) */
} mixir_convolve_pad;

/** Which buffers have the lanes as their first dimension (bits). */
typedef enum mixir_convolve_lanes {
  MIXIR_CONVOLVE_INPUT_LANES = 1,
  MIXIR_CONVOLVE_TAP_LANES = 2,
  MIXIR_CONVOLVE_OUTPUT_LANES = 4
} mixir_convolve_lanes;

/** y[t] = sum_j taps[j] x[t - lag(j)], zero outside, for every lane and entry. `buffers` are those of
 *  x, the taps and y, f32, with dimensions [lanes,] time [, entries] and [lanes,] taps. Up to
 *  `direct_up_to` taps that can meet a sample the sum is computed as it stands, beyond by Fourier
 *  transforms. Answers 0, or a negative number as entries do. */
MIXIR_API int mixir_convolve(void **buffers, int32_t pad, int32_t lanes, int32_t direct_up_to);

#ifdef __cplusplus
}
#endif

#endif /* MIXIR_CONVOLVE_H */
