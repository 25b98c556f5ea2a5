// ByteStack: elements one above the other in one block, which grows by moving their bytes: for much of
// it the system moves pages, and nothing is copied.
//
// Only for types whose bytes can be moved about: nothing points into an element.
//
// The block is counted on the thread's heap. Errors: what needs room throws std::bad_alloc, and changes
// nothing then.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <utility>

#include "avm/heap.hpp"

namespace avm {

template <typename T>
class ByteStack {
 public:
  ByteStack() = default;
  ~ByteStack() {
    cut(0);
    if (begin_ != nullptr) heap::release(begin_, bytes(begin_, room_end_));
  }
  ByteStack(const ByteStack&) = delete;
  ByteStack& operator=(const ByteStack&) = delete;

  T* begin() const noexcept { return begin_; }
  T* end() const noexcept { return end_; }
  T& back() const noexcept { return end_[-1]; }
  std::size_t size() const noexcept { return static_cast<std::size_t>(end_ - begin_); }
  bool is_full() const noexcept { return end_ == room_end_; }

  /// Makes room for one more, so that `push` cannot fail.
  void make_room() {
    if (is_full()) [[unlikely]]
      resize(begin_ == nullptr ? 1 : 2 * size());
  }
  void push(T element) {
    make_room();
    push_into_room(std::move(element));
  }
  /// One made of `parts`. There is room.
  template <typename... Parts>
  void push_into_room(Parts&&... parts) {
    new (end_) T(std::forward<Parts>(parts)...);
    ++end_;
  }
  void pop() noexcept { std::destroy_at(--end_); }
  /// Keeps the lowest `size` elements.
  void cut(std::size_t size) noexcept {
    while (end_ != begin_ + size)
      pop();
  }
  /// Gives the room above the top back.
  void shrink() {
    if (!is_full()) resize(size());
  }

 private:
  static std::size_t bytes(const T* from, const T* to) noexcept {
    return static_cast<std::size_t>(to - from) * sizeof(T);
  }
  void resize(std::size_t room) {
    const std::size_t used = size();
    const std::size_t room_bytes = room * sizeof(T);
    void* const block = begin_ == nullptr
                            ? heap::allocate(room_bytes)
                            : heap::reallocate(begin_, bytes(begin_, room_end_), room_bytes);
    begin_ = static_cast<T*>(block);
    end_ = begin_ + used;
    room_end_ = begin_ + room;
  }

  T* begin_ = nullptr;
  T* end_ = nullptr;
  T* room_end_ = nullptr;
};

}  // namespace avm
