// Small blocks that were freed, kept for the next who wants one of the size: most blocks of a
// running program are small and short-lived, and this halves what they cost.
//
// Each kept block is one that malloc gave, and not many are kept of a size. So the memory that a
// program can make the process hold is what it has in use and little more, whatever sizes it takes
// one after the other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>

// Where a sanitizer watches every block, none is kept: it sees the use of a freed one only where it
// was really freed.
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

  /// A block of `size` bytes, 1 to `size_max`, if one is kept, else null.
  void* take(std::size_t size) noexcept {
    Kept& kept = of(size);
    if (kept.first == nullptr) return nullptr;
    --kept.count;
    return std::exchange(kept.first, kept.first->next);
  }

  /// Keeps a block, which is as large as `rounded(size)`, or frees it.
  void give(void* block, std::size_t size) noexcept {
    Kept& kept = of(size);
    if (kept.count == count_max) return std::free(block);
    ++kept.count;
    kept.first = new (block) Link{kept.first};
  }

  /// Frees what is kept, and keeps nothing from now on.
  void close() noexcept {
    for (Kept& kept : kept_) {
      while (kept.first != nullptr)
        std::free(std::exchange(kept.first, kept.first->next));
      kept.count = count_max;
    }
  }

  /// The size that serves all sizes which share a list.
  static std::size_t rounded(std::size_t size) noexcept {
    return (size + granule - 1) / granule * granule;
  }

 private:
  struct Link {
    Link* next;
  };
  struct Kept {
    Link* first = nullptr;
    std::uint32_t count = 0;
  };

  static constexpr std::size_t granule = 16;
  static constexpr std::uint32_t count_max = 16384;

  Kept& of(std::size_t size) noexcept { return kept_[(size - 1) / granule]; }

  std::array<Kept, size_max / granule> kept_{};
};

}  // namespace avm::heap
