/* main.c - runs any compiled program on made-up arrays, twice, and compares the two results.
 *
 * Knows nothing of the program but its table: operands, ranks and types are asked for. Dimensions
 * of fixed size keep it, all others get a small one; exit status 0 means that it ran and that the
 * result does not depend on the number of threads. */
#include CONSUMER_HEADER

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OPERANDS 64
#define ORDINARY_SIZE 6

static int failWith(mixir_context *context, const char *what, int status) {
  fprintf(stderr, "%s: %s: %s\n", what, mixir_status_code(status),
          context ? mixir_context_last_error(context) : "");
  return 1;
}

/* Size of an axis such as "L" or "G R": the product over its dimensions. */
static int64_t axisSize(const mixir_program *program, const char *axis) {
  int64_t size = 1;
  char text[256], *name;
  strncpy(text, axis, sizeof(text) - 1);
  text[sizeof(text) - 1] = '\0';
  for (name = strtok(text, " "); name; name = strtok(NULL, " ")) {
    int32_t dim;
    int64_t fixed = -1;
    for (dim = 0; dim < mixir_program_dim_count(program); dim++)
      if (strcmp(mixir_program_dim_name(program, dim), name) == 0)
        fixed = mixir_program_dim_size(program, dim);
    size *= fixed >= 0 ? fixed : ORDINARY_SIZE;
  }
  return size;
}

static int64_t elementCount(const mixir_tensor *tensor) {
  int64_t count = 1;
  int32_t axis;
  for (axis = 0; axis < tensor->ndim; axis++)
    count *= tensor->shape[axis];
  return count;
}

static void *allocate(const mixir_tensor *tensor) {
  return calloc((size_t)elementCount(tensor) + 1, mixir_dtype_size(tensor->dtype));
}

/* Small numbers; only f32 and c64 are filled, other types stay 0. */
static void fill(mixir_tensor *tensor, int seed) {
  int64_t i, count = elementCount(tensor) * (tensor->dtype == MIXIR_C64 ? 2 : 1);
  float *values = (float *)tensor->data;
  if (tensor->dtype != MIXIR_F32 && tensor->dtype != MIXIR_C64)
    return;
  for (i = 0; i < count; i++)
    values[i] = 0.05f * (float)((i * 7 + seed * 3) % 19) - 0.4f;
}

static int run(mixir_context *context, const mixir_program *program, mixir_tensor *tensors,
               int32_t count, int32_t threads) {
  mixir_run_options options = MIXIR_RUN_OPTIONS_INIT;
  options.num_threads = threads;
  return mixir_program_run(context, program, tensors, count, &options);
}

int main(void) {
  mixir_context *context = mixir_context_create();
  mixir_program *program = NULL;
  mixir_tensor tensors[MAX_OPERANDS];
  void *first[MAX_OPERANDS];
  int32_t i, axis, count, status, different = 0;

  memset(tensors, 0, sizeof(tensors));
  memset(first, 0, sizeof(first));
  if (!context)
    return failWith(NULL, "context", MIXIR_ERROR_OUT_OF_MEMORY);
  status = mixir_program_open(context, &CONSUMER_PROGRAM, MIXIR_ABI_VERSION, &program);
  if (status)
    return failWith(context, "open", status);
  count = mixir_program_operand_count(program);
  printf("%s, runtime %s\n", mixir_program_name(program), mixir_version());
  if (count > MAX_OPERANDS)
    return failWith(NULL, "too many operands", MIXIR_ERROR_INVALID_ARGUMENT);

  for (i = 0; i < count; i++) {
    int64_t shape[MIXIR_MAX_RANK];
    int32_t rank = mixir_program_operand_rank(program, i);
    if (mixir_program_operand_role(program, i) == MIXIR_ROLE_OUT)
      continue;
    for (axis = 0; axis < rank; axis++)
      shape[axis] = axisSize(program, mixir_program_operand_axis(program, i, axis));
    tensors[i] = mixir_tensor_dense(
        NULL, (mixir_dtype)mixir_program_operand_dtype(program, i), rank, shape);
    tensors[i].data = allocate(&tensors[i]);
    fill(&tensors[i], i);
  }
  status = mixir_program_infer_outputs(context, program, tensors, count, NULL);
  if (status)
    return failWith(context, "shapes", status);
  for (i = 0; i < count; i++)
    if (!tensors[i].data) {
      tensors[i].data = allocate(&tensors[i]);
      first[i] = allocate(&tensors[i]);
    }

  status = run(context, program, tensors, count, 1);
  if (status)
    return failWith(context, "run", status);
  for (i = 0; i < count; i++)
    if (first[i])
      memcpy(first[i], tensors[i].data,
             (size_t)elementCount(&tensors[i]) * mixir_dtype_size(tensors[i].dtype));
  status = run(context, program, tensors, count, 3);
  if (status)
    return failWith(context, "run with threads", status);
  for (i = 0; i < count; i++) {
    if (first[i])
      different |= memcmp(first[i], tensors[i].data,
                          (size_t)elementCount(&tensors[i]) * mixir_dtype_size(tensors[i].dtype));
    free(first[i]);
    free(tensors[i].data);
  }
  mixir_program_close(program);
  mixir_context_destroy(context);
  printf(different ? "results differ between numbers of threads\n" : "ok\n");
  return different != 0;
}
