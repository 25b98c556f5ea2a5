// WordGraph: the words that the emitter made of a function, taken apart: instructions in basic blocks,
// and which registers are live behind each.
//
// What `tape/flow.hpp` and `tape/liveness.hpp` do for any Tape, done for words that were just made and
// need no check, and in room that is kept from function to function.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "asm/lower/code.hpp"
#include "tape/flow.hpp"

namespace avm::lowering {

/// Instructions begin ≤ i < end.
template <typename Set>
struct WordBlock {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t next = ast::none;  ///< The block after it, where control can go on there.
  std::uint32_t jump = ast::none;  ///< The block that its last instruction may jump to.
  std::uint32_t ways_in = 0;       ///< From blocks; the first has one more.
  std::uint32_t pc = 0;            ///< The word where it begins.
  Set live;                        ///< Where it begins.
};

/// `Set` has room for all registers that the words name.
template <typename Set>
class WordGraph {
 public:
  /// Jumps of `code` are taken from its labels; the words that are to hold them are not read.
  void read(const Code& code);

  std::span<WordBlock<Set>> blocks() noexcept { return blocks_; }
  std::span<Instruction> instructions() noexcept { return instructions_; }
  /// What is live behind each instruction.
  std::span<Set> live_after() noexcept { return live_after_; }
  /// Whether a block is followed by one that is not behind it.
  bool has_loops() const noexcept { return has_loops_; }

 private:
  void find_leaders(const Code& code);
  void read_instructions(const Code& code);
  void link_blocks();
  void find_liveness();
  bool update(std::uint32_t block);
  void settle_loops();

  std::vector<Instruction> instructions_;
  std::vector<WordBlock<Set>> blocks_;
  std::vector<Set> live_after_;
  bool has_loops_ = false;

  std::vector<std::uint32_t> block_at_;  // by word: the block that begins there; or none
  // Of functions with loops: the blocks that lead to block b are from first_before_[b] on.
  std::vector<std::uint32_t> first_before_;
  std::vector<std::uint32_t> before_;
  std::vector<std::uint32_t> waiting_;
  std::vector<bool> is_waiting_;
};

}  // namespace avm::lowering
