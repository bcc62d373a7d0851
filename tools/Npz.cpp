// Npz.cpp - the .npz container: a zip file of .npy members. The zip part is libarchive's.
#include "Npz.h"

#include <archive.h>
#include <archive_entry.h>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <memory>
#include <set>
#include <unistd.h>

namespace mixir::tools {

namespace {

struct FreeRead {
  void operator()(archive *handle) const { archive_read_free(handle); }
};
struct FreeWrite {
  void operator()(archive *handle) const { archive_write_free(handle); }
};
struct FreeEntry {
  void operator()(archive_entry *entry) const { archive_entry_free(entry); }
};

constexpr char kSuffix[] = ".npy";
constexpr size_t kSuffixSize = sizeof(kSuffix) - 1;

std::string errorText(archive *handle) {
  const char *text = archive_error_string(handle);
  return text ? text : "unknown error";
}

/// All bytes of the current member, at most `room`.
Bytes readMember(archive *handle, const std::string &where, int64_t room) {
  Bytes bytes;
  for (;;) {
    const void *block = nullptr;
    size_t size = 0;
    la_int64_t offset = 0;
    int result = archive_read_data_block(handle, &block, &size, &offset);
    if (result == ARCHIVE_EOF)
      return bytes;
    if (result != ARCHIVE_OK)
      throw NpzError(where + ": " + errorText(handle));
    if (offset != static_cast<la_int64_t>(bytes.size()))
      throw NpzError(where + ": it has a hole");
    if (static_cast<int64_t>(bytes.size() + size) > room)
      throw NpzError(where + ": too large");
    auto *begin = static_cast<const char *>(block);
    bytes.insert(bytes.end(), begin, begin + size);
  }
}

/// A zip file without members, which libarchive does not recognise.
bool isEmptyZip(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  char bytes[23] = {};
  file.read(bytes, sizeof(bytes));
  return file.gcount() == 22 && std::memcmp(bytes, "PK\5\6", 4) == 0;
}

void writeBytes(archive *handle, const std::string &path, const char *data, size_t size) {
  while (size > 0) {
    la_ssize_t written = archive_write_data(handle, data, size);
    if (written <= 0)
      throw NpzError("cannot write '" + path + "': " + errorText(handle));
    data += written;
    size -= static_cast<size_t>(written);
  }
}

void writeArchive(int file, const std::string &path, const std::vector<NpArray> &arrays) {
  std::unique_ptr<archive, FreeWrite> handle(archive_write_new());
  auto check = [&](int result) {
    if (result != ARCHIVE_OK)
      throw NpzError("cannot write '" + path + "': " + errorText(handle.get()));
  };
  check(archive_write_set_format_zip(handle.get()));
  check(archive_write_set_options(handle.get(), "zip:compression=store"));
  check(archive_write_set_bytes_in_last_block(handle.get(), 1));
  check(archive_write_open_fd(handle.get(), file));
  for (const NpArray &array : arrays) {
    std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
    std::string header = npyHeader(array);
    archive_entry_set_pathname(entry.get(), (array.name + kSuffix).c_str());
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(header.size() + array.data.size()));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_mtime(entry.get(), 315532800, 0); // 1980-01-01: equal arrays, equal files
    check(archive_write_header(handle.get(), entry.get()));
    writeBytes(handle.get(), path, header.data(), header.size());
    writeBytes(handle.get(), path, array.data.data(), array.data.size());
  }
  check(archive_write_close(handle.get()));
}

} // namespace

std::vector<NpArray> readNpz(const std::string &path, int64_t maxBytes) {
  std::unique_ptr<archive, FreeRead> handle(archive_read_new());
  archive_read_support_format_zip_seekable(handle.get());
  if (::access(path.c_str(), R_OK) != 0)
    throw NpzError("cannot read '" + path + "': " + std::strerror(errno));
  if (isEmptyZip(path))
    return {};
  if (archive_read_open_filename(handle.get(), path.c_str(), 1 << 16) != ARCHIVE_OK)
    throw NpzError("cannot read '" + path + "': " + errorText(handle.get()));
  std::vector<NpArray> arrays;
  std::set<std::string> names;
  int64_t room = maxBytes;
  for (;;) {
    archive_entry *entry = nullptr;
    int result = archive_read_next_header(handle.get(), &entry);
    if (result == ARCHIVE_EOF)
      return arrays;
    if (result != ARCHIVE_OK)
      throw NpzError("'" + path + "' is not a whole .npz file: " + errorText(handle.get()));
    const char *pathname = archive_entry_pathname(entry);
    std::string member = pathname ? pathname : "";
    bool isArray = member.size() > kSuffixSize &&
                   member.compare(member.size() - kSuffixSize, kSuffixSize, kSuffix) == 0;
    if (!isArray)
      throw NpzError("'" + path + "': member '" + member + "' is no .npy array");
    std::string name = member.substr(0, member.size() - kSuffixSize);
    if (!names.insert(name).second)
      throw NpzError("'" + path + "' has array '" + name + "' twice");
    Bytes bytes = readMember(handle.get(), "'" + path + "' array '" + name + "'", room);
    room -= static_cast<int64_t>(bytes.size());
    try {
      arrays.push_back(parseNpy(name, bytes));
    } catch (const NpzError &error) {
      throw NpzError("'" + path + "' " + error.what());
    }
  }
}

void writeNpz(const std::string &path, const std::vector<NpArray> &arrays) {
  std::string temporary = path + ".tmp." + std::to_string(::getpid());
  int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0)
    throw NpzError("cannot write '" + path + "': " + std::strerror(errno));
  try {
    writeArchive(file, path, arrays);
    bool isClosed = ::close(file) == 0;
    file = -1;
    if (!isClosed || ::rename(temporary.c_str(), path.c_str()) != 0)
      throw NpzError("cannot write '" + path + "': " + std::strerror(errno));
  } catch (...) {
    if (file >= 0)
      ::close(file);
    ::unlink(temporary.c_str());
    throw;
  }
}

} // namespace mixir::tools
