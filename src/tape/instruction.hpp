// Instruction: a word of the Tape and those behind it, taken apart by the table.
//
// `decode` trusts nothing: it is what the verifier begins with. Once a Tape is verified it cannot
// fail.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <span>
#include <string>

#include "avm/isa.hpp"
#include "avm/tape.hpp"

namespace avm {

struct Instruction {
  const OpInfo* info = nullptr;
  std::uint32_t pc = 0;
  std::array<std::uint8_t, 3> bytes{};  ///< A, B, C
  std::uint32_t target = 0;             ///< `j`: the word to jump to, within the code
  std::uint32_t constant = 0;           ///< `k`
  std::uint32_t function = 0;           ///< `f`
  std::uint32_t post_kind = 0;          ///< `p`

  Op op() const noexcept { return info->op; }
  std::uint8_t a() const noexcept { return bytes[0]; }
  std::uint8_t b() const noexcept { return bytes[1]; }
  std::uint8_t c() const noexcept { return bytes[2]; }
  std::uint16_t number16() const noexcept {
    return static_cast<std::uint16_t>(bytes[1] | bytes[2] << 8U);
  }
  std::uint32_t next_pc() const noexcept { return pc + info->word_count; }
  bool has(Extra extra) const noexcept {
    return info->extras[0] == extra || info->extras[1] == extra;
  }
};

/// The instruction whose first word is at `pc` (below the code's size), or what is wrong with it.
std::expected<Instruction, std::string> decode(std::span<const Word> code, std::uint32_t pc);

/// Registers `first` up to and without `first + count`.
struct Window {
  unsigned first = 0;
  unsigned count = 0;
  unsigned end() const noexcept { return first + count; }
};
bool has_window(const OpInfo& info) noexcept;
/// The window of an instruction that has one.
Window window_of(const Instruction& instruction) noexcept;

/// Whether a slot of this sort names a single register in `byte`.
constexpr bool names_register(Slot slot, std::uint8_t byte) noexcept {
  switch (slot) {
  case Slot::Set:
  case Slot::Read:
  case Slot::Take:
  case Slot::Change: return true;
  case Slot::SetOrNone:
  case Slot::ReadOrNone: return byte != no_register;
  default: return false;
  }
}

constexpr bool reads_register(Slot slot) noexcept {
  return slot == Slot::Read || slot == Slot::ReadOrNone || slot == Slot::Take ||
         slot == Slot::Change;
}

constexpr bool sets_register(Slot slot) noexcept {
  return slot == Slot::Set || slot == Slot::SetOrNone || slot == Slot::Change;
}

/// Calls `visit(number)` for each register that the instruction reads. (What is dropped is not read.)
template <typename Visit>
void for_each_read(const Instruction& instruction, Visit visit) {
  if (instruction.op() == Op::drop) return;
  for (std::size_t i = 0; i < 3; ++i) {
    const Slot slot = instruction.info->slots[i];
    const std::uint8_t byte = instruction.bytes[i];
    if (reads_register(slot) && names_register(slot, byte)) visit(byte);
  }
  if (!has_window(*instruction.info)) return;
  const Window window = window_of(instruction);
  for (unsigned number = window.first; number < window.end(); ++number)
    visit(static_cast<std::uint8_t>(number));
}

/// Calls `visit(number)` for the register that the instruction sets, if there is one.
template <typename Visit>
void for_each_set(const Instruction& instruction, Visit visit) {
  for (std::size_t i = 0; i < 3; ++i) {
    const Slot slot = instruction.info->slots[i];
    const std::uint8_t byte = instruction.bytes[i];
    if (sets_register(slot) && names_register(slot, byte)) visit(byte);
  }
}

}  // namespace avm
