// What is known of a function's registers at a place in its code, and how instructions change it.
//
// A register is *set* where every path has given it a value. It may be *counted* where some path may
// have left a counted block in it. A register that is not counted needs no release: `ret` leaves
// it behind as it is, and what sets it writes over it.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <vector>

#include "tape/instruction.hpp"

namespace avm {

/// A bit for each register.
using RegisterSet = std::bitset<256>;
/// The same for functions that have no more than so many: one machine word, as nearly all need.
using SmallRegisterSet = std::bitset<64>;

template <typename Set>
struct FactsOf {
  Set set;
  Set counted;
  friend bool operator==(const FactsOf&, const FactsOf&) = default;
};
using RegisterFacts = FactsOf<RegisterSet>;

/// Registers `first` and up.
template <typename Set>
inline Set registers_from(unsigned first) noexcept {
  return ~Set{} << first;
}

template <typename Set>
inline Set registers_in(const Window& window) noexcept {
  return registers_from<Set>(window.first) & ~registers_from<Set>(window.end());
}

/// Those that the bytes in `mask` name.
template <typename Set>
inline Set registers_named(const OpForm& form, std::uint8_t mask,
                           const std::array<std::uint8_t, 3>& bytes) noexcept {
  Set named;
  if constexpr (named.size() <= 64) {
    // No loop whose length the processor would guess wrong. `no_register` is shifted out.
    for (std::size_t i = 0; i < 3; ++i)
      named |= Set(1) << bytes[i] & Set(-std::uint64_t{mask >> i & 1U});
  } else {
    form.for_each(mask, bytes, [&](std::uint8_t number) { named[number] = true; });
  }
  return named;
}

/// Those that an instruction of this form reads. (What is dropped is not read.)
template <typename Set>
inline Set registers_read(const Instruction& instruction, const OpForm& form) noexcept {
  Set read = registers_named<Set>(form, form.reads, instruction.bytes);
  if (form.window != OpForm::no_window) read |= registers_in<Set>(window_of(instruction, form));
  return read;
}

/// Changes `live` from what is live behind an instruction of this form to what is before it.
template <typename Set>
inline void retreat(Set& live, const Instruction& instruction, const OpForm& form) noexcept {
  live &= ~registers_named<Set>(form, form.sets, instruction.bytes);
  live |= registers_read<Set>(instruction, form);
}

/// What is known where a function starts: its parameters are there.
template <typename Set>
FactsOf<Set> facts_at_start(const TapeFunction& function) noexcept {
  const Set parameters = ~registers_from<Set>(function.parameters);
  return {parameters, parameters};
}

/// For each constant, whether its value is a counted block.
std::vector<bool> counted_constants(const ConstantPool& pool);

/// What the register that an instruction sets may hold afterwards.
enum class Sets : std::uint8_t { Plain, Counted, Constant, ItsOperand };

/// What the row of an op says of registers. Of the masks, bit i is for byte i.
struct OpFlow {
  std::uint8_t takes = 0;
  /// Not counted afterwards: what it takes, and what would have let it fail.
  std::uint8_t clears = 0;
  Sets sets = Sets::Plain;
};

/// By op.
extern const std::array<OpFlow, op_count> op_flows;

/// Whether the register that the instruction sets may hold a block afterwards; `facts` is from before.
template <typename Set>
inline bool sets_counted(const FactsOf<Set>& facts, const Instruction& instruction, Sets sets,
                         const std::vector<bool>& counted_constants) noexcept {
  switch (sets) {
  case Sets::Plain: return false;
  case Sets::Counted: return true;
  case Sets::Constant: return counted_constants[instruction.constant];
  case Sets::ItsOperand: return facts.counted[instruction.b()];
  }
  return true;
}

template <typename Set>
inline void take_window(FactsOf<Set>& facts, const Instruction& instruction,
                        const OpForm& form) noexcept {
  const Window window = window_of(instruction, form);
  // The frame of the function that is applied lies where the window begins.
  const Set taken =
      form.op == Op::apply ? registers_from<Set>(window.first) : registers_in<Set>(window);
  facts.set &= ~taken;
  facts.counted &= ~taken;
}

/// Changes `facts` from what holds before an instruction of this form to what holds after it succeeded.
template <typename Set>
inline void advance(FactsOf<Set>& facts, const Instruction& instruction, const OpForm& form,
                    const std::vector<bool>& counted_constants) noexcept {
  const OpFlow& flow = op_flows[static_cast<std::size_t>(form.op)];
  const bool counted = sets_counted(facts, instruction, flow.sets, counted_constants);
  facts.counted &= ~registers_named<Set>(form, flow.clears, instruction.bytes);
  if (flow.takes != 0) facts.set &= ~registers_named<Set>(form, flow.takes, instruction.bytes);
  if (form.window != OpForm::no_window) take_window(facts, instruction, form);
  const Set set = registers_named<Set>(form, form.sets, instruction.bytes);
  facts.set |= set;
  facts.counted &= ~set;
  if (counted) facts.counted |= set;
}

/// Changes `facts` from what holds after an instruction to what holds where it jumped.
template <typename Set>
inline void advance_jump(FactsOf<Set>& facts, const Instruction& instruction) noexcept {
  // It is `nothing`, or a Nat.
  if (instruction.op() == Op::br_nothing || instruction.op() == Op::br_eq_imm)
    facts.counted[instruction.a()] = false;
}

/// Changes `facts` to what holds where another way comes in.
template <typename Set>
inline void join(FactsOf<Set>& facts, const FactsOf<Set>& other) noexcept {
  facts.set &= other.set;
  facts.counted |= other.counted;
}

}  // namespace avm
