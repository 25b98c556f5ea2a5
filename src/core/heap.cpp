// The heap of values (see `avm/heap.hpp`): small blocks and malloc, behind counters of the calling thread.
#include "avm/heap.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "core/large_pages.hpp"
#include "core/thread_heap.hpp"

namespace avm::heap {

constinit thread_local ThreadHeap thread_heap;

namespace {

// Larger blocks grow where they are: for a copy both would have to be there at once.
constexpr std::size_t copied_bytes_max = std::size_t{256} << 20U;

/// What will be in use with `size` more bytes. Throws where that is over the limit.
std::size_t charged(std::size_t size) {
  if (!thread_heap.has_room_for(size)) [[unlikely]]
    throw std::bad_alloc();
  return thread_heap.in_use + size;
}

[[gnu::noinline]] void* take_large(std::size_t size) noexcept {
  void* const block = std::malloc(size);
  if (size >= large_bytes && block != nullptr) prefer_large_pages(block, size);
  return block;
}

void* take(std::size_t size) {
  void* const block = is_small(size) ? thread_heap.small.take(size) : take_large(size);
  if (block == nullptr) [[unlikely]]
    throw std::bad_alloc();
  return block;
}

void give(void* block, std::size_t size) noexcept {
  if (is_small(size)) {
    thread_heap.small.give(block);
  } else {
    std::free(block);
  }
}

void* resize(void* block, std::size_t old_size, std::size_t new_size) {
  const bool is_worth_large_pages =
      new_size > old_size && new_size >= large_bytes && new_size <= copied_bytes_max;
  if (!is_small(old_size) && !is_small(new_size) && !is_worth_large_pages) {
    // For large blocks the system moves pages instead of copying bytes.
    void* const resized = std::realloc(block, new_size);
    if (resized == nullptr) [[unlikely]]
      throw std::bad_alloc();
    return resized;
  }
  void* const resized = take(new_size);
  std::memcpy(resized, block, std::min(old_size, new_size));
  give(block, old_size);
  return resized;
}

}  // namespace

std::size_t bytes_in_use() noexcept { return thread_heap.in_use; }

std::size_t peak_bytes() noexcept { return thread_heap.peak; }

void reset_peak() noexcept { thread_heap.peak = thread_heap.in_use; }

void* allocate(std::size_t size) {
  const std::size_t after = charged(size);
  void* const block = take(size);
  thread_heap.set_in_use(after);
  return block;
}

void* reallocate(void* block, std::size_t old_size, std::size_t new_size) {
  const std::size_t after = new_size > old_size ? charged(new_size - old_size)
                                                : thread_heap.in_use - (old_size - new_size);
  void* const resized = resize(block, old_size, new_size);
  thread_heap.set_in_use(after);
  return resized;
}

void release(void* block, std::size_t size) noexcept {
  thread_heap.in_use -= size;
  give(block, size);
}

HeapLimit::HeapLimit(std::size_t limit) noexcept
    : previous_(std::exchange(thread_heap.limit, limit)) {}

HeapLimit::~HeapLimit() { thread_heap.limit = previous_; }

}  // namespace avm::heap
