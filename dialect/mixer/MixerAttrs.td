// Attributes of the `mixer` dialect: dimensions, operands, transition forms.
#ifndef MIXIR_DIALECT_MIXER_MIXERATTRS_TD
#define MIXIR_DIALECT_MIXER_MIXERATTRS_TD

include "dialect/mixer/MixerDialect.td"

class Mixer_Enum<string n, string s, list<I32EnumAttrCase> cases> : I32EnumAttr<n, s, cases> {
  let cppNamespace = "::mixir::mixer";
  let genSpecializedAttr = 0;
}
class Mixer_EnumAttr<I32EnumAttr e, string m> : EnumAttr<Mixer_Dialect, e, m> {
  let assemblyFormat = "$value";
}
class Case<string sym, int val, string str> : I32EnumAttrCase<sym, val, str>;

def Mixer_UnaryKind : Mixer_Enum<"UnaryKind", "pointwise function of one value", [
  Case<"Neg", 0, "neg">, Case<"Exp", 1, "exp">, Case<"Log", 2, "log">, Case<"Log1p", 3, "log1p">,
  Case<"Sqrt", 4, "sqrt">, Case<"Rsqrt", 5, "rsqrt">, Case<"Abs", 6, "abs">, Case<"Sin", 7, "sin">,
  Case<"Cos", 8, "cos">, Case<"Tanh", 9, "tanh">, Case<"Sigmoid", 10, "sigmoid">,
  Case<"Floor", 11, "floor">, Case<"Not", 12, "not">, Case<"Re", 13, "re">, Case<"Im", 14, "im">,
  Case<"Conj", 15, "conj">, Case<"Exp2", 16, "exp2">, Case<"Erf", 17, "erf">]>;
def Mixer_UnaryKindAttr : Mixer_EnumAttr<Mixer_UnaryKind, "unary_kind">;

def Mixer_BinaryKind : Mixer_Enum<"BinaryKind", "pointwise function of two values", [
  Case<"Add", 0, "add">, Case<"Sub", 1, "sub">, Case<"Mul", 2, "mul">, Case<"Div", 3, "div">,
  Case<"Pow", 4, "pow">, Case<"Min", 5, "min">, Case<"Max", 6, "max">, Case<"And", 7, "and">,
  Case<"Or", 8, "or">, Case<"Mod", 9, "mod">, Case<"Quot", 10, "quot">]>;
def Mixer_BinaryKindAttr : Mixer_EnumAttr<Mixer_BinaryKind, "binary_kind">;

def Mixer_CompareKind : Mixer_Enum<"CompareKind", "ordering of two real values", [
  Case<"Lt", 0, "lt">, Case<"Le", 1, "le">, Case<"Gt", 2, "gt">, Case<"Ge", 3, "ge">,
  Case<"Eq", 4, "eq">, Case<"Ne", 5, "ne">]>;
def Mixer_CompareKindAttr : Mixer_EnumAttr<Mixer_CompareKind, "compare_kind">;

def Mixer_ReduceKind : Mixer_Enum<"ReduceKind", "how a dimension is reduced", [
  Case<"Sum", 0, "sum">, Case<"Mean", 1, "mean">, Case<"Max", 2, "max">, Case<"Min", 3, "min">]>;
def Mixer_ReduceKindAttr : Mixer_EnumAttr<Mixer_ReduceKind, "reduce_kind">;

def Mixer_PadKind : Mixer_Enum<"PadKind", "which samples a stencil sees", [
  Case<"Causal", 0, "causal">, Case<"Same", 1, "same">, Case<"Anticausal", 2, "anticausal">]>;
def Mixer_PadKindAttr : Mixer_EnumAttr<Mixer_PadKind, "pad_kind">;

def Mixer_Role : Mixer_Enum<"Role", "what an operand is to the mixer", [
  Case<"In", 0, "in">, Case<"Param", 1, "param">, Case<"Out", 2, "out">]>;

