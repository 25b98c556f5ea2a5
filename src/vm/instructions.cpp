// The AVM's instructions as the loop has them carried out: a function for each op, made of its row of the table.
#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "isa/op_table.hpp"
#include "runtime/handlers/handlers.hpp"
#include "tape/instruction.hpp"
#include "vm/tape_engine.hpp"

namespace avm {

inline void TapeEngine::take_result(const OpInfo& info, Val&& value) {
  Frame& frame = *frames_.top();
  // The window's values are given up.
  if (info.slots[1] == Slot::Window)
    std::fill_n(frame.base + byte_b(*frame.pc), byte_c(*frame.pc), Val());
  const std::uint8_t to = byte_a(*frame.pc);
  if (info.slots[0] == Slot::SetOrNone && to != no_register) frame.base[to] = std::move(value);
  frame.pc += info.word_count;
}

template <Op op>
TapeEngine::Next TapeEngine::instruction() noexcept {
  constexpr const OpInfo& info = isa::op_table[static_cast<std::size_t>(op)];
  const Frame& frame = *frames_.top();
  const Word word = *frame.pc;
  const Code* function = nullptr;
  std::uint32_t post_kind = 0;
  if constexpr (info.extras[0] == Extra::Function)
    function = &frame.function->functions[frame.pc[1]].runtime_code;
  if constexpr (info.extras[0] == Extra::PostKind) post_kind = frame.pc[1];

  had_turn_ = true;
  const auto carry_out = [&](auto arguments) {
    Val* const result = Handlers::answer<op>(execution_, arguments, function, post_kind);
    if (result != nullptr) take_result(info, std::move(*result));
  };
  if constexpr (info.slots[1] == Slot::Window) {
    carry_out(std::span(frame.base + byte_b(word), byte_c(word)));
  } else {
    // Copies: registers move when a frame is pushed.
    constexpr std::size_t first = info.slots[0] == Slot::SetOrNone ? 1 : 0;
    constexpr auto count = static_cast<std::size_t>(
        std::ranges::count_if(info.slots, [](Slot slot) { return reads_register(slot); }));
    const std::array bytes = {byte_a(word), byte_b(word), byte_c(word)};
    std::array<Val, count> operands;
    const std::span<Val, count> all(operands);
    for (std::size_t i = 0; i + 1 < count; ++i)
      operands[i] = frame.base[bytes[first + i]];
    if constexpr (count == 0) {
      carry_out(all);
    } else {
      // Only the last can be left out.
      const std::uint8_t last = bytes[first + count - 1];
      if (info.slots[first + count - 1] == Slot::ReadOrNone && last == no_register) {
        carry_out(all.template first<count - 1>());
      } else {
        operands[count - 1] = frame.base[last];
        carry_out(all);
      }
    }
  }
  return one_turn_ || meter().is_turn_over() ? Next::Stop : next();
}

void TapeEngine::answer(Val value) {
  take_result(op_info(static_cast<Op>(op_byte(*frames_.top()->pc))), std::move(value));
}

constinit const std::array<TapeEngine::Instruction, op_count> TapeEngine::instructions = [] {
  std::array<Instruction, op_count> functions{};
#define AVM_HANDLER(id)                                                                            \
  functions[static_cast<std::size_t>(Op::id)] = &TapeEngine::instruction<Op::id>;
#define AVM_OP(id, mnemonic, group, ...) AVM_HANDLER_##group(id)
#include "avm/ops.def"
#undef AVM_HANDLER
  return functions;
}();

}  // namespace avm
