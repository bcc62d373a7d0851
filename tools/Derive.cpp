// Derive.cpp - see Derive.h. The derived program is made in the dialect and printed as text, which
// every other verb takes.
#include "tools/Derive.h"

#include "lowering/Pipelines.h"
#include "lowering/text/PrintMixer.h"
#include "tools/Compile.h"
#include "tools/ToolErrors.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Path.h"

namespace mixir::tools {

namespace {

/// What stands above a derived program: `text`, in lines of a comment.
std::string headerOf(const std::string &text) {
  std::string header, line = "//";
  for (llvm::StringRef word : llvm::split(text, ' ')) {
    if (line.size() + 1 + word.size() > 120) {
      header += line + "\n";
      line = "//";
    }
    line += " " + word.str();
  }
  return header + line + "\n";
}

frontend::ast::File parsed(Session &session, const std::string &text) {
  frontend::FileId file = session.sources.add("derived.mix", text);
  frontend::Diagnostics diags(session.sources);
  frontend::ast::File parsed = frontend::parse(session.sources, file, diags);
  if (diags.hasErrors())
    throw InternalError("the derived program is wrong", text);
  return parsed;
}

/// What a partial says of a state: the dimensions of E, and those of M where it has one.
struct PartialState {
  std::string name, dtype;
  std::vector<std::string> E, M; // M: empty without one
  std::string column;            // of an M that is a matrix, the dimension that counts the states before
};

std::vector<std::string> dimsOf(const frontend::ast::TypeExpr &type) {
  std::vector<std::string> dims;
  for (const frontend::ast::Axis &axis : type.axes)
    for (const frontend::ast::Name &dim : axis.dims)
      dims.push_back(dim.text);
  return dims;
}

/// The states of a partial, whose results are E of each, and M after it.
std::vector<PartialState> statesOf(const frontend::ast::Mixer &partial) {
  std::vector<PartialState> states;
  for (const frontend::ast::Result &result : partial.results) {
    llvm::StringRef name = result.name.text;
    std::vector<std::string> dims = dimsOf(*result.type);
    if (name.ends_with("_E")) {
      states.push_back({name.drop_back(2).str(), result.type->dtype ? result.type->dtype->text : "", dims, {}, ""});
      continue;
    }
    states.back().M = dims;
    for (const std::string &dim : dims)
      if (llvm::is_contained(dims, dim + "_"))
        states.back().column = dim + "_";
  }
  return states;
}

std::string typeText(const PartialState &state, std::vector<std::string> dims, const llvm::StringMap<std::string> &renamed = {}) {
  for (std::string &dim : dims)
    if (auto found = renamed.find(dim); found != renamed.end())
      dim = found->second;
  return state.dtype + "[" + llvm::join(dims, ", ") + "]";
}

} // namespace

std::string derivePartial(Session &session, const frontend::Program &program) {
  auto module = session.import(program);
  runPasses(session, *module, "mixer -> partial", lowering::addPartialPipeline);
  auto printed = lowering::printMixer(mixerOf(*module));
  if (mlir::failed(printed))
    throw InternalError("the derived program has no text", textOf(*module));
  std::string text = headerOf("What a piece of a sequence does to the states of " + program.signature.name + " (" +
                              llvm::sys::path::filename(session.path).str() +
                              "): a state S before the piece is M S + E behind it. E is the last state from zero, M the "
                              "product of the transitions; a state without an M is handed on as it is. Written by "
                              "'mixir derive'.") +
                     *printed;
  return frontend::format(session.sources, parsed(session, text));
}

std::string deriveComposition(Session &session, const frontend::Program &program) {
  frontend::ast::File file = parsed(session, derivePartial(session, program));
  const frontend::ast::Mixer &partial = file.mixers[0];
  llvm::StringSet<> used;
  std::string operands, results, columns;
  llvm::StringSet<> hasColumn;
  for (const PartialState &state : statesOf(partial)) {
    const std::string &name = state.name;
    used.insert_range(state.E);
    used.insert_range(state.M);
    // The first piece counts the states before it once more: the second's before are the first's behind.
    llvm::StringMap<std::string> shifted;
    std::string over; // nothing: M is a number for each entry of the state
    if (!state.column.empty()) {
      std::string row = state.column.substr(0, state.column.size() - 1), outer = state.column + "_";
      shifted[row] = state.column;
      shifted[state.column] = outer;
      over = "sum[" + state.column + "]";
      if (hasColumn.insert(outer).second)
        columns += ", " + outer + " = " + row;
    }
    auto product = [&](const std::string &with) {
      std::string text = name + "_M2 * " + with;
      return over.empty() ? text : over + "(" + text + ")";
    };
    operands += "  in " + name + "_E1 : " + typeText(state, state.E, shifted) + "\n" +
                "  in " + name + "_E2 : " + typeText(state, state.E) + "\n";
    results += (results.empty() ? "" : ",\n") + name + "_E : " + typeText(state, state.E) + " = ";
    if (state.M.empty()) {
      results += name + "_E1 + " + name + "_E2";
      continue;
    }
    operands += "  in " + name + "_M1 : " + typeText(state, state.M, shifted) + " = 0\n" +
                "  in " + name + "_M2 : " + typeText(state, state.M) + "\n";
    llvm::StringMap<std::string> outer;
    if (!state.column.empty())
      outer[state.column] = state.column + "_";
    results += product(name + "_E1") + " + " + name + "_E2,\n" + name + "_M : " + typeText(state, state.M, outer) + " = " +
               product(name + "_M1");
  }
  std::string header;
  for (const frontend::ast::DimDecl &dim : partial.dims)
    if (used.contains(dim.name.text)) {
      header += (header.empty() ? "" : ", ") + dim.name.text;
      if (dim.value)
        header += " = " + session.sources.text(dim.value->range).str();
    }
  std::string name = program.signature.name;
  std::string text = headerOf("Two pieces of a sequence as one: what " + partial.name.text +
                              " says of a piece (1) and of the one behind it (2), put together. A state S that is known "
                              "stands for all before it: S_E1 without S_M1. Written by 'mixir derive --compose'.") +
                     "mixer " + name + "_compose(" + header + columns + ")\n" + operands + "{\n  return " + results + "\n}\n";
  return frontend::format(session.sources, parsed(session, text));
}

} // namespace mixir::tools