def Mixer_TransitionClass : Mixer_Enum<"TransitionClass", "shape of the transition of a state", [
  Case<"Identity", 0, "identity">, Case<"Scalar", 1, "scalar">, Case<"Vector", 2, "vector">,
  Case<"Full", 3, "full">, Case<"Shift", 4, "shift">, Case<"Dense", 5, "dense">,
  Case<"Coupled", 6, "coupled">, Case<"NonAffine", 7, "non_affine">]>;

def Mixer_ReadKind : Mixer_Enum<"ReadKind", "which state the low-rank terms read", [
  Case<"Old", 0, "old">, Case<"Decayed", 1, "decayed">]>;

class Mixer_Attr<string n, string m> : AttrDef<Mixer_Dialect, n> { let mnemonic = m; }

def Mixer_DimAttr : Mixer_Attr<"Dim", "dim"> {
  let summary = "a dimension of a mixer";
  let description = [{
    `#mixer.dim<"L">` is bound at run time, `#mixer.dim<"N", 16>` is fixed at
    compile time, `#mixer.dim<"P" = "W - 1">` follows from earlier ones.
  }];
  let parameters = (ins "::mlir::StringAttr":$name,
                        DefaultValuedParameter<"int64_t", "-1">:$extent,
                        OptionalParameter<"::mlir::StringAttr">:$expr);
  let assemblyFormat = "`<` $name (`,` $extent^)? (`=` $expr^)? `>`";
  let extraClassDeclaration = [{ bool isFixed() const { return getExtent() >= 0; } }];
}

def Mixer_OperandAttr : Mixer_Attr<"Operand", "operand"> {
  let summary = "how an argument or result of a mixer is stored";
  let description = [{
    `#mixer.operand<"x", in, f32, [["B"], ["L"], ["G", "R"], ["P"]]>`: name,
    role, stored element type, and the stored axes from slow to fast. An axis
    of several dimensions holds them merged, the first one slowest. With
    `parents = "L"` the entries are numbers of steps along L that come before
    the one where they stand, or -1.
  }];
  let parameters = (ins "::mlir::StringAttr":$name, EnumParameter<Mixer_Role>:$role,
                        "::mlir::Type":$dtype, "::mlir::ArrayAttr":$axes,
                        OptionalParameter<"::mlir::StringAttr">:$parents);
  let assemblyFormat = "`<` $name `,` $role `,` $dtype `,` $axes (`,` `parents` `=` $parents^)? `>`";
}

def Mixer_DigitAttr : Mixer_Attr<"Digit", "digit"> {
  let summary = "one digit of the step counter of a route";
  let description = [{
    `#mixer.digit<"H">` counts the coordinates of axis H. With `div` and `mod`
    it counts what is left of the coordinate when it is divided by `div` and
    taken modulo `mod` (0: all that is left): `div = 7` the windows of 7 rows,
    `mod = 7` the rows of a window. `at` fixes it. `reversed` counts from the
    end; `snake` turns round at every odd step of the next slower digit.
    With `skew` the coordinate is moved on by that of another axis (`back`:
    moved back), round the end of the axis.
  }];
  let parameters = (ins "::mlir::StringAttr":$axis, DefaultValuedParameter<"int64_t", "1">:$div,
                        DefaultValuedParameter<"int64_t", "0">:$mod, DefaultValuedParameter<"int64_t", "-1">:$at,
                        DefaultValuedParameter<"bool", "false">:$reversed, DefaultValuedParameter<"bool", "false">:$snake,
                        OptionalParameter<"::mlir::StringAttr">:$skew, DefaultValuedParameter<"bool", "false">:$back);
  let assemblyFormat = "`<` $axis (`,` struct($div, $mod, $at, $reversed, $snake, $skew, $back)^)? `>`";
  let extraClassDeclaration = [{ bool isFixed() const { return getAt() >= 0; } }];
}

def Mixer_LegAttr : Mixer_Attr<"Leg", "leg"> {
  let summary = "a part of a route: digits from slow to fast";
  let description = [{
    `#mixer.leg<[#mixer.digit<"H">, #mixer.digit<"W", snake = true>]>` walks
    rows back and forth. `reversed` walks the same places from the last step.
  }];
  let parameters = (ins ArrayRefParameter<"::mixir::mixer::DigitAttr">:$digits,
                        DefaultValuedParameter<"bool", "false">:$reversed);
  let assemblyFormat = "`<` `[` $digits `]` (`,` struct($reversed)^)? `>`";
}

