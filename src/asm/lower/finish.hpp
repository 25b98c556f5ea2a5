// Finishing: the words that the emitter made, in the form that they alone determine, with what is dead
// dropped.
//
// The emitter goes by what the statements say. They can read a register without a word that does so
// (`match %x, _, L` reads %x, and `%x = %x` does), or stand between two statements that one
// word could do together without there being a word between them. What is decided after such
// reads differs from what the words themselves would say, and source that was disassembled, which has
// a statement for each word, would not give the same words again. So here
//   a copy of what is not read again becomes a move;
//   a result that is not read is left out, where the op can do without;
//   a function without parameters is applied in the lowest frame that is free;
//   `fst` and `snd` of a pair that is not read again become one word, also where a branch is between them;
//   the `get` of an element that a `set` behind it puts elsewhere, or that is swapped with another, leads them;
//   a comparison and the branch on what comes of it become one word, with an addition before them.
// What is live between instructions is found once, before: but for the parts of a pair, whose block mends it, none
// of this changes it.
//
// After its last use a value that may hold a block is released by a `drop`, so that `ret` never has to
// look for what is left; some words can release an operand themselves.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "asm/lower/code.hpp"
#include "asm/lower/word_graph.hpp"
#include "avm/tape.hpp"
#include "tape/shared_room.hpp"

namespace avm::lowering {

/// `Set` has room for all registers that the words name, and for the parameters.
template <typename Set>
class Finisher {
 public:
  /// Gives `function`, whose kind and parameters are known, the words of `code`, and says how many
  /// registers they use and which layer they need. For each word of `code`, and for their end, where
  /// it has gone; valid until the next call.
  std::span<const std::uint32_t> run(const Code& code, const std::vector<bool>& counted_constants,
                                     TapeFunction& function);

 private:
  /// A branch on two registers: one word, or still two.
  struct Branch {
    Op op;  // br_eq to br_ge
    std::uint8_t a;
    std::uint8_t b;
    std::uint32_t instructions;
  };

  void settle();
  void settle_block(WordBlock<Set>& block, std::uint32_t& kept);
  void settle_one(std::uint32_t i);
  std::uint32_t fuse(std::uint32_t i, std::uint32_t end);
  bool are_parts(std::uint32_t i, std::uint32_t j) const;
  void take_parts_before_branch(std::uint32_t block);
  std::optional<Branch> branch_at(std::uint32_t i, std::uint32_t end) const;

  void find_facts(const TapeFunction& function);
  void flow_on(std::uint32_t block, FactsOf<Set>& facts);
  void flow_to(std::uint32_t block, const FactsOf<Set>& facts);
  template <typename Drop, typename Keep>
  void walk(const WordBlock<Set>& block, FactsOf<Set>& facts, Drop drop, Keep keep) const;

  void write(TapeFunction& function);
  void write(std::uint32_t i);
  void give_up_operand(std::uint32_t pc, Set& dead);
  void lead(std::uint32_t pc);

  const Code* code_ = nullptr;
  const std::vector<bool>* counted_constants_ = nullptr;
  WordGraph<Set> graph_;
  std::span<Instruction> instructions_;
  std::span<Set> live_after_;

  // What holds at the start of each block, before its own drops. What is dead within a block counts
  // as dropped there.
  std::vector<FactsOf<Set>> facts_;
  std::vector<std::uint8_t> is_reached_;
  std::vector<std::uint32_t> waiting_;  // blocks whose facts have changed

  std::vector<Word> words_;
  SharedRoom<Word> room_;  // of the words of functions
  std::vector<std::uint32_t> new_pc_;
  std::vector<std::uint32_t> begin_;       // by block: its first new word
  std::vector<std::uint32_t> last_;        // and its last instruction's
  std::array<std::uint32_t, 4> latest_{};  // instructions of the block under way, the last first
  std::uint8_t layer_ = 0;
};

}  // namespace avm::lowering
