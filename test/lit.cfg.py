# How the lit tests find the tools and what their substitutions mean.
import os
import re
import subprocess
import sys
import lit.formats

config.name = "mixir"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".mix", ".test"]
config.excludes = ["Inputs", "consumer", "golden"]
config.test_source_root = os.path.dirname(__file__)

build = lit_config.params.get("build", os.environ.get("MIXIR_BUILD_DIR", ""))
llvm = lit_config.params.get("llvm_bin", "/usr/lib/llvm-22/bin")
source = os.path.dirname(config.test_source_root)
config.test_exec_root = os.path.join(build, "test")
config.environment["PATH"] = os.pathsep.join(
    [os.path.join(build, "bin"), llvm, os.environ.get("PATH", "")])
config.environment["MIXIR_CACHE_DIR"] = os.path.join(build, "test", "cache")
for name in ("HOME", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "CUDA_HOME", "VIRTUAL_ENV", "MIXIR_NVRTC"):
    if name in os.environ:
        config.environment[name] = os.environ[name]
config.substitutions.append(("%mixers", os.path.join(source, "mixers")))
config.substitutions.append(("%source", source))
config.substitutions.append(("%python", sys.executable))
config.substitutions.append(("%build", build))
config.substitutions.append(("%golden", os.environ.get("MIXIR_GOLDEN_DIR", os.path.join(os.path.dirname(source), "shared", "golden"))))
lit_config.maxIndividualTestTime = 60

if os.path.exists(os.path.join(build, "lib", "libmixir_fake_cuda.so")):  # test/runtime/FakeCuda.h
    config.available_features.add("fake-cuda")
# What this machine has for GPUs, as mixir itself finds it.
mixir = os.path.join(build, "bin", "mixir")
if os.path.exists(mixir):
    rows = subprocess.run([mixir, "doctor"], env=config.environment, stdout=subprocess.PIPE, text=True).stdout
    for feature, row in (("nvrtc", "nvrtc"), ("gpu", "cuda driver")):
        if re.search(rf"^{row} +\d", rows, re.M):
            config.available_features.add(feature)
        else:
            lit_config.note(f"mixir doctor finds no {row}: the tests that require '{feature}' are off")
