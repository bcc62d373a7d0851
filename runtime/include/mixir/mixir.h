/* mixir.h - the C interface of the Mixir runtime.
 *
 * Standalone C99: this file and libmixir_runtime are all that a program needs to run a compiled
 * mixer. Compiled mixers export one `mixir_kernel_table`; open it, hand over tensor views, run.
 *
 * Conventions. Functions that can fail return a `mixir_status`; 0 is success. The text of the last
 * error belongs to the context that the call was given (`mixir_context_last_error`). Extents and
 * strides are int64 and count elements, never bytes. No function throws or aborts on bad input.
 *
 * Threads. A `mixir_program` never changes after it was opened: any number of threads may run it at
 * the same time, each with its own `mixir_context`. One context serves one call at a time; a second
 * call while one is running is MIXIR_ERROR_BUSY.
 *
 * GPUs. The CUDA driver is loaded on first use; nothing of CUDA is needed to build or to run on the
 * CPU. A call that needs the driver uses the current CUDA context of the calling thread; where it
 * has none, the primary context of device 0 is made current.
 */
#ifndef MIXIR_MIXIR_H
#define MIXIR_MIXIR_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define MIXIR_API __attribute__((visibility("default")))
#else
#define MIXIR_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Versions ---------------------------------------------------------------------------- */

/** ABI of `mixir_kernel_table` and the manifest. A major change breaks, a minor change adds. */
#define MIXIR_ABI_MAJOR 2
#define MIXIR_ABI_MINOR 0
/** Pass this as `max_abi`: the newest ABI that the caller was compiled against. */
#define MIXIR_ABI_VERSION (((uint32_t)MIXIR_ABI_MAJOR << 16) | (uint32_t)MIXIR_ABI_MINOR)

/** Version of the library as text, for example "0.1.0". Never NULL. */
MIXIR_API const char *mixir_version(void);
/** ABI version of the library in the form of MIXIR_ABI_VERSION. */
MIXIR_API uint32_t mixir_abi_version(void);

/* ---- Errors ------------------------------------------------------------------------------ */

/** What a call answers. The number n has the stable text code "MIXR<n as four digits>". */
typedef enum mixir_status {
  MIXIR_OK = 0,
  MIXIR_ERROR_INVALID_ARGUMENT = 1, /**< a NULL pointer, a bad index, an unknown option */
  MIXIR_ERROR_OUT_OF_MEMORY = 2,    /**< an allocation failed; nothing was written */
  MIXIR_ERROR_BAD_TABLE = 3,        /**< not a kernel table, or an inconsistent one */
  MIXIR_ERROR_ABI_VERSION = 4,      /**< the program is newer than the caller or the library */
  MIXIR_ERROR_BAD_MANIFEST = 5,     /**< the manifest is not JSON or breaks its schema */
  MIXIR_ERROR_LOAD = 6,             /**< a shared object or image cannot be loaded or holds no
                                         such program */
  MIXIR_ERROR_CPU_FEATURE = 7,      /**< the program needs instructions this CPU lacks */
  MIXIR_ERROR_TENSOR_COUNT = 8,     /**< number of tensors differs from number of operands */
  MIXIR_ERROR_NAME = 9,             /**< unknown, missing or repeated operand name */
  MIXIR_ERROR_NULL_DATA = 10,       /**< data is NULL though the tensor has elements */
  MIXIR_ERROR_RANK = 11,            /**< number of axes differs from the declaration */
  MIXIR_ERROR_DTYPE = 12,           /**< element type differs from the declaration */
  MIXIR_ERROR_DEVICE = 13,          /**< the data lies on a device the program cannot read */
  MIXIR_ERROR_EXTENT = 14,          /**< an extent is negative or does not fit int32 */
  MIXIR_ERROR_SHAPE = 15,           /**< extents of one dimension disagree */
  MIXIR_ERROR_DIVISIBILITY = 16,    /**< a merged axis is not divisible into its dimensions */
  MIXIR_ERROR_UNDETERMINED = 17,    /**< no tensor tells the size of a dimension */
  MIXIR_ERROR_STRIDE = 18,          /**< negative stride, or output elements share memory */
  MIXIR_ERROR_ALIGNMENT = 19,       /**< data is not aligned to the size of its scalar */
  MIXIR_ERROR_TOO_LARGE = 20,       /**< the bytes of a tensor or tile overflow */
  MIXIR_ERROR_READ_ONLY = 21,       /**< an output is marked read-only */
  MIXIR_ERROR_OVERLAP = 22,         /**< an output shares memory with another tensor */
  MIXIR_ERROR_KERNEL = 23,          /**< a kernel reported a failure */
  MIXIR_ERROR_BUSY = 24,            /**< the context is running another call */
  MIXIR_ERROR_DLPACK = 25,          /**< a DLPack tensor that cannot be viewed */
  MIXIR_ERROR_INTERNAL = 26,        /**< a bug in the runtime */
  MIXIR_ERROR_NO_DRIVER = 27,       /**< there is no CUDA driver, or it is too old */
  MIXIR_ERROR_CUDA = 28,            /**< a call of the CUDA driver failed or is not possible now */
  MIXIR_ERROR_ARCH = 29,            /**< an image that the GPU or its driver cannot run */
  MIXIR_ERROR_UNSUPPORTED = 30,     /**< a batch that the program cannot be run on */
  MIXIR_ERROR_ROUTE = 31            /**< a table of a route has a place that does not exist or comes twice, or one of a tree a parent that does not stand before its child */
} mixir_status;

