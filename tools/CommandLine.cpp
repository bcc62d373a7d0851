// CommandLine.cpp - see CommandLine.h.
#include "tools/CommandLine.h"

#include "tools/ToolErrors.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace mixir::tools {

namespace {

std::string spelling(const Option &option) {
  return (option.name.size() == 1 ? "-" : "--") + option.name;
}

const Option &findOption(const Verb &verb, const std::string &text) {
  std::vector<std::string> names = {"--help"};
  for (const Option &option : verb.options) {
    if (spelling(option) == text)
      return option;
    if (!option.isHidden)
      names.push_back(spelling(option));
  }
  throw UsageError("expected a flag of 'mixir " + verb.name + "', got '" + text + "'" +
                   suggestion(text, names));
}

} // namespace

Parsed parseArguments(const Verb &verb, const std::vector<std::string> &arguments) {
  Parsed parsed;
  bool onlyPositional = false;
  for (size_t i = 0; i < arguments.size(); i++) {
    const std::string &text = arguments[i];
    if (onlyPositional || text.size() < 2 || text[0] != '-') {
      parsed.positional.push_back(text);
      continue;
    }
    if (text == "--") {
      onlyPositional = true;
      continue;
    }
    if (text == "--help" || text == "-h") {
      parsed.wantsHelp = true;
      continue;
    }
    size_t equals = text.find('=');
    const Option &option = findOption(verb, text.substr(0, equals));
    if (option.value.empty()) {
      if (equals != std::string::npos)
        throw UsageError(spelling(option) + ": expected no value, got '" + text + "'");
      option.set("");
    } else if (equals != std::string::npos) {
      option.set(text.substr(equals + 1));
    } else {
      if (i + 1 >= arguments.size())
        throw UsageError(spelling(option) + ": expected a value (" + option.value + "), got none");
      option.set(arguments[++i]);
    }
  }
  return parsed;
}

std::string helpText(const Verb &verb) {
  std::string text = "usage: mixir " + verb.name +
                     (verb.positional.empty() ? "" : " " + verb.positional) + " [options]\n\n" +
                     verb.sentence + "\n\n";
  size_t width = 0;
  for (const Option &option : verb.options)
    width = std::max(width, spelling(option).size() + 1 + option.value.size());
  for (const Option &option : verb.options) {
    if (option.isHidden)
      continue;
    std::string left = spelling(option) + " " + option.value;
    left.resize(width + 2, ' ');
    text += "  " + left + option.sentence + "\n";
  }
  return text;
}

std::string onlyFile(const Verb &verb, const Parsed &parsed) {
  if (parsed.positional.empty())
    throw UsageError("'mixir " + verb.name + "': expected a file, got none");
  if (parsed.positional.size() > 1)
    throw UsageError("'mixir " + verb.name + "': expected one file, got also '" +
                     parsed.positional[1] + "'");
  return parsed.positional[0];
}

Option textOption(const char *name, const char *value, const char *sentence, std::string &target) {
  return {name, value, sentence, [&target](const std::string &text) { target = text; }, false};
}

Option switchOption(const char *name, const char *sentence, bool &target) {
  return {name, "", sentence, [&target](const std::string &) { target = true; }, false};
}

Option choiceOption(const char *name, std::vector<std::string> choices, const char *sentence,
                    std::string &target) {
  std::string list;
  for (const std::string &choice : choices)
    list += (list.empty() ? "" : "|") + choice;
  auto set = [choices, name, &target](const std::string &text) {
    if (std::find(choices.begin(), choices.end(), text) == choices.end())
      throw UsageError("--" + std::string(name) + ": expected one of " + joined(choices) +
                       ", got '" + text + "'" + suggestion(text, choices));
    target = text;
  };
  return {name, list, sentence, set, false};
}

int64_t parseCount(const std::string &option, const std::string &text, int64_t least,
                   int64_t most) {
  char *end = nullptr;
  errno = 0;
  long long value = std::strtoll(text.c_str(), &end, 10);
  if (text.empty() || *end || errno || value < least || value > most)
    throw UsageError(option + ": expected a number from " + std::to_string(least) + " to " +
                     std::to_string(most) + ", got '" + text + "'");
  return value;
}

void parseSet(const std::string &text, std::map<std::string, int64_t> &extents) {
  size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw UsageError("--set: expected DIM=SIZE, got '" + text + "'");
  extents[text.substr(0, equals)] = parseCount("--set", text.substr(equals + 1), 1, INT32_MAX);
}

std::vector<std::string> splitList(const std::string &text) {
  std::vector<std::string> parts;
  for (size_t at = 0; at <= text.size();) {
    size_t comma = std::min(text.find(',', at), text.size());
    if (comma > at)
      parts.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return parts;
}

} // namespace mixir::tools
