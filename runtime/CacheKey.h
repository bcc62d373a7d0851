// CacheKey.h - the name of a cache entry: SHA-256 over everything the entry depends on.
#ifndef MIXIR_RUNTIME_CACHEKEY_H
#define MIXIR_RUNTIME_CACHEKEY_H

#include <memory>
#include <string>
#include <string_view>

namespace mixir::runtime {

/// SHA-256 of `bytes` as 64 lower-case hexadecimal digits.
std::string sha256(std::string_view bytes);

/// Builds a key from named parts. Names and lengths are hashed too, so that no two different lists
/// of parts give the same text to hash.
class CacheKey {
public:
  CacheKey();
  CacheKey(const CacheKey &) = delete;
  CacheKey &operator=(const CacheKey &) = delete;
  ~CacheKey();

  /// Adds one part, for example ("compiler", build id).
  CacheKey &add(std::string_view name, std::string_view value);
  /// The key as 64 hexadecimal digits; the builder starts anew.
  std::string hex();

private:
  struct State;
  std::unique_ptr<State> state;
};

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_CACHEKEY_H
