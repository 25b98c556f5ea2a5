#include "avm/disassemble.hpp"

#include "asm/dis/function.hpp"

namespace avm {

std::string disassemble(const Tape& tape, const DisassembleOptions& options) {
  const dis::ConstantTexts constants(tape);
  const dis::SourceLines lines(tape, options.sources);
  const dis::TapeTexts texts{tape, constants, lines, options.debug};
  std::string text = constants.items();
  for (const TapeFunction& function : tape.functions) {
    if (!text.empty()) text += '\n';
    text += dis::function_text(texts, function);
  }
  return text;
}

}  // namespace avm
