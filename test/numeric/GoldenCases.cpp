// Reads the files of golden cases and holds them against the mixers and the manifest.
#include "test/numeric/GoldenCases.h"

#include "frontend/Frontend.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <algorithm>
#include <set>

using namespace mixir;
using namespace mixir::numeric;
namespace json = llvm::json;

namespace {

/// The links of one name; several for a result that stands for several golden arrays.
struct LinkList {
  std::vector<Link> links;
};

/// What a group and a case both may say. A later part replaces what an earlier one says of a name.
struct Part {
  std::map<std::string, int64_t> set;
  std::map<std::string, LinkList> in, out;
  std::vector<int64_t> borders;
  std::string bordersFrom;
  std::map<std::string, std::string> feed;

  void add(const Part &later) {
    for (auto &[name, value] : later.set)
      set[name] = value;
    for (auto &[name, value] : later.in)
      in[name] = value;
    for (auto &[name, value] : later.out)
      out[name] = value;
    for (auto &[name, value] : later.feed)
      feed[name] = value;
    if (!later.borders.empty() || !later.bordersFrom.empty()) {
      borders = later.borders;
      bordersFrom = later.bordersFrom;
    }
  }
};

struct CaseEntry {
  std::string golden, mixer, variant;
  std::vector<std::string> use;
  Part part;
};

//===----------------------------------------------------------------------===//
// JSON -> entries
//===----------------------------------------------------------------------===//

bool hasOnly(const json::Object &object, llvm::ArrayRef<llvm::StringRef> keys, json::Path path) {
  for (const auto &entry : object)
    if (!llvm::is_contained(keys, llvm::StringRef(entry.first))) {
      path.field(entry.first).report("unknown key");
      return false;
    }
  return true;
}

bool readLinkText(llvm::StringRef text, Link &link, json::Path path) {
  auto [array, layout] = text.split(' ');
  link.array = array.str();
  link.layout = layout.str();
  if (array.empty() || layout.contains(' ')) {
    path.report("expected \"ARRAY LAYOUT\"");
    return false;
  }
  double number;
  if (array.consume_front("=") && (array.getAsDouble(number) || !layout.empty())) {
    path.report("expected \"=NUMBER\" without a layout");
    return false;
  }
  return true;
}

bool readLink(const json::Value &value, Link &link, json::Path path);

/// A link that stacks others. Its layout is theirs with a letter of its own for the new axis.
bool readStack(const json::Value &value, Link &link, json::Path path) {
  json::ObjectMapper map(value, path);
  if (!hasOnly(*value.getAsObject(), {"stack", "along"}, path) || !map.map("along", link.along))
    return false;
  const json::Array *parts = value.getAsObject()->getArray("stack");
  if (!parts || parts->empty()) {
    path.field("stack").report("expected an array of links");
    return false;
  }
  for (size_t i = 0; i < parts->size(); ++i)
    if (!readLink((*parts)[i], link.stack.emplace_back(), path.field("stack").index(i)))
      return false;
  llvm::StringRef first = link.stack[0].layout;
  link.array = link.stack[0].array;
  link.layout = first.substr(first.contains("->") ? first.find("->") + 2 : 0).str();
  if (link.along > link.layout.size()) {
    path.field("along").report("expected an axis of the stack");
    return false;
  }
  link.layout.insert(link.along, "|");
  return true;
}

bool readLink(const json::Value &value, Link &link, json::Path path) {
  if (value.getAsObject() && value.getAsObject()->get("stack"))
    return readStack(value, link, path);
  if (auto text = value.getAsString())
    return readLinkText(*text, link, path);
  std::vector<int64_t> cut;
  json::ObjectMapper map(value, path);
  if (!map || !hasOnly(*value.getAsObject(), {"array", "layout", "cut", "pairs", "at"}, path) ||
      !map.map("array", link.array) || !map.mapOptional("layout", link.layout) ||
      !map.mapOptional("cut", cut) || !map.mapOptional("pairs", link.pairs) ||
      !map.mapOptional("at", link.at))
    return false;
  if (cut.empty())
    return true;
  if (cut.size() != 3 || cut[0] < 0 || cut[1] < 0 || cut[2] <= cut[1]) {
    path.field("cut").report("expected [axis, begin, end]");
    return false;
  }
  link.cutAxis = int(cut[0]);
  link.cutBegin = cut[1];
  link.cutEnd = cut[2];
  return true;
}

bool fromJSON(const json::Value &value, LinkList &list, json::Path path) {
  const json::Array *array = value.getAsArray();
  if (!array)
    return readLink(value, list.links.emplace_back(), path);
  for (size_t i = 0; i < array->size(); ++i)
    if (!readLink((*array)[i], list.links.emplace_back(), path.index(i)))
      return false;
  return true;
}

constexpr llvm::StringRef kPartKeys[] = {"set", "in", "out", "borders", "feed"};

bool readPart(const json::Value &value, Part &part, json::Path path) {
  json::ObjectMapper map(value, path);
  if (!map || !map.mapOptional("set", part.set) || !map.mapOptional("in", part.in) ||
      !map.mapOptional("out", part.out) || !map.mapOptional("feed", part.feed))
    return false;
  for (auto &[name, list] : part.in)
    if (list.links.size() != 1) {
      path.field("in").field(name).report("expected one link");
      return false;
    }
  for (auto &[name, list] : part.out)
    for (const Link &link : list.links)
      if (!link.stack.empty()) {
        path.field("out").field(name).report("expected a link to one array");
        return false;
      }
  const json::Value *borders = value.getAsObject()->get("borders");
  if (!borders)
    return true;
  if (auto array = borders->getAsString()) {
    part.bordersFrom = array->str();
    return true;
  }
  if (!json::fromJSON(*borders, part.borders, path.field("borders")))
    return false;
  if (part.borders.size() < 2 || !llvm::is_sorted(part.borders)) {
    path.field("borders").report("expected at least two growing numbers");
    return false;
  }
  return true;
}

bool fromJSON(const json::Value &value, Part &part, json::Path path) {
  return readPart(value, part, path) && hasOnly(*value.getAsObject(), kPartKeys, path);
}

bool fromJSON(const json::Value &value, CaseEntry &entry, json::Path path) {
  json::ObjectMapper map(value, path);
  llvm::SmallVector<llvm::StringRef> keys = {"golden", "mixer", "variant", "use"};
  keys.append(std::begin(kPartKeys), std::end(kPartKeys));
  return map && map.map("golden", entry.golden) && map.map("mixer", entry.mixer) &&
         map.mapOptional("variant", entry.variant) && map.mapOptional("use", entry.use) &&
         readPart(value, entry.part, path) && hasOnly(*value.getAsObject(), keys, path);
}

//===----------------------------------------------------------------------===//
// Entries -> table
//===----------------------------------------------------------------------===//

llvm::Expected<json::Value> readJson(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return llvm::errorCodeToError(buffer.getError());
  return json::parse((*buffer)->getBuffer());
}

/// Family and name of "family/name"; empty if it is something else.
std::pair<std::string, std::string> splitGolden(llvm::StringRef golden) {
  auto [family, name] = golden.split('/');
  if (name.empty() || name.contains('/'))
    return {};
  return {family.str(), name.str()};
}

/// Reads one file of cases into the table.
class FileReader {
public:
  FileReader(GoldenTable &table, std::string casesPath, std::string mixersFolder)
      : table(table), path(std::move(casesPath)), mixersFolder(std::move(mixersFolder)) {}

