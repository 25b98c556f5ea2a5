#include "tape/instruction.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace avm {
namespace {

std::expected<void, std::string> read_extra(Instruction& instruction, Extra extra, Word word,
                                            std::size_t code_size) {
  switch (extra) {
  case Extra::None: break;
  case Extra::Constant: instruction.constant = word; break;
  case Extra::Function: instruction.function = word; break;
  case Extra::PostKind: instruction.post_kind = word; break;
  case Extra::Jump: {
    const std::int64_t target = std::int64_t{instruction.pc} + static_cast<std::int32_t>(word);
    if (target < 0 || target >= static_cast<std::int64_t>(code_size)) {
      return std::unexpected(fmt::format("{} jumps to word {}, outside of the function",
                                         instruction.info->name, target));
    }
    instruction.target = static_cast<std::uint32_t>(target);
    break;
  }
  }
  return {};
}

}  // namespace

std::expected<Instruction, std::string> decode(std::span<const Word> code, std::uint32_t pc) {
  const Word word = code[pc];
  if (op_byte(word) >= op_count) {
    return std::unexpected(fmt::format("{} is no op", op_byte(word)));
  }
  const OpInfo& info = op_info(static_cast<Op>(op_byte(word)));
  if (info.word_count == 0) {
    return std::unexpected(fmt::format("{} does not stand in a tape", info.name));
  }
  if (info.word_count > code.size() - pc) {
    return std::unexpected(fmt::format("{} is cut off by the end of the function", info.name));
  }
  Instruction instruction{
      .info = &info, .pc = pc, .bytes = {byte_a(word), byte_b(word), byte_c(word)}};
  for (std::size_t i = 0; i < 3; ++i) {
    if (info.slots[i] == Slot::Unused && instruction.bytes[i] != 0) {
      return std::unexpected(fmt::format("{} does not use byte {}, which is {} and not 0",
                                         info.name, "ABC"[i], instruction.bytes[i]));
    }
  }
  for (std::size_t i = 0; i + 1 < info.word_count; ++i) {
    const auto result = read_extra(instruction, info.extras[i], code[pc + 1 + i], code.size());
    if (!result) return std::unexpected(result.error());
  }
  return instruction;
}

bool has_window(const OpInfo& info) noexcept {
  return std::ranges::count(info.slots, Slot::Window) != 0;
}

Window window_of(const Instruction& instruction) noexcept {
  const auto& slots = instruction.info->slots;
  const auto slot =
      static_cast<std::size_t>(std::ranges::find(slots, Slot::Window) - slots.begin());
  return {instruction.bytes[slot], instruction.bytes[slot + 1]};
}

}  // namespace avm