/** Stable text code of a status ("MIXR0012"); "MIXR0026" for numbers that are no status. */
MIXIR_API const char *mixir_status_code(int status);
/** One short sentence for a status, without details of the call. Never NULL. */
MIXIR_API const char *mixir_status_text(int status);

/* ---- Tensors ----------------------------------------------------------------------------- */

#define MIXIR_MAX_RANK 8

/** Element types. Values are part of the ABI. */
typedef enum mixir_dtype {
  MIXIR_F32 = 1,
  MIXIR_F16 = 2,
  MIXIR_BF16 = 3,
  MIXIR_C64 = 4, /**< two f32: real part, imaginary part */
  MIXIR_I32 = 5
} mixir_dtype;

/** Bytes of one element, 0 for an unknown type. */
MIXIR_API size_t mixir_dtype_size(int dtype);
/** "f32", "f16", "bf16", "c64", "i32"; "?" for an unknown type. */
MIXIR_API const char *mixir_dtype_name(int dtype);

/** Where data lies. */
typedef enum mixir_device { MIXIR_CPU = 0, MIXIR_CUDA = 1 } mixir_device;

/** A view of memory that the caller owns. Axes in the order of the declaration, slowest first. */
typedef struct mixir_tensor {
  void *data;                      /**< first element; NULL allowed when an extent is 0 */
  int32_t ndim;                    /**< number of axes, 0 for a single value */
  int64_t shape[MIXIR_MAX_RANK];   /**< extents, >= 0 */
  int64_t strides[MIXIR_MAX_RANK]; /**< in elements, >= 0; 0 repeats an input along the axis */
  int32_t dtype;                   /**< mixir_dtype */
  int32_t device;                  /**< mixir_device */
  int32_t read_only;               /**< not 0: may not be bound to an output */
} mixir_tensor;

/** A dense row-major view (last axis fastest) on the CPU. `shape` has `ndim` extents. */
static inline mixir_tensor mixir_tensor_dense(void *data, mixir_dtype dtype, int32_t ndim,
                                              const int64_t *shape) {
  mixir_tensor t;
  int64_t stride = 1;
  int32_t i;
  for (i = 0; i < MIXIR_MAX_RANK; i++) {
    t.shape[i] = 0;
    t.strides[i] = 0;
  }
  t.data = data;
  t.ndim = ndim;
  t.dtype = (int32_t)dtype;
  t.device = MIXIR_CPU;
  t.read_only = 0;
  for (i = ndim - 1; i >= 0 && i < MIXIR_MAX_RANK; i--) {
    t.shape[i] = shape[i];
    t.strides[i] = stride;
    stride = (int64_t)((uint64_t)stride * (uint64_t)(shape[i] > 0 ? shape[i] : 1));
  }
  return t;
}

