// Large blocks of memory: straight from the system, in its large pages where it has them (the first
// touch of a small page costs more than what is written into it). They grow by moving pages, and
// nothing is copied.
//
// Threads: any. Errors: what takes memory throws std::bad_alloc, and changes nothing then.
#pragma once

#include <cstddef>
#include <memory>

namespace avm::heap {

/// Blocks smaller than this are none of these.
inline constexpr std::size_t large_min = std::size_t{4} << 20U;

void* take_large(std::size_t size);
void* resize_large(void* block, std::size_t old_size, std::size_t new_size);
void give_large(void* block, std::size_t size) noexcept;

/// Memory for `count` items of plain data, not set, that goes when nobody shares it any more; large or
/// not.
template <typename T>
std::shared_ptr<T[]> share(std::size_t count) {
  const std::size_t size = count * sizeof(T);
  if (size < large_min) return std::make_shared_for_overwrite<T[]>(count);
  return {static_cast<T*>(take_large(size)), [size](T* block) { give_large(block, size); }};
}

/// Asks for large pages, as many as fit in, for memory that someone else has taken and that is about to be used.
void prefer_large_pages(void* begin, std::size_t size) noexcept;

}  // namespace avm::heap
