// Writing a function's words anew, with more or fewer of them: jumps are made to fit, and where each
// old word has gone can be asked.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "tape/flow.hpp"

namespace avm::lowering {

class Rewriter {
 public:
  explicit Rewriter(TapeFunction& function)
      : function_(function),
        new_pc_(function.code.size() + 1),
        landing_(function.code.size() + 1) {}

  std::uint32_t pc() const noexcept { return static_cast<std::uint32_t>(code_.size()); }

  /// Jumps to the old word `pc` go to what is put next.
  void land(std::uint32_t pc) { landing_[pc] = this->pc(); }
  /// The old word `pc` has gone to what is put next, or `words` behind that.
  void place(std::uint32_t pc, std::uint32_t words = 0) { new_pc_[pc] = this->pc() + words; }
  void put(Word word) { code_.push_back(word); }
  /// A word that holds the distance from `instruction` to the old word `target`.
  void put_jump(std::uint32_t instruction, std::uint32_t target) {
    jumps_.push_back({instruction, pc(), target});
    put(0);
  }

  void keep(const Instruction& instruction, Word first) {
    const std::uint32_t begin = pc();
    for (std::uint32_t i = 0; i < instruction.info->word_count; ++i) {
      place(instruction.pc + i);
      if (i == 0)
        put(first);
      else if (instruction.info->extras[i - 1] == Extra::Jump)
        put_jump(begin, instruction.target);
      else
        put(function_.code[instruction.pc + i]);
    }
  }
  void keep(const Instruction& instruction) { keep(instruction, function_.code[instruction.pc]); }

  /// Gives the word that was put last, which is an instruction, another op.
  void change_last(Op op) {
    const Word word = code_.back();
    code_.back() = make_word(op, byte_a(word), byte_b(word), byte_c(word));
  }

  /// Gives the function its new words. For each old word, and for the end, where it has gone.
  std::vector<std::uint32_t> finish() {
    place(static_cast<std::uint32_t>(function_.code.size()));
    for (const Jump& jump : jumps_)
      code_[jump.word] = landing_[jump.target] - jump.instruction;
    function_.code = std::move(code_);
    return std::move(new_pc_);
  }

 private:
  struct Jump {
    std::uint32_t instruction;
    std::uint32_t word;
    std::uint32_t target;
  };

  TapeFunction& function_;
  std::vector<Word> code_;
  std::vector<Jump> jumps_;
  std::vector<std::uint32_t> new_pc_;
  std::vector<std::uint32_t> landing_;
};

}  // namespace avm::lowering
