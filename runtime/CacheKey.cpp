// CacheKey.cpp - see CacheKey.h. SHA-256 is nettle's.
#include "CacheKey.h"

#include <cstdint>
#include <nettle/sha2.h>

using namespace mixir::runtime;

namespace {

struct Hasher {
  sha256_ctx context;

  Hasher() { sha256_init(&context); }

  void update(std::string_view bytes) {
    sha256_update(&context, bytes.size(), reinterpret_cast<const uint8_t *>(bytes.data()));
  }

  std::string finish() {
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_digest(&context, sizeof(digest), digest); // also starts anew
    const char *digits = "0123456789abcdef";
    std::string hex;
    for (uint8_t byte : digest) {
      hex += digits[byte >> 4];
      hex += digits[byte & 15];
    }
    return hex;
  }
};

} // namespace

struct CacheKey::State : Hasher {};

CacheKey::CacheKey() : state(std::make_unique<State>()) {}

CacheKey::~CacheKey() = default;

CacheKey &CacheKey::add(std::string_view name, std::string_view value) {
  state->update(std::to_string(name.size()) + ":" + std::to_string(value.size()) + ":");
  state->update(name);
  state->update(value);
  return *this;
}

std::string CacheKey::hex() { return state->finish(); }

std::string mixir::runtime::sha256(std::string_view bytes) {
  Hasher hasher;
  hasher.update(bytes);
  return hasher.finish();
}
