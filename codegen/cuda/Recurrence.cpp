// The walk: states in registers, phases step by step, tiles of rows.
#include "codegen/cuda/KernelPrinter.h"

using namespace mlir;

namespace mixir::codegen {

void KernelPrinter::loadStates(kernel::RecurOp op) {
  for (auto carry : op.getCarries().getAsRange<kernel::CarryAttr>()) {
    Buffer state;
    state.of = carry.getName().getValue();
    state.name = unique(state.of);
    llvm::append_range(state.dims, kernel::strings(carry.getDims()));
    states[state.of] = state;
    declareArray(state.name, ownRows(state.dims));
    if (runs > 1) { // each thread has its own state inside a tile
      state.name = unique(state.of + "_tile");
      declareArray(state.name, ownRows(state.dims));
    }
    starts[state.of] = state;
    forEachPoint(innerOf(state.dims), Unroll::Whole, [&] {
      std::string init = "0.0f";
      if (!carry.getInit().empty())
        init = element(carry.getInit().getValue(), carry.getInitPart().getValue(), point).text;
      line(state.name + offset(state, point) + " = " + init + ";");
    });
  }
}

void KernelPrinter::storeStates(kernel::RecurOp op) {
  for (auto carry : op.getCarries().getAsRange<kernel::CarryAttr>()) {
    if (carry.getFinal().empty())
      continue;
    const Buffer &state = starts[carry.getName().getValue()];
    forEachPoint(innerOf(state.dims), Unroll::Whole, [&] {
      store(carry.getFinal().getValue(), carry.getFinalPart().getValue(), state.name + offset(state, point));
    });
  }
}

void KernelPrinter::phase(kernel::RecurOp op, kernel::PhaseOp phase) {
  auto over = kernel::strings(phase.getOver());
  for (auto gather : phase.getBody().front().getOps<kernel::AccumulateOp>()) {
    kernel::AccAttr acc = op.getAcc(gather.getName());
    Buffer &buffer = accs[gather.getName()];
    int64_t n = ownRows(buffer.dims);
    if (n == 1) {
      line("float " + buffer.name + " = " + neutralOf(acc.getCombine()) + ";");
      continue;
    }
    declareArray(buffer.name, n);
    if (acc.getCombine() == kernel::Combine::Store)
      continue;
    line("#pragma unroll");
    line("for (int k = 0; k < " + std::to_string(n) + "; ++k)");
    line("  " + buffer.name + "[k] = " + neutralOf(acc.getCombine()) + ";");
  }
  bool isPoint = over.empty();
  if (isPoint)
    open("");
  ExpressionPrinter printer = expressionsIn(phase.getBody().front(), over);
  forEachPoint(over, Unroll::Whole, [&] {
    // Everything is computed before anything is set: other values read the old states.
    std::vector<std::string> set;
    for (Operation &o : phase.getBody().front()) {
      if (auto state = dyn_cast<kernel::SetStateOp>(o)) {
        Buffer &buffer = states[state.getName()];
        set.push_back(buffer.name + offset(buffer, point) + " = " + printer.named(state.getValue()) + ";");
      } else if (auto gather = dyn_cast<kernel::AccumulateOp>(o)) {
        Buffer &buffer = accs[gather.getName()];
        std::string held = buffer.name + offset(buffer, point);
        Cpp value{printer.named(gather.getValue())};
        set.push_back(held + " = " + combinedWith(op.getAcc(gather.getName()).getCombine(), held, value) + ";");
      }
    }
    for (const std::string &w : set)
      line(w);
  }, rolledIn(phase));
  if (isPoint)
    close();
  if (llvm::none_of(over, [&](StringRef d) { return isSpread(d); }))
    return;
  for (auto gather : phase.getBody().front().getOps<kernel::AccumulateOp>()) {
    Buffer &buffer = accs[gather.getName()];
    if (!llvm::is_contained(buffer.dims, StringRef(spread)))
      forEachPoint(innerOf(buffer.dims), Unroll::Whole, [&] {
        combineParts(op.getAcc(gather.getName()).getCombine(), buffer.name + offset(buffer, point));
      });
  }
}

/// Stores what a step gathered for after the walk, in a column of the thread, and for later steps, in memory.
void KernelPrinter::keep(kernel::RecurOp op) {
  unsigned i = 0;
  for (auto acc : op.getAccs().getAsRange<kernel::AccAttr>()) {
    if (acc.getPast()) {
      const Buffer &from = accs[acc.getName().getValue()];
      forEachPoint(innerOf(from.dims), Unroll::Whole,
                   [&] { store(acc.getPast().getValue(), "", from.name + offset(from, point)); });
    }
    if (!acc.getKept())
      continue;
    const Buffer &from = accs[acc.getName().getValue()], &to = buffers[op.getResult(i++)];
    bool isRepeated = parts > 1 && !llvm::is_contained(from.dims, StringRef(spread));
    forEachPoint(innerOf(from.dims), Unroll::Whole, [&] {
      if (isRepeated)
        line("if (part == 0)");
      line((isRepeated ? "  " : "") + to.name + offset(to, point) + " = " + from.name + offset(from, point) + ";");
    });
  }
}

/// A loop over the steps of a tile that a thread walks, with the values that the phases need at a step.
void KernelPrinter::forEachStep(ArrayRef<kernel::PhaseOp> phases, llvm::function_ref<void()> body) {
  line("#pragma unroll 1");
  std::string s = runs > 1 ? "(run_start + s)" : "s";
  open(std::string("for (int s = 0; s < ") + (runs > 1 ? "run_steps" : "steps") + "; ++s)");
  line("const int t = " + (reverse ? "steps - 1 - " + s : s) + ";");
  line("const int i_" + time + " = first_" + time + " + t;");
  point[time] = "i_" + time;
  llvm::DenseSet<Operation *> needed;
  std::function<void(Operation *)> need = [&](Operation *reader) {
    reader->walk([&](kernel::LoadOp load) {
      auto stage = load.getBuffer().getDefiningOp<kernel::StageOp>();
      if (stage && needed.insert(stage).second)
        need(stage);
    });
  };
  for (kernel::PhaseOp phase : phases)
    need(phase);
  for (auto stage : func.getBody().front().getOps<kernel::StageOp>())
    if (!stage.getInto() && !stage.getShared() && varies(stage) && needed.contains(stage))
      ownStage(stage);
  body();
  close();
  point.erase(time);
}

/// What the run of each thread makes of the states, and from that the states before each run.
void KernelPrinter::compose(ArrayRef<kernel::PhaseOp> phases) {
  auto forEachAffine = [&](auto body) {
    for (kernel::PhaseOp phase : phases)
      for (auto affine : phase.getBody().front().getOps<kernel::AffineOp>())
        body(affine, phase);
  };
  forEachAffine([&](kernel::AffineOp affine, kernel::PhaseOp) {
    for (auto [i, name] : llvm::enumerate(kernel::strings(affine.getStates()))) {
      const Buffer &state = states[name];
      int64_t n = ownRows(state.dims);
      std::string first = i == 0 ? "1.0f" : "0.0f"; // the neutral step: 1 x + 0
      for (auto [names, what, value] : {std::tuple(&decays, "_decay", first), std::tuple(&writes, "_write", std::string("0.0f"))}) {
        std::string array = unique((name + what).str());
        (*names)[name] = array;
        declareArray(array, n);
        forEachPoint(innerOf(state.dims), Unroll::Whole, [&] { line(array + offset(state, point) + " = " + value + ";"); });
      }
    }
  });
  forEachStep(phases, [&] {
    for (kernel::PhaseOp phase : phases) {
      auto over = kernel::strings(phase.getOver());
      bool isPoint = over.empty();
      if (isPoint)
        open("");
      ExpressionPrinter printer = expressionsIn(phase.getBody().front(), over);
      forEachPoint(over, Unroll::Whole, [&] {
        for (auto affine : phase.getBody().front().getOps<kernel::AffineOp>()) {
          std::string call = affine.getStates().size() == 1 ? "mixir_then(" : "mixir_then2(", step;
          for (StringRef name : kernel::strings(affine.getStates())) {
            std::string at = offset(states[name], point);
            call += decays[name] + at + ", " + writes[name] + at + ", ";
          }
          for (auto [a, b] : llvm::zip(affine.getDecay(), affine.getWrite()))
            step += (step.empty() ? "" : ", ") + printer.named(a) + ", " + printer.named(b);
          line(call + step + ");");
        }
      });
      if (isPoint)
        close();
    }
  });
  forEachAffine([&](kernel::AffineOp affine, kernel::PhaseOp phase) { scanRuns(affine, phase); });
}

/// A scan of the runs across the threads of a warp, then of the warps one after the other.
void KernelPrinter::scanRuns(kernel::AffineOp op, kernel::PhaseOp phase) {
  constexpr int64_t warp = 32;
  int64_t warps = runs / warp;
  auto names = kernel::strings(op.getStates());
  bool isComplex = names.size() == 2;
  auto list = [&](auto element) {
    std::string text;
    for (StringRef name : names)
      text += (text.empty() ? "" : ", ") + element(name);
    return text;
  };
  auto stepText = [&] {
    std::string at = offset(states[names[0]], point);
    return list([&](StringRef n) { return decays[n] + at + ", " + writes[n] + at; });
  };
  SmallVector<StringRef> inner = innerOf(states[names[0]].dims);
  std::string suffix = isComplex ? "2" : "";
  line("// states before the runs: " + names[0].str() + (isComplex ? ", " + names[1].str() : ""));
  llvm::StringMap<Buffer> totals;
  if (warps > 1)
    for (StringRef name : names)
      for (const char *what : {"_decays", "_writes"}) {
        Buffer total;
        total.of = (name + what).str();
        total.name = unique(total.of);
        declareShared(total, ownRows(states[name].dims) * warps * lanes);
        totals[total.of] = total;
      }
  auto totalAt = [&](StringRef name, const char *what, const std::string &warpNumber) {
    std::string at = offset(states[name], point);
    std::string row = at.empty() ? "" : at.substr(1, at.size() - 2);
    std::string index = row.empty() ? warpNumber : "(" + row + ") * " + std::to_string(warps) + " + " + warpNumber;
    return totals[(name + what).str()].name + "[(" + index + ") * " + std::to_string(lanes) + " + lane]";
  };
  forEachPoint(inner, Unroll::Whole, [&] {
    std::string at = offset(states[names[0]], point);
    line("mixir_scan" + suffix + "(" + stepText() + ", run % 32);");
    if (warps > 1) {
      open("if (run % 32 == 31)");
      for (StringRef n : names) {
        line(totalAt(n, "_decays", "run / 32") + " = " + decays[n] + at + ";");
        line(totalAt(n, "_writes", "run / 32") + " = " + writes[n] + at + ";");
      }
      close();
    }
  });
  if (warps > 1)
    line("__syncthreads();");
  forEachPoint(inner, Unroll::Whole, [&] {
    std::string at = offset(states[names[0]], point);
    std::string tile = list([&](StringRef n) { return starts[n].name + at; });
    std::string state = list([&](StringRef n) { return states[n].name + at; });
    for (StringRef n : names)
      line(states[n].name + at + " = " + starts[n].name + at + ";");
    if (warps > 1) {
      open("for (int w = 0; w < " + std::to_string(warps) + "; ++w)");
      for (StringRef n : names) {
        line("if (w == run / 32)");
        line("  " + states[n].name + at + " = " + starts[n].name + at + ";");
      }
      line("mixir_apply" + suffix + "(" + list([&](StringRef n) {
             return totalAt(n, "_decays", "w") + ", " + totalAt(n, "_writes", "w");
           }) + ", " + tile + ");");
      close();
    } else {
      line("mixir_apply" + suffix + "(" + list([&](StringRef n) {
             return "__shfl_sync(0xffffffffu, " + decays[n] + at + ", 31), __shfl_sync(0xffffffffu, " + writes[n] + at + ", 31)";
           }) + ", " + tile + ");");
    }
    line("mixir_before" + suffix + "(" + stepText() + ", run % 32);");
    line("mixir_apply" + suffix + "(" + stepText() + ", " + state + ");");
  });
}

void KernelPrinter::step(kernel::RecurOp op, ArrayRef<kernel::PhaseOp> phases) {
  forEachStep(phases, [&] {
    for (kernel::PhaseOp p : phases)
      phase(op, p);
    keep(op);
  });
}

/// The stages of a tile that wait for the walk: results, and values made of what the walk has kept.
void KernelPrinter::afterWalk(kernel::RecurOp op) {
  for (auto stage : func.getBody().front().getOps<kernel::StageOp>()) {
    if (!stage.getInto() && !op->isBeforeInBlock(stage))
      continue;
    syncBefore(stage);
    if (stage.getInto())
      outputStage(stage);
    else
      stage.getShared() ? sharedStage(stage) : ownStage(stage);
  }
}

/// Columns of shared memory for what the steps gather for after the walk.
void KernelPrinter::declareKept(kernel::RecurOp op) {
  unsigned i = 0;
  for (auto acc : op.getAccs().getAsRange<kernel::AccAttr>()) {
    Buffer buffer;
    buffer.of = acc.getName().getValue();
    buffer.name = unique(buffer.of);
    llvm::append_range(buffer.dims, kernel::strings(acc.getDims()));
    accs[buffer.of] = buffer;
  }
  for (auto acc : op.getAccs().getAsRange<kernel::AccAttr>()) {
    if (!acc.getKept())
      continue;
    Buffer kept = accs[acc.getName().getValue()];
    kept.name = unique(kept.of + "_kept");
    kept.dims.insert(kept.dims.begin(), StringRef(time));
    kept.perThread = true;
    declareShared(kept, pitch(kept) * block);
    buffers[op.getResult(i++)] = kept;
  }
}

void KernelPrinter::recurrence(kernel::RecurOp op) {
  SmallVector<kernel::StageOp> tileStages;
  bool refills = threads != lanes; // shared memory in every tile, that threads read in the one before
  for (auto stage : func.getBody().front().getOps<kernel::StageOp>()) {
    refills |= stage.getShared() && varies(stage);
    if (stage.getInto() || op->isBeforeInBlock(stage))
      continue;
    if (stage.getShared() && varies(stage)) {
      tileStages.push_back(stage);
    } else if (!varies(stage)) {
      syncBefore(stage);
      stage.getShared() ? sharedStage(stage) : ownStage(stage);
    }
  }
  SmallVector<kernel::PhaseOp> affine, phases;
  for (auto p : op.getBody().front().getOps<kernel::PhaseOp>())
    (p.getBody().front().getOps<kernel::AffineOp>().empty() ? phases : affine).push_back(p);
  declareKept(op);
  line("// states");
  loadStates(op);
  std::string b = std::to_string(block);
  line("const int tiles = (" + size(time) + " + " + std::to_string(block - 1) + ") / " + b + ";");
  open("for (int tile = 0; tile < tiles; ++tile)");
  line("const int first_" + time + " = " + (reverse ? "(tiles - 1 - tile)" : "tile") + " * " + b + ";");
  line("const int steps = min(" + b + ", " + size(time) + " - first_" + time + ");");
  if (refills || !fresh.empty())
    sync();
  for (kernel::StageOp stage : tileStages) {
    syncBefore(stage);
    sharedStage(stage);
  }
  if (!fresh.empty())
    sync();
  if (runs > 1) {
    std::string own = std::to_string(block / runs);
    line("const int run_start = run * " + own + ";");
    line("const int run_steps = max(0, min(" + own + ", steps - run_start));");
    compose(affine);
  }
  step(op, phases);
  if (threads != lanes)
    fresh.insert(op.getResults().begin(), op.getResults().end());
  afterWalk(op);
  fresh.clear(); // the next tile begins with a barrier
  close();
  storeStates(op);
}

} // namespace mixir::codegen
