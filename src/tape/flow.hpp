// The control flow graph of a function, and what is known of its registers at each place.
//
// The verifier rests on the facts, the disassembler and the printed graphs on the blocks. Both ask
// for code that `decode` takes and whose jumps go to first words of instructions, and that ends in a
// terminator.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tape/instruction.hpp"
#include "tape/register_facts.hpp"

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

 private:
  std::vector<BasicBlock> blocks_;
  std::vector<std::uint8_t> leaders_;  // by pc: whether a block begins there
};

/// Finds what holds of registers at each place, for one function after the other.
template <typename Set>
class FlowFacts {
 public:
  using Facts = FactsOf<Set>;

  /// Calls `check(instruction, form, facts)` with each instruction that can be reached, maybe several times,
  /// the last time with what holds before it. Whether it never gave false.
  template <typename Check>
  bool find(const TapeFunction& function, const std::vector<bool>& counted_constants, Check check) {
    begin(function);
    bool passes = true;
    while (const auto next = next_block()) {
      const BasicBlock& block = graph_.blocks()[*next];
      Facts facts = facts_[*next];
      Instruction instruction;
      for (std::uint32_t pc = block.begin; pc < block.end; pc = instruction.next_pc()) {
        const OpForm& form = op_forms[op_byte(function.code[pc])];
        instruction = instruction_at(function.code, pc);
        passes = check(instruction, form, facts) && passes;
        advance(facts, instruction, form, counted_constants);
      }
      if (block.next) flow_into(*block.next, facts);
      if (!block.jump) continue;
      advance_jump(facts, instruction);
      flow_into(*block.jump, facts);
    }
    return passes;
  }

  /// The same where no jump goes back: once through the code, in its order.
  template <typename Check>
  bool find_forward(const TapeFunction& function, const std::vector<bool>& counted_constants,
                    Check check) {
    const std::span<const Word> code = function.code;
    facts_.clear();
    from_jumps_.assign(code.size(), 0);
    bool passes = true;
    bool is_reached = true;  // from the instruction before
    Facts facts = facts_at_start<Set>(function);
    for (std::uint32_t pc = 0; pc < code.size();) {
      const OpForm& form = op_forms[op_byte(code[pc])];
      if (from_jumps_[pc] != 0) {
        const Facts& there = facts_[from_jumps_[pc] - 1];
        if (is_reached)
          join(facts, there);
        else
          facts = there;
        is_reached = true;
      }
      if (is_reached) {
        const Instruction instruction = instruction_at(code, pc);
        passes = check(instruction, form, facts) && passes;
        advance(facts, instruction, form, counted_constants);
        if (form.jumps) jump_forward(instruction, facts);
        is_reached = !form.is_terminator;
      }
      pc += form.word_count;
    }
    return passes;
  }

 private:
  void jump_forward(const Instruction& instruction, Facts facts) {
    advance_jump(facts, instruction);
    std::uint32_t& there = from_jumps_[instruction.target];
    if (there != 0) {
      join(facts_[there - 1], facts);
    } else {
      facts_.push_back(facts);
      there = static_cast<std::uint32_t>(facts_.size());
    }
  }

  void begin(const TapeFunction& function);
  void flow_into(std::uint32_t block, const Facts& more);
  std::optional<std::uint32_t> next_block();

  std::vector<Facts> facts_;
  // Where no jump goes back, by pc: one above the place in `facts_` of what jumps there have brought, or 0.
  std::vector<std::uint32_t> from_jumps_;
  // Elsewhere, by block, as `facts_` then are.
  FlowGraph graph_;
  std::vector<std::uint8_t> is_reached_;
  std::vector<std::uint8_t> is_waiting_;  // its facts have changed
  // Blocks in reverse postorder, their positions in it, and a heap of the positions of those that wait.
  // The earliest comes first, so that what leads to it is mostly settled by then.
  std::vector<std::uint32_t> order_;
  std::vector<std::uint32_t> position_;
  std::vector<std::uint32_t> waiting_;
};

}  // namespace avm
