// Operations of the `mixer` dialect. Constraints are numbered as in docs/spec.md.
#ifndef MIXIR_DIALECT_MIXER_MIXEROPS_TD
#define MIXIR_DIALECT_MIXER_MIXEROPS_TD

include "dialect/mixer/MixerAttrs.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Mixer_Op<string m, list<Trait> t = []> : Op<Mixer_Dialect, m, t>;
class Mixer_PointwiseOp<string m, list<Trait> t = []> : Mixer_Op<m, !listconcat([Pure], t)>;

def Mixer_ConstantOp : Mixer_PointwiseOp<"constant"> {
  let summary = "a number";
  let description = [{
    A number without dimensions; `im` is the imaginary part when the element
    type is complex.

    ```mlir
    %0 = mixer.constant 1.0 : !mixer.nd<[], f32>
    ```
  }];
  let arguments = (ins F64Attr:$value, DefaultValuedOptionalAttr<F64Attr, "0.0">:$im);
  let results = (outs Mixer_NdType:$result);
  let assemblyFormat = "$value (`im` $im^)? attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Mixer_DimSizeOp : Mixer_PointwiseOp<"dim_size"> {
  let summary = "the extent of a dimension as a number";
  let description = [{
    ```mlir
    %0 = mixer.dim_size "K" : !mixer.nd<[], i32>
    ```
  }];
  let arguments = (ins StrAttr:$dim);
  let results = (outs Mixer_NdType:$result);
  let assemblyFormat = "$dim attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Mixer_IndexOp : Mixer_PointwiseOp<"index"> {
  let summary = "the coordinate along a dimension";
  let description = [{
    0 .. extent-1 along the stored axis.

    ```mlir
    %0 = mixer.index "L" : !mixer.nd<[L], i32>
    ```
  }];
  let arguments = (ins StrAttr:$dim);
  let results = (outs Mixer_NdType:$result);
  let assemblyFormat = "$dim attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Mixer_UnaryOp : Mixer_PointwiseOp<"unary"> {
  let summary = "a pointwise function of one value";
  let description = [{
    ```mlir
    %1 = mixer.unary exp %0 : !mixer.nd<[B, D], f32> -> !mixer.nd<[B, D], f32>
    ```
  }];
  let arguments = (ins Mixer_UnaryKindAttr:$kind, Mixer_NdType:$input);
  let results = (outs Mixer_NdType:$result);
  let assemblyFormat = "$kind $input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Mixer_BinaryOp : Mixer_PointwiseOp<"binary"> {
  let summary = "a pointwise function of two values, broadcast by name";
  let description = [{
    ```mlir
    %2 = mixer.binary mul %0, %1
         : !mixer.nd<[B, D], f32>, !mixer.nd<[D, N], f32> -> !mixer.nd<[B, D, N], f32>
    ```
  }];
  let arguments = (ins Mixer_BinaryKindAttr:$kind, Mixer_NdType:$lhs, Mixer_NdType:$rhs);
  let results = (outs Mixer_NdType:$result);
  let assemblyFormat = "$kind $lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)";
  let hasVerifier = 1;
}

def Mixer_CompareOp : Mixer_PointwiseOp<"compare"> {
  let summary = "an ordering of two real values";
  let description = [{
    ```mlir
    %2 = mixer.compare gt %0, %1
         : !mixer.nd<[B], f32>, !mixer.nd<[], f32> -> !mixer.nd<[B], i1>
    ```
  }];
  let arguments = (ins Mixer_CompareKindAttr:$kind, Mixer_NdType:$lhs, Mixer_NdType:$rhs);
  let results = (outs Mixer_NdType:$result);
  let assemblyFormat = "$kind $lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)";
  let hasVerifier = 1;
}

def Mixer_SelectOp : Mixer_PointwiseOp<"select"> {
  let summary = "one of two values by a condition";
  let description = [{
    The value not taken has no effect, not even as NaN.

    ```mlir
    %3 = mixer.select %c, %a, %b
         : !mixer.nd<[B], i1>, !mixer.nd<[B], f32>, !mixer.nd<[], f32> -> !mixer.nd<[B], f32>
    ```
  }];
  let arguments = (ins Mixer_NdType:$condition, Mixer_NdType:$onTrue, Mixer_NdType:$onFalse);
  let results = (outs Mixer_NdType:$result);
  let assemblyFormat = "$condition `,` $onTrue `,` $onFalse attr-dict `:` type($condition) `,` type($onTrue) `,` type($onFalse) `->` type($result)";
  let hasVerifier = 1;
}