/* ---- Compiled programs ------------------------------------------------------------------- */

#define MIXIR_TABLE_MAGIC 0x5258494du /* "MIXR" */

/** Instruction sets that a program may need (`mixir_kernel_table.features`). */
#define MIXIR_FEATURE_AVX2 1u
#define MIXIR_FEATURE_FMA 2u
#define MIXIR_FEATURE_F16C 4u
#define MIXIR_FEATURE_AVX512 8u /* F, VL, DQ, BW and CD */

/** Features of the CPU this runs on, as MIXIR_FEATURE bits. */
MIXIR_API uint64_t mixir_cpu_features(void);

/** One kernel: takes pointers and answers 0 or an error number. The pointers are, each group in the
 *  order of the manifest: scalars (int32_t), buffers it reads, carries in, buffers it writes,
 *  carries out. Buffers have the layout of Halide's halide_buffer_t. */
typedef int (*mixir_entry_fn)(void **args);

/** What a compiled mixer exports under the name `mixir_program_<name>`. */
typedef struct mixir_kernel_table {
  uint32_t magic;                /**< MIXIR_TABLE_MAGIC */
  uint16_t abi_major;            /**< MIXIR_ABI_MAJOR of the compiler */
  uint16_t abi_minor;            /**< MIXIR_ABI_MINOR of the compiler */
  uint64_t features;             /**< MIXIR_FEATURE bits that the kernels need */
  const char *name;              /**< name of the mixer */
  const char *manifest;          /**< JSON, see manifest.schema.json */
  const mixir_entry_fn *entries; /**< one per kernel, in the order of the manifest */
  uint32_t num_entries;
  uint32_t reserved;             /**< 0 */
} mixir_kernel_table;

typedef struct mixir_context mixir_context;
typedef struct mixir_program mixir_program;

/* ---- Contexts ---------------------------------------------------------------------------- */

/** Makes a context: last error, and memory that calls reuse. NULL when memory is short. */
MIXIR_API mixir_context *mixir_context_create(void);
/** Destroys a context; NULL is allowed. It must not be running a call. */
MIXIR_API void mixir_context_destroy(mixir_context *context);
/** Text of the last failed call ("" when none failed). Valid until the next call on `context`. */
MIXIR_API const char *mixir_context_last_error(const mixir_context *context);
/** Status of the last failed call, MIXIR_OK when none failed. */
MIXIR_API int mixir_context_last_status(const mixir_context *context);
/** Gives the memory that calls reuse back; the next call takes it anew. CUDA graphs that were
 *  captured with this context must not be launched any more, as after its end. */
MIXIR_API int mixir_context_trim(mixir_context *context);
/** Bytes that the context holds for its next calls, on the CPU and on GPUs. */
MIXIR_API size_t mixir_context_reserved_bytes(const mixir_context *context);

/** Replacement of malloc and free for working memory, process-wide. `alignment` is a power of two;
 *  `allocate` answers NULL when memory is short. Both must be callable from any thread. */
typedef struct mixir_allocator {
  void *(*allocate)(void *user, size_t bytes, size_t alignment);
  void (*release)(void *user, void *block);
  void *user;
} mixir_allocator;

/** Uses `allocator` for all working memory taken from now on (copied; NULL: back to the default).
 *  Memory taken before goes back to where it came from. Errors: INVALID_ARGUMENT. */
MIXIR_API int mixir_set_allocator(const mixir_allocator *allocator);

/* ---- Opening and asking ------------------------------------------------------------------ */

