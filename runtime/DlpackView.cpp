// DlpackView.cpp - see DlpackView.h.
#include "DlpackView.h"

#include "Context.h"

using namespace mixir::runtime;

namespace {

struct TypeRow {
  mixir_dtype dtype;
  DLDataTypeCode code;
  uint8_t bits;
};

constexpr TypeRow kTypes[] = {{MIXIR_F32, kDLFloat, 32},
                              {MIXIR_F16, kDLFloat, 16},
                              {MIXIR_BF16, kDLBfloat, 16},
                              {MIXIR_C64, kDLComplex, 64},
                              {MIXIR_I32, kDLInt, 32}};

int dtypeOf(const DLDataType &type) {
  for (const TypeRow &row : kTypes)
    if (row.code == type.code && row.bits == type.bits && type.lanes == 1)
      return row.dtype;
  fail(MIXIR_ERROR_DTYPE, "dlpack tensor: expected f32, f16, bf16, c64 or i32, got type code ",
       int(type.code), " of ", int(type.bits), " bits and ", int(type.lanes), " lanes");
}

int deviceOf(const DLDevice &device) {
  switch (device.device_type) {
  case kDLCPU:
  case kDLCUDAHost:
    return MIXIR_CPU;
  case kDLCUDA:
  case kDLCUDAManaged:
    return MIXIR_CUDA;
  default:
    fail(MIXIR_ERROR_DEVICE, "dlpack tensor: expected memory of the cpu or of cuda, got device ",
         int(device.device_type));
  }
}

/// What a DLManagedTensor made here owns.
struct Holder {
  DLManagedTensor managed;
  int64_t shape[MIXIR_MAX_RANK], strides[MIXIR_MAX_RANK];
  void (*release)(void *);
  void *user;
};

void destroyHolder(DLManagedTensor *managed) {
  auto *holder = static_cast<Holder *>(managed->manager_ctx);
  if (holder->release)
    holder->release(holder->user);
  delete holder;
}

} // namespace

mixir_tensor mixir::runtime::fromDlpack(const DLTensor &source) {
  if (source.ndim < 0 || source.ndim > MIXIR_MAX_RANK)
    fail(MIXIR_ERROR_RANK, "dlpack tensor: expected at most ", MIXIR_MAX_RANK, " axes, got ",
         source.ndim);
  if (source.ndim > 0 && !source.shape)
    fail(MIXIR_ERROR_DLPACK, "dlpack tensor: expected a shape, got a null pointer");
  auto dtype = static_cast<mixir_dtype>(dtypeOf(source.dtype));
  char *data = static_cast<char *>(source.data);
  if (data)
    data += source.byte_offset;
  mixir_tensor tensor = mixir_tensor_dense(data, dtype, source.ndim, source.shape);
  tensor.device = deviceOf(source.device);
  for (int axis = 0; source.strides && axis < source.ndim; axis++)
    tensor.strides[axis] = source.strides[axis];
  return tensor;
}

DLManagedTensor *mixir::runtime::toDlpack(const mixir_tensor &tensor, void (*release)(void *),
                                          void *user) {
  if (tensor.ndim < 0 || tensor.ndim > MIXIR_MAX_RANK)
    fail(MIXIR_ERROR_DLPACK, "expected 0 to ", MIXIR_MAX_RANK, " axes, got ", tensor.ndim);
  if (tensor.device != MIXIR_CPU && tensor.device != MIXIR_CUDA)
    fail(MIXIR_ERROR_DLPACK, "expected a device of mixir_device, got ", tensor.device);
  const TypeRow *type = nullptr;
  for (const TypeRow &row : kTypes)
    if (row.dtype == tensor.dtype)
      type = &row;
  if (!type)
    fail(MIXIR_ERROR_DLPACK, "expected a type of mixir_dtype, got ", tensor.dtype);
  auto *holder = new Holder{};
  for (int axis = 0; axis < tensor.ndim; axis++) {
    holder->shape[axis] = tensor.shape[axis];
    holder->strides[axis] = tensor.strides[axis];
  }
  holder->release = release;
  holder->user = user;
  DLTensor &out = holder->managed.dl_tensor;
  out.data = tensor.data;
  out.device = {tensor.device == MIXIR_CPU ? kDLCPU : kDLCUDA, 0};
  out.ndim = tensor.ndim;
  out.dtype = {static_cast<uint8_t>(type->code), type->bits, 1};
  out.shape = holder->shape;
  out.strides = holder->strides;
  out.byte_offset = 0;
  holder->managed.manager_ctx = holder;
  holder->managed.deleter = destroyHolder;
  return &holder->managed;
}

extern "C" int mixir_tensor_from_dlpack(mixir_context *context, const void *dl_managed_tensor,
                                        mixir_tensor *tensor) {
  return guarded(context, [&] {
    if (!dl_managed_tensor || !tensor)
      fail(MIXIR_ERROR_INVALID_ARGUMENT, "expected a dlpack tensor and a place for the view");
    *tensor = fromDlpack(static_cast<const DLManagedTensor *>(dl_managed_tensor)->dl_tensor);
  });
}

extern "C" int mixir_tensor_to_dlpack(mixir_context *context, const mixir_tensor *tensor,
                                      void (*release)(void *), void *user,
                                      void **dl_managed_tensor) {
  if (dl_managed_tensor)
    *dl_managed_tensor = nullptr;
  return guarded(context, [&] {
    if (!tensor || !dl_managed_tensor)
      fail(MIXIR_ERROR_INVALID_ARGUMENT, "expected a tensor and a place for the result");
    *dl_managed_tensor = toDlpack(*tensor, release, user);
  });
}
