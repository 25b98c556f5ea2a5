#include "vm/tape_engine.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "avm/heap.hpp"
#include "runtime/planted_fault.hpp"
#include "runtime/pure_ops.hpp"
#include "tape/instruction.hpp"
#include "vm/tape_parked.hpp"

namespace avm {
namespace {

const OpInfo& info_at(const Word* pc) { return op_info(static_cast<Op>(op_byte(*pc))); }

}  // namespace

template <typename Work>
TapeEngine::Next TapeEngine::guarded(Work work) noexcept {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return fail(Error(ErrorCode::ResourceError_Memory, Val::nat(limits().memory)));
  }
}

bool TapeEngine::run(bool one_turn) {
  one_turn_ = one_turn;
  had_turn_ = false;
  if (execution_.has_engines_beside()) set_frames_max();
  loop();
  return had_turn_;
}

void TapeEngine::set_frames_max() noexcept {
  const std::uint64_t others = execution_.frame_count() - frames_.size();
  const std::uint64_t depth = limits().depth;
  // The program's own frame has depth 0.
  frames_.set_frames_max(depth == no_limit ? no_limit : depth + 1 - std::min(others, depth));
}

TapeEngine::Next TapeEngine::fail(Error error) {
  execution_.pending_error() = std::move(error);
  return Next::Raise;
}

// Slow paths of the loop.

TapeEngine::Next TapeEngine::out_of_steps() noexcept {
  if (meter().is_turn_over()) {
    // What a jump has compared, or counted, is done already.
    const bool is_apply = op_byte(*frames_.top()->pc) == static_cast<std::uint8_t>(Op::apply);
    resume_ = is_apply ? Next::Go : Next::Jump;
    return Next::Stop;
  }
  return fail(Error(ErrorCode::ResourceError_Steps, Val::nat(meter().limit)));
}

TapeEngine::Next TapeEngine::pure_op() noexcept {
  return guarded([&]() -> Next {
    Frame& frame = *frames_.top();
    const Word word = *frame.pc;
    const OpInfo& info = info_at(frame.pc);
    Result<Val> result = apply_word(info, word);
    if (!result) return fail(std::move(result.error()));
    if (info.extras[0] == Extra::Jump) {
      if (result->as_bool()) return Next::Jump;
    } else {
      frame.base[byte_a(word)] = std::move(*result);
    }
    frame.pc += info.word_count;
    return Next::Go;
  });
}

// Applies the operation behind a word to what its slots hold.
Result<Val> TapeEngine::apply_word(const OpInfo& info, Word word) {
  Val* const base = frames_.top()->base;
  const std::array<std::uint8_t, 3> bytes = {byte_a(word), byte_b(word), byte_c(word)};
  if (info.op == Op::add_imm_br_lt || info.op == Op::add_imm_br_le) {
    std::array<Val, 2> terms = {base[bytes[0]], Val::nat(bytes[1])};
    Result<Val> sum = apply_pure_op(Op::add, terms, meter());
    if (!sum) return sum;
    base[bytes[0]] = std::move(*sum);
    failure_word_ = 1;
    std::array<Val, 2> compared = {base[bytes[0]], base[bytes[2]]};
    Result<Val> result = apply_pure_op(info.base, compared, meter());
    if (result) failure_word_ = 0;
    return result;
  }
  std::array<Val, 3> arguments;
  std::size_t count = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    switch (info.slots[i]) {
    case Slot::Take: arguments[count++] = std::move(base[bytes[i]]); break;
    case Slot::Read: arguments[count++] = base[bytes[i]]; break;
    case Slot::Number: arguments[count++] = Val::nat(bytes[i]); break;
    case Slot::Change: ++count; break;
    default: break;
    }
  }
  // Last, because it may be read too: `concat %x, %x`.
  if (info.slots[0] == Slot::Change) arguments[0] = std::move(base[bytes[0]]);
  const std::span<Val> used(arguments.data(), count);
  if (info.base == Op::br) {
    if (auto error = check_kinds(Op::br, used)) return std::unexpected(std::move(*error));
    return used[0];
  }
  return apply_pure_op(info.base, used, meter());
}

TapeEngine::Next TapeEngine::compare_constant() noexcept {
  return guarded([&] {
    Frame& frame = *frames_.top();
    const bool is_equal = frame.base[byte_a(*frame.pc)] == frame.function->constants[frame.pc[2]];
    const bool jumps_if_equal = op_byte(*frame.pc) == static_cast<std::uint8_t>(Op::case_const);
    if (is_equal == jumps_if_equal) return Next::Jump;
    frame.pc += 3;
    return Next::Go;
  });
}

