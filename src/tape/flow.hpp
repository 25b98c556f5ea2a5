// The control flow graph of a function, and what is known of its registers at each place.
//
// The verifier rests on the facts, the disassembler and the printed graphs on the blocks. Both ask
// for code that `decode` takes and whose jumps go to first words of instructions, and that ends in a
// terminator.
//
// A register is *set* where every path has given it a value. It may be *counted* where some path may
// have left a counted block in it. A register that is not counted needs no release: `ret` leaves
// it behind as it is.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tape/instruction.hpp"

namespace avm {

/// Instructions that run one after the other: words begin ≤ pc < end.
struct BasicBlock {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t last = 0;             ///< First word of its last instruction.
  std::optional<std::uint32_t> next;  ///< The block after it, where control can go on there.
  std::optional<std::uint32_t> jump;  ///< The block that its last instruction may jump to.
};

/// The instructions of a block.
std::vector<Instruction> instructions_of(std::span<const Word> code, const BasicBlock& block);

class FlowGraph {
 public:
  explicit FlowGraph(std::span<const Word> code);

  /// In the order of the code; the first is where the function starts.
  std::span<const BasicBlock> blocks() const noexcept { return blocks_; }
  /// The block that holds this word.
  std::uint32_t block_at(std::uint32_t pc) const noexcept;
  /// Blocks that can be reached from the first, each before those that follow it but for loops.
  std::vector<std::uint32_t> reverse_postorder() const;

 private:
  std::vector<BasicBlock> blocks_;
};

/// A bit for each register.
using RegisterSet = std::bitset<256>;

struct RegisterFacts {
  RegisterSet set;
  RegisterSet counted;
  friend bool operator==(const RegisterFacts&, const RegisterFacts&) = default;
};

/// What is known where a function starts: its parameters are there.
RegisterFacts facts_at_start(const TapeFunction& function);

/// For each constant, whether its value is a counted block.
std::vector<bool> counted_constants(const ConstantPool& pool);

/// Changes `facts` from what holds before an instruction to what holds after it succeeded.
void advance(RegisterFacts& facts, const Instruction& instruction,
             const std::vector<bool>& counted_constants);

/// Changes `facts` from what holds after an instruction to what holds where it jumped.
void advance_jump(RegisterFacts& facts, const Instruction& instruction);

/// What holds at the start of each block; nullopt for blocks that cannot be reached.
std::vector<std::optional<RegisterFacts>> facts_at_blocks(
    const TapeFunction& function, const FlowGraph& graph,
    const std::vector<bool>& counted_constants);

}  // namespace avm
