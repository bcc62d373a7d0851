// A file of derived text, for as long as the object lives.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

namespace mixir::numeric {

struct DerivedFile {
  std::string path;
  explicit DerivedFile(const std::string &text)
      : path((std::filesystem::temp_directory_path() / ("derived-" + std::to_string(getpid()) + ".mix")).string()) {
    std::ofstream(path) << text;
  }
  DerivedFile(const DerivedFile &) = delete;
  ~DerivedFile() { std::filesystem::remove(path); }
};

} // namespace mixir::numeric
