// The words of a Tape for people: not source text, but what each word is and holds.
#pragma once

#include <string>

#include "tape/instruction.hpp"

namespace avm {

/// A constant's text form, with `…` for what is beyond `nodes` nodes and for the end of long texts.
std::string constant_summary(const ConstantPool& pool, std::uint32_t index, unsigned nodes);

/// "add_imm %0, %1, 2", "br_lt %0, %1 -> 14", "apply %0, %3..%4 fib".
std::string instruction_summary(const Tape& tape, const Instruction& instruction);

}  // namespace avm
