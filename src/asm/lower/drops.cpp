#include "asm/lower/drops.hpp"

#include "tape/flow.hpp"

namespace avm::lowering {
namespace {

void step_back(RegisterSet& live, const Instruction& instruction) {
  const OpInfo& info = *instruction.info;
  for (std::size_t i = 0; i < 3; ++i) {
    const bool sets = info.slots[i] == Slot::Set || info.slots[i] == Slot::SetOrNone;
    if (sets && names_register(info.slots[i], instruction.bytes[i]))
      live.reset(instruction.bytes[i]);
  }
  if (info.op == Op::drop) return;
  for (std::size_t i = 0; i < 3; ++i) {
    const Slot slot = info.slots[i];
    const bool reads = slot == Slot::Read || slot == Slot::ReadOrNone || slot == Slot::Take ||
                       slot == Slot::Change;
    if (reads && names_register(slot, instruction.bytes[i])) live.set(instruction.bytes[i]);
  }
  if (has_window(info)) {
    const Window window = window_of(instruction);
    for (unsigned reg = window.first; reg < window.end(); ++reg)
      live.set(reg);
  }
}

class DropInserter {
 public:
  DropInserter(TapeFunction& function, const std::vector<bool>& counted_constants)
      : function_(function), counted_constants_(counted_constants), graph_(function.code) {}

  std::vector<std::uint32_t> run() {
    find_liveness();
    find_facts();
    new_pc_.assign(function_.code.size() + 1, 0);
    landing_.assign(function_.code.size() + 1, 0);
    for (std::uint32_t b = 0; b < graph_.blocks().size(); ++b)
      rewrite(b);
    new_pc_.back() = static_cast<std::uint32_t>(code_.size());
    for (const Jump& jump : jumps_) {
      code_[jump.word] = landing_[jump.old_target] - jump.instruction;
    }
    function_.code = std::move(code_);
    return std::move(new_pc_);
  }

 private:
  RegisterSet live_out(const BasicBlock& block) const {
    RegisterSet live;
    if (block.next) live |= live_in_[*block.next];
    if (block.jump) live |= live_in_[*block.jump];
    return live;
  }

  std::vector<Instruction> instructions(const BasicBlock& block) const {
    std::vector<Instruction> result;
    for (std::uint32_t pc = block.begin; pc < block.end; pc = result.back().next_pc()) {
      result.push_back(*decode(function_.code, pc));
    }
    return result;
  }

  void find_liveness() {
    const auto blocks = graph_.blocks();
    live_in_.assign(blocks.size(), {});
    std::vector<std::vector<std::uint32_t>> before(blocks.size());
    for (std::uint32_t b = 0; b < blocks.size(); ++b) {
      if (blocks[b].next) before[*blocks[b].next].push_back(b);
      if (blocks[b].jump) before[*blocks[b].jump].push_back(b);
    }
    std::vector<std::uint32_t> work;
    std::vector<bool> queued(blocks.size(), true);
    for (std::uint32_t b = 0; b < blocks.size(); ++b)
      work.push_back(b);
    while (!work.empty()) {
      const std::uint32_t b = work.back();
      work.pop_back();
      queued[b] = false;
      RegisterSet live = live_out(blocks[b]);
      const auto code = instructions(blocks[b]);
      for (std::size_t i = code.size(); i > 0; --i)
        step_back(live, code[i - 1]);
      if (live == live_in_[b]) continue;
      live_in_[b] = live;
      for (const std::uint32_t p : before[b]) {
        if (!queued[p]) work.push_back(p);
        queued[p] = true;
      }
    }
  }

  // What holds at the start of each block, before its own drops. What is dead within a block counts
  // as dropped there.
  void find_facts() {
    const auto blocks = graph_.blocks();
    facts_.assign(blocks.size(), {});
    reached_.assign(blocks.size(), false);
    facts_[0] = facts_at_start(function_);
    reached_[0] = true;
    std::vector<std::uint32_t> work{0};
    while (!work.empty()) {
      const std::uint32_t b = work.back();
      work.pop_back();
      RegisterFacts facts = facts_[b];
      const auto code = instructions(blocks[b]);
      walk(b, code, facts, [](const RegisterSet&) {}, [](const Instruction&) {});
      if (blocks[b].next) flow_to(*blocks[b].next, facts, work);
      if (blocks[b].jump) {
        advance_jump(facts, code.back());
        flow_to(*blocks[b].jump, facts, work);
      }
    }
  }

