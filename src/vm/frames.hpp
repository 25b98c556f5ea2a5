// The stacks of an execution: frames, and the registers of all of them, side by side.
//
// A frame begins where its caller left off: for a pure function at the window that holds its
// arguments, for anything else above the caller's registers. Above the running frame no register
// holds a counted block, so that a new frame need not be cleared.
//
// Both stacks are counted on the heap and grow by doubling; then frames and registers move, and
// pointers to them must be taken anew.
#pragma once

#include <cstddef>
#include <cstdint>

#include "avm/val.hpp"
#include "vm/loaded_module.hpp"

namespace avm {

struct Frame {
  enum class Kind : std::uint8_t {
    Activation,  ///< Of the program or a behavior: has a context in the runtime.
    Called,      ///< The same, and its caller's frame is the one below.
    Pure,        ///< Applied by the frame under it.
    Nested,      ///< Applied by an instruction, which waits for it in native code.
  };
  const Word* pc = nullptr;  ///< Where it goes on; while it calls, at the calling instruction.
  const LoadedFunction* function = nullptr;
  Val* base = nullptr;
  Kind kind = Kind::Activation;
  bool is_activation() const noexcept { return kind == Kind::Activation || kind == Kind::Called; }
};

class Frames {
 public:
  Frames() = default;
  ~Frames();
  Frames(const Frames&) = delete;
  Frames& operator=(const Frames&) = delete;

  Frame* top() const noexcept { return top_; }
  /// A frame from here on needs `push`, which makes room for it, up to `frames_max` in all.
  Frame* end() const noexcept { return end_; }
  Val* registers_end() const noexcept { return registers_end_; }
  void set_top(Frame* top) noexcept { top_ = top; }
  /// So many and no more may be under way at once. No fewer than there are.
  void set_frames_max(std::uint64_t frames_max) noexcept;

  bool is_full() const noexcept { return begin_ == nullptr || top_ + 1 == end_; }
  bool empty() const noexcept { return top_ + 1 == begin_ || begin_ == nullptr; }
  std::size_t size() const noexcept {
    return begin_ == nullptr ? 0 : static_cast<std::size_t>(top_ - begin_) + 1;
  }
  const Frame& operator[](std::size_t index) const noexcept { return begin_[index]; }

  /// A frame for `function` whose registers begin at `base` (null: above those of the top). Throws
  /// std::bad_alloc at the memory limit, with nothing changed.
  void push(const LoadedFunction& function, Frame::Kind kind, Val* base = nullptr);
  /// Drops the top frame and releases what is in its registers.
  void pop() noexcept;

 private:
  void grow_frames();
  void grow_registers(std::size_t count);

  std::uint64_t frames_max_ = 0;
  std::size_t capacity_ = 0;  // of the frames; those from `end_` on are more than `frames_max_`
  Frame* begin_ = nullptr;
  Frame* top_ = nullptr;
  Frame* end_ = nullptr;
  Val* registers_begin_ = nullptr;
  Val* registers_end_ = nullptr;  // of those that are cleared
  std::size_t registers_capacity_ = 0;
};

}  // namespace avm