def Mixer_RouteAttr : Mixer_Attr<"Route", "route"> {
  let summary = "an order in which the places of a grid are visited";
  let description = [{
    `#mixer.route<["H", "W"], [#mixer.leg<[#mixer.digit<"W">, #mixer.digit<"H">]>]>`:
    the legs one after the other. A digit beyond the end of its axis makes the
    step a ghost, which visits no place. A route without legs is a table: of
    numbers of places, counted along the axes, the last one fastest.
  }];
  let parameters = (ins "::mlir::ArrayAttr":$axes, OptionalArrayRefParameter<"::mixir::mixer::LegAttr">:$legs);
  let assemblyFormat = "`<` $axes (`,` `[` $legs^ `]`)? `>`";
  let extraClassDeclaration = [{
    bool isTable() const { return getLegs().empty(); }
    /// Whether every place of every grid is visited exactly once.
    bool isBijection() const;
    /// The number of steps as text over dimensions; of legs.
    std::string getSteps() const;
  }];
}

def Mixer_RoutesAttr : Mixer_Attr<"Routes", "routes"> {
  let summary = "the dimension of a scan's routes, and which of them run backwards";
  let description = [{
    `#mixer.routes<"R", reversed = [false, true]>`: dimension R has an entry
    for each route, here forward and backward.
  }];
  let parameters = (ins "::mlir::StringAttr":$dim, ArrayRefParameter<"bool">:$reversed);
  let assemblyFormat = "`<` $dim `,` `reversed` `=` `[` $reversed `]` `>`";
}

def Mixer_FormAttr : Mixer_Attr<"Form", "form"> {
  let summary = "the canonical affine form found for one state of a recurrence";
  let description = [{
    S_t = D (.) S_{t-1} + sum_m b_m sum_{contract_m}(a_m R) + W, with R the old
    or the decayed state. `decay`: the class of D; `varying`: whether D changes
    from step to step; `contract`: one list of dimensions per low-rank term;
    `at`: where the terms read R, a dictionary per term: `{N = ["M", 1]}` reads
    dimension N as M, and M one coordinate lower, zero outside; absent where
    all read it in place; `write`: whether W is present. For `coupled` and `non_affine` there are no
    terms and `why` says what stood in the way.
  }];
  let parameters = (ins "::mlir::StringAttr":$state, EnumParameter<Mixer_TransitionClass>:$decay,
                        "bool":$varying, EnumParameter<Mixer_ReadKind>:$reads,
                        "::mlir::ArrayAttr":$contract, OptionalParameter<"::mlir::ArrayAttr">:$at, "bool":$write,
                        OptionalParameter<"::mlir::StringAttr">:$why);
  let assemblyFormat = [{ `<` $state `,` `decay` `=` $decay `,` `varying` `=` $varying `,` `reads` `=` $reads `,`
                          `contract` `=` $contract (`at` $at^)? `,` `write` `=` $write (`,` `why` `=` $why^)? `>` }];
  let extraClassDeclaration = [{
    bool isAffine() const {
      return getDecay() != TransitionClass::Coupled && getDecay() != TransitionClass::NonAffine;
    }
    /// Whether terms make up the transition: they read the state at other coordinates.
    bool isTransition() const { return getDecay() == TransitionClass::Shift || getDecay() == TransitionClass::Dense; }
    bool hasDecay() const { return isAffine() && getDecay() != TransitionClass::Identity; }
    /// How many canonical terms the state has.
    size_t getNumTerms() const { return isAffine() ? hasDecay() + 2 * getContract().size() + getWrite() : 0; }
    /// Whether the state goes on as decay (.) state + write, each coordinate for itself.
    bool isPointwise() const { return isAffine() && getContract().empty(); }
  }];
}

#endif
