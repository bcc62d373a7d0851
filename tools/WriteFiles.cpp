// WriteFiles.cpp - see WriteFiles.h.
#include "tools/WriteFiles.h"

#include "tools/ToolErrors.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace mixir::tools {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void failToWrite(const std::string &path, const std::string &why) {
  throw UserError(ToolCode::unwritable_output, "cannot write '" + path + "': " + why);
}

/// Files written beside their places; those still there at the end are removed.
class Pending {
public:
  ~Pending() {
    std::error_code ignored;
    for (const auto &[temporary, path] : files)
      fs::remove(temporary, ignored);
  }

  void write(const std::string &path, const std::string &content) {
    std::string temporary = path + ".tmp." + std::to_string(::getpid());
    files.emplace_back(temporary, path);
    errno = 0;
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    file.close();
    if (!file)
      failToWrite(path, std::strerror(errno ? errno : EIO));
  }

  void commit() {
    for (const auto &[temporary, path] : files) {
      std::error_code error;
      fs::rename(temporary, path, error);
      if (error)
        failToWrite(path, error.message());
    }
  }

private:
  std::vector<std::pair<std::string, std::string>> files;
};

} // namespace

void writeFilesTogether(const std::string &folder,
                        const std::vector<std::pair<std::string, std::string>> &files) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    failToWrite(folder, error.message());
  Pending pending;
  for (const auto &[path, content] : files)
    pending.write(path, content);
  pending.commit();
}

void replaceFile(const std::string &path, const std::string &content) {
  std::error_code error;
  fs::perms permissions = fs::status(path, error).permissions();
  Pending pending;
  pending.write(path, content);
  if (!error)
    fs::permissions(path + ".tmp." + std::to_string(::getpid()), permissions, error);
  pending.commit();
}

} // namespace mixir::tools
