// The `kernel` dialect: a planned program, the hand-over to code generation.
#ifndef MIXIR_DIALECT_KERNEL_KERNELDIALECT_TD
#define MIXIR_DIALECT_KERNEL_KERNELDIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def Kernel_Dialect : Dialect {
  let name = "kernel";
  let cppNamespace = "::mixir::kernel";
  let summary = "planned kernels: stages, placement, loops, buffers";
  let description = [{
    A `kernel.program` is a list of `kernel.func`s that run in order. A func
    has loops (which dimensions are cut into blocks, which of them run in
    parallel, which one is walked in order, which one lies in vector lanes)
    and stages. A stage is a domain and a scalar body over it (`arith` and
    `math` operations); a recurrence is phases of such bodies over carried
    state. Coordinates are implicit: a load reads its buffer at the current
    point of the domain, by dimension name. Every performance decision is
    here in print; the back ends translate and decide nothing.
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let dependentDialects = ["::mixir::mixer::MixerDialect", "::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

def Kernel_BufType : TypeDef<Kernel_Dialect, "Buf"> {
  let mnemonic = "buf";
  let summary = "numbers stored over named dimensions";
  let description = [{
    `!kernel.buf<[L, D], f32>`: the dimensions (a block's share of those that
    are cut, the whole of the others) and the stored element type.
  }];
  let parameters = (ins ArrayRefParameter<"::mlir::StringAttr">:$dims, "::mlir::Type":$elementType);
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    /// Whether the buffer has dimension `name`.
    bool hasDim(::llvm::StringRef name) const;
  }];
}

#endif
