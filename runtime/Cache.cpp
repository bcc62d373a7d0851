// Cache.cpp - see Cache.h.
//
// Layout: <dir>/<first two digits>/<key>.so and <key>.idx. The checksum is a trailer of the file
// itself (magic, length, SHA-256), so that entry and checksum can never be of different age; the
// loader of shared objects ignores bytes after the last section.
#include "Cache.h"

#include "CacheKey.h"
#include "Env.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

using namespace mixir::runtime;
namespace fs = std::filesystem;

namespace {

constexpr char kMagic[] = "\nMIXRCHK1"; // and the length as 16 digits, and 64 digits of SHA-256
constexpr size_t kMagicSize = sizeof(kMagic) - 1;
constexpr size_t kTrailerSize = kMagicSize + 16 + 64;

std::string trailerFor(std::string_view bytes) {
  char length[17];
  std::snprintf(length, sizeof(length), "%016zx", bytes.size());
  return std::string(kMagic) + length + sha256(bytes);
}

/// Writes all bytes and flushes them to the disk.
bool writeFile(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return ::fsync(file) == 0;
}

/// A name beside `path` that no other thread or process uses.
std::string temporaryName(const std::string &path) {
  static std::atomic<unsigned> counter{0};
  return path + ".tmp." + std::to_string(::getpid()) + "." + std::to_string(counter++);
}

/// Writes a file so that it appears whole or not at all.
bool replaceFile(const std::string &path, std::string_view bytes, std::string_view trailer) {
  std::string temporary = temporaryName(path);
  int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0)
    return false;
  bool isWritten = writeFile(file, bytes) && writeFile(file, trailer);
  isWritten = ::close(file) == 0 && isWritten;
  if (isWritten && ::rename(temporary.c_str(), path.c_str()) == 0)
    return true;
  int error = errno;
  ::unlink(temporary.c_str());
  errno = error;
  return false;
}

bool isKey(const std::string &key) {
  return key.size() >= 8 && key.find_first_not_of("0123456789abcdef") == std::string::npos;
}

void requireKey(const std::string &key) {
  if (!isKey(key))
    throw std::invalid_argument("cache key: expected hexadecimal digits, got '" + key + "'");
}

struct Entry {
  fs::path path;
  int64_t bytes;
  fs::file_time_type used;
};

/// All files of the store; half-written ones that are older than an hour are removed.
std::vector<Entry> listEntries(const std::string &dir) {
  std::vector<Entry> entries;
  std::error_code error;
  auto old = fs::file_time_type::clock::now() - std::chrono::hours(1);
  for (fs::recursive_directory_iterator it(dir, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code gone; // another process may remove files at any time
    if (!it->is_regular_file(gone) || gone)
      continue;
    fs::file_time_type used = it->last_write_time(gone);
    auto bytes = static_cast<int64_t>(it->file_size(gone));
    if (gone)
      continue;
    if (it->path().filename().string().find(".tmp.") == std::string::npos)
      entries.push_back({it->path(), bytes, used});
    else if (used < old)
      fs::remove(it->path(), gone);
  }
  return entries;
}

} // namespace

CacheOptions mixir::runtime::cacheOptionsFromEnv() {
  EnvValues values = readEnv();
  CacheOptions options;
  options.maxBytes = values.cacheSize;
  if (values.cacheMode == "off")
    options.mode = CacheMode::Off;
  else if (values.cacheMode == "require")
    options.mode = CacheMode::Require;
  else if (values.cacheMode != "on")
    throw CacheError("MIXIR_CACHE: expected off, on or require, got '" + values.cacheMode + "'");
  if (!values.cacheDir.empty())
    options.dir = values.cacheDir;
  else if (!values.userCacheHome.empty())
    options.dir = values.userCacheHome + "/mixir";
  else if (!values.userHome.empty())
    options.dir = values.userHome + "/.cache/mixir";
  return options;
}

Cache::Cache(CacheOptions options) : settings(std::move(options)) {}

Cache::~Cache() {
  std::error_code ignored;
  if (!privateDir.empty())
    fs::remove_all(privateDir, ignored);
}

std::string Cache::pathOf(const std::string &key, const char *suffix) const {
  return settings.dir + "/" + key.substr(0, 2) + "/" + key + suffix;
}

