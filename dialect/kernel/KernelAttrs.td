// Attributes of the `kernel` dialect: loops, carried states, accumulators.
#ifndef MIXIR_DIALECT_KERNEL_KERNELATTRS_TD
#define MIXIR_DIALECT_KERNEL_KERNELATTRS_TD

include "dialect/kernel/KernelDialect.td"

class Kernel_Enum<string n, string s, list<I32EnumAttrCase> cases> : I32EnumAttr<n, s, cases> {
  let cppNamespace = "::mixir::kernel";
  let genSpecializedAttr = 0;
}

def Kernel_LoopKind : Kernel_Enum<"LoopKind", "how the blocks of a dimension are visited", [
  I32EnumAttrCase<"Parallel", 0, "parallel">, I32EnumAttrCase<"Serial", 1, "serial">,
  I32EnumAttrCase<"SerialReverse", 2, "serial_reverse">, I32EnumAttrCase<"Spread", 3, "spread">]>;

def Kernel_Placement : Kernel_Enum<"Placement", "where a stage is computed", [
  I32EnumAttrCase<"Tile", 0, "tile">, I32EnumAttrCase<"Step", 1, "step">]>;
def Kernel_PlacementAttr : EnumAttr<Kernel_Dialect, Kernel_Placement, "placement"> {
  let assemblyFormat = "$value";
}

def Kernel_PadKind : Kernel_Enum<"PadKind", "which sample a tap meets", [
  I32EnumAttrCase<"Causal", 0, "causal">, I32EnumAttrCase<"Same", 1, "same">]>;
def Kernel_PadKindAttr : EnumAttr<Kernel_Dialect, Kernel_PadKind, "pad"> {
  let assemblyFormat = "$value";
}

def Kernel_Combine : Kernel_Enum<"Combine", "how values meet in one place", [
  I32EnumAttrCase<"Sum", 0, "sum">, I32EnumAttrCase<"Max", 1, "max">, I32EnumAttrCase<"Min", 2, "min">,
  I32EnumAttrCase<"Store", 3, "store">]>;
def Kernel_CombineAttr : EnumAttr<Kernel_Dialect, Kernel_Combine, "combine"> {
  let assemblyFormat = "$value";
}

class Kernel_Attr<string n, string m> : AttrDef<Kernel_Dialect, n> { let mnemonic = m; }

def Kernel_LoopAttr : Kernel_Attr<"Loop", "loop"> {
  let summary = "a dimension cut into blocks";
  let description = [{
    `#kernel.loop<"D", 256, parallel, lanes = 32>`: blocks of up to 256 are
    independent tasks; 32 coordinates at a time lie in vector lanes (CPU) or
    threads (GPU), and a launch may take smaller blocks, of whole groups of
    lanes. A block of 1 fixes the coordinate.

    On a GPU, `#kernel.loop<"L", 320, serial, lanes = 64>`: the steps of a tile
    lie across 64 threads, a run of 5 for each, which find the states before
    their runs by `kernel.affine`; rows of steps lie an odd number of floats
    apart in shared memory, so that the threads meet different banks.
    `#kernel.loop<"N", 128, spread, lanes = 8>`: 8 neighbouring threads share
    the coordinates of N, every eighth for each, and form sums over it together.
  }];
  let parameters = (ins "::mlir::StringAttr":$dim, "int64_t":$block,
                        EnumParameter<Kernel_LoopKind>:$kind, DefaultValuedParameter<"int64_t", "0">:$lanes);
  let assemblyFormat = "`<` $dim `,` $block `,` $kind (`,` `lanes` `=` $lanes^)? `>`";
}

def Kernel_InsteadAttr : Kernel_Attr<"Instead", "instead"> {
  let summary = "when a kernel runs instead of the kernel before it";
  let description = [{
    `#kernel.instead<blocks = 1, along = "L", least = 64>`: where the kernel
    before it has fewer than 1 block for each multiprocessor of the GPU, and L
    has at least 64 coordinates.
  }];
  let parameters = (ins "int64_t":$blocks, "::mlir::StringAttr":$along, "int64_t":$least);
  let assemblyFormat = "`<` `blocks` `=` $blocks `,` `along` `=` $along `,` `least` `=` $least `>`";
}

