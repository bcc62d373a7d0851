// mixir-opt: run passes on the project's IR, for lit tests and for people who
// read the compiler.
#include "lowering/Registration.h"

#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mixir::lowering::registerAllDialects(registry);
  mixir::lowering::registerAllPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "mixir optimizer driver\n", registry));
}
