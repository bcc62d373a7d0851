// Fmt.cpp - `mixir fmt`: the canonical text of files.
#include "tools/Session.h"
#include "tools/ToolErrors.h"
#include "tools/WriteFiles.h"
#include "tools/verbs/Verbs.h"

#include "llvm/Support/raw_ostream.h"

namespace mixir::tools {

int fmtMain(const Words &words) {
  bool inPlace = false, onlyCheck = false;
  Verb verb{"fmt",
            "FILE...",
            "Prints the canonical text of files; comments stay.",
            {switchOption("i", "rewrite the files in place", inPlace),
             switchOption("check", "say which files are not canonical, and fail if any is not",
                          onlyCheck)}};
  Parsed parsed;
  if (parsedHelp(verb, words, parsed))
    return Success;
  if (parsed.positional.empty())
    throw UsageError("'mixir fmt': expected a file, got none");
  if (inPlace && onlyCheck)
    throw UsageError("'mixir fmt': expected -i or --check, got both");
  Words others;
  for (const std::string &path : parsed.positional) {
    Session session(path);
    std::string text = session.canonicalText();
    bool isCanonical = session.sources.text(session.file.id) == text;
    if (!inPlace && !onlyCheck)
      llvm::outs() << text;
    else if (inPlace && !isCanonical)
      replaceFile(path, text);
    else if (!isCanonical)
      others.push_back("'" + path + "'");
  }
  if (!others.empty())
    throw UserError(ToolCode::not_canonical,
                    "expected canonical text in " + joined(others) + ", got another layout");
  return Success;
}

} // namespace mixir::tools
