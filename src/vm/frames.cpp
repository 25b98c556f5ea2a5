#include "vm/frames.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "avm/heap.hpp"

namespace avm {
Frames::~Frames() {
  while (!empty())
    pop();
  if (begin_ != nullptr) heap::release(begin_, capacity_ * sizeof(Frame));
  if (registers_begin_ != nullptr) {
    heap::release(registers_begin_,
                  static_cast<std::size_t>(registers_end_ - registers_begin_) * sizeof(Val));
  }
}

void Frames::set_frames_max(std::uint64_t frames_max) noexcept {
  frames_max_ = frames_max;
  end_ = begin_ + std::min<std::uint64_t>(capacity_, frames_max_);
}

void Frames::grow_frames() {
  const std::size_t used = size();
  const std::size_t capacity =
      std::min<std::uint64_t>(frames_max_, std::max(std::size_t{1}, capacity_ * 2));
  auto* grown = static_cast<Frame*>(heap::allocate(capacity * sizeof(Frame)));
  std::copy_n(begin_, used, grown);
  if (begin_ != nullptr) heap::release(begin_, capacity_ * sizeof(Frame));
  begin_ = grown;
  top_ = grown + used - 1;
  end_ = grown + capacity;
  capacity_ = capacity;
}

// Values move bit by bit: nothing points to a register but the frames.
void Frames::grow_registers(std::size_t count) {
  const std::size_t before = static_cast<std::size_t>(registers_end_ - registers_begin_);
  // A node has a hundred thousand executions that wait: the first frame gets no more than it needs.
  const std::size_t capacity = std::max(before * 2, count);
  auto* grown = static_cast<Val*>(heap::allocate(capacity * sizeof(Val)));
  if (before > 0)
    std::memcpy(static_cast<void*>(grown), static_cast<const void*>(registers_begin_),
                before * sizeof(Val));
  std::memset(static_cast<void*>(grown + before), 0, (capacity - before) * sizeof(Val));
  for (Frame* frame = begin_; frame <= top_; ++frame)
    frame->base = grown + (frame->base - registers_begin_);
  if (registers_begin_ != nullptr) heap::release(registers_begin_, before * sizeof(Val));
  registers_begin_ = grown;
  registers_end_ = grown + capacity;
}

void Frames::push(const LoadedFunction& function, Frame::Kind kind, Val* base) {
  if (is_full()) grow_frames();
  std::size_t first = 0;
  if (base != nullptr) {
    first = static_cast<std::size_t>(base - registers_begin_);
  } else if (size() > 0) {
    first = static_cast<std::size_t>(top_->base - registers_begin_) + top_->function->registers;
  }
  const std::size_t needed = first + function.registers;
  if (needed > static_cast<std::size_t>(registers_end_ - registers_begin_) ||
      registers_begin_ == nullptr) {
    grow_registers(needed);
  }
  *++top_ = {function.code, &function, registers_begin_ + first, kind};
}

void Frames::pop() noexcept {
  for (std::uint32_t i = 0; i < top_->function->registers; ++i)
    top_->base[i] = Val();
  --top_;
}

}  // namespace avm
