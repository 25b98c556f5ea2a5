#include "vm/tape_execution.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "avm/heap.hpp"
#include "runtime/pure_ops.hpp"
#include "tape/instruction.hpp"

namespace avm {
namespace {

// Call sites that are kept of each end of a long chain of calls.
constexpr std::size_t call_sites_kept = 32;

class TapeParked final : public Parked {
 public:
  explicit TapeParked(const Frame& frame) : function(frame.function), pc(frame.pc) {
    registers.reserve(frame.function->registers);
    for (std::uint32_t i = 0; i < frame.function->registers; ++i)
      registers.push_back(std::move(frame.base[i]));
  }

  const LoadedFunction* function;
  const Word* pc;  // at the `receive` that it waits in
  std::vector<Val, heap::Allocator<Val>> registers;
};

const OpInfo& info_at(const Word* pc) { return op_info(static_cast<Op>(op_byte(*pc))); }

}  // namespace

TapeExecution::TapeExecution(World& world, const LoadedFunction& program, Val input,
                             StartOptions options)
    : ExecutionBase(world, program.runtime_code, std::move(input), std::move(options)) {
  frames_.push(program, Frame::Kind::Activation);
}

TapeExecution::TapeExecution(World& world, ObjectId object, Val message, StartOptions options)
    : ExecutionBase(world, object, std::move(message), std::move(options)) {
  resume_parked(*take_parked());
  answer_call(take_value());
}

template <typename Work>
TapeExecution::Next TapeExecution::guarded(Work work) noexcept {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return fail(Error(ErrorCode::ResourceError_Memory, Val::nat(limits().memory)));
  }
}

Execution::Status TapeExecution::step() {
  run_loop(true);
  return status();
}

Execution::Status TapeExecution::run() {
  run_loop(false);
  return status();
}

void TapeExecution::run_loop(bool one_turn) {
  if (status() != Status::Running) return;
  const heap::HeapLimit limit(limits().memory);
  one_turn_ = one_turn;
  loop();
}

TapeExecution::Next TapeExecution::fail(Error error) {
  failure_ = std::move(error);
  return Next::Raise;
}

// Slow paths of the loop.

TapeExecution::Next TapeExecution::out_of_steps() noexcept {
  return fail(Error(ErrorCode::ResourceError_Steps, Val::nat(meter().limit)));
}

