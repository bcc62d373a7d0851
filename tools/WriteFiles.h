// Files that appear whole or not at all.
#ifndef MIXIR_TOOLS_WRITEFILES_H
#define MIXIR_TOOLS_WRITEFILES_H

#include <string>
#include <utility>
#include <vector>

namespace mixir::tools {

/// Writes all (path, content) pairs: first beside their places, then renamed together, so that a
/// failure leaves nothing behind. Makes `folder`. Throws UserError.
void writeFilesTogether(const std::string &folder,
                        const std::vector<std::pair<std::string, std::string>> &files);
/// Replaces one file, keeping its permissions. Throws UserError.
void replaceFile(const std::string &path, const std::string &content);

} // namespace mixir::tools

#endif // MIXIR_TOOLS_WRITEFILES_H
