#include "vm/tape_parked.hpp"

#include <utility>

#include "tape/flow.hpp"

namespace avm {
namespace {

// What is known of the registers before the instruction at `pc`. Nullopt: none begins there, or it
// cannot be reached.
std::optional<RegisterFacts> facts_at(const LoadedFunction& function, std::uint32_t pc, Op op) {
  const TapeFunction& source = *function.tape_function;
  std::optional<RegisterFacts> found;
  FlowFacts<RegisterSet>().find(
      source, counted_constants(function.module->tape.constants),
      [&](const Instruction& instruction, const OpForm&, const RegisterFacts& facts) {
        if (instruction.pc == pc && instruction.op() == op) found = facts;
        return true;
      });
  return found;
}

}  // namespace

TapeParked::TapeParked(const Frame& frame) : function(frame.function), pc(frame.pc) {
  registers.reserve(function->registers);
  for (std::uint32_t i = 0; i < function->registers; ++i)
    registers.push_back(std::move(frame.base[i]));
}

std::optional<Val> TapeParked::pack() const {
  return Val::list(
      {Val::nat(static_cast<std::uint64_t>(pc - function->code)), Val::list(registers)});
}

std::shared_ptr<const Parked> TapeParked::unpack(const Code& code, const Val& packed, Op at) {
  const LoadedFunction& function = loaded_function(code);
  if (!packed.is_list() || packed.list_size() != 2) return nullptr;
  const Val pc = packed.list_at(0);
  const Val values = packed.list_at(1);
  if (!pc.is_nat() || pc.as_nat() >= function.tape_function->code.size()) return nullptr;
  if (!values.is_list() || values.list_size() != function.registers) return nullptr;
  const auto facts = facts_at(function, static_cast<std::uint32_t>(pc.as_nat()), at);
  if (!facts) return nullptr;
  std::shared_ptr<TapeParked> parked(new TapeParked(function));
  parked->pc += pc.as_nat();
  for (std::uint32_t i = 0; i < function.registers; ++i) {
    Val value = values.list_at(i);
    // The loop releases only what may be counted.
    if (!facts->counted[i] && value.is_counted()) return nullptr;
    parked->registers.push_back(std::move(value));
  }
  return parked;
}

}  // namespace avm