TapeEngine::Next TapeEngine::make() noexcept {
  return guarded([&] {
    Frame& frame = *frames_.top();
    const Word word = *frame.pc;
    Val* const window = frame.base + byte_b(word);
    Val made;
    switch (static_cast<Op>(op_byte(word))) {
    case Op::make_list:
      if (planted(Fault::lists_begin_at_end)) std::reverse(window, window + byte_c(word));
      made = Val::list(std::span<const Val>(window, byte_c(word)));
      std::fill_n(window, byte_c(word), Val());
      break;
    case Op::make_pair:
      made = Val::pair(std::move(window[0]), std::move(frame.base[byte_c(word)]));
      break;
    default: made = Val::just(std::move(window[0])); break;
    }
    frame.base[byte_a(word)] = std::move(made);
    ++frame.pc;
    return Next::Go;
  });
}

TapeEngine::Next TapeEngine::apply_slowly() noexcept {
  return guarded([&]() -> Next {
    Frame& frame = *frames_.top();
    const LoadedFunction& function = frame.function->functions[frame.pc[1]];
    if (auto refusal = execution_.begin_apply(function.runtime_code, byte_c(*frame.pc)))
      return fail(std::move(*refusal));
    frames_.push(function, Frame::Kind::Pure, frame.base + byte_b(*frame.pc));
    return Next::Go;
  });
}

TapeEngine::Next TapeEngine::return_slowly() noexcept {
  return guarded([&]() -> Next {
    Frame& frame = *frames_.top();
    Val value = std::move(frame.base[byte_a(*frame.pc)]);
    if (frame.kind == Frame::Kind::Nested) {
      frames_.pop();
      *nested_ = std::move(value);
      return Next::Stop;
    }
    execution_.finish(std::move(value));
    return next();
  });
}

TapeEngine::Next TapeEngine::reject() noexcept {
  return guarded([&]() -> Next {
    Frame& frame = *frames_.top();
    return fail(Error(ErrorCode::ObjError_RejectedCall, Val::object(execution_.current().self),
                      std::move(frame.base[byte_a(*frame.pc)])));
  });
}

void TapeEngine::enter(const Code& code) {
  if (frames_.is_full()) set_frames_max();
  frames_.push(loaded_function(code), Frame::Kind::Activation);
}

void TapeEngine::resume(const Parked& parked) {
  const auto& tape_parked = static_cast<const TapeParked&>(parked);
  if (frames_.is_full()) set_frames_max();
  frames_.push(*tape_parked.function, Frame::Kind::Activation);
  Frame& frame = *frames_.top();
  std::ranges::copy(tape_parked.registers, frame.base);
  frame.pc = tape_parked.pc;
}

void TapeEngine::leave() noexcept {
  while (!frames_.empty()) {
    const bool is_activation = frames_.top()->is_activation();
    frames_.pop();
    if (is_activation) break;
  }
}

// Takes the pending error to where it is caught.
TapeEngine::Next TapeEngine::unwind() noexcept {
  for (std::size_t i = frames_.size(); i > 0; --i) {
    if (frames_[i - 1].is_activation()) break;
    if (frames_[i - 1].kind != Frame::Kind::Nested) continue;
    while (frames_.size() >= i)
      frames_.pop();
    *nested_ = std::unexpected(*std::exchange(execution_.pending_error(), std::nullopt));
    failure_word_ = 0;
    return Next::Stop;
  }
  execution_.raise(*std::exchange(execution_.pending_error(), std::nullopt));
  failure_word_ = 0;
  return next();
}

std::shared_ptr<const Parked> TapeEngine::park() {
  return std::allocate_shared<TapeParked>(heap::Allocator<TapeParked>(), *frames_.top());
}

Result<Val> TapeEngine::apply(const Code& function, std::span<const Val> arguments) {
  // The arguments may lie in registers, which move when the stack grows.
  const std::vector<Val, heap::Allocator<Val>> kept(arguments.begin(), arguments.end());
  set_frames_max();
  frames_.push(loaded_function(function), Frame::Kind::Nested);
  std::ranges::copy(kept, frames_.top()->base);
  // An instruction waits for it in native code: no turn ends here.
  const std::uint64_t stop = std::exchange(meter().stop, meter().limit);
  Result<Val> result;
  Result<Val>* const outer = std::exchange(nested_, &result);
  loop();
  nested_ = outer;
  meter().stop = std::max(stop, meter().steps);
  return result;
}

CallSite TapeEngine::call_site(std::size_t index) const {
  const Frame& frame = frames_[index];
  const TapeFunction& function = *frame.function->tape_function;
  CallSite site{.function = function.name, .file = {}, .position = {}};
  if (function.debug) {
    const FunctionDebug debug = function.debug.unpack();
    site.file = frame.function->module->tape.files[debug.file];
    const auto& lines = debug.lines;
    const auto word = static_cast<std::uint32_t>(frame.pc - frame.function->code) +
                      (&frame == frames_.top() ? failure_word_ : 0);
    const auto after = std::ranges::upper_bound(lines, word, {}, &FunctionDebug::Line::pc);
    site.position = after == lines.begin() ? debug.position : (after - 1)->position;
  }
  return site;
}

}  // namespace avm
