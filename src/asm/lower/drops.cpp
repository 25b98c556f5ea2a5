#include "asm/lower/drops.hpp"

#include "asm/lower/rewriter.hpp"
#include "tape/liveness.hpp"

namespace avm::lowering {
namespace {

class DropInserter {
 public:
  DropInserter(TapeFunction& function, const std::vector<bool>& counted_constants)
      : function_(function),
        counted_constants_(counted_constants),
        graph_(function.code),
        liveness_(function.code, graph_),
        rewriter_(function) {}

  std::vector<std::uint32_t> run() {
    find_facts();
    for (std::uint32_t b = 0; b < graph_.blocks().size(); ++b)
      rewrite(b);
    return rewriter_.finish();
  }

 private:
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
      const auto code = instructions_of(function_.code, blocks[b]);
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
    const std::vector<RegisterSet> live_after = liveness_.after_each(b, code);
    drop_dead(facts, liveness_.at_start(b), drop);
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

  // The form of an op that gives its last operand up; `op` itself where there is none.
  static Op taking(Op op) {
    switch (op) {
    case Op::set: return Op::set_take;
    case Op::append: return Op::append_take;
    case Op::concat: return Op::concat_take;
    default: return op;
    }
  }

  // The register that need not be dropped if `instruction` takes that form.
  static std::optional<unsigned> operand_to_give_up(const Instruction& instruction,
                                                    const RegisterSet& dead) {
    if (taking(instruction.op()) == instruction.op()) return std::nullopt;
    const std::uint8_t operand = instruction.op() == Op::set ? instruction.c() : instruction.b();
    if (!dead[operand] || operand == instruction.a()) return std::nullopt;
    return operand;
  }

  void rewrite(std::uint32_t b) {
    const BasicBlock& block = graph_.blocks()[b];
    rewriter_.land(block.begin);
    RegisterFacts facts = facts_[b];
    const Instruction* last = nullptr;
    const auto drop = [&](const RegisterSet& dead) {
      const auto given_up = last == nullptr ? std::nullopt : operand_to_give_up(*last, dead);
      if (given_up) rewriter_.change_last(taking(last->op()));
      for (unsigned reg = 0; reg < registers_max; ++reg) {
        if (dead[reg] && reg != given_up)
          rewriter_.put(make_word(Op::drop, static_cast<std::uint8_t>(reg)));
      }
    };
    const auto keep = [&](const Instruction& instruction) {
      rewriter_.keep(instruction);
      last = &instruction;
    };
    walk(b, instructions_of(function_.code, block), facts, drop, keep);
  }

  TapeFunction& function_;
  const std::vector<bool>& counted_constants_;
  FlowGraph graph_;
  Liveness liveness_;
  Rewriter rewriter_;
  std::vector<RegisterFacts> facts_;
  std::vector<bool> reached_;
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
