// The heap of values: where the blocks behind lists, pairs and long strings come from.
//
// Each thread has one heap, which counts the bytes that it has handed out. A machine sets a limit on
// its thread's heap while it runs (`HeapLimit`), so that no program can take memory without bound:
// past the limit an allocation throws std::bad_alloc, which the machine turns into
// `ResourceError.Memory`. Outside a machine there is no limit.
//
// Threads: each function works on the calling thread's heap. A block is freed on the thread that
// allocated it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>

namespace avm::heap {

/// Bytes handed out on this thread and not given back.
std::size_t bytes_in_use() noexcept;

/// The most bytes that were in use at once on this thread since `reset_peak`.
std::size_t peak_bytes() noexcept;
void reset_peak() noexcept;

/// `size` bytes, aligned to 16. Throws std::bad_alloc past the limit or where the system has no more.
void* allocate(std::size_t size);

/// Makes a block of `old_size` bytes larger or smaller, which may move it. Where it throws the block is
/// as it was.
void* reallocate(void* block, std::size_t old_size, std::size_t new_size);

/// Gives back what `allocate(size)` or `reallocate(…, size)` gave.
void release(void* block, std::size_t size) noexcept;

/// While it lives, allocations on this thread that would take `bytes_in_use` over `limit` throw.
/// Limits nest; the innermost one counts.
class HeapLimit {
 public:
  explicit HeapLimit(std::size_t limit) noexcept;
  ~HeapLimit();
  HeapLimit(const HeapLimit&) = delete;
  HeapLimit& operator=(const HeapLimit&) = delete;

 private:
  std::size_t previous_;
};

/// A standard allocator whose bytes count on this thread's heap.
template <typename T>
struct Allocator {
  using value_type = T;
  Allocator() noexcept = default;
  template <typename U>
  // NOLINTNEXTLINE(google-explicit-constructor): allocators convert
  Allocator(const Allocator<U>&) noexcept {}
  T* allocate(std::size_t count) {
    if (count > std::numeric_limits<std::size_t>::max() / size) throw std::bad_alloc();
    return static_cast<T*>(heap::allocate(count * size));
  }
  void deallocate(T* block, std::size_t count) noexcept { heap::release(block, count * size); }
  friend bool operator==(const Allocator&, const Allocator&) noexcept { return true; }

 private:
  // NOLINTNEXTLINE(bugprone-sizeof-expression): T may be a pointer, and its size is what is meant
  static constexpr std::size_t size = sizeof(T);
};

}  // namespace avm::heap