TapeExecution::Next TapeExecution::pure_op() noexcept {
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
Result<Val> TapeExecution::apply_word(const OpInfo& info, Word word) {
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

TapeExecution::Next TapeExecution::compare_constant() noexcept {
  return guarded([&] {
    Frame& frame = *frames_.top();
    const bool is_equal = frame.base[byte_a(*frame.pc)] == frame.function->constants[frame.pc[2]];
    const bool jumps_if_equal = op_byte(*frame.pc) == static_cast<std::uint8_t>(Op::case_const);
    if (is_equal == jumps_if_equal) return Next::Jump;
    frame.pc += 3;
    return Next::Go;
  });
}

TapeExecution::Next TapeExecution::make() noexcept {
  return guarded([&] {
    Frame& frame = *frames_.top();
    const Word word = *frame.pc;
    Val* const window = frame.base + byte_b(word);
    Val made;
    switch (static_cast<Op>(op_byte(word))) {
    case Op::make_list:
      made = Val::list(std::span<const Val>(window, byte_c(word)));
      std::fill_n(window, byte_c(word), Val());
      break;
    case Op::make_pair: made = Val::pair(std::move(window[0]), std::move(window[1])); break;
    default: made = Val::just(std::move(window[0])); break;
    }
    frame.base[byte_a(word)] = std::move(made);
    ++frame.pc;
    return Next::Go;
  });
}

TapeExecution::Next TapeExecution::apply_slowly() noexcept {
  return guarded([&]() -> Next {
    Frame& frame = *frames_.top();
    if (depth() >= limits().depth) {
      return fail(Error(ErrorCode::ResourceError_Depth, Val::nat(limits().depth)));
    }
    const LoadedFunction& function = frame.function->functions[frame.pc[1]];
    frames_.push(function, Frame::Kind::Pure, frame.base + byte_b(*frame.pc));
    meter().take();
    return Next::Go;
  });
}

TapeExecution::Next TapeExecution::return_slowly() noexcept {
  return guarded([&]() -> Next {
    Frame& frame = *frames_.top();
    Val value = std::move(frame.base[byte_a(*frame.pc)]);
    if (frame.kind == Frame::Kind::Nested) {
      frames_.pop();
      nested_ = std::move(value);
      return Next::Stop;
    }
    return follow(finish(std::move(value)));
  });
}

TapeExecution::Next TapeExecution::reject() noexcept {
  return guarded([&]() -> Next {
    Frame& frame = *frames_.top();
    return fail(Error(ErrorCode::ObjError_RejectedCall, Val::object(current().self),
                      std::move(frame.base[byte_a(*frame.pc)])));
  });
}

TapeExecution::Next TapeExecution::instruction() noexcept {
  Next next = guarded([&]() -> Next {
    const Frame& frame = *frames_.top();
    const OpInfo& info = info_at(frame.pc);
    const std::array<std::uint8_t, 3> bytes = {byte_a(*frame.pc), byte_b(*frame.pc),
                                               byte_c(*frame.pc)};
    const Code* function = nullptr;
    std::uint32_t post_kind = 0;
    if (info.extras[0] == Extra::Function)
      function = &frame.function->functions[frame.pc[1]].runtime_code;
    if (info.extras[0] == Extra::PostKind) post_kind = frame.pc[1];
    std::array<Val, 3> few;
    std::span<Val> arguments(few.data(), 0);
    for (std::size_t i = 0; i < 3; ++i) {
      if (info.slots[i] == Slot::Window) {
        arguments = std::span(frame.base + bytes[i], bytes[i + 1]);
      } else if ((info.slots[i] == Slot::Read || info.slots[i] == Slot::ReadOrNone) &&
                 bytes[i] != no_register) {
        few[arguments.size()] = frame.base[bytes[i]];
        arguments = std::span(few.data(), arguments.size() + 1);
      }
    }
    const Outcome outcome = execute(info.op, arguments, function, post_kind);
    return follow(outcome);
  });
  while (next == Next::Raise)
    next = unwind();
  return one_turn_ && next == Next::Go ? Next::Stop : next;
}

// Goes where the runtime says.
TapeExecution::Next TapeExecution::follow(Outcome outcome) {
  switch (outcome) {
  case Outcome::Value: return answer_call(take_value());
  case Outcome::Enter:
    frames_.push(loaded_function(*current().code), Frame::Kind::Activation);
    return Next::Go;
  case Outcome::Resume: resume_parked(*take_parked()); return answer_call(take_value());
  case Outcome::Return: drop_activation(); return answer_call(take_value());
  case Outcome::Raised: return fail(take_error());
  case Outcome::Wait: return Next::Stop;
  case Outcome::End: break;
  }
  while (!frames_.empty())
    frames_.pop();
  return Next::Stop;
}

// Ends the instruction at the top frame's pc with `value` as its result.
TapeExecution::Next TapeExecution::answer_call(Val value) {
  Frame& frame = *frames_.top();
  const OpInfo& info = info_at(frame.pc);
  // The window's values are given up.
  if (info.slots[1] == Slot::Window)
    std::fill_n(frame.base + byte_b(*frame.pc), byte_c(*frame.pc), Val());
  const std::uint8_t to = byte_a(*frame.pc);
  if (info.slots[0] == Slot::SetOrNone && to != no_register) frame.base[to] = std::move(value);
  frame.pc += info.word_count;
  return Next::Go;
}

void TapeExecution::resume_parked(const Parked& parked) {
  const auto& tape_parked = static_cast<const TapeParked&>(parked);
  frames_.push(*tape_parked.function, Frame::Kind::Activation);
  Frame& frame = *frames_.top();
  std::ranges::copy(tape_parked.registers, frame.base);
  frame.pc = tape_parked.pc;
}

void TapeExecution::drop_activation() noexcept {
  while (frames_.top()->kind != Frame::Kind::Activation)
    frames_.pop();
  frames_.pop();
}

// Takes `failure_` to where it is caught.
TapeExecution::Next TapeExecution::unwind() noexcept {
  for (std::size_t i = frames_.size(); i > 0; --i) {
    if (frames_[i - 1].kind == Frame::Kind::Activation) break;
    if (frames_[i - 1].kind != Frame::Kind::Nested) continue;
    while (frames_.size() >= i)
      frames_.pop();
    nested_ = std::unexpected(std::move(*failure_));
    failure_word_ = 0;
    return Next::Stop;
  }
  return guarded([&] {
    const Outcome outcome = raise(std::move(*failure_));
    failure_word_ = 0;
    return follow(outcome);
  });
}

// What the runtime asks of its backend.

std::shared_ptr<const Parked> TapeExecution::park() {
  return std::allocate_shared<TapeParked>(heap::Allocator<TapeParked>(), *frames_.top());
}

Result<Val> TapeExecution::apply(const Code& function, std::span<const Val> arguments) {
  if (arguments.size() != function.parameters) {
    return std::unexpected(Error(ErrorCode::PureError_NotFound, function.name));
  }
  if (!meter().take())
    return std::unexpected(Error(ErrorCode::ResourceError_Steps, Val::nat(meter().limit)));
  if (depth() >= limits().depth) {
    return std::unexpected(Error(ErrorCode::ResourceError_Depth, Val::nat(limits().depth)));
  }
  // The arguments may lie in registers, which move when the stack grows.
  const std::vector<Val, heap::Allocator<Val>> kept(arguments.begin(), arguments.end());
  frames_.push(loaded_function(function), Frame::Kind::Nested);
  std::ranges::copy(kept, frames_.top()->base);
  loop();
  return *std::exchange(nested_, std::nullopt);
}

void TapeExecution::deliver(Result<Val> answer) {
  if (status() != Status::Waiting) return;
  Next next = guarded([&] { return follow(accept(std::move(answer))); });
  while (next == Next::Raise)
    next = unwind();
}

void TapeExecution::append_site(std::vector<CallSite>& sites, const Frame& frame,
                                const Word* pc) const {
  const TapeFunction& function = *frame.function->tape_function;
  CallSite site{.function = function.name, .file = {}, .position = {}};
  if (function.debug) {
    site.file = frame.function->module->tape.files[function.debug->file];
    const auto& lines = function.debug->lines;
    const auto after = std::ranges::upper_bound(
        lines, static_cast<std::uint32_t>(pc - frame.function->code), {}, &FunctionDebug::Line::pc);
    site.position = after == lines.begin() ? function.debug->position : (after - 1)->position;
  }
  sites.push_back(std::move(site));
}

std::vector<CallSite> TapeExecution::calls(std::uint64_t& omitted) const {
  std::vector<CallSite> sites;
  const std::size_t size = frames_.size();
  omitted = size > 2 * call_sites_kept ? size - 2 * call_sites_kept : 0;
  for (std::size_t i = size; i > 0; --i) {
    const std::size_t from_top = size - i;
    if (omitted > 0 && from_top >= call_sites_kept && from_top < call_sites_kept + omitted)
      continue;
    const Frame& frame = frames_[i - 1];
    append_site(sites, frame, frame.pc + (from_top == 0 ? failure_word_ : 0));
  }
  return sites;
}

}  // namespace avm
