// The heap of values (see `avm/heap.hpp`): malloc behind counters of the calling thread.
#include "avm/heap.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace avm::heap {

namespace {

struct Counters {
  std::size_t in_use = 0;
  std::size_t peak = 0;
  std::size_t limit = std::numeric_limits<std::size_t>::max();
};

constinit thread_local Counters counters;

/// What will be in use with `size` more bytes. Throws where that is over the limit.
std::size_t charged(std::size_t size) {
  const std::size_t after = counters.in_use + size;
  if (after > counters.limit || after < size) [[unlikely]]
    throw std::bad_alloc();
  return after;
}

void commit(std::size_t in_use) noexcept {
  counters.in_use = in_use;
  counters.peak = std::max(counters.peak, in_use);
}

}  // namespace

std::size_t bytes_in_use() noexcept { return counters.in_use; }

std::size_t peak_bytes() noexcept { return counters.peak; }

void reset_peak() noexcept { counters.peak = counters.in_use; }

void* allocate(std::size_t size) {
  const std::size_t after = charged(size);
  void* const block = std::malloc(size);
  if (block == nullptr) [[unlikely]]
    throw std::bad_alloc();
  commit(after);
  return block;
}

void* reallocate(void* block, std::size_t old_size, std::size_t new_size) {
  const std::size_t after =
      new_size > old_size ? charged(new_size - old_size) : counters.in_use - (old_size - new_size);
  void* const moved = std::realloc(block, new_size);
  if (moved == nullptr) [[unlikely]]
    throw std::bad_alloc();
  commit(after);
  return moved;
}

void release(void* block, std::size_t size) noexcept {
  counters.in_use -= size;
  std::free(block);
}

HeapLimit::HeapLimit(std::size_t limit) noexcept
    : previous_(std::exchange(counters.limit, limit)) {}

HeapLimit::~HeapLimit() { counters.limit = previous_; }

}  // namespace avm::heap