def Mixer_CastOp : Mixer_PointwiseOp<"cast"> {
  let summary = "another element type, same dimensions";
  let description = [{
    i32 to f32, or f32 to complex<f32>.

    ```mlir
    %1 = mixer.cast %0 : !mixer.nd<[L], i32> -> !mixer.nd<[L], f32>
    ```
  }];
  let arguments = (ins Mixer_NdType:$input);
  let results = (outs Mixer_NdType:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Mixer_ComplexOp : Mixer_PointwiseOp<"complex"> {
  let summary = "a complex value from its two parts";
  let description = [{
    ```mlir
    %2 = mixer.complex %re, %im
         : !mixer.nd<[N], f32>, !mixer.nd<[N], f32> -> !mixer.nd<[N], complex<f32>>
    ```
  }];
  let arguments = (ins Mixer_NdType:$re, Mixer_NdType:$im);
  let results = (outs Mixer_NdType:$result);
  let assemblyFormat = "$re `,` $im attr-dict `:` type($re) `,` type($im) `->` type($result)";
  let hasVerifier = 1;
}

def Mixer_ReduceOp : Mixer_PointwiseOp<"reduce"> {
  let summary = "sum, mean, max or min over dimensions";
  let description = [{
    ```mlir
    %1 = mixer.reduce sum ["N"] %0 : !mixer.nd<[D, N], f32> -> !mixer.nd<[D], f32>
    ```
  }];
  let arguments = (ins Mixer_ReduceKindAttr:$kind, StrArrayAttr:$dims, Mixer_NdType:$input);
  let results = (outs Mixer_NdType:$result);
  let assemblyFormat = "$kind $dims $input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Mixer_ConvOp : Mixer_PointwiseOp<"conv"> {
  let summary = "depthwise stencil along a stored axis";
  let description = [{
    causal: y[t] = sum_j w[j] x[t - (W-1) + j]; anticausal, its mirror image:
    y[t] = sum_j w[j] x[t + (W-1) - j]; same: y[t] = sum_j w[j] x[t - (W-1)/2 + j].
    `taps` names the dimension of the weights. Samples
    outside the axis are zero, or, for a causal stencil with `init`, the last
    samples of `init` along its dimension `history`, newest last.

    ```mlir
    %y = mixer.conv causal along "L" taps "W" %x, %w
         : !mixer.nd<[B, L, D], f32>, !mixer.nd<[D, W], f32> -> !mixer.nd<[B, L, D], f32>
    ```
  }];
  let arguments = (ins Mixer_PadKindAttr:$pad, StrAttr:$along, StrAttr:$taps, Mixer_NdType:$input,
                       Mixer_NdType:$weight, Optional<Mixer_NdType>:$init, OptionalAttr<StrAttr>:$history);
  let results = (outs Mixer_NdType:$result);
  let assemblyFormat = [{ $pad `along` $along `taps` $taps $input `,` $weight (`init` $init^ `history` $history)? attr-dict
    `:` type($input) `,` type($weight) (`,` type($init)^)? `->` type($result) }];
  let hasVerifier = 1;
}

def Mixer_TailOp : Mixer_PointwiseOp<"tail"> {
  let summary = "the last samples along an axis";
  let description = [{
    The last extent(`into`) samples along `along`, newest last; where the axis
    is shorter, earlier ones come from `init` (dimension `into`) or are zero.

    ```mlir
    %s = mixer.tail along "L" into "S" %x : !mixer.nd<[B, L, D], f32> -> !mixer.nd<[B, D, S], f32>
    ```
  }];
  let arguments = (ins StrAttr:$along, StrAttr:$into, Mixer_NdType:$input, Optional<Mixer_NdType>:$init);
  let results = (outs Mixer_NdType:$result);
  let assemblyFormat = [{ `along` $along `into` $into $input (`init` $init^)? attr-dict
    `:` type($input) (`,` type($init)^)? `->` type($result) }];
  let hasVerifier = 1;
}

def Mixer_PickOp : Mixer_PointwiseOp<"pick"> {
  let summary = "one entry of a dimension";
  let description = [{
    The values at coordinate `at` of dimension `dim`.

    ```mlir
    %1 = mixer.pick "R" at 1 %dt : !mixer.nd<[B, L, R], f32> -> !mixer.nd<[B, L], f32>
    ```
  }];
  let arguments = (ins StrAttr:$dim, I64Attr:$at, Mixer_NdType:$input);
  let results = (outs Mixer_NdType:$result);
  let assemblyFormat = "$dim `at` $at $input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Mixer_StackOp : Mixer_PointwiseOp<"stack"> {
  let summary = "the entries of a dimension put together";
  let description = [{
    One operand for every coordinate of dimension `dim`, in order.

    ```mlir
    %y = mixer.stack "R" %y0, %y1 : !mixer.nd<[B, L], f32>, !mixer.nd<[B, L], f32> -> !mixer.nd<[B, L, R], f32>
    ```
  }];
  let arguments = (ins StrAttr:$dim, Variadic<Mixer_NdType>:$parts);
  let results = (outs Mixer_NdType:$result);
  let assemblyFormat = "$dim $parts attr-dict `:` type($parts) `->` type($result)";
  let hasVerifier = 1;
}

def Mixer_RenameOp : Mixer_PointwiseOp<"rename"> {
  let summary = "a dimension under another name";
  let description = [{
    The same numbers, with dimension `to` in place of `from`; both have one
    extent.

    ```mlir
    %1 = mixer.rename "L" to "J" %x : !mixer.nd<[B, L], f32> -> !mixer.nd<[B, J], f32>
    ```
  }];
  let arguments = (ins StrAttr:$from, StrAttr:$to, Mixer_NdType:$input);
  let results = (outs Mixer_NdType:$result);
  let assemblyFormat = "$from `to` $to $input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Mixer_ShiftOp : Mixer_PointwiseOp<"shift", [SameOperandsAndResultType]> {
  let summary = "the value at a lower coordinate";
  let description = [{
    y[n] = x[n - steps] along `dim`, zero where that lies outside.

    ```mlir
    %1 = mixer.shift "N" by 1 %h : !mixer.nd<[D, N], f32>
    ```
  }];
  let arguments = (ins StrAttr:$dim, I64Attr:$steps, Mixer_NdType:$input);
  let results = (outs Mixer_NdType:$result);
  let assemblyFormat = "$dim `by` $steps $input attr-dict `:` type($input)";
  let hasVerifier = 1;
}

def Mixer_SplitOp : Mixer_PointwiseOp<"split"> {
  let summary = "a dimension cut into pieces of one size";
  let description = [{
    y[c, q] = x[c * Q + q], Q the extent of `inner`: dimension `dim` as pieces
    along `outer` and places in them along `inner`. With `reverse` the places
    are counted from the end of `dim`. Behind its end, up to which the last
    piece is filled, the value is zero.

    ```mlir
    %1 = mixer.split "L" into "C" "Q" %x : !mixer.nd<[B, L], f32> -> !mixer.nd<[B, C, Q], f32>
    ```
  }];
  let arguments = (ins StrAttr:$dim, StrAttr:$outer, StrAttr:$inner, UnitAttr:$reverse, Mixer_NdType:$input);
  let results = (outs Mixer_NdType:$result);
  let assemblyFormat = [{ $dim `into` $outer $inner (`reverse` $reverse^)? $input attr-dict
    `:` type($input) `->` type($result) }];
  let hasVerifier = 1;
}

def Mixer_MergeOp : Mixer_PointwiseOp<"merge"> {
  let summary = "pieces of one size put together to a dimension";
  let description = [{
    y[l] = x[l / Q, l mod Q], Q the fixed extent of `inner`: what `mixer.split`
    has cut, without what lies behind the end of `dim`.

    ```mlir
    %1 = mixer.merge "C" "Q" into "L" %x : !mixer.nd<[B, C, Q], f32> -> !mixer.nd<[B, L], f32>
    ```
  }];
  let arguments = (ins StrAttr:$outer, StrAttr:$inner, StrAttr:$dim, UnitAttr:$reverse, Mixer_NdType:$input);
  let results = (outs Mixer_NdType:$result);
  let assemblyFormat = [{ $outer $inner `into` $dim (`reverse` $reverse^)? $input attr-dict
    `:` type($input) `->` type($result) }];
  let hasVerifier = 1;
}

def Mixer_GatherOp : Mixer_PointwiseOp<"gather"> {
  let summary = "the values at computed coordinates";
  let description = [{
    The value of `input` at coordinate `index` of `dim`, zero where that lies
    outside.

    ```mlir
    %y = mixer.gather "N" %x at %i : !mixer.nd<[D, N], f32>, !mixer.nd<[L], i32> -> !mixer.nd<[D, L], f32>
    ```
  }];
  let arguments = (ins StrAttr:$dim, Mixer_NdType:$input, Mixer_NdType:$index);
  let results = (outs Mixer_NdType:$result);
  let assemblyFormat = "$dim $input `at` $index attr-dict `:` type($input) `,` type($index) `->` type($result)";
  let hasVerifier = 1;
}

class Mixer_RoutedOp<string m> : Mixer_PointwiseOp<m> {
  let arguments = (ins StrAttr:$dim, Mixer_RouteAttr:$route, Mixer_NdType:$input, Optional<Mixer_NdType>:$table);
  let results = (outs Mixer_NdType:$result);
  let assemblyFormat = [{ $dim $route $input (`table` $table^)? attr-dict
    `:` type($input) (`,` type($table)^)? `->` type($result) }];
  let hasVerifier = 1;
}

def Mixer_VisitOp : Mixer_RoutedOp<"visit"> {
  let summary = "a value in the order of a route";
  let description = [{
    y[t] = x at the place of step t, zero at a ghost: dimension `dim`, the
    steps, instead of the axes of the route. An axis that the input does not
    have does not matter. A route that is a table reads the place of step t
    from `table`; outside the axes the step is a ghost.

    ```mlir
    %y = mixer.visit "T" <["H", "W"], [<[<"W">, <"H">]>]> %x : !mixer.nd<[H, W, D], f32> -> !mixer.nd<[D, T], f32>
    ```
  }];
}

def Mixer_PlaceOp : Mixer_RoutedOp<"place"> {
  let summary = "what the steps of a route bring to its places";
  let description = [{
    y[p] = sum of x[t] over the steps t at place p, zero where there is none:
    the axes of the route instead of `dim`.

    ```mlir
    %y = mixer.place "T" <["H", "W"], [<[<"W">, <"H">]>]> %x : !mixer.nd<[D, T], f32> -> !mixer.nd<[H, W, D], f32>
    ```
  }];
}

def Mixer_PrevOp : Mixer_PointwiseOp<"prev", [SameOperandsAndResultType]> {
  let summary = "a value some steps earlier along the route";
  let description = [{
    The value `steps` steps earlier, zero before the start. Only in a scan.

    ```mlir
    %1 = mixer.prev %0 by 1 : !mixer.nd<[B, D], f32>
    ```
  }];
  let arguments = (ins Mixer_NdType:$input, I64Attr:$steps);
  let results = (outs Mixer_NdType:$result);
  let assemblyFormat = "$input `by` $steps attr-dict `:` type($input)";
  let hasVerifier = 1;
}

def Mixer_RecallOp : Mixer_PointwiseOp<"recall"> {
  let summary = "a state after an earlier step";
  let description = [{
    What the state was after step `step` of the walk, counted from its start;
    zero where the walk has not come to it, or there is none. Only in a scan,
    of one of its states.

    ```mlir
    %1 = mixer.recall %h after %p : !mixer.nd<[B, D], f32>, !mixer.nd<[B], i32> -> !mixer.nd<[B, D], f32>
    ```
  }];
  let arguments = (ins Mixer_NdType:$state, Mixer_NdType:$step);
  let results = (outs Mixer_NdType:$result);
  let assemblyFormat = "$state `after` $step attr-dict `:` type($state) `,` type($step) `->` type($result)";
  let hasVerifier = 1;
}

class Mixer_WalkOp<string m, list<Trait> t = []>
    : Mixer_Op<m, !listconcat([AttrSizedOperandSegments, RecursiveMemoryEffects], t)>;

def Mixer_ScanOp : Mixer_WalkOp<"scan"> {
  let summary = "a recurrence along a route, as written";
  let description = [{
    Walks dimension `dim` (from the end if `reverse`) and runs the body once a
    step. Block arguments: the states, then the step's slice of every value in
    `ins` (its type without `dim`). The body yields the new states, then the
    per-step values. Results: the per-step values as whole sequences (with
    `dim`), then the last states. Values without `dim` may be used from
    outside. With `routes` every route takes the step at its own place: slices
    and sequences have the dimension of routes.

    ```mlir
    %y, %hT = mixer.scan "L" states ["h"] init(%zero : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
    ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
      %n = mixer.binary add %h, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
      mixer.yield %n, %n : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
    } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>
    ```
  }];
  let arguments = (ins StrAttr:$dim, UnitAttr:$reverse, OptionalAttr<Mixer_RoutesAttr>:$routes,
                       StrArrayAttr:$states, Variadic<Mixer_NdType>:$inits, Variadic<Mixer_NdType>:$ins);
  let results = (outs Variadic<Mixer_NdType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{ $dim (`reverse` $reverse^)? (`routes` $routes^)? `states` $states `init` `(` ($inits^ `:` type($inits))? `)`
    `ins` `(` ($ins^ `:` type($ins))? `)` attr-dict-with-keyword $body (`:` type($results)^)? }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    unsigned getNumStates() { return getStates().size(); }
    unsigned getNumStepValues() { return getNumResults() - getNumStates(); }
  }];
}

def Mixer_RecurrenceOp : Mixer_WalkOp<"recurrence"> {
  let summary = "a scan with the canonical form of its states";
  let description = [{
    The same walk as `mixer.scan`, with what the analysis found: `forms` holds
    one `#mixer.form` per state, and region `terms`, whose arguments are the
    step's slices of `ins`, yields for every affine state in order its decay D
    (unless identity), the pairs a_m, b_m, and the write W (if any). The body
    stays the step as written.

    ```mlir
    %y, %hT = mixer.recurrence "L" states ["h"] init(%zero : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>)
        forms [#mixer.form<"h", decay = identity, varying = false, reads = old, contract = [], write = true>] {
    ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
      %n = mixer.binary add %h, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
      mixer.yield %n, %n : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
    } terms {
    ^bb0(%xt: !mixer.nd<[D], f32>):
      mixer.yield %xt : !mixer.nd<[D], f32>
    } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>
    ```
  }];
  let arguments = (ins StrAttr:$dim, UnitAttr:$reverse, StrArrayAttr:$states,
                       Variadic<Mixer_NdType>:$inits, Variadic<Mixer_NdType>:$ins,
                       ArrayAttr:$forms, OptionalAttr<StrAttr>:$algorithm);
  let results = (outs Variadic<Mixer_NdType>:$results);
  let regions = (region SizedRegion<1>:$body, SizedRegion<1>:$terms);
  let assemblyFormat = [{ $dim (`reverse` $reverse^)? `states` $states `init` `(` ($inits^ `:` type($inits))? `)`
    `ins` `(` ($ins^ `:` type($ins))? `)` `forms` $forms (`algorithm` $algorithm^)? attr-dict-with-keyword
    $body `terms` $terms (`:` type($results)^)? }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    unsigned getNumStates() { return getStates().size(); }
    unsigned getNumStepValues() { return getNumResults() - getNumStates(); }
  }];
}

def Mixer_YieldOp : Mixer_Op<"yield", [Pure, Terminator, ParentOneOf<["ScanOp", "RecurrenceOp"]>]> {
  let summary = "ends a step";
  let description = [{
    New states, then per-step values (in a body), or the canonical terms.

    ```mlir
    mixer.yield %h, %y : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
    ```
  }];
  let arguments = (ins Variadic<Mixer_NdType>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
}

#endif