def Kernel_WalkAttr : Kernel_Attr<"Walk", "walk"> {
  let summary = "the route along which a view shows a tensor";
  let description = [{
    `#kernel.walk<"T", #mixer.route<["H", "W"], ...>>`: dimension T of the
    view, the steps, stands for H and W of the tensor. A route that is a table
    reads the places from tensor `table`. With `adds` what a step writes is
    added to what is at its place, which is zero at first.
  }];
  let parameters = (ins "::mlir::StringAttr":$dim, "::mixir::mixer::RouteAttr":$route,
                        OptionalParameter<"::mlir::StringAttr">:$table, DefaultValuedParameter<"bool", "false">:$adds);
  let assemblyFormat = "`<` $dim `,` $route (`,` struct($table, $adds)^)? `>`";
}

def Kernel_ViewAttr : Kernel_Attr<"View", "view"> {
  let summary = "entries of a tensor, and other names for its dimensions";
  let description = [{
    `#kernel.view<#mixer.operand<"dt_R1", in, f32, [["B"], ["L"]]>, of = "dt", at = {R = 1}>`:
    a name for the part of `dt` with coordinate 1 of dimension R, which the
    view does not have. `as = {L = "J"}` calls dimension L of the tensor J.
    `walk` shows the places of a route in the order of its steps.
    Nothing is copied.
  }];
  let parameters = (ins "::mixir::mixer::OperandAttr":$tensor, "::mlir::StringAttr":$of,
                        "::mlir::DictionaryAttr":$at, OptionalParameter<"::mlir::DictionaryAttr">:$as,
                        OptionalParameter<"::mixir::kernel::WalkAttr">:$walk);
  let assemblyFormat = [{ `<` $tensor `,` `of` `=` $of `,` `at` `=` $at (`,` `as` `=` $as^)?
                          (`,` `walk` `=` $walk^)? `>` }];
}

def Kernel_BatchAttr : Kernel_Attr<"Batch", "batch"> {
  let summary = "whose entries a launch may place one by one";
  let description = [{
    `#kernel.batch<"B", along = "L">`: a call may say where every entry of
    dimension B lies, how long it is along L, and which are left out. Kernels
    take one entry a block. Without `along` all have the same length.
  }];
  let parameters = (ins "::mlir::StringAttr":$dim, OptionalParameter<"::mlir::StringAttr">:$along);
  let assemblyFormat = "`<` $dim (`,` `along` `=` $along^)? `>`";
}

def Kernel_CarryAttr : Kernel_Attr<"Carry", "carry"> {
  let summary = "a state that lives from tile to tile";
  let description = [{
    `#kernel.carry<"h", ["N", "D"], init = "h0" part "", final = "" part "">`:
    one f32 for every coordinate of the dimensions (the lane dimension last).
    It starts as zero or as the named operand and ends in the named operand;
    `part` picks re or im of a complex one.
  }];
  let parameters = (ins "::mlir::StringAttr":$name, "::mlir::ArrayAttr":$dims,
                        "::mlir::StringAttr":$init, "::mlir::StringAttr":$initPart,
                        "::mlir::StringAttr":$final, "::mlir::StringAttr":$finalPart);
  let assemblyFormat = [{ `<` $name `,` $dims `,` `init` `=` $init `part` $initPart `,`
                          `final` `=` $final `part` $finalPart `>` }];
}

def Kernel_AccAttr : Kernel_Attr<"Acc", "acc"> {
  let summary = "a value gathered by the phases of a step";
  let description = [{
    `#kernel.acc<"y", sum, ["D"], kept = true>`: what `kernel.accumulate`
    combines over the phase's domain, one value for every coordinate of the
    dimensions; kept for the whole tile (a result of the recurrence) or for
    the step only. `past = "h_past"` names the temporary where a kernel of a
    GPU stores it at every step for steps that come later.
  }];
  let parameters = (ins "::mlir::StringAttr":$name, EnumParameter<Kernel_Combine>:$combine,
                        "::mlir::ArrayAttr":$dims, "bool":$kept, OptionalParameter<"::mlir::StringAttr">:$past);
  let assemblyFormat = "`<` $name `,` $combine `,` $dims `,` `kept` `=` $kept (`,` `past` `=` $past^)? `>`";
}

#endif