  void read() {
    llvm::Expected<json::Value> value = readJson(path);
    if (!value)
      return problem("", llvm::toString(value.takeError()));
    json::Path::Root root("file");
    const json::Object *object = value->getAsObject();
    if (!object)
      return problem("", "expected an object");
    json::ObjectMapper map(*value, root);
    std::map<std::string, std::string> unexpressed;
    if (!hasOnly(*object, {"file", "groups", "cases", "unexpressed"}, root) ||
        !map.mapOptional("file", file) || !map.mapOptional("groups", groups) ||
        !map.mapOptional("unexpressed", unexpressed))
      return problem("", llvm::toString(root.getError()));
    for (auto &[golden, reason] : unexpressed)
      addUnexpressed(golden, reason);
    if (file.empty() && !object->get("cases") && groups.empty())
      return;
    const json::Array *cases = object->getArray("cases");
    if (file.empty() || !cases)
      return problem("", "expected a file and an array of cases");
    if (!parseMixers())
      return;
    for (const json::Value &entry : *cases)
      addCase(entry);
    for (auto &[name, part] : groups)
      if (!hasProblem && !used.count(name))
        problem("", "no case uses group '" + name + "'");
  }

private:
  void problem(const std::string &golden, const std::string &message) {
    hasProblem = true;
    table.problems.push_back(llvm::sys::path::filename(path).str() + ": " +
                             (golden.empty() ? "" : golden + ": ") + message);
  }

