// Instruction: a word of the Tape and those behind it, taken apart by the table.
//
// `decode` trusts nothing: it is what the verifier begins with. Once a Tape is verified it cannot
// fail.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <expected>
#include <optional>
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

/// What the row of an op says of its words, as decoding asks for it. Of the masks, bit i is for byte i.
struct OpForm {
  static constexpr std::uint8_t no_window = 3;

  const OpInfo* info = nullptr;
  Op op{};
  Word zero = 0;                ///< Bits that have to be 0.
  std::uint8_t word_count = 0;  ///< 0: no op, or one that does not stand in a tape.
  std::uint8_t registers = 0;   ///< Bytes that name a register,
  std::uint8_t optional = 0;    ///< ... where `no_register` is none.
  std::uint8_t reads = 0;       ///< What is dropped is not read.
  std::uint8_t sets = 0;
  /// Pairs of bytes that have to differ: two that are set, two that are given up, one that is changed and one given
  /// up, the first of two that are set and one given up. Bit 0: A and B, bit 1: B and C, bit 2: C and A.
  std::uint8_t apart = 0;
  std::uint8_t window =
      no_window;  ///< The byte that names its first register; the one behind says how many.
  std::array<Extra, 2> extras{};
  bool jumps = false;
  bool is_terminator = false;
  bool is_effect = false;  ///< Not for pure functions.
  bool is_unsafe = false;
  bool leads = false;     ///< The words behind it are known too (`leads_to`).
  bool is_plain = false;  ///< One word that can do no wrong if its registers are there.
  std::uint8_t layer = 0;

  /// Calls `visit(register)` for each byte in `mask` that names one.
  template <typename Visit>
  void for_each(std::uint8_t mask, const std::array<std::uint8_t, 3>& bytes, Visit visit) const {
    for (unsigned rest = mask; rest != 0; rest &= rest - 1) {
      const auto i = static_cast<unsigned>(std::countr_zero(rest));
      if (bytes[i] != no_register || (optional >> i & 1U) == 0) visit(bytes[i]);
    }
  }
};

/// One above the highest register that a word of this form names, or has in its window.
inline unsigned registers_end(const OpForm& form,
                              const std::array<std::uint8_t, 3>& bytes) noexcept {
  unsigned end = 0;
  if (form.window != OpForm::no_window) end = bytes[form.window] + bytes[form.window + 1U];
  unsigned named = form.registers;
  if (form.optional != 0) {
    for (std::size_t i = 0; i < 3; ++i)
      if (bytes[i] == no_register) named &= ~(form.optional & 1U << i);
  }
  // No loop whose length the processor would guess wrong.
  for (std::size_t i = 0; i < 3; ++i)
    end = std::max(end, (named >> i & 1U) * (bytes[i] + 1U));
  return end;
}

/// A register that an instruction names twice, though its form keeps the two apart.
inline std::optional<std::uint8_t> named_twice(const OpForm& form,
                                               const std::array<std::uint8_t, 3>& bytes) noexcept {
  for (std::size_t i = 0; i < 3; ++i) {
    if ((form.apart >> i & 1U) != 0 && bytes[i] == bytes[(i + 1) % 3]) return bytes[i];
  }
  return std::nullopt;
}

/// For each value of the first byte.
extern const std::array<OpForm, 256> op_forms;

inline const OpForm& form_of(Op op) noexcept { return op_forms[static_cast<std::uint8_t>(op)]; }

inline std::uint32_t jump_target(std::uint32_t pc, Word distance) noexcept { return pc + distance; }

/// Whether `decode` gives an instruction.
inline bool can_decode(std::span<const Word> code, std::uint32_t pc) noexcept {
  const OpForm& form = op_forms[op_byte(code[pc])];
  // With a count of 0 the left side is the largest number.
  if ((code[pc] & form.zero) != 0 || std::size_t{form.word_count} - 1 >= code.size() - pc)
    return false;
  for (std::size_t i = 0; i + 1 < form.word_count; ++i) {
    if (form.extras[i] == Extra::Jump && jump_target(pc, code[pc + 1 + i]) >= code.size())
      return false;
  }
  return true;
}

/// The instruction at a place where `can_decode` holds.
inline Instruction instruction_at(std::span<const Word> code, std::uint32_t pc) noexcept {
  const Word word = code[pc];
  const OpForm& form = op_forms[op_byte(word)];
  Instruction instruction{
      .info = form.info, .pc = pc, .bytes = {byte_a(word), byte_b(word), byte_c(word)}};
  for (std::size_t i = 0; i + 1 < form.word_count; ++i) {
    const Word extra = code[pc + 1 + i];
    switch (form.extras[i]) {
    case Extra::None: break;
    case Extra::Jump: instruction.target = jump_target(pc, extra); break;
    case Extra::Constant: instruction.constant = extra; break;
    case Extra::Function: instruction.function = extra; break;
    case Extra::PostKind: instruction.post_kind = extra; break;
    }
  }
  return instruction;
}

/// Whether `words` begin with those that the word `first`, whose form leads, stands before.
bool leads_to(Word first, std::span<const Word> words) noexcept;

/// What is wrong at a place where `can_decode` does not hold.
std::string decoding_problem(std::span<const Word> code, std::uint32_t pc);

/// The instruction whose first word is at `pc` (below the code's size), or what is wrong with it.
inline std::expected<Instruction, std::string> decode(std::span<const Word> code,
                                                      std::uint32_t pc) {
  if (!can_decode(code, pc)) return std::unexpected(decoding_problem(code, pc));
  return instruction_at(code, pc);
}

/// Registers `first` up to and without `first + count`.
struct Window {
  unsigned first = 0;
  unsigned count = 0;
  unsigned end() const noexcept { return first + count; }
};
inline bool has_window(const OpInfo& info) noexcept {
  return form_of(info.op).window != OpForm::no_window;
}
/// The window of an instruction that has one, and that is of this form.
inline Window window_of(const Instruction& instruction, const OpForm& form) noexcept {
  return {instruction.bytes[form.window], instruction.bytes[form.window + 1U]};
}
inline Window window_of(const Instruction& instruction) noexcept {
  return window_of(instruction, form_of(instruction.op()));
}

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
  const OpForm& form = form_of(instruction.op());
  form.for_each(form.reads, instruction.bytes, visit);
  if (form.window == OpForm::no_window) return;
  const Window window = window_of(instruction);
  for (unsigned number = window.first; number < window.end(); ++number)
    visit(static_cast<std::uint8_t>(number));
}

/// Calls `visit(number)` for the register that the instruction sets, if there is one.
template <typename Visit>
void for_each_set(const Instruction& instruction, Visit visit) {
  const OpForm& form = form_of(instruction.op());
  form.for_each(form.sets, instruction.bytes, visit);
}

}  // namespace avm
