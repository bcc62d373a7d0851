// Memory.cpp - see Memory.h. Each block carries the allocator it came from in a header of one
// alignment unit, so that replacing the allocator is safe at any time.
#include "Memory.h"

#include "Failure.h"

#include <cstdint>
#include <cstdlib>
#include <mutex>

using namespace mixir::runtime;

namespace {

struct Header {
  mixir_allocator allocator;
  size_t bytes;
};
static_assert(sizeof(Header) <= kAlignment, "the header fits one alignment unit");

void *defaultAllocate(void *, size_t bytes, size_t alignment) {
  return std::aligned_alloc(alignment, bytes);
}

void defaultRelease(void *, void *block) { std::free(block); }

const mixir_allocator kDefault = {defaultAllocate, defaultRelease, nullptr};

struct Current {
  std::mutex mutex;
  mixir_allocator allocator = kDefault;
};

Current &current() {
  static Current *instance = new Current; // never destroyed: threads may outlive main
  return *instance;
}

Header *headerOf(const void *block) {
  return reinterpret_cast<Header *>(static_cast<char *>(const_cast<void *>(block)) - kAlignment);
}

} // namespace

void *mixir::runtime::allocateBlock(size_t bytes) noexcept {
  if (bytes > SIZE_MAX / 2)
    return nullptr;
  mixir_allocator allocator;
  {
    std::lock_guard<std::mutex> lock(current().mutex);
    allocator = current().allocator;
  }
  size_t total = alignUp(bytes) + kAlignment;
  auto *base = static_cast<char *>(allocator.allocate(allocator.user, total, kAlignment));
  if (!base)
    return nullptr;
  auto *header = reinterpret_cast<Header *>(base);
  header->allocator = allocator;
  header->bytes = alignUp(bytes);
  return base + kAlignment;
}

void mixir::runtime::releaseBlock(void *block) noexcept {
  if (!block)
    return;
  Header *header = headerOf(block);
  mixir_allocator allocator = header->allocator;
  allocator.release(allocator.user, header);
}

size_t mixir::runtime::blockSize(const void *block) noexcept { return headerOf(block)->bytes; }

void mixir::runtime::setAllocator(const mixir_allocator *allocator) noexcept {
  std::lock_guard<std::mutex> lock(current().mutex);
  current().allocator = allocator ? *allocator : kDefault;
}

char *Arena::reserve(size_t bytes) {
  if (bytes <= size)
    return static_cast<char *>(block);
  trim();
  block = allocateBlock(bytes);
  if (!block)
    fail(MIXIR_ERROR_OUT_OF_MEMORY, "cannot allocate ", bytes, " bytes of working memory");
  size = blockSize(block);
  return static_cast<char *>(block);
}

void Arena::trim() noexcept {
  releaseBlock(block);
  block = nullptr;
  size = 0;
}
