// CudaErrorTest.cpp - everything that can go wrong with a GPU: the code and the whole message.
#include "CudaTestProgram.h"
#include "Failure.h"

#include <cstdlib>

using namespace mixir::test;
using namespace mixir::runtime;

namespace {

#define DIMS R"("dims":[{"name":"B"},{"name":"L"}],)"
#define OPERANDS                                                                                   \
  R"("operands":[{"name":"x","role":"in","dtype":"f32","axes":[["B"]]},)"                          \
  R"({"name":"z","role":"in","dtype":"c64","axes":[["L"]]},)"                                      \
  R"({"name":"y","role":"out","dtype":"f32","axes":[["B"]]}],)"
#define KERNEL(members)                                                                            \
  DIMS OPERANDS                                                                                    \
      R"("kernels":[{"name":"k","loops":[{"dim":"B","block":32,"kind":"parallel"}],)" members "}]"
#define PARAMS(params) KERNEL(R"("threads":32,"params":[)" params "]")

const char kManifest[] =
    DIMS R"("operands":[{"name":"x","role":"in","dtype":"f32","axes":[["B"]]},)"
         R"({"name":"y","role":"out","dtype":"f32","axes":[["B"]]}],)"
         R"("temps":[{"name":"t","dtype":"f32","axes":[["B"]]}],)"
         R"("kernels":[{"name":"k","loops":[{"dim":"B","block":32,"kind":"parallel"}],)"
         R"("threads":128,"params":[{"kind":"data","ref":"x","access":"read"}]}])";

class CudaErrors : public CudaTest {
protected:
  CudaErrors() {
    fake().kernels["k"] = {[](const uint64_t *, unsigned) {}, 1};
  }

