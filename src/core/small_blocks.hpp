// Blocks of up to 256 bytes, which most blocks of a running program are: they come and go often.
//
// They lie in chunks of 64 KiB, each for blocks of one size, and chunks lie in regions of 2 MiB. A
// chunk that is empty serves another size; a region that is empty goes back to the system, but for one.
// So what a program makes the process hold is about what it has in use, whatever sizes it takes one
// after the other. From the second on, regions are asked for as large pages: to touch memory for the first
// time is what it costs most.
//
// Each thread has its own (`thread_heap.hpp`), and a block is freed on the thread that took it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

// Where a sanitizer watches every block, there are none of these: it sees the use of a freed one only
// where it was really freed.
#if defined(__SANITIZE_ADDRESS__)
#define AVM_PLAIN_MALLOC 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define AVM_PLAIN_MALLOC 1
#endif
#endif

namespace avm::heap {

class SmallBlocks {
 public:
  static constexpr std::size_t size_max = 256;

  /// A block of `size` bytes, 1 to `size_max`, aligned to 16; null where the system has no memory.
  void* take(std::size_t size) noexcept {
    const std::size_t index = (size - 1) / granule;
    Chunk& chunk = *current_[index];
    if (Link* const block = chunk.freed) {
      chunk.freed = block->next;
      ++chunk.in_use;
      return block;
    }
    if (chunk.fresh != chunk.end) {
      char* const block = chunk.fresh;
      chunk.fresh += chunk.block_size;
      ++chunk.in_use;
      return block;
    }
    return take_elsewhere(index);
  }

  void give(void* block) noexcept {
    Chunk& chunk = chunk_of(block);
    Link* const before = chunk.freed;
    chunk.freed = new (block) Link{before};
    const bool was_full = before == nullptr && chunk.fresh == chunk.end;
    if (--chunk.in_use == 0 || was_full) [[unlikely]]
      settle(chunk);
  }

  /// From now on keeps no memory that holds no block.
  void close() noexcept;

 private:
  struct Link {
    Link* next;
  };

  /// Stands at the begin of its memory.
  struct Chunk {
    Link* freed;
    char* fresh;  // blocks from here on were never taken
    char* end;
    std::uint32_t in_use;
    std::uint16_t block_size;
    bool is_listed;  // in `with_room_`
    Chunk* next;
    Chunk* previous;
  };

  /// Stands behind the head of its first chunk.
  struct Region {
    Chunk* freed;
    std::uint32_t used;  // chunks from here on were never used
    std::uint32_t in_use;
    Region* next;
    Region* previous;
  };

  template <typename Item>
  struct Items {
    Item* first = nullptr;

    void add(Item& item) noexcept {
      item.previous = nullptr;
      item.next = first;
      if (first != nullptr) first->previous = &item;
      first = &item;
    }
    void remove(Item& item) noexcept {
      (item.previous == nullptr ? first : item.previous->next) = item.next;
      if (item.next != nullptr) item.next->previous = item.previous;
    }
  };

  static constexpr std::size_t granule = 16;
  static constexpr std::size_t sizes = size_max / granule;
  static constexpr std::size_t chunk_bytes = std::size_t{64} << 10U;
  static constexpr std::size_t region_bytes = std::size_t{2} << 20U;
  static constexpr std::size_t region_chunks = region_bytes / chunk_bytes;

  static char* begin_of(void* inside, std::size_t bytes) noexcept {
    return static_cast<char*>(inside) - reinterpret_cast<std::uintptr_t>(inside) % bytes;
  }
  static Chunk& chunk_of(void* block) noexcept {
    return *reinterpret_cast<Chunk*>(begin_of(block, chunk_bytes));
  }
  static Region& region_of(Chunk& chunk) noexcept {
    return *reinterpret_cast<Region*>(begin_of(&chunk, region_bytes) + sizeof(Chunk));
  }
  static std::size_t index_of(const Chunk& chunk) noexcept {
    return chunk.block_size / granule - 1;
  }

  void* take_elsewhere(std::size_t index) noexcept;
  void settle(Chunk& chunk) noexcept;
  Chunk* new_chunk(std::size_t block_size) noexcept;
  void free_chunk(Chunk& chunk) noexcept;
  Region* new_region() noexcept;
  void free_region(Region& region) noexcept;

  static constexpr std::array<Chunk*, sizes> all_full() noexcept {
    std::array<Chunk*, sizes> chunks{};
    chunks.fill(&full_);
    return chunks;
  }

  static inline constinit Chunk full_{};  // of no size: has no block, and never changes

  std::array<Chunk*, sizes> current_ = all_full();
  std::array<Items<Chunk>, sizes> with_room_{};  // but for the current ones
  Items<Region> regions_;                        // those that have a chunk to give
  std::size_t region_count_ = 0;
  std::size_t empty_regions_ = 0;
  bool is_closed_ = false;
};

}  // namespace avm::heap
