// Abi.cpp - the functions of mixir.h. Each checks its pointers and hands over; nothing here
// decides anything. DLPack has a file of its own.
#include "Context.h"
#include "CpuFeatures.h"
#include "Program.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

using namespace mixir::runtime;

#ifndef MIXIR_VERSION_TEXT
#define MIXIR_VERSION_TEXT "0.1.0"
#endif

namespace {

struct StatusRow {
  const char *code;
  const char *text;
};

constexpr StatusRow kStatuses[] = {
#define MIXIR_STATUS(number, name, sentence)                                                       \
  {number < 10 ? "MIXR000" #number : "MIXR00" #number, sentence},
#include "Status.def"
};
constexpr int kNumStatuses = sizeof(kStatuses) / sizeof(kStatuses[0]);
#define MIXIR_STATUS(number, name, sentence) static_assert(MIXIR_##name == number, "Status.def");
#include "Status.def"

const StatusRow &statusRow(int status) {
  return kStatuses[status >= 0 && status < kNumStatuses ? status : MIXIR_ERROR_INTERNAL];
}

struct DtypeRow {
  const char *name;
  size_t size;
};

constexpr DtypeRow kDtypes[] = {{"?", 0},    {"f32", 4}, {"f16", 2},
                                {"bf16", 2}, {"c64", 8}, {"i32", 4}};

const DtypeRow &dtypeRow(int dtype) {
  return kDtypes[dtype >= MIXIR_F32 && dtype <= MIXIR_I32 ? dtype : 0];
}

void requirePointer(const void *pointer, const char *what) {
  if (!pointer)
    fail(MIXIR_ERROR_INVALID_ARGUMENT, "expected ", what, ", got a null pointer");
}

const TensorSpec *operand(const mixir_program *program, int32_t index) {
  if (!program || index < 0 || index >= program->manifest.numOperands)
    return nullptr;
  return &program->manifest.tensors[index];
}

/// Options with the members that the caller's version of the struct has.
mixir_run_options readOptions(const mixir_run_options *options, int device) {
  mixir_run_options result = MIXIR_RUN_OPTIONS_INIT;
  if (!options)
    return result;
  if (options->size < sizeof(size_t) + sizeof(int32_t))
    fail(MIXIR_ERROR_INVALID_ARGUMENT, "run options: expected size ", sizeof(mixir_run_options),
         ", got ", options->size);
  std::memcpy(&result, options, std::min(options->size, sizeof(result)));
  if (result.stream && device == MIXIR_CPU)
    fail(MIXIR_ERROR_INVALID_ARGUMENT, "run options: expected no stream for a cpu program");
  if (result.num_threads < 0)
    fail(MIXIR_ERROR_INVALID_ARGUMENT, "run options: expected 0 or more threads, got ",
         result.num_threads);
  return result;
}

/// The batch with the members that the caller's version of the struct has.
mixir_batch readBatch(const mixir_batch &given) {
  mixir_batch result = {};
  if (given.size < offsetof(mixir_batch, along))
    fail(MIXIR_ERROR_INVALID_ARGUMENT, "batch: expected size ", sizeof(mixir_batch), ", got ",
         given.size);
  std::memcpy(&result, &given, std::min(given.size, sizeof(result)));
  return result;
}

void run(mixir_context *context, const mixir_program *program, const mixir_tensor *tensors,
         int32_t count, const mixir_run_options *given) {
  mixir_run_options options = readOptions(given, program->manifest.device);
  mixir_batch batch = options.batch ? readBatch(*options.batch) : mixir_batch{};
  bindTensors(program->manifest, program->needed, program->aliases, tensors, count,
              options.batch ? &batch : nullptr, context->binding);
  if (program->cuda)
    return context->cudaLauncher.run(program->manifest, *program->cuda, context->binding,
                                     options.stream);
  context->launcher.run(program->manifest, program->plans, program->table->entries,
                        context->binding,
                        {options.num_threads, options.parallel_for, options.parallel_user});
  if (context->binding.batch.isActive())
    zeroSkipped(program->manifest, context->binding.batch, tensors);
}

/// Puts tensors given by name into operand order.
void orderByName(const Manifest &manifest, const char *const *names, const mixir_tensor *tensors,
                 int32_t count, std::vector<mixir_tensor> &ordered) {
  auto find = [&](const char *name) {
    for (int i = 0; i < manifest.numOperands; i++)
      if (manifest.tensors[i].name == name)
        return i;
    return -1;
  };
  ordered.assign(manifest.numOperands, mixir_tensor{});
  std::vector<char> isGiven(manifest.numOperands, 0);
  for (int32_t i = 0; i < count; i++) {
    requirePointer(names[i], "a name");
    int index = find(names[i]);
    if (index < 0)
      fail(MIXIR_ERROR_NAME, "program '", manifest.name, "' has no operand '", names[i], "'");
    if (isGiven[index])
      fail(MIXIR_ERROR_NAME, "operand '", names[i], "' is given twice");
    isGiven[index] = 1;
    ordered[index] = tensors[i];
  }
  for (int i = 0; i < manifest.numOperands; i++)
    if (!isGiven[i])
      fail(MIXIR_ERROR_NAME, "operand '", manifest.tensors[i].name, "' of program '",
           manifest.name, "' is missing");
}

} // namespace

extern "C" {

const char *mixir_version(void) { return MIXIR_VERSION_TEXT; }
uint32_t mixir_abi_version(void) { return MIXIR_ABI_VERSION; }
const char *mixir_status_code(int status) { return statusRow(status).code; }
const char *mixir_status_text(int status) { return statusRow(status).text; }
size_t mixir_dtype_size(int dtype) { return dtypeRow(dtype).size; }
const char *mixir_dtype_name(int dtype) { return dtypeRow(dtype).name; }
uint64_t mixir_cpu_features(void) { return cpuFeatures(); }

mixir_context *mixir_context_create(void) {
  try {
    return new mixir_context;
  } catch (...) {
    return nullptr;
  }
}

void mixir_context_destroy(mixir_context *context) { delete context; }

const char *mixir_context_last_error(const mixir_context *context) {
  return context ? context->error.c_str() : "";
}

int mixir_context_last_status(const mixir_context *context) {
  return context ? context->status : MIXIR_ERROR_INVALID_ARGUMENT;
}

int mixir_context_trim(mixir_context *context) {
  return guarded(context, [&] {
    context->launcher.trim();
    context->cudaLauncher.trim();
  });
}

size_t mixir_context_reserved_bytes(const mixir_context *context) {
  return context ? context->launcher.reservedBytes() + context->cudaLauncher.reservedBytes() : 0;
}

int mixir_set_allocator(const mixir_allocator *allocator) {
  if (allocator && (!allocator->allocate || !allocator->release))
    return MIXIR_ERROR_INVALID_ARGUMENT;
  setAllocator(allocator);
  return MIXIR_OK;
}

int mixir_program_open(mixir_context *context, const mixir_kernel_table *table, uint32_t max_abi,
                       mixir_program **program) {
  if (program)
    *program = nullptr;
  return guarded(context, [&] {
    requirePointer(table, "a kernel table");
    requirePointer(program, "a place for the program");
    *program = openProgram(table, max_abi).release();
  });
}

int mixir_program_load(mixir_context *context, const char *path, const char *name,
                       uint32_t max_abi, mixir_program **program) {
  if (program)
    *program = nullptr;
  return guarded(context, [&] {
    requirePointer(path, "a path");
    requirePointer(program, "a place for the program");
    *program = loadProgram(path, name, max_abi).release();
  });
}

int mixir_program_open_cuda(mixir_context *context, const char *manifest, const void *image,
                            size_t image_bytes, uint32_t max_abi, mixir_program **program) {
  if (program)
    *program = nullptr;
  return guarded(context, [&] {
    requirePointer(manifest, "a manifest");
    requirePointer(image_bytes ? image : nullptr, "an image");
    requirePointer(program, "a place for the program");
    *program = openCudaProgram(manifest, image, image_bytes, max_abi).release();
  });
}

void mixir_program_close(mixir_program *program) { delete program; }

const char *mixir_program_name(const mixir_program *program) {
  return program ? program->manifest.name.c_str() : nullptr;
}

const char *mixir_program_manifest(const mixir_program *program) {
  return program ? program->manifestText() : nullptr;
}

int32_t mixir_program_device(const mixir_program *program) {
  return program ? program->manifest.device : -1;
}

int32_t mixir_program_operand_count(const mixir_program *program) {
  return program ? program->manifest.numOperands : 0;
}

int32_t mixir_program_output_count(const mixir_program *program) {
  int32_t count = 0;
  for (int32_t i = 0; i < mixir_program_operand_count(program); i++)
    count += program->manifest.tensors[i].role == MIXIR_ROLE_OUT;
  return count;
}

int32_t mixir_program_find_operand(const mixir_program *program, const char *name) {
  for (int32_t i = 0; name && i < mixir_program_operand_count(program); i++)
    if (program->manifest.tensors[i].name == name)
      return i;
  return -1;
}

const char *mixir_program_operand_name(const mixir_program *program, int32_t index) {
  const TensorSpec *spec = operand(program, index);
  return spec ? spec->name.c_str() : nullptr;
}

const char *mixir_program_operand_axes(const mixir_program *program, int32_t index) {
  return operand(program, index) ? program->axesTexts[index].c_str() : nullptr;
}

const char *mixir_program_operand_axis(const mixir_program *program, int32_t index, int32_t axis) {
  const TensorSpec *spec = operand(program, index);
  if (!spec || axis < 0 || axis >= static_cast<int32_t>(spec->axes.size()))
    return nullptr;
  return program->axisTexts[index][axis].c_str();
}

int32_t mixir_program_operand_role(const mixir_program *program, int32_t index) {
  const TensorSpec *spec = operand(program, index);
  return spec ? spec->role : -1;
}

int32_t mixir_program_operand_dtype(const mixir_program *program, int32_t index) {
  const TensorSpec *spec = operand(program, index);
  return spec ? spec->dtype : -1;
}

int32_t mixir_program_operand_rank(const mixir_program *program, int32_t index) {
  const TensorSpec *spec = operand(program, index);
  return spec ? static_cast<int32_t>(spec->axes.size()) : -1;
}

int32_t mixir_program_dim_count(const mixir_program *program) {
  return program ? static_cast<int32_t>(program->manifest.dims.size()) : 0;
}

const char *mixir_program_dim_name(const mixir_program *program, int32_t dim) {
  if (dim < 0 || dim >= mixir_program_dim_count(program))
    return nullptr;
  return program->manifest.dims[dim].name.c_str();
}

int64_t mixir_program_dim_size(const mixir_program *program, int32_t dim) {
  if (dim < 0 || dim >= mixir_program_dim_count(program))
    return -1;
  return program->manifest.dims[dim].fixed;
}

int mixir_program_run(mixir_context *context, const mixir_program *program,
                      const mixir_tensor *tensors, int32_t num_tensors,
                      const mixir_run_options *options) {
  return guarded(context, [&] {
    requirePointer(program, "a program");
    run(context, program, tensors, num_tensors, options);
  });
}

int mixir_program_run_named(mixir_context *context, const mixir_program *program,
                            const char *const *names, const mixir_tensor *tensors,
                            int32_t num_tensors, const mixir_run_options *options) {
  return guarded(context, [&] {
    requirePointer(program, "a program");
    if (num_tensors > 0) {
      requirePointer(names, "an array of names");
      requirePointer(tensors, "an array of tensors");
    }
    orderByName(program->manifest, names, tensors, num_tensors, context->ordered);
    run(context, program, context->ordered.data(), program->manifest.numOperands, options);
  });
}

int mixir_program_infer_outputs(mixir_context *context, const mixir_program *program,
                                mixir_tensor *tensors, int32_t num_tensors,
                                const int64_t *dim_sizes) {
  return guarded(context, [&] {
    requirePointer(program, "a program");
    inferOutputs(program->manifest, tensors, num_tensors, dim_sizes);
  });
}

} // extern "C"
