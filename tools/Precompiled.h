// The large headers of the libraries, compiled once for all files of the compiler's tools.
#include "codegen/Compiler.h"
#include "dialect/interpreter/Interpreter.h"
#include "frontend/Frontend.h"
#include "lowering/Remarks.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>
