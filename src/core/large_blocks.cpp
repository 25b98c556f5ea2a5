#include "core/large_blocks.hpp"

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <new>

#include "core/small_blocks.hpp"

#if defined(__linux__) && !defined(AVM_PLAIN_MALLOC)
#include <sys/mman.h>
#endif

namespace avm::heap {

#if defined(__linux__) && !defined(AVM_PLAIN_MALLOC)

namespace {

constexpr std::size_t page = std::size_t{2} << 20U;

std::size_t rounded(std::size_t size) {
  if (size > std::numeric_limits<std::size_t>::max() / 2) throw std::bad_alloc();
  return (size + page - 1) / page * page;
}

// Addresses for `size` bytes, a whole number of pages, that begin with a page.
char* reserve(std::size_t size, int protection) {
  void* const found =
      mmap(nullptr, size + page, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (found == MAP_FAILED) throw std::bad_alloc();
  char* const begin = static_cast<char*>(found);
  const std::size_t before = -reinterpret_cast<std::uintptr_t>(begin) % page;
  if (before != 0) munmap(begin, before);
  munmap(begin + before + size, page - before);
  return begin + before;
}

}  // namespace

void* take_large(std::size_t size) {
  const std::size_t bytes = rounded(size);
  char* const block = reserve(bytes, PROT_READ | PROT_WRITE);
  prefer_large_pages(block, bytes);
  return block;
}

void* resize_large(void* block, std::size_t old_size, std::size_t new_size) {
  const std::size_t from = rounded(old_size);
  const std::size_t to = rounded(new_size);
  if (mremap(block, from, to, 0) != MAP_FAILED) return block;
  char* const target = reserve(to, PROT_NONE);
  void* const moved = mremap(block, from, to, MREMAP_MAYMOVE | MREMAP_FIXED, target);
  if (moved != MAP_FAILED) return moved;
  munmap(target, to);
  throw std::bad_alloc();
}

void give_large(void* block, std::size_t size) noexcept { munmap(block, rounded(size)); }

void prefer_large_pages(void* begin, std::size_t size) noexcept {
  char* const from = static_cast<char*>(begin);
  const std::size_t before = -reinterpret_cast<std::uintptr_t>(from) % page;
  if (size < before + page) return;
  madvise(from + before, (size - before) / page * page, MADV_HUGEPAGE);  // a wish
}

#else

void* take_large(std::size_t size) {
  void* const block = std::malloc(size);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

void* resize_large(void* block, std::size_t, std::size_t new_size) {
  void* const resized = std::realloc(block, new_size);
  if (resized == nullptr) throw std::bad_alloc();
  return resized;
}

void give_large(void* block, std::size_t) noexcept { std::free(block); }

void prefer_large_pages(void*, std::size_t) noexcept {}

#endif

}  // namespace avm::heap
