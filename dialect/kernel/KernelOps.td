// Operations of the `kernel` dialect. Constraints are numbered as in docs/spec.md.
#ifndef MIXIR_DIALECT_KERNEL_KERNELOPS_TD
#define MIXIR_DIALECT_KERNEL_KERNELOPS_TD

include "dialect/kernel/KernelAttrs.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Kernel_Op<string m, list<Trait> t = []> : Op<Kernel_Dialect, m, t>;

def Kernel_ProgramOp : Kernel_Op<"program", [Symbol, IsolatedFromAbove, SymbolTable, NoTerminator, SingleBlock]> {
  let summary = "the kernels of one mixer, in the order they run";
  let description = [{
    `dims` (array of #mixer.dim), `operands` and `temps` (arrays of
    #mixer.operand) are what the runtime binds; `views` (array of #kernel.view)
    name parts of operands. `batch` (#kernel.batch) is what a call may place
    entry by entry where kernels do that themselves, as on a GPU.

    ```mlir
    kernel.program @copy dims [#mixer.dim<"L">]
        operands [#mixer.operand<"x", in, f32, [["L"]]>, #mixer.operand<"out", out, f32, [["L"]]>] temps [] {
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, ArrayAttr:$dims, ArrayAttr:$operands, ArrayAttr:$temps,
                       DefaultValuedOptionalAttr<ArrayAttr, "{}">:$views,
                       OptionalAttr<Kernel_BatchAttr>:$batch);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{ $sym_name `dims` $dims `operands` $operands `temps` $temps (`views` $views^)?
    (`batch` $batch^)? attr-dict-with-keyword $body }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// How the operand, temporary or view `name` is stored, or null.
    ::mixir::mixer::OperandAttr getTensor(::llvm::StringRef name);
  }];
}

def Kernel_FuncOp : Kernel_Op<"func", [Symbol, NoTerminator, SingleBlock, HasParent<"ProgramOp">]> {
  let summary = "one kernel: loops and stages";
  let description = [{
    Loops of kind parallel make tasks; the serial one, if any, is walked block
    by block inside a task. The body is run once a block, in order. A task of
    a kernel that `joins` follows the task of the same coordinates of the
    kernel before it, while what both use is still near. A kernel `instead` of
    the one before it does the same in another way; one of them runs.

    ```mlir
    kernel.func @k loops [#kernel.loop<"L", 128, parallel>] {
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, ArrayAttr:$loops, UnitAttr:$joins,
                       OptionalAttr<Kernel_InsteadAttr>:$instead);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name `loops` $loops (`joins` $joins^)? (`instead` $instead^)? attr-dict-with-keyword $body";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The loops whose blocks are tasks.
    ::llvm::SmallVector<LoopAttr> getParallelLoops();
    /// The loop over `dim`, or null.
    LoopAttr getLoop(::llvm::StringRef dim);
    /// The loop over the dimension in vector lanes, or null.
    LoopAttr getLaneLoop();
    /// The dimension in vector lanes, or an empty string.
    ::llvm::StringRef getLaneDim();
    /// The dimension that is walked in order, or null.
    LoopAttr getSerialLoop();
    /// The dimension that neighbouring threads share, or null.
    LoopAttr getSpreadLoop();
  }];
}

def Kernel_OperandOp : Kernel_Op<"operand", [Pure, HasParent<"FuncOp">]> {
  let summary = "an operand, temporary or view of the program";
  let description = [{
    `part` is "re" or "im" for one part of a complex operand.

    ```mlir
    %x = kernel.operand "x" : !kernel.buf<[L], f32>
    ```
  }];
  let arguments = (ins StrAttr:$ref, DefaultValuedStrAttr<StrAttr, "">:$part);
  let results = (outs Kernel_BufType:$result);
  let assemblyFormat = "$ref (`part` $part^)? attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Kernel_StageOp : Kernel_Op<"stage", [HasParent<"FuncOp">, SingleBlock]> {
  let summary = "a buffer computed point by point";
  let description = [{
    The body runs at every point of `over` (and of `reducing`, combined into
    the point) and yields the value. The result is a buffer over `over`, or
    nothing when the values go `into` an operand. `at step`: computed anew at
    every step of the recurrence that reads it; `at tile`: once a tile.
    `vector` names the dimension that lies in vector lanes; one of `reducing`:
    each lane combines its share, then all of them. On a GPU a `shared` buffer is filled by all threads of a block together; any other
    is each thread's own.

    ```mlir
    %y = kernel.stage "y" over ["L"] at tile {
      %v = kernel.load %x : !kernel.buf<[L], f32> -> f32
      %e = math.exp %v : f32
      kernel.yield %e : f32
    } : !kernel.buf<[L], f32>
    ```
  }];
  let arguments = (ins StrAttr:$name, StrArrayAttr:$over, Kernel_PlacementAttr:$placement,
                       UnitAttr:$shared, OptionalAttr<StrAttr>:$vector, OptionalAttr<Kernel_CombineAttr>:$combine,
                       OptionalAttr<StrArrayAttr>:$reducing, Optional<Kernel_BufType>:$into);
  let results = (outs Optional<Kernel_BufType>:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{ $name `over` $over `at` $placement (`shared` $shared^)? (`vector` $vector^)?
    (`combine` $combine^ `reducing` $reducing)? (`into` $into^ `:` type($into))?
    attr-dict-with-keyword $body (`:` type($result)^)? }];
  let hasVerifier = 1;
}

def Kernel_ConvolveOp : Kernel_Op<"convolve", [HasParent<"FuncOp">]> {
  let summary = "a convolution with many taps, by the runtime";
  let description = [{
    The result at `along` = t is the sum over the coordinates j of `taps` of
    the taps at j times the input at t - lag, zero outside; the lag of tap j
    of W is W-1-j (causal) or (W-1)/2-j (same). Up to `directUpTo` taps that
    can meet a sample the sum is computed as it stands, beyond that by Fourier
    transforms, those of the taps once a task. It is all that its kernel does.

    ```mlir
    kernel.convolve causal along "L" taps "J" direct 96 %x, %w into %y
        : !kernel.buf<[L, D], f32>, !kernel.buf<[J, D], f32>, !kernel.buf<[L, D], f32>
    ```
  }];
  let arguments = (ins Kernel_PadKindAttr:$pad, StrAttr:$along, StrAttr:$taps, I64Attr:$directUpTo,
                       Kernel_BufType:$input, Kernel_BufType:$weight, Kernel_BufType:$into);
  let assemblyFormat = [{ $pad `along` $along `taps` $taps `direct` $directUpTo $input `,` $weight `into` $into attr-dict
    `:` type($input) `,` type($weight) `,` type($into) }];
  let hasVerifier = 1;
}

def Kernel_RecurOp : Kernel_Op<"recur", [HasParent<"FuncOp">, NoTerminator, SingleBlock]> {
  let summary = "a recurrence: phases walked step by step";
  let description = [{
    At every step along `time` the phases run in order. A phase reads states
    and what earlier phases accumulated. Results: the kept accumulators, over
    their dimensions and `time`.

    ```mlir
    %y = kernel.recur "scan" time "L" carries [#kernel.carry<"h", ["D"], init = "" part "", final = "" part "">]
        accs [#kernel.acc<"y", store, ["D"], kept = true>] {
      kernel.phase over [] {
        %h = kernel.state "h" : f32
        %v = kernel.load %x : !kernel.buf<[L, D], f32> -> f32
        %n = arith.addf %h, %v : f32
        kernel.set_state "h", %n : f32
        kernel.accumulate "y", %n : f32
      }
    } : !kernel.buf<[L, D], f32>
    ```
  }];
  let arguments = (ins StrAttr:$name, StrAttr:$time, ArrayAttr:$carries, ArrayAttr:$accs);
  let results = (outs Variadic<Kernel_BufType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{ $name `time` $time `carries` $carries `accs` $accs attr-dict-with-keyword $body
    (`:` type($results)^)? }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The accumulator `name`, or null.
    AccAttr getAcc(::llvm::StringRef name);
    /// The carried state `name`, or null.
    CarryAttr getCarry(::llvm::StringRef name);
    /// Whether a step reads what the accumulator `name` was at an earlier one.
    bool isRecalled(::llvm::StringRef name);
  }];
}

def Kernel_PhaseOp : Kernel_Op<"phase", [HasParent<"RecurOp">, NoTerminator, SingleBlock]> {
  let summary = "one loop nest inside a step";
  let description = [{
    The body runs at every point of `over`, in every lane.

    ```mlir
    kernel.phase over ["N"] {
    }
    ```
  }];
  let arguments = (ins StrArrayAttr:$over);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "`over` $over attr-dict-with-keyword $body";
}

def Kernel_LoadOp : Kernel_Op<"load", [Pure]> {
  let summary = "the value of a buffer at the current point";
  let description = [{
    A dimension of the buffer is read at the current coordinate, plus `shift`
    where given, or at the coordinate `at` gives for it. Outside the whole
    dimension the value is zero. 16-bit elements arrive as f32.

    ```mlir
    %v = kernel.load %x shift {L = -1 : i64} : !kernel.buf<[L], f32> -> f32
    %w = kernel.load %t at ["W"](%c) : !kernel.buf<[W], f32> -> f32
    ```
  }];
  let arguments = (ins Kernel_BufType:$buffer, OptionalAttr<DictionaryAttr>:$shift,
                       DefaultValuedAttr<StrArrayAttr, "{}">:$coordDims, Variadic<I32>:$coords);
  let results = (outs AnyTypeOf<[F32, I32]>:$result);
  let assemblyFormat = [{ $buffer (`shift` $shift^)? (`at` $coordDims^ `(` $coords `)`)? attr-dict
    `:` type($buffer) `->` type($result) }];
  let hasVerifier = 1;
}

def Kernel_IndexOp : Kernel_Op<"index", [Pure]> {
  let summary = "the coordinate along a dimension, in the whole dimension";
  let description = [{
    ```mlir
    %i = kernel.index "L" : i32
    ```
  }];
  let arguments = (ins StrAttr:$dim);
  let results = (outs I32:$result);
  let assemblyFormat = "$dim attr-dict `:` type($result)";
}

def Kernel_SizeOp : Kernel_Op<"size", [Pure]> {
  let summary = "the extent of a whole dimension";
  let description = [{
    ```mlir
    %n = kernel.size "L" : i32
    ```
  }];
  let arguments = (ins StrAttr:$dim);
  let results = (outs I32:$result);
  let assemblyFormat = "$dim attr-dict `:` type($result)";
}

def Kernel_StateOp : Kernel_Op<"state", [Pure]> {
  let summary = "a carried state before this step";
  let description = [{
    At the current point, or at other coordinates as `kernel.load` says them;
    a phase that reads it there comes before the one that sets the state.

    ```mlir
    %h = kernel.state "h" : f32
    %g = kernel.state "h" shift {N = -1 : i64} : f32
    ```
  }];
  let arguments = (ins StrAttr:$name, OptionalAttr<DictionaryAttr>:$shift,
                       DefaultValuedAttr<StrArrayAttr, "{}">:$coordDims, Variadic<I32>:$coords);
  let results = (outs F32:$result);
  let assemblyFormat = [{ $name (`shift` $shift^)? (`at` $coordDims^ `(` $coords `)`)? attr-dict
    `:` type($result) }];
  let hasVerifier = 1;
}

def Kernel_SetStateOp : Kernel_Op<"set_state", [HasParent<"PhaseOp">]> {
  let summary = "the state after this step";
  let description = [{
    Phases after this one may not read the old state.

    ```mlir
    kernel.set_state "h", %n : f32
    ```
  }];
  let arguments = (ins StrAttr:$name, F32:$value);
  let assemblyFormat = "$name `,` $value attr-dict `:` type($value)";
  let hasVerifier = 1;
}

def Kernel_AffineOp : Kernel_Op<"affine", [HasParent<"PhaseOp">, AttrSizedOperandSegments]> {
  let summary = "the step of a state as a state-free factor and summand";
  let description = [{
    The later phases set the state to decay * state + write; two states are the
    parts of a complex one. Only where time lies across threads: each composes
    the steps of its run, and a scan of what they found gives each the states
    before its first step. Phases of these operations come first and hold
    nothing else that acts.

    ```mlir
    kernel.affine ["h"] decay(%a) write(%b)
    ```
  }];
  let arguments = (ins StrArrayAttr:$states, Variadic<F32>:$decay, Variadic<F32>:$write);
  let assemblyFormat = "$states `decay` `(` $decay `)` `write` `(` $write `)` attr-dict";
  let hasVerifier = 1;
}

def Kernel_AccOp : Kernel_Op<"acc", [Pure, AttrSizedOperandSegments]> {
  let summary = "what an earlier phase of this step, or an earlier step, accumulated";
  let description = [{
    At the current point, or at other coordinates as `kernel.load` says them.
    With `time` at another coordinate of the dimension that is walked: zero
    where the walk has not come to it, or there is none. A kernel of a CPU
    keeps that for itself, one of a GPU in the temporary that `past` of the
    accumulator names.

    ```mlir
    %r = kernel.acc "r" : f32
    %p = kernel.acc "h1" time %i : f32
    ```
  }];
  let arguments = (ins StrAttr:$name, Optional<I32>:$time, OptionalAttr<DictionaryAttr>:$shift,
                       DefaultValuedAttr<StrArrayAttr, "{}">:$coordDims, Variadic<I32>:$coords);
  let results = (outs F32:$result);
  let assemblyFormat = [{ $name (`time` $time^)? (`shift` $shift^)? (`at` $coordDims^ `(` $coords `)`)? attr-dict
    `:` type($result) }];
  let hasVerifier = 1;
}

def Kernel_AccumulateOp : Kernel_Op<"accumulate", [HasParent<"PhaseOp">]> {
  let summary = "combine a value into an accumulator";
  let description = [{
    ```mlir
    kernel.accumulate "y", %v : f32
    ```
  }];
  let arguments = (ins StrAttr:$name, F32:$value);
  let assemblyFormat = "$name `,` $value attr-dict `:` type($value)";
  let hasVerifier = 1;
}

def Kernel_YieldOp : Kernel_Op<"yield", [Pure, Terminator, HasParent<"StageOp">]> {
  let summary = "the value of a stage at the current point";
  let description = [{
    ```mlir
    kernel.yield %v : f32
    ```
  }];
  let arguments = (ins AnyTypeOf<[F32, I32]>:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

#endif
