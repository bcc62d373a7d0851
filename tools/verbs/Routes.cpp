// Routes.cpp - `mixir routes`: which place a route visits at every step.
#include "tools/RouteTables.h"
#include "tools/ToolErrors.h"
#include "tools/verbs/Verbs.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace mixir::tools {

namespace {

std::string numbersText(const std::vector<int64_t> &numbers) {
  std::string text;
  for (int64_t number : numbers)
    text += (text.empty() ? "" : " ") + std::to_string(number);
  return text;
}

/// At most some of the numbers.
std::string someText(std::vector<int64_t> numbers) {
  constexpr size_t most = 16;
  bool isCut = numbers.size() > most;
  std::string count = std::to_string(numbers.size());
  numbers.resize(std::min(numbers.size(), most));
  return count + ": " + numbersText(numbers) + (isCut ? " ..." : "");
}

void printText(const std::string &mixer, const std::vector<RouteTable> &tables) {
  llvm::raw_ostream &os = llvm::outs();
  std::string before;
  size_t number = 0;
  for (const RouteTable &table : tables) {
    std::string grid;
    for (size_t axis = 0; axis < table.axes.size(); axis++)
      grid += (axis ? ", " : "") + table.axes[axis] + "=" + std::to_string(table.extents[axis]);
    std::string scan = mixer + ": " + table.use + " " + table.scan + " over " + grid;
    if (scan != before)
      os << scan << "\n";
    number = scan != before ? 0 : number + 1;
    before = scan;
    os << "  " << number << "  " << table.text << "\n";
    if (!table.isKnown) {
      os << "     places are given with each call\n";
      continue;
    }
    os << "     " << numbersText(table.places) << "\n";
    if (!table.missed.empty())
      os << "     never visited, " << someText(table.missed) << "\n";
    if (!table.repeated.empty())
      os << "     visited more than once, " << someText(table.repeated) << "\n";
  }
}

/// A result is put where its step reads: both tables are the same, but for ghosts, whose results go nowhere.
void printJson(const std::string &mixer, const std::vector<RouteTable> &tables) {
  for (const RouteTable &table : tables) {
    llvm::json::Object line{{"mixer", mixer},           {"use", table.use},       {"scan", table.scan},     {"route", table.text},
                            {"axes", table.axes},       {"extents", table.extents}};
    if (table.isKnown) {
      line["load"] = table.places;
      line["store"] = table.places;
      line["missed"] = table.missed;
      line["repeated"] = table.repeated;
    }
    llvm::outs() << llvm::json::Value(std::move(line)) << "\n";
  }
}

} // namespace

int routesMain(const Words &words) {
  ProgramArguments arguments;
  bool isJson = false;
  Verb verb{"routes",
            "FILE",
            "Prints the places that routes visit, step by step: numbers that count along the axes in\n"
            "the order of the header, the last one fastest; -1 is a ghost, a step without a place.",
            {mixerOption(arguments), setOption(arguments), omitOption(arguments),
             switchOption("json", "an object a line for each route", isJson)}};
  Parsed parsed;
  if (parsedHelp(verb, words, parsed))
    return Success;
  Session session(onlyFile(verb, parsed));
  for (const std::string &mixer : session.mixers(arguments.mixer))
    (isJson ? printJson : printText)(mixer, routeTables(session, {mixer, arguments.set, arguments.omit}));
  return Success;
}

} // namespace mixir::tools