void Cache::note(const std::string &text) {
  if (std::find(noted.begin(), noted.end(), text) != noted.end())
    return;
  noted.push_back(text);
  notes.push_back(text);
}

std::vector<std::string> Cache::takeNotes() { return std::exchange(notes, {}); }

/// Content of an entry without its trailer; nothing, and the file removed, when it is damaged.
std::optional<std::string> Cache::readChecked(const std::string &path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error))
    return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open())
    return std::nullopt;
  std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (bytes.size() >= kTrailerSize) {
    std::string trailer = bytes.substr(bytes.size() - kTrailerSize);
    bytes.resize(bytes.size() - kTrailerSize);
    if (trailer == trailerFor(bytes))
      return bytes;
  }
  note("cache entry '" + path + "' is damaged and is made anew");
  ::unlink(path.c_str());
  return std::nullopt;
}

std::optional<std::string> Cache::get(const std::string &key) {
  requireKey(key);
  if (settings.mode == CacheMode::Off)
    return std::nullopt;
  std::string path = pathOf(key, ".so");
  if (!settings.dir.empty() && readChecked(path)) {
    ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0); // used now; failure does not matter
    return path;
  }
  if (settings.mode == CacheMode::Require)
    throw CacheError("no cache entry " + key + " in '" + settings.dir +
                     "', and MIXIR_CACHE=require forbids compiling");
  return std::nullopt;
}

bool Cache::store(const std::string &path, std::string_view bytes) {
  if (settings.mode == CacheMode::Off)
    return false;
  if (settings.dir.empty()) {
    note("no folder for the cache: neither MIXIR_CACHE_DIR, XDG_CACHE_HOME nor HOME is set");
    return false;
  }
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  if (!error && replaceFile(path, bytes, trailerFor(bytes)))
    return true;
  note("cannot write the cache in '" + settings.dir +
       "': " + (error ? error.message() : std::strerror(errno)) + "; working without it");
  return false;
}

std::string Cache::put(const std::string &key, std::string_view bytes) {
  requireKey(key);
  std::string path = pathOf(key, ".so");
  if (!store(path, bytes))
    return putPrivately(key, bytes);
  if (totalBytes() > settings.maxBytes)
    trim();
  // An entry larger than the whole store, or trimmed by another process, is still needed here.
  return ::access(path.c_str(), R_OK) == 0 ? path : putPrivately(key, bytes);
}

std::string Cache::putPrivately(const std::string &key, std::string_view bytes) {
  if (privateDir.empty()) {
    std::error_code error;
    fs::path base = fs::temp_directory_path(error);
    std::string name = (error ? "/tmp" : base.string()) + "/mixir-XXXXXX";
    if (!::mkdtemp(name.data()))
      throw std::runtime_error("cannot make a folder '" + name + "': " + std::strerror(errno));
    privateDir = name;
  }
  std::string path = privateDir + "/" + key + ".so";
  if (!replaceFile(path, bytes, ""))
    throw std::runtime_error("cannot write '" + path + "': " + std::strerror(errno));
  return path;
}

std::optional<std::string> Cache::lookup(const std::string &indexKey) {
  requireKey(indexKey);
  if (settings.mode == CacheMode::Off || settings.dir.empty())
    return std::nullopt;
  return readChecked(pathOf(indexKey, ".idx"));
}

void Cache::link(const std::string &indexKey, const std::string &value) {
  requireKey(indexKey);
  store(pathOf(indexKey, ".idx"), value);
}

int64_t Cache::totalBytes() const {
  int64_t total = 0;
  if (!settings.dir.empty())
    for (const Entry &entry : listEntries(settings.dir))
      total += entry.bytes;
  return total;
}

void Cache::trim() {
  if (settings.dir.empty())
    return;
  std::vector<Entry> entries = listEntries(settings.dir);
  std::sort(entries.begin(), entries.end(),
            [](const Entry &a, const Entry &b) { return a.used < b.used; });
  int64_t total = 0;
  for (const Entry &entry : entries)
    total += entry.bytes;
  for (const Entry &entry : entries) {
    if (total <= settings.maxBytes)
      return;
    std::error_code ignored;
    fs::remove(entry.path, ignored);
    total -= entry.bytes;
  }
}