/** Checks `table` and reads its manifest. `table` must outlive the program.
 *  `max_abi` is MIXIR_ABI_VERSION of the caller. Errors: INVALID_ARGUMENT, BAD_TABLE, ABI_VERSION,
 *  CPU_FEATURE, BAD_MANIFEST, OUT_OF_MEMORY; `*program` is NULL then. */
MIXIR_API int mixir_program_open(mixir_context *context, const mixir_kernel_table *table,
                                 uint32_t max_abi, mixir_program **program);
/** Loads the shared object at `path` and opens the program `name` in it (NULL: the only one).
 *  Errors: those of mixir_program_open, and LOAD. */
MIXIR_API int mixir_program_load(mixir_context *context, const char *path, const char *name,
                                 uint32_t max_abi, mixir_program **program);
/** Opens a program for a GPU: `manifest` is its JSON text, `image` the cubin, fatbin or PTX of
 *  `image_bytes` bytes. Both are copied. The program belongs to the CUDA context it is opened in.
 *  Errors: INVALID_ARGUMENT, ABI_VERSION, BAD_MANIFEST, LOAD, NO_DRIVER, CUDA, ARCH,
 *  OUT_OF_MEMORY. */
MIXIR_API int mixir_program_open_cuda(mixir_context *context, const char *manifest,
                                      const void *image, size_t image_bytes, uint32_t max_abi,
                                      mixir_program **program);
/** Closes a program, unloading its shared object if it was loaded; NULL is allowed. No call may be
 *  running it, and a GPU must be done with it. */
MIXIR_API void mixir_program_close(mixir_program *program);

/** What an operand is to the program. */
typedef enum mixir_role { MIXIR_ROLE_IN = 0, MIXIR_ROLE_PARAM = 1, MIXIR_ROLE_OUT = 2 } mixir_role;

/** Name of the mixer. */
MIXIR_API const char *mixir_program_name(const mixir_program *program);
/** The manifest as JSON text. */
MIXIR_API const char *mixir_program_manifest(const mixir_program *program);
/** Where the tensors of a call must lie (mixir_device); -1 for a NULL program. */
MIXIR_API int32_t mixir_program_device(const mixir_program *program);
/** Number of operands, which is the number of tensors that a call takes; outputs come last. */
MIXIR_API int32_t mixir_program_operand_count(const mixir_program *program);
/** Number of outputs. */
MIXIR_API int32_t mixir_program_output_count(const mixir_program *program);
/** Index of the operand called `name`, -1 when there is none. */
MIXIR_API int32_t mixir_program_find_operand(const mixir_program *program, const char *name);
/** Name of an operand; NULL for a bad index, as in the next two. */
MIXIR_API const char *mixir_program_operand_name(const mixir_program *program, int32_t operand);
/** Axes of an operand as text, for example "[B, L, (G R), P]". */
MIXIR_API const char *mixir_program_operand_axes(const mixir_program *program, int32_t operand);
/** One axis as text, for example "L" or "G R". */
MIXIR_API const char *mixir_program_operand_axis(const mixir_program *program, int32_t operand,
                                                 int32_t axis);
/** mixir_role of an operand; -1 for a bad index, as in the next two. */
MIXIR_API int32_t mixir_program_operand_role(const mixir_program *program, int32_t operand);
/** mixir_dtype of an operand. */
MIXIR_API int32_t mixir_program_operand_dtype(const mixir_program *program, int32_t operand);
/** Number of axes of an operand. */
MIXIR_API int32_t mixir_program_operand_rank(const mixir_program *program, int32_t operand);
/** Number of named dimensions. */
MIXIR_API int32_t mixir_program_dim_count(const mixir_program *program);
/** Name of a dimension; NULL for a bad index. */
MIXIR_API const char *mixir_program_dim_name(const mixir_program *program, int32_t dim);
/** Size of a dimension fixed at compile time; -1 when the tensors of a call tell it. */
MIXIR_API int64_t mixir_program_dim_size(const mixir_program *program, int32_t dim);

/* ---- Running ----------------------------------------------------------------------------- */

