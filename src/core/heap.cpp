// The heap of values (see `avm/heap.hpp`): small blocks, malloc, and large blocks, behind counters of the
// calling thread.
#include "avm/heap.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "core/large_blocks.hpp"
#include "core/thread_heap.hpp"

namespace avm::heap {

constinit thread_local ThreadHeap thread_heap;

namespace {

/// What will be in use with `size` more bytes. Throws where that is over the limit.
std::size_t charged(std::size_t size) {
  if (!thread_heap.has_room_for(size)) [[unlikely]]
    throw std::bad_alloc();
  return thread_heap.in_use + size;
}

void* new_block(std::size_t size) {
  void* const block = std::malloc(size);
  if (block == nullptr) [[unlikely]]
    throw std::bad_alloc();
  return block;
}

void* take(std::size_t size) {
  if (!is_small(size)) return size < large_min ? new_block(size) : take_large(size);
  void* const block = thread_heap.small.take(size);
  if (block == nullptr) [[unlikely]]
    throw std::bad_alloc();
  return block;
}

void give(void* block, std::size_t size) noexcept {
  if (is_small(size)) {
    thread_heap.small.give(block);
  } else if (size < large_min) {
    std::free(block);
  } else {
    give_large(block, size);
  }
}

void* resize(void* block, std::size_t old_size, std::size_t new_size) {
  if (old_size >= large_min && new_size >= large_min)
    return resize_large(block, old_size, new_size);
  const bool is_middling = !is_small(old_size) && !is_small(new_size);
  if (is_middling && old_size < large_min && new_size < large_min) {
    // The system can move pages instead of copying bytes.
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
