/* handmade.c - a kernel table written by hand, for trying the package without a compiler. */
#include "handmade.h"

/* The layout of a kernel's buffer argument, see runtime/HalideAbi.h. */
struct dim {
  int32_t min, extent, stride;
  uint32_t flags;
};
struct buffer {
  uint64_t device;
  const void *interface;
  float *host;
  uint64_t flags;
  uint32_t type;
  int32_t dimensions;
  struct dim *dim;
  void *padding;
};

static int copyRow(void **args) {
  const struct buffer *x = (const struct buffer *)args[0];
  const struct buffer *y = (const struct buffer *)args[1];
  int32_t i;
  for (i = 0; i < y->dim[0].extent; i++)
    y->host[i * y->dim[0].stride] = x->host[i * x->dim[0].stride];
  return 0;
}

static const mixir_entry_fn entries[] = {copyRow};

static const char manifest[] =
    "{\"schema\":1,\"name\":\"handmade\",\"dims\":[{\"name\":\"B\"},{\"name\":\"D\"}],"
    "\"operands\":["
    "{\"name\":\"x\",\"role\":\"in\",\"dtype\":\"f32\",\"axes\":[[\"B\"],[\"D\"]]},"
    "{\"name\":\"y\",\"role\":\"out\",\"dtype\":\"f32\",\"axes\":[[\"B\"],[\"D\"]]}],"
    "\"kernels\":[{\"name\":\"copy\",\"loops\":[{\"dim\":\"B\",\"block\":1,\"kind\":\"parallel\"}],"
    "\"scalars\":[],\"args\":[{\"ref\":\"x\",\"access\":\"read\",\"dims\":[\"D\"]},"
    "{\"ref\":\"y\",\"access\":\"write\",\"dims\":[\"D\"]}]}]}";

const mixir_kernel_table mixir_program_handmade = {MIXIR_TABLE_MAGIC,
                                                   MIXIR_ABI_MAJOR,
                                                   MIXIR_ABI_MINOR,
                                                   0,
                                                   "handmade",
                                                   manifest,
                                                   entries,
                                                   1,
                                                   0};
