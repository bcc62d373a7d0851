// LargePages.h - memory for arrays, in large pages where they are worth it.
//
// A kernel walks many rows of large arrays at a time; with small pages much of that time goes into
// address translation. NumPy asks for large pages in the same way.
#ifndef MIXIR_TOOLS_LARGEPAGES_H
#define MIXIR_TOOLS_LARGEPAGES_H

#include <cstdint>
#include <cstdlib>
#include <new>
#include <sys/mman.h>

namespace mixir::tools {

/// An allocator that asks for large pages for blocks of 64 KiB and more.
template <typename T>
struct LargePages {
  using value_type = T;
  LargePages() = default;
  template <typename U>
  LargePages(const LargePages<U> &) {}

  T *allocate(size_t count) {
    constexpr size_t worthIt = size_t(1) << 16, page = size_t(1) << 21;
    if (count > SIZE_MAX / 2 / sizeof(T))
      throw std::bad_alloc();
    size_t bytes = count * sizeof(T);
    bool isLarge = bytes >= worthIt;
    if (isLarge)
      bytes = (bytes + page - 1) / page * page;
    void *block = isLarge ? std::aligned_alloc(page, bytes) : std::malloc(bytes);
    if (!block)
      throw std::bad_alloc();
    if (isLarge)
      madvise(block, bytes, MADV_HUGEPAGE); // only advice: small pages do as well
    return static_cast<T *>(block);
  }
  void deallocate(T *block, size_t) { std::free(block); }

  template <typename U>
  bool operator==(const LargePages<U> &) const {
    return true;
  }
  template <typename U>
  bool operator!=(const LargePages<U> &) const {
    return false;
  }
};

} // namespace mixir::tools

#endif // MIXIR_TOOLS_LARGEPAGES_H