  bool parseMixers() {
    std::string mixPath = mixersFolder + "/" + file;
    if (llvm::sys::path::stem(file) != llvm::sys::path::stem(path))
      problem("", "is not called like '" + file + "'");
    if (!llvm::sys::fs::exists(mixPath)) {
      problem("", "no file '" + mixPath + "'");
      return false;
    }
    frontend::Diagnostics diags(sources);
    mixers = frontend::parse(sources, mixPath, diags);
    if (diags.hasErrors())
      problem("", "'" + mixPath + "' does not parse");
    return !diags.hasErrors();
  }

  const frontend::ast::Mixer *findMixer(const std::string &name) const {
    for (const auto &mixer : mixers.mixers)
      if (mixer.name.text == name)
        return &mixer;
    return nullptr;
  }

  void addUnexpressed(const std::string &golden, const std::string &reason) {
    auto [family, name] = splitGolden(golden);
    if (name.empty() || reason.empty())
      return problem(golden, "expected \"FAMILY/CASE\": \"reason\"");
    table.unexpressed.push_back({family, name, reason});
  }

  void addCase(const json::Value &value) {
    std::string golden = "a case";
    if (const json::Object *object = value.getAsObject())
      golden = object->getString("golden").value_or(golden).str();
    json::Path::Root root("case");
    CaseEntry entry;
    if (!fromJSON(value, entry, root))
      return problem(golden, llvm::toString(root.getError()));
    Part all;
    for (const std::string &name : entry.use) {
      auto it = groups.find(name);
      if (it == groups.end())
        return problem(golden, "no group '" + name + "'");
      all.add(it->second);
      used.insert(name);
    }
    all.add(entry.part);
    auto [family, name] = splitGolden(golden);
    if (name.empty())
      return problem(golden, "expected a golden case \"FAMILY/CASE\"");
    std::string mistake = check(entry.mixer, all);
    if (!mistake.empty())
      return problem(golden, mistake);
    GoldenCase c{family,
                 name,
                 entry.variant,
                 file,
                 entry.mixer,
                 all.set,
                 links(all.in),
                 links(all.out),
                 all.borders,
                 all.bordersFrom,
                 {all.feed.begin(), all.feed.end()}};
    table.cases.push_back(std::move(c));
  }

  static std::vector<Link> links(const std::map<std::string, LinkList> &lists) {
    std::vector<Link> all;
    for (auto &[name, list] : lists)
      for (Link link : list.links) {
        link.name = name;
        all.push_back(std::move(link));
      }
    return all;
  }

