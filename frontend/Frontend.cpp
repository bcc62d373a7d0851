// The public entries: parse, analyse, check, format.
#include "frontend/Frontend.h"
#include "frontend/Formatter.h"
#include "frontend/Imports.h"
#include "frontend/Parser.h"
#include "frontend/SemaImpl.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mixir::frontend;

ast::File mixir::frontend::parse(SourceManager &sources, llvm::StringRef path,
                                 Diagnostics &diags) {
  std::string error;
  std::optional<FileId> file = sources.open(path, error);
  if (!file) {
    diags.error(ErrorCode::unreadable_file, Range(),
                "expected a readable file, got '" + path + "': " + error);
    return ast::File();
  }
  return parseFile(sources, *file, diags);
}

ast::File mixir::frontend::parse(const SourceManager &sources, FileId file, Diagnostics &diags) {
  return parseFile(sources, file, diags);
}

/// The mixer asked for, or null after an error.
static const ast::Mixer *selectMixer(const ast::File &file, llvm::StringRef name,
                                     Diagnostics &diags) {
  std::vector<llvm::StringRef> names;
  for (const ast::Mixer &mixer : file.mixers) {
    if (mixer.name.text == name || (name.empty() && file.mixers.size() == 1))
      return &mixer;
    names.push_back(mixer.name.text);
  }
  Range place = file.mixers.empty() ? Range{file.id, 0, 0} : file.mixers[0].name.range;
  std::string list = llvm::join(names, ", ");
  if (names.empty())
    diags.error(ErrorCode::no_such_mixer, place, "expected a mixer in the file, got none");
  else if (name.empty())
    diags.error(ErrorCode::no_such_mixer, place,
                "expected the name of one of several mixers (" + list + "), got none");
  else
    diags.error(ErrorCode::no_such_mixer, place,
                "expected a mixer of the file (" + list + "), got '" + name + "'" +
                    didYouMean(name, names));
  return nullptr;
}

static void checkMixerNames(const ast::File &file, Diagnostics &diags) {
  llvm::StringMap<Range> seen;
  for (const ast::Mixer &mixer : file.mixers) {
    auto [old, isNew] = seen.try_emplace(mixer.name.text, mixer.name.range);
    if (!isNew)
      diags.error(ErrorCode::redefinition, mixer.name.range,
                  "expected a new mixer name, got '" + mixer.name.text + "'")
          .note(old->second, "first defined here");
  }
}

static bool prepare(SourceManager &sources, const ast::File &file, const Options &options,
                    Diagnostics &diags, FnTable &table) {
  if (diags.hasErrors())
    return false;
  checkMixerNames(file, diags);
  if (diags.hasErrors())
    return false;
  loadImports(sources, file, options, diags, table);
  if (!diags.hasErrors())
    Sema::checkFns(table, diags);
  return file.id != 0;
}

std::unique_ptr<Program> mixir::frontend::analyse(SourceManager &sources, const ast::File &file,
                                                  const Options &options, Diagnostics &diags) {
  FnTable table;
  if (!prepare(sources, file, options, diags, table))
    return nullptr;
  const ast::Mixer *mixer = selectMixer(file, options.mixer, diags);
  if (!mixer)
    return nullptr;
  std::unique_ptr<Program> program = Sema(sources, options, diags, table).run(*mixer);
  return diags.hasErrors() ? nullptr : std::move(program);
}

bool mixir::frontend::checkAll(SourceManager &sources, const ast::File &file,
                               const Options &options, Diagnostics &diags) {
  FnTable table;
  if (!prepare(sources, file, options, diags, table))
    return false;
  Options defaults;
  for (const ast::Mixer &mixer : file.mixers)
    Sema(sources, defaults, diags, table).run(mixer);
  return !diags.hasErrors();
}

std::string mixir::frontend::format(const SourceManager &sources, const ast::File &file) {
  return formatFile(sources, file);
}
