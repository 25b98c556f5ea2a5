#include "runtime/block_pool.hpp"

#include <memory>
#include <new>
#include <utility>

#include "avm/heap.hpp"
#include "core/large_blocks.hpp"

namespace avm {

namespace {

constexpr std::size_t one_by_one = 64;  // blocks

}  // namespace

struct BlockPool::Slab {
  struct Free {
    Free* next;
  };
  std::size_t bytes;
  std::size_t count;     // of its blocks
  std::size_t used = 0;  // of these
  std::byte* uncut;      // what was never taken
  Free* free = nullptr;  // what was given back
  Slab* previous = nullptr;
  Slab* next = nullptr;
};

BlockPool::Block BlockPool::take() {
  Slab* const slab = with_room_ == nullptr ? add_slab() : with_room_;
  void* memory = slab->free;
  if (memory != nullptr) {
    slab->free = slab->free->next;
  } else {
    memory = std::exchange(slab->uncut, slab->uncut + size_);
  }
  if (++slab->used == slab->count) unlink(slab);
  return {memory, slab};
}

void BlockPool::give(Block block) noexcept {
  Slab* const slab = block.slab;
  slab->free = new (block.memory) Slab::Free{slab->free};
  if (slab->used-- == slab->count) link(slab);
  if (slab->used != 0) return;
  unlink(slab);
  count_ -= slab->count;
  heap::release(slab, slab->bytes);
}

BlockPool::Slab* BlockPool::add_slab() {
  // Wherever the heap's block begins, there is a place for the slab itself before the first of its own.
  constexpr std::size_t head = 2 * cache_line;
  static_assert(sizeof(Slab) <= cache_line);
  const std::size_t most = (heap::large_min - head) / size_;
  const std::size_t count = count_ < one_by_one ? 1 : most;
  const std::size_t bytes = count == most ? heap::large_min : head + count * size_;
  auto* const slab =
      new (heap::allocate(bytes)) Slab{.bytes = bytes, .count = count, .uncut = nullptr};
  void* first = slab + 1;
  std::size_t room = bytes - sizeof(Slab);
  slab->uncut = static_cast<std::byte*>(std::align(cache_line, count * size_, first, room));
  count_ += count;
  link(slab);
  return slab;
}

void BlockPool::link(Slab* slab) noexcept {
  slab->previous = nullptr;
  slab->next = with_room_;
  if (with_room_ != nullptr) with_room_->previous = slab;
  with_room_ = slab;
}

void BlockPool::unlink(Slab* slab) noexcept {
  (slab->previous == nullptr ? with_room_ : slab->previous->next) = slab->next;
  if (slab->next != nullptr) slab->next->previous = slab->previous;
}

}  // namespace avm
