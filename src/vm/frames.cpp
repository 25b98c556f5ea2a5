#include "vm/frames.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "avm/heap.hpp"

namespace avm {
Frames::~Frames() {
  while (!empty())
    pop();
  if (begin_ != nullptr) heap::release(begin_, capacity_ * sizeof(Frame));
  if (registers_begin_ != nullptr) {
    heap::release(registers_begin_, registers_capacity_ * sizeof(Val));
  }
}

void Frames::set_frames_max(std::uint64_t frames_max) noexcept {
  frames_max_ = frames_max;
  end_ = begin_ + std::min<std::uint64_t>(capacity_, frames_max_);
}

namespace {

// What is new of it is not set.
void* grown(void* block, std::size_t old_size, std::size_t new_size) {
  return block == nullptr ? heap::allocate(new_size) : heap::reallocate(block, old_size, new_size);
}

}  // namespace

void Frames::grow_frames() {
  const std::size_t used = size();
  const std::size_t capacity =
      std::min<std::uint64_t>(frames_max_, std::max(std::size_t{1}, capacity_ * 2));
  begin_ = static_cast<Frame*>(grown(begin_, capacity_ * sizeof(Frame), capacity * sizeof(Frame)));
  top_ = begin_ + used - 1;
  end_ = begin_ + capacity;
  capacity_ = capacity;
}

// Values move byte by byte: nothing points to a register but the frames.
void Frames::grow_registers(std::size_t count) {
  const auto before = static_cast<std::size_t>(registers_end_ - registers_begin_);
  if (count > registers_capacity_) {
    // A node has a hundred thousand executions that wait: the first frame gets no more than it needs.
    const std::size_t capacity = std::max(registers_capacity_ * 2, count);
    Val* const moved = static_cast<Val*>(
        grown(registers_begin_, registers_capacity_ * sizeof(Val), capacity * sizeof(Val)));
    for (Frame* frame = begin_; frame <= top_; ++frame)
      frame->base = moved + (frame->base - registers_begin_);
    registers_begin_ = moved;
    registers_capacity_ = capacity;
  }
  // Memory that nobody needs yet is not touched.
  constexpr std::size_t step = 4'096;
  const std::size_t after = std::min(registers_capacity_, std::max(count, before + step));
  registers_end_ = registers_begin_ + after;
  std::uninitialized_fill_n(registers_begin_ + before, after - before, Val());
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
