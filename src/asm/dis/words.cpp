// The words of a Tape in hexadecimal beside their meaning.
#include <fmt/format.h>

#include "avm/disassemble.hpp"
#include "tape/listing.hpp"

namespace avm {
namespace {

constexpr unsigned summary_nodes = 24;

std::string hexadecimal(const TapeFunction& function, const Instruction& instruction) {
  std::string text;
  for (std::uint32_t pc = instruction.pc; pc < instruction.next_pc(); ++pc)
    text += fmt::format("{:08x} ", function.code[pc]);
  return text;
}

void list_function(std::string& text, const Tape& tape, const TapeFunction& function) {
  text += fmt::format("{}{} {}: registers {}, parameters {}, layer {}\n",
                      function.is_unsafe ? "unsafe " : "", function_kind_name(function.kind),
                      function.name, function.registers, function.parameters, function.layer);
  for (std::uint32_t pc = 0; pc < function.code.size();) {
    const Instruction instruction = *decode(function.code, pc);
    text += fmt::format("{:>6}  {:<28}{}\n", pc, hexadecimal(function, instruction),
                        instruction_summary(tape, instruction));
    pc = instruction.next_pc();
  }
}

}  // namespace

std::string list_words(const Tape& tape) {
  std::string text;
  if (tape.constants.size() != 0) text += "constants\n";
  for (std::uint32_t i = 0; i < tape.constants.size(); ++i)
    text += fmt::format("{:>6}  {}\n", i, constant_summary(tape.constants, i, summary_nodes));
  for (const TapeFunction& function : tape.functions) {
    if (!text.empty()) text += '\n';
    list_function(text, tape, function);
  }
  return text;
}

}  // namespace avm