/** Work of one slot of a parallel loop. */
typedef void (*mixir_parallel_body_fn)(void *arg, int64_t slot);
/** The embedding program's own pool: call `body(arg, i)` once for each i in 0 .. n-1, in any order
 *  and on any threads, and return when all calls have returned. Must not throw. */
typedef void (*mixir_parallel_for_fn)(void *user, int64_t n, mixir_parallel_body_fn body,
                                      void *arg);

/** How the entries of one dimension, the batch, lie in memory where they do not simply follow each
 *  other. Any program can be run so whose entries do not depend on each other (else: UNSUPPORTED);
 *  every entry is computed as if it were alone. Zero every field, then set
 *  `size`.
 *
 *  Packed: an operand that has `dim` and `along` has extent 1 on `dim` and offsets[count] on
 *  `along` (times the other dimensions of the axis where it is merged with faster ones): entry i is
 *  offsets[i] .. offsets[i + 1] - 1 there. One that has `dim` only has extent `count`, for example
 *  one initial and one final state for each sequence. A sequence may be empty: its final state is
 *  its initial one. No operand has `along` without `dim`.
 *
 *  Indexed: entry i is row rows[i] along `dim` of the operands in `indexed`, whose extent of `dim`
 *  may be any. Entries may share a row unless an output is indexed; an output may be the same view
 *  as its initial state where both are indexed. Where rows[i] is negative nothing is computed for
 *  entry i: its elements in outputs that are not indexed become zero.
 *
 *  On a GPU, `dim` and `along` are those that the program was compiled for, the "batch" of its
 *  manifest. Offsets and rows of the CPU are copied to device memory of the context; a call that is
 *  captured must have them in device memory (`device`), where they are read when the kernels run and
 *  may be other ones at each launch of the graph. They are not checked there: offsets must be as
 *  said above, rows inside every indexed operand, and no two entries may share a row that is
 *  written. */
typedef struct mixir_batch {
  size_t size;                /**< sizeof(mixir_batch) of the caller */
  const char *dim;            /**< the batch dimension, for example "B" */
  int64_t count;              /**< entries of this call */
  const char *along;          /**< the dimension along which sequences are packed, for example "L";
                                   NULL: they are not */
  const int64_t *offsets;     /**< packed: count + 1 numbers, 0 first, never falling */
  const int64_t *rows;        /**< count row numbers; NULL: entry i is row i */
  const char *const *indexed; /**< names of the operands that `rows` index */
  int32_t num_indexed;        /**< of the names */
  int32_t device;             /**< mixir_device of offsets and rows: as the program's, or the CPU */
} mixir_batch;

/** How to run. Zero every field, then set `size`. */
typedef struct mixir_run_options {
  size_t size;                        /**< sizeof(mixir_run_options) of the caller */
  int32_t num_threads;                /**< 0: as many as are useful; results are the same */
  mixir_parallel_for_fn parallel_for; /**< NULL: the runtime's own pool */
  void *parallel_user;                /**< handed to parallel_for */
  void *stream;                       /**< CUstream of a program for a GPU (NULL: the default
                                           stream); NULL for others */
  const mixir_batch *batch;           /**< NULL: entries follow each other */
} mixir_run_options;

#define MIXIR_RUN_OPTIONS_INIT {sizeof(mixir_run_options), 0, NULL, NULL, NULL, NULL}

/** Runs a program. `tensors[i]` is operand i; all checks are made before any kernel runs, so on
 *  every error but KERNEL and CUDA no output was written. `options` NULL: defaults. Outputs must
 *  not share memory with other tensors; the one exception is an output that is the final value of a
 *  carried state whose initial value is an input not used otherwise: the same view may be given for
 *  both.
 *
 *  A program for a GPU takes tensors of device MIXIR_CUDA and only launches: the results are there
 *  when the stream has been worked off. Its temporaries are device memory of `context`, taken by
 *  the first call that needs so much; every other call takes no memory and waits for nothing, so
 *  it can be captured in a CUDA graph. Calls that may run on the GPU at the same time need contexts
 *  of their own, and so does a graph as long as it may be launched.
 *  Errors: all above except those of opening. */