  void expectOpen(int status, const std::string &text, const char *image = kFakeImage) {
    EXPECT_EQ(open(kManifest, image), status);
    EXPECT_EQ(error(), text);
    EXPECT_EQ(program, nullptr);
  }
  void expectRun(int status, const std::string &text) {
    EXPECT_EQ(run({x.tensor(), y.tensor()}), status);
    EXPECT_EQ(error(), text);
  }
  Array<float> x{{40}}, y{{40}};
};

// ---- The driver -------------------------------------------------------------------------------

std::string driverError(const std::string &path, int status) {
  try {
    CudaDriver driver(path);
  } catch (const Failure &failure) {
    EXPECT_EQ(failure.status, status);
    return failure.text;
  }
  return "";
}

TEST_F(CudaErrors, driverFileIsMissing) {
  std::string text = driverError("/nonexistent/libcuda.so.1", MIXIR_ERROR_NO_DRIVER);
  EXPECT_EQ(text.find("no cuda driver: looked for '/nonexistent/libcuda.so.1', which "
                      "$MIXIR_CUDA_DRIVER names: "),
            0u)
      << text;
}

TEST_F(CudaErrors, driverLacksAFunction) {
  EXPECT_EQ(driverError("libm.so.6", MIXIR_ERROR_NO_DRIVER),
            "the cuda driver has no function cuInit; a newer driver is needed");
}

TEST_F(CudaErrors, noDevice) {
  fake().failures["cuInit"] = 100;
  EXPECT_EQ(driverError(MIXIR_FAKE_CUDA_PATH, MIXIR_ERROR_CUDA),
            "cuInit failed with CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected");
}

/// What a process says whose driver is missing, through the C interface.
void openWithoutDriver() {
  mixir_context *context = mixir_context_create();
  mixir_program *program = nullptr;
  std::string manifest = std::string(R"({"schema":1,"name":"test","target":{"kind":"cuda",)") +
                         R"("arch":"sm_90"},)" + kManifest + "}";
  int status = mixir_program_open_cuda(context, manifest.c_str(), kFakeImage, sizeof(kFakeImage),
                                       MIXIR_ABI_VERSION, &program);
  std::fprintf(stderr, "%s: %s\n", mixir_status_code(status), mixir_context_last_error(context));
  status = mixir_cuda_device(context, nullptr, 0, nullptr, nullptr);
  mixir_context_destroy(context);
  std::exit(status);
}

TEST(CudaDriverDeathTest, isMissingInAnotherProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe"); // starts anew, so that nothing is loaded yet
  setenv("MIXIR_CUDA_DRIVER", "/nonexistent/libcuda.so.1", 1);
  EXPECT_EXIT(openWithoutDriver(), testing::ExitedWithCode(MIXIR_ERROR_NO_DRIVER),
              "MIXR0027: no cuda driver: looked for '/nonexistent/libcuda.so.1'");
  setenv("MIXIR_CUDA_DRIVER", MIXIR_FAKE_CUDA_PATH, 1);
}

// ---- Opening ----------------------------------------------------------------------------------

TEST_F(CudaErrors, imageOfAnotherArchitecture) {
  fake().failures["cuModuleLoadDataEx"] = 209;
  expectOpen(MIXIR_ERROR_ARCH,
             "program 'test' was built for sm_90, which Fake GPU (compute capability 9.0) or its "
             "driver cannot run: cuModuleLoadDataEx failed with CUDA_ERROR_NO_BINARY_FOR_GPU: no "
             "kernel image is available for execution");
  fake().failures["cuModuleLoadDataEx"] = 222;
  EXPECT_EQ(open(kManifest), MIXIR_ERROR_ARCH);
  fake().failures["cuModuleLoadDataEx"] = 218;
  fake().log = "ptxas error: line 3\n";
  EXPECT_EQ(open(kManifest), MIXIR_ERROR_ARCH);
  EXPECT_NE(
      error().find("CUDA_ERROR_INVALID_PTX: a PTX JIT compilation failed; ptxas error: line 3"),
      std::string::npos);
}

TEST_F(CudaErrors, imageThatIsNone) {
  expectOpen(MIXIR_ERROR_LOAD,
             "program 'test': cuModuleLoadDataEx failed with CUDA_ERROR_INVALID_IMAGE: device "
             "kernel image is invalid",
             "nonsense");
}

TEST_F(CudaErrors, imageWithoutTheKernel) {
  fake().kernels.clear();
  expectOpen(MIXIR_ERROR_LOAD, "the image has no kernel 'k'");
}

TEST_F(CudaErrors, imageForSmallerBlocks) {
  fake().kernels["k"].maxThreads = 64;
  expectOpen(MIXIR_ERROR_LOAD, "kernel 'k': expected an image for blocks of 128 threads, as the "
                               "manifest says, got one for at most 64");
}

TEST_F(CudaErrors, moreSharedMemoryThanTheDeviceHas) {
  std::string manifest = kManifest;
  manifest.insert(manifest.find(R"("params")"), R"("shared_bytes":100000,)");
  fake().mostShared = 65536;
  EXPECT_EQ(open(manifest.c_str()), MIXIR_ERROR_ARCH);
  EXPECT_EQ(error(), "kernel 'k': expected a gpu with at least 100000 bytes of shared memory for a block, "
                     "got Fake GPU, which has 65536");
  fake().mostShared = 101376;
  fake().failures = {{"cuFuncSetAttribute", 1}};
  EXPECT_EQ(open(manifest.c_str()), MIXIR_ERROR_CUDA);
  fake().failures.clear();
  ASSERT_EQ(open(manifest.c_str()), MIXIR_OK) << error();
  EXPECT_EQ(run({x.tensor(), y.tensor()}), MIXIR_OK) << error();
  ASSERT_EQ(fake().launches.size(), 1u);
  EXPECT_EQ(fake().launches[0].sharedBytes, 100000u);
}

TEST_F(CudaErrors, failuresWhileOpening) {
  fake().failures["cuModuleLoadDataEx"] = 2;
  expectOpen(
      MIXIR_ERROR_OUT_OF_MEMORY,
      "program 'test': cuModuleLoadDataEx failed with CUDA_ERROR_OUT_OF_MEMORY: out of memory");
  fake().failures = {{"cuModuleGetFunction", 700}};
  expectOpen(MIXIR_ERROR_CUDA, "cuModuleGetFunction failed with CUDA_ERROR_ILLEGAL_ADDRESS: an "
                               "illegal memory access was encountered");
  fake().failures = {{"cuFuncGetAttribute", 7777}};
  expectOpen(MIXIR_ERROR_CUDA, "cuFuncGetAttribute failed with CUDA error 7777: the driver has no "
                               "text for it");
}

TEST_F(CudaErrors, argumentsOfOpening) {
  auto call = [&](const char *text, const void *image, size_t bytes, uint32_t abi) {
    return mixir_program_open_cuda(context, text, image, bytes, abi, &program);
  };
  std::string host =
      std::string(R"({"schema":1,"name":"test","dims":[],"operands":[],)") + R"("kernels":[]})";
  EXPECT_EQ(call(nullptr, kFakeImage, 10, MIXIR_ABI_VERSION), MIXIR_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(error(), "expected a manifest, got a null pointer");
  EXPECT_EQ(call(host.c_str(), nullptr, 10, MIXIR_ABI_VERSION), MIXIR_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(error(), "expected an image, got a null pointer");
  EXPECT_EQ(call(host.c_str(), kFakeImage, 10, MIXIR_ABI_VERSION), MIXIR_ERROR_BAD_MANIFEST);
  EXPECT_EQ(error(), "program 'test': expected a manifest for cuda, got one for the cpu");
  EXPECT_EQ(call(host.c_str(), kFakeImage, 10, 1 << 16), MIXIR_ERROR_ABI_VERSION);
  EXPECT_EQ(error(), "program 'test': expected at most ABI 1.0 as the caller asks, got 2.0");
}

TEST_F(CudaErrors, kernelTableForAGpu) {
  TestProgram table(
      R"("target":{"kind":"cuda","arch":"sm_90"},"dims":[],"operands":[],"kernels":[])", {});
  EXPECT_EQ(table.openStatus, MIXIR_ERROR_BAD_TABLE);
  EXPECT_EQ(table.error(), "program 'test': expected a manifest for the cpu, got one for cuda");
}

// ---- Running ----------------------------------------------------------------------------------

TEST_F(CudaErrors, tensorsOfTheCpu) {
  ASSERT_EQ(open(kManifest), MIXIR_OK) << error();
  mixir_tensor tensors[] = {x.tensor(), y.tensor()};
  tensors[0].device = MIXIR_CUDA;
  EXPECT_EQ(mixir_program_run(context, program, tensors, 2, nullptr), MIXIR_ERROR_DEVICE);
  EXPECT_EQ(error(), "tensor 'y': expected memory of cuda, got the cpu");
  EXPECT_TRUE(fake().launches.empty());
}

TEST_F(CudaErrors, anotherContextIsCurrent) {
  ASSERT_EQ(open(kManifest), MIXIR_OK) << error();
  int other = 0;
  cudaDriver().cuCtxSetCurrent(&other);
  expectRun(MIXIR_ERROR_DEVICE,
            "program 'test': expected the cuda context that it was opened in to "
            "be current, got another one");
}

TEST_F(CudaErrors, deviceMemoryIsShort) {
  ASSERT_EQ(open(kManifest), MIXIR_OK) << error();
  fake().failures["cuMemAlloc"] = 2;
  expectRun(MIXIR_ERROR_OUT_OF_MEMORY,
            "cannot allocate 256 bytes of device memory for temporaries: cuMemAlloc failed with "
            "CUDA_ERROR_OUT_OF_MEMORY: out of memory");
  EXPECT_TRUE(fake().launches.empty());
  void *data = nullptr;
  EXPECT_EQ(mixir_cuda_alloc(context, 8, &data), MIXIR_ERROR_OUT_OF_MEMORY);
  EXPECT_EQ(error(), "cuMemAlloc failed with CUDA_ERROR_OUT_OF_MEMORY: out of memory");
  fake().failures.clear();
  EXPECT_EQ(run({x.tensor(), y.tensor()}), MIXIR_OK) << error(); // the context is still good
}

TEST_F(CudaErrors, launchFails) {
  ASSERT_EQ(open(kManifest), MIXIR_OK) << error();
  fake().failures["cuLaunchKernel"] = 1;
  expectRun(MIXIR_ERROR_CUDA, "kernel 'k': cuLaunchKernel failed with CUDA_ERROR_INVALID_VALUE: "
                              "invalid argument");
}

TEST_F(CudaErrors, kernelFailsLater) {
  fake().failures["cuStreamSynchronize"] = 700;
  EXPECT_EQ(mixir_cuda_synchronize(context, nullptr), MIXIR_ERROR_CUDA);
  EXPECT_EQ(error(),
            "cuStreamSynchronize failed with CUDA_ERROR_ILLEGAL_ADDRESS: an illegal memory "
            "access was encountered");
  float value = 0;
  EXPECT_EQ(mixir_cuda_download(context, &value, &value, 4, nullptr), MIXIR_ERROR_CUDA);
  fake().failures = {{"cuMemcpyHtoDAsync", 1}};
  EXPECT_EQ(mixir_cuda_upload(context, &value, &value, 4, nullptr), MIXIR_ERROR_CUDA);
  EXPECT_EQ(mixir_cuda_free(context, &value), MIXIR_ERROR_CUDA);
}

// ---- Manifests --------------------------------------------------------------------------------

struct BadManifest {
  const char *members, *text;
};

class MalformedCuda : public CudaTest, public testing::WithParamInterface<BadManifest> {};

TEST_P(MalformedCuda, isAnErrorWithAPlace) {
  EXPECT_EQ(open(GetParam().members), MIXIR_ERROR_BAD_MANIFEST);
  EXPECT_EQ(error(), std::string("malformed manifest: ") + GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    manifests, MalformedCuda,
    testing::Values(
        BadManifest{KERNEL(R"("params":[])"), "manifest.kernels[0]: expected a member 'threads'"},
        BadManifest{KERNEL(R"("threads":2048,"params":[])"),
                    "manifest.kernels[0].threads: expected a number from 1 to 1024, got 2048"},
        BadManifest{KERNEL(R"("threads":32,"shared_bytes":262144,"params":[])"),
                    "manifest.kernels[0].shared_bytes: expected a number from 0 to 232448, got "
                    "262144"},
        BadManifest{KERNEL(R"("threads":32,"params":[],"instead":{"blocks":1,"along":"B","least":1})"),
                    "kernel 'k' does not run instead of a kernel before it that runs instead of none"},
        BadManifest{KERNEL(R"("threads":32,"params":[],"instead":{"blocks":1,"along":"B"})"),
                    "manifest.kernels[0].instead: expected a member 'least'"},
        BadManifest{KERNEL(R"("threads":32)"), "manifest.kernels[0]: expected a member 'params'"},
        BadManifest{PARAMS(R"({"kind":"start","dim":"B"})"),
                    "manifest.kernels[0].params[0].kind: expected one of 'data', 'stride', 'size', "
                    "'rows', 'offsets', 'entry', got 'start'"},
        BadManifest{PARAMS(R"({"kind":"size","dim":"Q"})"),
                    "manifest.kernels[0].params[0]: unknown dimension 'Q'"},
        BadManifest{PARAMS(R"({"kind":"data","ref":"q","access":"read"})"),
                    "manifest.kernels[0].params[0].ref: unknown tensor 'q'"},
        BadManifest{PARAMS(R"({"kind":"data","ref":"x"})"),
                    "manifest.kernels[0].params[0]: expected a member 'access'"},
        BadManifest{PARAMS(R"({"kind":"data","ref":"x","access":"write"})"),
                    "kernel 'k' writes 'x', which is no output"},
        BadManifest{PARAMS(R"({"kind":"data","ref":"z","access":"read"})"),
                    "kernel 'k': 'part' must be given for 'z' exactly when it is c64"},
        BadManifest{PARAMS(R"({"kind":"stride","ref":"x","dim":"L"})"),
                    "kernel 'k': 'x' has no dimension L"}));

TEST_F(CudaTest, malformedTargets) {
  auto openTarget = [&](const std::string &target) {
    std::string text = R"({"schema":1,"name":"test","target":)" + target +
                       R"(,"dims":[],"operands":[],"kernels":[]})";
    return mixir_program_open_cuda(context, text.c_str(), kFakeImage, 10, MIXIR_ABI_VERSION,
                                   &program);
  };
  EXPECT_EQ(openTarget(R"({"kind":"metal","arch":"x"})"), MIXIR_ERROR_BAD_MANIFEST);
  EXPECT_EQ(error(),
            "malformed manifest: manifest.target.kind: expected one of 'cuda', got 'metal'");
  EXPECT_EQ(openTarget(R"({"kind":"cuda"})"), MIXIR_ERROR_BAD_MANIFEST);
  EXPECT_EQ(error(), "malformed manifest: manifest.target: expected a member 'arch'");
  EXPECT_EQ(openTarget("3"), MIXIR_ERROR_BAD_MANIFEST);
  EXPECT_EQ(error(), "malformed manifest: manifest.target: expected a string");
}

TEST_F(CudaTest, tooManyWords) {
  std::string params = R"({"kind":"size","dim":"B"})";
  for (int i = 0; i < 512; i++)
    params += R"(,{"kind":"size","dim":"B"})";
  EXPECT_EQ(open(std::string(DIMS OPERANDS) +
                 R"("kernels":[{"name":"k","loops":[],"threads":32,"params":[)" + params + "]}]"),
            MIXIR_ERROR_BAD_MANIFEST);
  EXPECT_EQ(error(), "malformed manifest: manifest.kernels[0].params: expected at most 512 words");
}

} // namespace
