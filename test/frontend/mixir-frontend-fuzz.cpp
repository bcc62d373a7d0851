// Feeds damaged programs to the front end for a while: random bytes, cut, mutated and spliced
// ones. Nothing may crash; a program that is accepted must survive formatting unchanged in meaning
// and must become a module that verifies. Prints the seed first, so that a failure can be repeated.
#include "frontend/Frontend.h"
#include "frontend/ImportToMixer.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <random>

using namespace mixir::frontend;

namespace {

class Fuzzer {
public:
  Fuzzer(std::vector<std::string> corpus, uint64_t seed)
      : corpus(std::move(corpus)), random(seed), context(mlir::MLIRContext::Threading::DISABLED) {}

  /// Runs one program; false if it was handled wrongly.
  bool run() {
    text = makeText();
    SourceManager sources;
    Diagnostics diags(sources);
    ast::File file = parse(sources, sources.add("fuzz.mix", text), diags);
    std::string printed;
    llvm::raw_string_ostream os(printed);
    if (diags.hasErrors()) {
      diags.print(os);
      return true;
    }
    ++numParsed;
    return checkFormat(sources, file) && checkAnalysis(sources, file);
  }

  std::string text;
  size_t numParsed = 0, numAccepted = 0;

private:
  size_t below(size_t bound) { return bound ? random() % bound : 0; }

  bool checkFormat(const SourceManager &sources, const ast::File &file) {
    std::string once = format(sources, file);
    SourceManager again;
    Diagnostics diags(again);
    ast::File reread = parse(again, again.add("formatted.mix", once), diags);
    return !diags.hasErrors() && format(again, reread) == once;
  }

  bool checkAnalysis(SourceManager &sources, const ast::File &file) {
    for (const ast::Mixer &mixer : file.mixers) {
      Diagnostics diags(sources);
      Options options;
      options.mixer = mixer.name.text;
      if (below(2))
        for (const ast::OperandDecl &decl : mixer.operands)
          for (const ast::Name &name : decl.names)
            if (decl.defaultKind != ast::DefaultKind::Required && below(2))
              options.omitted.insert(name.text);
      std::unique_ptr<Program> program = analyse(sources, file, options, diags);
      std::string printed;
      llvm::raw_string_ostream os(printed);
      diags.print(os);
      if (!program)
        continue;
      ++numAccepted;
      print(os, *program);
      if (!importToMixer(*program, sources, &context))
        return false;
    }
    return true;
  }

  std::string makeText() {
    std::string made = corpus[below(corpus.size())];
    if (below(20) == 0)
      return randomBytes(below(400));
    if (below(10) == 0)
      return made.substr(0, below(made.size() + 1));
    for (size_t count = 1 + below(4); count; --count)
      mutate(made);
    return made;
  }

  std::string randomBytes(size_t size) {
    std::string bytes(size, '\0');
    for (char &byte : bytes)
      byte = static_cast<char>(below(256));
    return bytes;
  }

  /// Start and length of some word or sign of the text.
  std::pair<size_t, size_t> pickToken(const std::string &from) {
    size_t begin = below(from.size());
    auto isWord = [&](size_t at) { return isalnum(static_cast<unsigned char>(from[at])) || from[at] == '_'; };
    while (begin > 0 && isWord(begin) && isWord(begin - 1))
      --begin;
    size_t end = begin;
    while (end < from.size() && isWord(end))
      ++end;
    return {begin, std::max<size_t>(end - begin, from.empty() ? 0 : 1)};
  }

  void mutate(std::string &made) {
    static const char *const pieces[] = {
        "(", ")", "[", "]", "{", "}", ",", ":", "=", ":=", "==", "<", "**", "-", "+", "*", "/",
        "|", "~", "not ", " and ", " or ", "scan L {", "routes R = { L, ~L } ", "state h : [] ", "prev(", "final(", "given(",
        "select(", "index(", "sum[L](", "conv(", "tail(", "0", "1e39", "2147483648", "c64", "i32",
        " init ", "fn f(x) = ", "import \"std.mix\"", "mixer ", "return ", "// ", "\"", "\xff"};
    auto [begin, size] = pickToken(made);
    const std::string &other = corpus[below(corpus.size())];
    auto [otherBegin, otherSize] = pickToken(other);
    auto [third, thirdSize] = pickToken(made);
    switch (below(7)) {
    case 0:
      made.erase(begin, size);
      break;
    case 1:
      made.insert(begin, pieces[below(std::size(pieces))]);
      break;
    case 2:
      made.replace(begin, size, other.substr(otherBegin, otherSize));
      break;
    case 3:
      made.replace(begin, size, made.substr(third, thirdSize));
      break;
    case 4:
      made.insert(begin, made.substr(third, below(60)));
      break;
    case 5:
      made.erase(begin, below(30));
      break;
    case 6:
      made.insert(begin, std::string(below(600), "(-[{n"[below(5)]));
      break;
    }
  }

  std::vector<std::string> corpus;
  std::mt19937_64 random;
  mlir::MLIRContext context;
};

} // namespace

int main(int argc, char **argv) {
  llvm::cl::list<std::string> paths(llvm::cl::Positional, llvm::cl::OneOrMore,
                                    llvm::cl::desc("<programs to start from>"));
  llvm::cl::opt<uint64_t> seed("seed", llvm::cl::init(std::random_device()()));
  llvm::cl::opt<unsigned> milliseconds("milliseconds", llvm::cl::init(1000));
  llvm::cl::ParseCommandLineOptions(argc, argv);
  llvm::outs() << "seed " << seed << "\n";
  llvm::outs().flush();
  std::vector<std::string> corpus;
  for (const std::string &path : paths)
    if (auto buffer = llvm::MemoryBuffer::getFile(path))
      corpus.push_back((*buffer)->getBuffer().str());
  if (corpus.empty())
    return 2;
  Fuzzer fuzzer(corpus, seed);
  size_t count = 0;
  auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  for (; std::chrono::steady_clock::now() < end; ++count) {
    if (fuzzer.run())
      continue;
    llvm::errs() << "handled wrongly:\n" << fuzzer.text << "\n";
    return 1;
  }
  llvm::outs() << count << " programs, " << fuzzer.numParsed << " parsed, " << fuzzer.numAccepted
               << " mixers accepted\n";
  return 0;
}
