// Cache.h - the store of compiled programs on disk.
//
// Content-addressed: the key says everything that the entry depends on, so an entry never changes
// and never has to be invalidated. Entries appear by an atomic rename, carry a checksum, and a
// damaged one is a miss and is removed. Any number of processes may use one folder. A folder that
// cannot be written means working without a cache, with a note, never an error.
#ifndef MIXIR_RUNTIME_CACHE_H
#define MIXIR_RUNTIME_CACHE_H

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace mixir::runtime {

/// MIXIR_CACHE: off (every get is a miss, puts store nothing that lasts), on, or require.
enum class CacheMode { Off, On, Require };

/// Thrown in mode Require on a miss, and for a mode text that is none of the three.
class CacheError : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

struct CacheOptions {
  std::string dir;          ///< folder; made when first needed
  int64_t maxBytes = int64_t(1) << 30;
  CacheMode mode = CacheMode::On;
};

/// The options that the environment asks for. Throws CacheError for an unknown mode.
CacheOptions cacheOptionsFromEnv();

class Cache {
public:
  explicit Cache(CacheOptions options);
  /// Removes what `put` stored for this process alone.
  ~Cache();
  Cache(const Cache &) = delete;
  Cache &operator=(const Cache &) = delete;

  /// Path of the artefact stored under `key`, checked against its checksum; nothing on a miss.
  /// The file can be given to dlopen. Throws CacheError on a miss in mode Require.
  std::optional<std::string> get(const std::string &key);
  /// Stores `bytes` under `key` and answers the path to use. Where the cache is off or cannot be
  /// written the file lies in a private folder that goes away with this object. Throws
  /// std::runtime_error when not even that can be written.
  std::string put(const std::string &key, std::string_view bytes);

  /// Value stored under an index key (a cheap key that leads to the full one); nothing on a miss.
  std::optional<std::string> lookup(const std::string &indexKey);
  /// Stores a value under an index key.
  void link(const std::string &indexKey, const std::string &value);

  /// Removes the entries used least recently until the store is at most `maxBytes`.
  void trim();
  /// Bytes of all entries.
  int64_t totalBytes() const;
  /// Notes for the user, each given once: an unwritable folder, a damaged entry.
  std::vector<std::string> takeNotes();
  const CacheOptions &options() const { return settings; }

private:
  std::string pathOf(const std::string &key, const char *suffix) const;
  std::optional<std::string> readChecked(const std::string &path);
  bool store(const std::string &path, std::string_view bytes);
  std::string putPrivately(const std::string &key, std::string_view bytes);
  void note(const std::string &text);

  CacheOptions settings;
  std::string privateDir;
  std::vector<std::string> notes, noted;
};

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_CACHE_H