MIXIR_API int mixir_program_run(mixir_context *context, const mixir_program *program,
                                const mixir_tensor *tensors, int32_t num_tensors,
                                const mixir_run_options *options);
/** As mixir_program_run, with `names[i]` the operand that `tensors[i]` is bound to, in any order.
 *  Each operand must be named once. Errors also: NAME. */
MIXIR_API int mixir_program_run_named(mixir_context *context, const mixir_program *program,
                                      const char *const *names, const mixir_tensor *tensors,
                                      int32_t num_tensors, const mixir_run_options *options);
/** Fills shape, dense strides, ndim, dtype and device of every output in `tensors` (data is left
 *  alone) from the inputs in it, for a call without a batch. `dim_sizes` may be NULL, or hold one
 *  size per dimension (-1: not known) for dimensions that no input tells. Errors: those of the shape checks. */
MIXIR_API int mixir_program_infer_outputs(mixir_context *context, const mixir_program *program,
                                          mixir_tensor *tensors, int32_t num_tensors,
                                          const int64_t *dim_sizes);

/* ---- GPUs -------------------------------------------------------------------------------- */

/* Errors of these: INVALID_ARGUMENT, NO_DRIVER, CUDA, OUT_OF_MEMORY. */

/** The device of the current CUDA context, else device 0: its name (cut to `name_bytes`, with the
 *  zero), its compute capability as 10 * major + minor (90), and the CUDA version of the driver as
 *  1000 * major + 10 * minor (12040). NULL for what is not wanted. */
MIXIR_API int mixir_cuda_device(mixir_context *context, char *name, size_t name_bytes,
                                int32_t *compute_capability, int32_t *driver_version);
/** Takes `bytes` of device memory, aligned to at least 256; NULL for 0 bytes. */
MIXIR_API int mixir_cuda_alloc(mixir_context *context, size_t bytes, void **data);
/** Gives memory of mixir_cuda_alloc back; NULL is allowed. */
MIXIR_API int mixir_cuda_free(mixir_context *context, void *data);
/** Copies `bytes` from the CPU to the GPU, in the order of `stream` (a CUstream, NULL: the default
 *  stream). `from` must not change before the stream has been worked off. */
MIXIR_API int mixir_cuda_upload(mixir_context *context, void *to, const void *from, size_t bytes,
                                void *stream);
/** Copies `bytes` from the GPU to the CPU, in the order of `stream`, and waits until they are
 *  there. */
MIXIR_API int mixir_cuda_download(mixir_context *context, void *to, const void *from, size_t bytes,
                                  void *stream);
/** Waits until `stream` has been worked off; a failure of a kernel in it is an error here. */
MIXIR_API int mixir_cuda_synchronize(mixir_context *context, void *stream);

/* ---- DLPack ------------------------------------------------------------------------------ */

/** Views a DLPack tensor. `dl_managed_tensor` is a `DLManagedTensor *`, which stays the caller's
 *  and must outlive the view. Errors: INVALID_ARGUMENT, DLPACK, RANK, DTYPE, DEVICE. */
MIXIR_API int mixir_tensor_from_dlpack(mixir_context *context, const void *dl_managed_tensor,
                                       mixir_tensor *tensor);
/** Makes a `DLManagedTensor *` for `tensor`; its deleter calls `release(user)` (may be NULL) once
 *  and frees it. The memory must live until then. Errors: INVALID_ARGUMENT, DLPACK,
 *  OUT_OF_MEMORY. */
MIXIR_API int mixir_tensor_to_dlpack(mixir_context *context, const mixir_tensor *tensor,
                                     void (*release)(void *user), void *user,
                                     void **dl_managed_tensor);

#ifdef __cplusplus
}
#endif

#endif /* MIXIR_MIXIR_H */
