// SharedRoom: memory for many short arrays that do not change any more. They lie one behind the other in
// few blocks; a block goes when nobody shares any of its arrays.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>

#include "core/large_blocks.hpp"

namespace avm {

/// `T` is plain data.
template <typename T>
class SharedRoom {
 public:
  SharedRoom() = default;
  /// Has room for `size` items in its first block.
  explicit SharedRoom(std::size_t size) : block_(heap::share<T>(size)), size_(size) {}

  /// For `size` items, which are not set. Where there is no memory it throws std::bad_alloc, and nothing changes.
  std::shared_ptr<T[]> take(std::size_t size) {
    if (size > size_ - used_) {
      // The first has just the room that it needs: it may be the only one. Others soon come in large
      // pages.
      const std::size_t more = std::clamp(8 * size_, bytes_min / sizeof(T), bytes_max / sizeof(T));
      const std::size_t next = block_ == nullptr ? size : std::max(size, more);
      block_ = heap::share<T>(next);
      size_ = next;
      used_ = 0;
    }
    T* const begin = block_.get() + used_;
    used_ += size;
    return {block_, begin};
  }
  std::shared_ptr<T[]> copy(std::span<const T> items) {
    auto taken = take(items.size());
    std::ranges::copy(items, taken.get());
    return taken;
  }

 private:
  static constexpr std::size_t bytes_min = std::size_t{64} << 10U;
  static constexpr std::size_t bytes_max = heap::large_min;

  std::shared_ptr<T[]> block_;
  std::size_t size_ = 0;
  std::size_t used_ = 0;
};

}  // namespace avm