  /// Whether the names of a case are those of its mixer; otherwise what is wrong.
  std::string check(const std::string &name, const Part &part) const {
    const frontend::ast::Mixer *mixer = findMixer(name);
    if (!mixer)
      return "'" + file + "' has no mixer '" + name + "'";
    std::set<std::string> dims, operands, results;
    for (const auto &dim : mixer->dims)
      dims.insert(std::string(dim.name.text));
    for (const auto &decl : mixer->operands)
      for (const auto &operand : decl.names) {
        operands.insert(std::string(operand.text));
        if (decl.defaultKind == frontend::ast::DefaultKind::Required &&
            !part.in.count(std::string(operand.text)))
          return "operand '" + std::string(operand.text) + "' is missing";
      }
    for (const auto &result : mixer->results)
      results.insert(result.name.text.empty() ? "out" : std::string(result.name.text));
    for (auto &[dim, extent] : part.set)
      if (!dims.count(dim))
        return "mixer '" + name + "' has no dimension '" + dim + "'";
    for (auto &[operand, list] : part.in)
      if (!operands.count(operand))
        return "mixer '" + name + "' has no operand '" + operand + "'";
    for (auto &[result, list] : part.out)
      if (!results.count(result))
        return "mixer '" + name + "' has no result '" + result + "'";
    for (auto &[result, operand] : part.feed)
      if (!results.count(result) || !operands.count(operand))
        return "mixer '" + name + "' cannot feed '" + result + "' to '" + operand + "'";
    return part.out.empty() ? "no results to compare" : "";
  }

  GoldenTable &table;
  std::string path, mixersFolder, file;
  std::map<std::string, Part> groups;
  std::set<std::string> used; ///< groups
  bool hasProblem = false;
  frontend::SourceManager sources;
  frontend::ast::File mixers;
};

} // namespace

GoldenTable numeric::readGoldenTable(const std::string &casesFolder,
                                     const std::string &mixersFolder) {
  GoldenTable table;
  std::vector<std::string> paths;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator it(casesFolder, error), end; !error && it != end;
       it.increment(error))
    if (llvm::sys::path::extension(it->path()) == ".json")
      paths.push_back(it->path());
  if (error)
    table.problems.push_back("'" + casesFolder + "': " + error.message());
  std::sort(paths.begin(), paths.end());
  for (const std::string &path : paths)
    FileReader(table, path, mixersFolder).read();
  return table;
}

std::vector<std::string> numeric::manifestProblems(const GoldenTable &table,
                                                   const std::string &goldenFolder) {
  std::string path = goldenFolder + "/MANIFEST.json";
  llvm::Expected<json::Value> value = readJson(path);
  if (!value)
    return {"'" + path + "': " + llvm::toString(value.takeError())};
  struct Entry {
    bool expressed = false, unexpressed = false;
  };
  std::map<std::string, Entry> entries; ///< by "family/name"
  const json::Object *object = value->getAsObject();
  const json::Array *cases = object ? object->getArray("cases") : nullptr;
  if (!cases)
    return {"'" + path + "' has no cases"};
  for (const json::Value &c : *cases)
    if (const json::Object *entry = c.getAsObject())
      entries[(entry->getString("family").value_or("") + "/" +
               entry->getString("case").value_or(""))
                  .str()] = {};

  std::vector<std::string> problems;
  std::set<std::string> families;
  auto find = [&](const std::string &family, const std::string &name) -> Entry * {
    families.insert(family);
    auto it = entries.find(family + "/" + name);
    if (it != entries.end())
      return &it->second;
    problems.push_back(family + "/" + name + " is not in the manifest");
    return nullptr;
  };
  for (const GoldenCase &c : table.cases)
    if (Entry *entry = find(c.family, c.name))
      entry->expressed = true;
  for (const UnexpressedCase &c : table.unexpressed)
    if (Entry *entry = find(c.family, c.name))
      entry->unexpressed = true;
  for (auto &[golden, entry] : entries) {
    if (!families.count(llvm::StringRef(golden).split('/').first.str()))
      continue;
    if (!entry.expressed && !entry.unexpressed)
      problems.push_back(golden + " is neither a case nor unexpressed");
    if (entry.expressed && entry.unexpressed)
      problems.push_back(golden + " is a case and unexpressed");
  }
  return problems;
}

const GoldenTable &numeric::goldenTable() {
  static const GoldenTable table = readGoldenTable(MIXIR_GOLDEN_CASES_DIR, MIXIR_MIXERS_DIR);
  return table;
}
