// Depth-first reading of imports. A file is read once however often it is imported.
#include "frontend/Imports.h"
#include "frontend/Parser.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mixir::frontend;

static const char standardLibrary[] =
#include "frontend/StandardLibrary.inc"
    ;

llvm::StringRef mixir::frontend::standardLibraryText() { return standardLibrary; }

FnEntry *FnTable::find(llvm::StringRef name, bool fromStandard) {
  auto own = fns.find(name), library = standard.find(name);
  if (library != standard.end() && (fromStandard || own == fns.end()))
    return &library->second;
  return own == fns.end() ? nullptr : &own->second;
}

namespace {

constexpr llvm::StringLiteral standardName = "std.mix";
constexpr size_t maxImportDepth = 64;

class ImportLoader {
public:
  ImportLoader(SourceManager &sources, const Options &options, Diagnostics &diags, FnTable &table)
      : sources(sources), options(options), diags(diags), table(table) {}

  void run(const ast::File &file) {
    std::string path = sources.name(file.id).str();
    table.paths.push_back(path);
    active.push_back(canonical(path));
    loadImportsOf(file);
    addFns(file, /*isStandard=*/false);
    if (!hasStandard)
      addFns(readStandard(), /*isStandard=*/true);
  }

private:
  static std::string canonical(llvm::StringRef path) {
    llvm::SmallString<256> real;
    return llvm::sys::fs::real_path(path, real) ? path.str() : real.str().str();
  }

  const ast::File &readStandard() {
    FileId id = sources.add(standardName, standardLibraryText());
    table.files.push_back(parseFile(sources, id, diags));
    return table.files.back();
  }

  /// First existing file of the search path, or empty.
  std::string find(llvm::StringRef name, const ast::File &from) {
    std::vector<std::string> folders = {
        llvm::sys::path::parent_path(sources.name(from.id)).str()};
    llvm::append_range(folders, options.importFolders);
    if (llvm::sys::path::is_absolute(name))
      folders = {""};
    for (const std::string &folder : folders) {
      llvm::SmallString<256> path(folder);
      llvm::sys::path::append(path, name);
      if (llvm::sys::fs::is_regular_file(path))
        return path.str().str();
    }
    return "";
  }

  void loadImportsOf(const ast::File &file) {
    for (const ast::Import &import : file.imports)
      load(import, file);
  }

  void load(const ast::Import &import, const ast::File &from) {
    std::string path = find(import.path.text, from);
    if (path.empty() && import.path.text == standardName) {
      if (!std::exchange(hasStandard, true))
        addFns(readStandard(), /*isStandard=*/false);
      return;
    }
    if (path.empty()) {
      Report report = diags.error(ErrorCode::import_not_found, import.path.range,
                                  "expected a file to import, got \"" + import.path.text +
                                      "\", which does not exist");
      for (const std::string &folder : options.importFolders)
        report.note(import.path.range, "looked in '" + folder + "' too");
      return;
    }
    hasStandard |= llvm::sys::path::filename(path) == standardName;
    std::string key = canonical(path);
    if (llvm::is_contained(active, key) || active.size() >= maxImportDepth) {
      diags.error(ErrorCode::cyclic_import, import.path.range,
                  "expected imports without a cycle, got \"" + import.path.text +
                      "\", which imports this file");
      return;
    }
    if (!done.insert(key).second)
      return;
    std::string error;
    std::optional<FileId> id = sources.open(path, error);
    if (!id) {
      diags.error(ErrorCode::unreadable_file, import.path.range,
                  "expected a readable file, got '" + path + "': " + error);
      return;
    }
    table.paths.push_back(path);
    table.files.push_back(parseFile(sources, *id, diags));
    const ast::File &file = table.files.back();
    active.push_back(key);
    loadImportsOf(file);
    active.pop_back();
    addFns(file, /*isStandard=*/false);
  }

  void addFns(const ast::File &file, bool isStandard) {
    for (const ast::Fn &fn : file.fns) {
      auto &fns = isStandard ? table.standard : table.fns;
      auto [old, isNew] = fns.try_emplace(fn.name.text, FnEntry{&fn, isStandard, false});
      if (isNew)
        continue;
      diags.error(ErrorCode::redefinition, fn.name.range,
                  "expected a new function name, got '" + fn.name.text + "'")
          .note(old->second.fn->name.range, "first defined here");
    }
  }

  SourceManager &sources;
  const Options &options;
  Diagnostics &diags;
  FnTable &table;
  std::vector<std::string> active; // files being read, outermost first
  std::set<std::string> done;
  bool hasStandard = false;
};

} // namespace

void mixir::frontend::loadImports(SourceManager &sources, const ast::File &file,
                                  const Options &options, Diagnostics &diags, FnTable &table) {
  ImportLoader(sources, options, diags, table).run(file);
}
