// What a thread's heap is made of, for those who take and give so many blocks that it has to happen in line.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <limits>

#include "core/small_blocks.hpp"

namespace avm::heap {

struct ThreadHeap {
  std::size_t in_use = 0;
  std::size_t peak = 0;
  std::size_t limit = std::numeric_limits<std::size_t>::max();
  SmallBlocks small;

  bool has_room_for(std::size_t size) const noexcept {
    const std::size_t after = in_use + size;
    return after <= limit && after >= size;
  }

  void set_in_use(std::size_t bytes) noexcept {
    in_use = bytes;
    if (bytes > peak) peak = bytes;
  }
};

// Without a destructor, since values may be freed later than any destructor of a thread runs. It is asked for
// with every block, so that to find it is not to be a call; it is small enough for libraries that a program
// loads later.
[[gnu::tls_model("initial-exec")]] extern constinit thread_local ThreadHeap thread_heap;

static_assert(sizeof(ThreadHeap) < 512);

#if defined(AVM_PLAIN_MALLOC)
constexpr std::size_t small_max = 0;
#else
constexpr std::size_t small_max = SmallBlocks::size_max;
#endif

inline bool is_small(std::size_t size) noexcept { return size - 1 < small_max; }

/// `allocate` (`avm/heap.hpp`) for blocks of at most `SmallBlocks::size_max` bytes; null instead of an
/// exception.
inline void* try_allocate_small(std::size_t size) noexcept {
  ThreadHeap& heap = thread_heap;
  const std::size_t after = heap.in_use + size;  // what is in use is far below the largest number
  if (after > heap.limit) [[unlikely]]
    return nullptr;
  void* block;
  if constexpr (small_max == 0)
    block = std::malloc(size);
  else
    block = heap.small.take(size);
  if (block != nullptr) [[likely]]
    heap.set_in_use(after);
  return block;
}

/// `release` for these.
inline void release_small(void* block, std::size_t size) noexcept {
  ThreadHeap& heap = thread_heap;
  heap.in_use -= size;
  if constexpr (small_max == 0)
    std::free(block);
  else
    heap.small.give(block);
}

}  // namespace avm::heap
