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
  FlowGraph() = default;
  explicit FlowGraph(std::span<const Word> code) { assign(code); }
  /// Becomes that of other code, in the memory that it has.
  void assign(std::span<const Word> code);

  /// In the order of the code; the first is where the function starts.
  std::span<const BasicBlock> blocks() const noexcept { return blocks_; }
  /// The block that holds this word.
  std::uint32_t block_at(std::uint32_t pc) const noexcept;
  /// Blocks that can be reached from the first, each before those that follow it but for loops.
  std::vector<std::uint32_t> reverse_postorder() const;
  /// No jump goes back: the order of the code is such an order.
  bool goes_forward() const noexcept { return goes_forward_; }

 private:
  std::vector<BasicBlock> blocks_;
  bool goes_forward_ = true;
  std::vector<std::uint8_t> leaders_;  // by pc: whether a block begins there
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

/// Finds what holds at the start of each block, for one function after the other.
class FlowFacts {
 public:
  /// Calls `check(instruction, facts)` with each instruction that can be reached, maybe several times,
  /// the last time with what holds before it. Whether it never gave false.
  template <typename Check>
  bool find(const TapeFunction& function, const FlowGraph& graph,
            const std::vector<bool>& counted_constants, Check check) {
    begin(function, graph);
    bool passes = true;
    while (const auto next = next_block()) {
      const BasicBlock& block = graph.blocks()[*next];
      RegisterFacts facts = facts_[*next];
      Instruction instruction;
      for (std::uint32_t pc = block.begin; pc < block.end; pc = instruction.next_pc()) {
        instruction = instruction_at(function.code, pc);
        passes = check(instruction, facts) && passes;
        advance(facts, instruction, counted_constants);
      }
      if (block.next) flow_into(*block.next, facts);
      if (!block.jump) continue;
      advance_jump(facts, instruction);
      flow_into(*block.jump, facts);
    }
    return passes;
  }

  /// Of the last function: what holds at the start of a block. Null where it cannot be reached.
  const RegisterFacts* at(std::uint32_t block) const noexcept {
    return is_reached_[block] != 0 ? &facts_[block] : nullptr;
  }

 private:
  void begin(const TapeFunction& function, const FlowGraph& graph);
  void flow_into(std::uint32_t block, const RegisterFacts& more);
  std::optional<std::uint32_t> next_block();

  std::vector<RegisterFacts> facts_;  // by block, as the next two
  std::vector<std::uint8_t> is_reached_;
  std::vector<std::uint8_t> is_waiting_;  // its facts have changed
  bool goes_forward_ = true;
  std::uint32_t at_ = 0;  // where the code goes forward, the block to look at next
  // Elsewhere: blocks in reverse postorder, their positions in it, and a heap of the positions of those
  // that wait. The earliest comes first, so that what leads to it is mostly settled by then.
  std::vector<std::uint32_t> order_;
  std::vector<std::uint32_t> position_;
  std::vector<std::uint32_t> waiting_;
};

}  // namespace avm
