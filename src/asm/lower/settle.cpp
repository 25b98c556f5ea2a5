#include "asm/lower/settle.hpp"

#include <algorithm>
#include <optional>

#include "asm/lower/registers.hpp"
#include "asm/lower/rewriter.hpp"
#include "tape/liveness.hpp"

namespace avm::lowering {
namespace {

class Settler {
 public:
  explicit Settler(TapeFunction& function)
      : function_(function),
        graph_(function.code),
        liveness_(function.code, graph_),
        rewriter_(function) {}

  std::vector<std::uint32_t> run() {
    for (std::uint32_t b = 0; b < graph_.blocks().size(); ++b)
      settle_block(b);
    return rewriter_.finish();
  }

 private:
  void settle_block(std::uint32_t index) {
    const BasicBlock& block = graph_.blocks()[index];
    code_ = instructions_of(function_.code, block);
    live_after_ = liveness_.after_each(index, code_);
    rewriter_.land(block.begin);
    for (std::size_t i = 0; i < code_.size();) {
      const std::size_t fused = fuse(i);
      if (fused == 0) rewriter_.keep(code_[i], settled(i));
      i += std::max<std::size_t>(fused, 1);
    }
  }

  // The first word of an instruction that stays by itself.
  Word settled(std::size_t i) const {
    const Instruction& instruction = code_[i];
    const Word word = function_.code[instruction.pc];
    const std::uint8_t a = instruction.a();
    const std::uint8_t b = instruction.b();
    const OpInfo& info = *instruction.info;
    if (info.op == Op::copy && !live_after_[i][b]) return make_word(Op::move, a, b);
    if (info.op == Op::apply && instruction.c() == 0)
      return make_word(Op::apply, a, first_free(live_after_[i], a));
    if (info.slots[0] == Slot::SetOrNone && a != no_register && !live_after_[i][a])
      return make_word(info.op, no_register, b, instruction.c());
    return word;
  }

  static std::uint8_t first_free(RegisterSet live, std::uint8_t result) {
    live.reset(result);
    unsigned free = registers_max;
    while (free > 0 && !live[free - 1])
      --free;
    return static_cast<std::uint8_t>(free);
  }

  /// Makes one word of the instructions from `i` on, if that can be; gives how many they were.
  std::size_t fuse(std::size_t i) {
    const bool is_add = code_[i].op() == Op::add_imm && code_[i].a() == code_[i].b();
    if (is_add && i + 1 < code_.size()) {
      const auto branch = branch_at(i + 1);
      if (branch && branch->a == code_[i].a() && counting(branch->op)) {
        put_branch(i, 1 + branch->instructions,
                   make_word(*counting(branch->op), branch->a, code_[i].c(), branch->b));
        return 1 + branch->instructions;
      }
    }
    if (fuse_parts(i)) return 2;
    const auto branch = branch_at(i);
    if (!branch || branch->instructions == 1) return 0;
    put_branch(i, 2, make_word(branch->op, branch->a, branch->b));
    return 2;
  }

  // Both parts of a pair that is not read again.
  bool fuse_parts(std::size_t i) {
    if (i + 1 == code_.size()) return false;
    const bool first_is_first = code_[i].op() == Op::fst;
    const Instruction& first = code_[first_is_first ? i : i + 1];
    const Instruction& second = code_[first_is_first ? i + 1 : i];
    const std::uint8_t pair = first.b();
    if (first.op() != Op::fst || second.op() != Op::snd || second.b() != pair) return false;
    const bool is_read_again = live_after_[i + 1][pair] && code_[i + 1].a() != pair;
    if (code_[i].a() == pair || first.a() == second.a() || is_read_again) return false;
    rewriter_.place(code_[i].pc);
    // What fails, fails in the first of them.
    rewriter_.place(code_[i + 1].pc, 1);
    rewriter_.put(make_word(Op::unpair, first.a(), second.a(), pair));
    return true;
  }

  struct Branch {
    Op op;  // br_eq to br_ge
    std::uint8_t a;
    std::uint8_t b;
    std::size_t instructions;
  };

  // A branch on two registers: one word, or still two.
  std::optional<Branch> branch_at(std::size_t i) const {
    const Instruction& first = code_[i];
    if (first.op() == Op::br_lt || first.op() == Op::br_le)
      return Branch{first.op(), first.a(), first.b(), 1};
    if (!is_fusible_compare(first.op()) || i + 1 == code_.size()) return std::nullopt;
    const Instruction& second = code_[i + 1];
    const bool is_branch = second.op() == Op::br_true || second.op() == Op::br_false;
    const bool is_branch_on_it = is_branch && second.a() == first.a();
    if (!is_branch_on_it || live_after_[i + 1][first.a()]) return std::nullopt;
    return Branch{branch_on(first.op()), first.b(), first.c(), 2};
  }

  static std::optional<Op> counting(Op branch) {
    if (branch == Op::br_lt) return Op::add_imm_br_lt;
    if (branch == Op::br_le) return Op::add_imm_br_le;
    return std::nullopt;
  }

  void put_branch(std::size_t i, std::size_t count, Word word) {
    const std::uint32_t begin = rewriter_.pc();
    // The second word stands for all that comes after the first instruction.
    for (std::size_t k = 0; k < count; ++k) {
      for (std::uint32_t pc = code_[i + k].pc; pc < code_[i + k].next_pc(); ++pc)
        rewriter_.place(pc, k == 0 ? 0 : 1);
    }
    const Instruction& branch = code_[i + count - 1];
    const bool is_inverse = branch.op() == Op::br_false;
    rewriter_.put(word);
    rewriter_.put_jump(begin, is_inverse ? branch.next_pc() : branch.target);
    if (!is_inverse) return;
    const std::uint32_t jump = rewriter_.pc();
    rewriter_.put(make_word(Op::jmp));
    rewriter_.put_jump(jump, branch.target);
  }

  TapeFunction& function_;
  FlowGraph graph_;
  Liveness liveness_;
  Rewriter rewriter_;

  // Of the current block.
  std::vector<Instruction> code_;
  std::vector<RegisterSet> live_after_;
};

}  // namespace

std::vector<std::uint32_t> settle(TapeFunction& function) { return Settler(function).run(); }

}  // namespace avm::lowering