  void flow_to(std::uint32_t block, const RegisterFacts& facts, std::vector<std::uint32_t>& work) {
    const RegisterFacts before = facts_[block];
    if (reached_[block]) {
      facts_[block].set &= facts.set;
      facts_[block].counted |= facts.counted;
      if (facts_[block] == before) return;
    } else {
      facts_[block] = facts;
      reached_[block] = true;
    }
    work.push_back(block);
  }

  // Goes through a block, changing `facts` on the way; calls `drop` with what is to be dropped at a
  // place and `keep` with each instruction.
  template <typename Drop, typename Keep>
  void walk(std::uint32_t b, const std::vector<Instruction>& code, RegisterFacts& facts, Drop drop,
            Keep keep) {
    const BasicBlock& block = graph_.blocks()[b];
    std::vector<RegisterSet> live_after(code.size());
    RegisterSet live = live_out(block);
    for (std::size_t i = code.size(); i > 0; --i) {
      live_after[i - 1] = live;
      step_back(live, code[i - 1]);
    }
    drop_dead(facts, live_in_[b], drop);
    for (std::size_t i = 0; i < code.size(); ++i) {
      keep(code[i]);
      advance(facts, code[i], counted_constants_);
      // Behind a jump or an end there is no room: the blocks that follow drop for themselves.
      const bool goes_on = !code[i].has(Extra::Jump) && !code[i].info->is_terminator();
      if (goes_on) drop_dead(facts, live_after[i], drop);
    }
  }

  template <typename Drop>
  static void drop_dead(RegisterFacts& facts, const RegisterSet& live, Drop drop) {
    const RegisterSet dead = facts.counted & ~live;
    if (dead.any()) drop(dead);
    facts.counted &= live;
  }

  void rewrite(std::uint32_t b) {
    const BasicBlock& block = graph_.blocks()[b];
    landing_[block.begin] = static_cast<std::uint32_t>(code_.size());
    RegisterFacts facts = facts_[b];
    const auto drop = [&](const RegisterSet& dead) {
      for (unsigned reg = 0; reg < registers_max; ++reg) {
        if (dead[reg]) code_.push_back(make_word(Op::drop, static_cast<std::uint8_t>(reg)));
      }
    };
    const auto keep = [&](const Instruction& instruction) {
      const auto pc = static_cast<std::uint32_t>(code_.size());
      for (std::uint32_t i = 0; i < instruction.info->word_count; ++i) {
        new_pc_[instruction.pc + i] = pc + i;
        code_.push_back(function_.code[instruction.pc + i]);
      }
      if (!instruction.has(Extra::Jump)) return;
      const std::uint32_t extra = instruction.info->extras[0] == Extra::Jump ? 1 : 2;
      jumps_.push_back({pc, pc + extra, instruction.target});
    };
    walk(b, instructions(block), facts, drop, keep);
  }

  struct Jump {
    std::uint32_t instruction;
    std::uint32_t word;
    std::uint32_t old_target;
  };

  TapeFunction& function_;
  const std::vector<bool>& counted_constants_;
  FlowGraph graph_;
  std::vector<RegisterSet> live_in_;
  std::vector<RegisterFacts> facts_;
  std::vector<bool> reached_;
  std::vector<std::uint32_t> new_pc_;
  std::vector<std::uint32_t> landing_;  // where a jump to the old pc goes: before its block's drops
  std::vector<Jump> jumps_;
  std::vector<Word> code_;
};

}  // namespace

void resolve_jumps(Code& code) {
  for (const Code::Jump& jump : code.jumps) {
    code.words[jump.word] = code.label_pcs[jump.label] - jump.instruction;
  }
}

std::vector<std::uint32_t> insert_drops(TapeFunction& function,
                                        const std::vector<bool>& counted_constants) {
  return DropInserter(function, counted_constants).run();
}

}  // namespace avm::lowering
