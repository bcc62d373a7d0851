// Command lines as tables: a verb has options, an option has a place to go. One parser for the thin
// program and for the compiler behind it, so that both understand the same flags; the thin one may
// not link LLVM, whose option library would otherwise do this.
#ifndef MIXIR_TOOLS_COMMANDLINE_H
#define MIXIR_TOOLS_COMMANDLINE_H

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace mixir::tools {

/// One flag. `--name value` and `--name=value`; one-letter names take one dash.
struct Option {
  std::string name;
  std::string value; ///< what help calls the value; empty: the flag takes none
  std::string sentence;
  std::function<void(const std::string &)> set; ///< throws UsageError for a bad value
  bool isHidden = false; ///< not in the help: for tests of the program itself
};

/// A verb of the program.
struct Verb {
  std::string name;
  std::string positional; ///< what help calls the other arguments, for example "FILE"
  std::string sentence;
  std::vector<Option> options;
};

/// What is left of the arguments when the options are taken out.
struct Parsed {
  std::vector<std::string> positional;
  bool wantsHelp = false;
};

/// Parses the arguments behind the verb. Throws UsageError, with the nearest flag.
Parsed parseArguments(const Verb &verb, const std::vector<std::string> &arguments);
/// What `mixir VERB --help` prints.
std::string helpText(const Verb &verb);
/// The one positional argument; throws UsageError.
std::string onlyFile(const Verb &verb, const Parsed &parsed);

/// An option that stores its text.
Option textOption(const char *name, const char *value, const char *sentence, std::string &target);
/// An option without a value.
Option switchOption(const char *name, const char *sentence, bool &target);
/// An option that accepts some words only.
Option choiceOption(const char *name, std::vector<std::string> choices, const char *sentence,
                    std::string &target);
/// A number from `least` to `most`; `option` is for the message.
int64_t parseCount(const std::string &option, const std::string &text, int64_t least, int64_t most);
/// Adds "DIM=SIZE" to `extents`.
void parseSet(const std::string &text, std::map<std::string, int64_t> &extents);
/// The parts of a list separated by commas.
std::vector<std::string> splitList(const std::string &text);

} // namespace mixir::tools

#endif // MIXIR_TOOLS_COMMANDLINE_H
