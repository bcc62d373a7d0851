// Tool.cpp - the entry of the compiler's library: finds the verb and runs it.
#include "tools/ToolErrors.h"
#include "tools/verbs/Verbs.h"

#include "llvm/Support/raw_ostream.h"

#include <cstdio>
#include <dlfcn.h>

namespace mixir::tools {

namespace {

struct VerbRow {
  const char *name, *sentence;
  int (*run)(const Words &);
};

const VerbRow kVerbs[] = {
#define MIXIR_VERB_ROW(name, sentence) {#name, sentence, name##Main},
    MIXIR_VERBS(MIXIR_VERB_ROW)
#undef MIXIR_VERB_ROW
};

void printHelp(llvm::raw_ostream &os) {
  os << "usage: mixir VERB [arguments]\n\nCompiles sequence mixers written as .mix files.\n\n";
  for (const VerbRow &row : kVerbs) {
    os << "  " << row.name;
    os.indent(static_cast<unsigned>(10 - std::string(row.name).size())) << row.sentence << "\n";
  }
  os << "\n'mixir VERB --help' lists the flags of a verb, 'mixir --version' prints the version.\n"
        "exit status: 0 success, 1 wrong input, 2 wrong usage, 3 a bug of the compiler\n";
}

int runVerbNamed(const std::string &name, const Words &words) {
  std::vector<std::string> names;
  for (const VerbRow &row : kVerbs) {
    if (row.name == name)
      return row.run(words);
    names.push_back(row.name);
  }
  throw UsageError("expected a verb (" + joined(names) + "), got '" + name + "'" +
                   suggestion(name, names));
}

int toolMain(const Words &words) {
  if (words.empty()) {
    printHelp(llvm::errs());
    return WrongUsage;
  }
  if (words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    printHelp(llvm::outs());
    return Success;
  }
  if (words[0] == "--version") {
    llvm::outs() << "mixir " MIXIR_VERSION "\n";
    return Success;
  }
  return runVerbNamed(words[0], Words(words.begin() + 1, words.end()));
}

} // namespace

bool parsedHelp(const Verb &verb, const Words &words, Parsed &parsed) {
  parsed = parseArguments(verb, words);
  if (parsed.wantsHelp)
    llvm::outs() << helpText(verb);
  return parsed.wantsHelp;
}

std::string compilerLibraryPath() {
  Dl_info info;
  return ::dladdr(reinterpret_cast<void *>(&compilerLibraryPath), &info) ? info.dli_fname : "";
}

} // namespace mixir::tools

extern "C" __attribute__((visibility("default"))) int mixir_tool_main(int argc, char **argv) {
  using namespace mixir::tools;
  int code = guarded([&] { return toolMain(Words(argv + 1, argv + argc)); });
  llvm::outs().flush();
  if (llvm::outs().has_error()) { // a closed pipe, a full disk
    llvm::outs().clear_error();
    return code ? code : int(WrongInput);
  }
  return code;
}
