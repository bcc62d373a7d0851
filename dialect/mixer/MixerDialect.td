// The `mixer` dialect: a sequence mixer as its author wrote it.
#ifndef MIXIR_DIALECT_MIXER_MIXERDIALECT_TD
#define MIXIR_DIALECT_MIXER_MIXERDIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def Mixer_Dialect : Dialect {
  let name = "mixer";
  let cppNamespace = "::mixir::mixer";
  let summary = "sequence mixers over named dimensions";
  let description = [{
    Values carry named dimensions instead of positions; arithmetic aligns and
    broadcasts by name. A mixer is a `func.func` whose `mixer.dims` attribute
    lists the dimensions and whose arguments and results carry a
    `mixer.operand` attribute (name, role, stored type, axes). The dialect
    says what a mixer means and nothing about how it is computed: no tile, no
    lane, no thread.
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let hasOperationAttrVerify = 1;
}

class Mixer_Type<string n, string m> : TypeDef<Mixer_Dialect, n> {
  let mnemonic = m;
}

def Mixer_NdType : Mixer_Type<"Nd", "nd"> {
  let summary = "a value over named dimensions";
  let description = [{
    `!mixer.nd<[B, L, D], f32>` is one number for every coordinate of the
    named dimensions. Dimensions are kept in the order of the mixer's header;
    the extent of a dimension belongs to the mixer, not to the type.
    Elements: f32, complex<f32>, i32, i1.
  }];
  let parameters = (ins ArrayRefParameter<"::mlir::StringAttr">:$dims, "::mlir::Type":$elementType);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let builders = [
    TypeBuilder<(ins "::llvm::ArrayRef<::llvm::StringRef>":$dims, "::mlir::Type":$elementType)>
  ];
  let extraClassDeclaration = [{
    /// Whether the value varies over dimension `name`.
    bool hasDim(::llvm::StringRef name) const;
    /// The same element type over other dimensions.
    NdType withDims(::llvm::ArrayRef<::mlir::StringAttr> dims) const;
    /// The same dimensions with another element type.
    NdType withElement(::mlir::Type element) const;
    /// The type without dimension `name`.
    NdType dropDim(::llvm::StringRef name) const;
    bool isComplex() const { return ::llvm::isa<::mlir::ComplexType>(getElementType()); }
  }];
}

#endif
