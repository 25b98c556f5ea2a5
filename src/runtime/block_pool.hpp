// BlockPool: blocks of one size, each at the beginning of a cache line. Few come from the heap one by
// one; once there are many, more are cut from slabs, which come from the system in large pages.
//
// A slab goes back as soon as none of it is used.
//
// Threads: one. Errors: `take` throws std::bad_alloc, and changes nothing then.
#pragma once

#include <cstddef>

namespace avm {

class BlockPool {
 public:
  struct Slab;
  struct Block {
    void* memory;
    Slab* slab;
  };

  /// `size`: a whole number of cache lines, many of which make a large block.
  explicit BlockPool(std::size_t size) noexcept : size_(size) {}
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  Block take();
  void give(Block block) noexcept;

  static constexpr std::size_t cache_line = 64;

 private:
  Slab* add_slab();
  void link(Slab* slab) noexcept;
  void unlink(Slab* slab) noexcept;

  std::size_t size_;
  std::size_t count_ = 0;      // of the blocks of all slabs
  Slab* with_room_ = nullptr;  // those of which a block is free
};

}  // namespace avm
