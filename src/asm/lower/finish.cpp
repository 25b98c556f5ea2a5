#include "asm/lower/finish.hpp"

#include <algorithm>

#include "asm/lower/register_set.hpp"
#include "asm/lower/registers.hpp"

namespace avm::lowering {
namespace {

using ast::none;

template <typename Set>
unsigned first_free(Set live, std::uint8_t result) {
  live.reset(result);
  return end_of(live);
}

std::optional<Op> counting(Op branch) {
  if (branch == Op::br_lt) return Op::add_imm_br_lt;
  if (branch == Op::br_le) return Op::add_imm_br_le;
  return std::nullopt;
}

/// The form of an op that gives its last operand up; `op` itself where it has none.
Op taking(Op op) {
  switch (op) {
  case Op::set: return Op::set_take;
  case Op::append: return Op::append_take;
  case Op::concat: return Op::concat_take;
  default: return op;
  }
}

}  // namespace

template <typename Set>
std::span<const std::uint32_t> Finisher<Set>::run(const Code& code,
                                                  const std::vector<bool>& counted_constants,
                                                  TapeFunction& function) {
  code_ = &code;
  counted_constants_ = &counted_constants;
  graph_.read(code);
  instructions_ = graph_.instructions();
  live_after_ = graph_.live_after();
  settle();
  find_facts(function);
  write(function);
  return new_pc_;
}

// The forms of words.

/// What is left moves up: blocks, instructions and what is live behind them.
template <typename Set>
void Finisher<Set>::settle() {
  std::uint32_t kept = 0;
  for (std::uint32_t b = 0; b < graph_.blocks().size(); ++b) {
    settle_block(graph_.blocks()[b], kept);
    take_parts_before_branch(b);
  }
  instructions_ = instructions_.first(kept);
}

template <typename Set>
void Finisher<Set>::settle_block(WordBlock<Set>& block, std::uint32_t& kept) {
  const std::uint32_t begin = kept;
  for (std::uint32_t i = block.begin; i < block.end; ++kept) {
    const std::uint32_t first = i;
    const std::uint32_t fused = fuse(i, block.end);
    if (fused == 0) settle_one(i);
    i += std::max(fused, 1U);
    if (kept == i - 1) continue;
    instructions_[kept] = instructions_[first];
    live_after_[kept] = live_after_[i - 1];
  }
  block.begin = begin;
  block.end = kept;
}

/// An instruction that stays by itself.
template <typename Set>
void Finisher<Set>::settle_one(std::uint32_t i) {
  Instruction& instruction = instructions_[i];
  const auto [a, b, c] = instruction.bytes;
  const Set& live = live_after_[i];
  if (instruction.op() == Op::copy) {
    if (!live[b]) instruction.info = &op_info(Op::move);
  } else if (instruction.op() == Op::apply) {
    if (c == 0) instruction.bytes[1] = static_cast<std::uint8_t>(first_free(live, a));
  } else if (instruction.info->slots[0] == Slot::SetOrNone && a != no_register && !live[a]) {
    instruction.bytes[0] = no_register;
  }
}

/// Makes one instruction of those from `i` on, in the place of the first, if that can be; gives how many
/// they were.
template <typename Set>
std::uint32_t Finisher<Set>::fuse(std::uint32_t i, std::uint32_t end) {
  Instruction& first = instructions_[i];
  const auto make = [&](Op op, std::uint8_t a, std::uint8_t b, std::uint8_t c,
                        std::uint32_t count) {
    first.target = instructions_[i + count - 1].target;
    first.info = &op_info(op);
    first.bytes = {a, b, c};
    return count;
  };
  if (first.op() == Op::add_imm) {
    if (first.a() != first.b() || i + 1 == end) return 0;
    const auto branch = branch_at(i + 1, end);
    if (!branch || branch->a != first.a() || !counting(branch->op)) return 0;
    return make(*counting(branch->op), branch->a, first.c(), branch->b, 1 + branch->instructions);
  }
  if (first.op() == Op::fst) {
    if (i + 1 == end || !are_parts(i, i + 1)) return 0;
    return make(Op::unpair, first.a(), instructions_[i + 1].a(), first.b(), 2);
  }
  if (!is_fusible_compare(first.op())) return 0;
  const auto branch = branch_at(i, end);
  return branch ? make(branch->op, branch->a, branch->b, 0, 2) : 0;
}

/// Whether the instructions at `i` and `j` are `fst` and `snd` of a pair that is not read behind these. (The other
/// way round it would be `snd` that fails.)
template <typename Set>
bool Finisher<Set>::are_parts(std::uint32_t i, std::uint32_t j) const {
  const Instruction& one = instructions_[i];
  const Instruction& other = instructions_[j];
  const bool are_both = one.op() == Op::fst && other.op() == Op::snd;
  const std::uint8_t pair = one.b();
  if (!are_both || other.b() != pair || one.a() == pair || one.a() == other.a()) return false;
  return !live_after_[j][pair] || other.a() == pair;
}

/// A block that ends with `fst` and a branch, one way on beginning with the `snd`: what it gives is not read on the
/// other way, and dropped there. (Nothing but this block leads there: it is behind it, so not where the function
/// starts either.)
template <typename Set>
void Finisher<Set>::take_parts_before_branch(std::uint32_t index) {
  const auto blocks = graph_.blocks();
  WordBlock<Set>& block = blocks[index];
  if (block.end - block.begin < 2 || block.next == none || block.jump == none) return;
  const std::uint32_t fst = block.end - 2;
  if (instructions_[fst].op() != Op::fst) return;
  const Instruction& branch = instructions_[fst + 1];
  const Set named = registers_read<Set>(branch, form_of(branch.op()));
  for (const auto& [way, other_way] :
       {std::pair(block.next, block.jump), std::pair(block.jump, block.next)}) {
    WordBlock<Set>& then = blocks[way];
    if (way <= index || then.ways_in != 1 || then.end - then.begin < 2) continue;
    const std::uint32_t snd = then.begin;
    if (!are_parts(fst, snd)) continue;
    const std::uint8_t pair = instructions_[snd].b();
    const std::uint8_t second = instructions_[snd].a();
    const Set& other_live = blocks[other_way].live;
    if (named[pair] || named[second] || other_live[pair] || other_live[second]) continue;

    instructions_[fst].info = &op_info(Op::unpair);
    instructions_[fst].bytes = {instructions_[fst].a(), second, pair};
    const bool is_read = live_after_[snd][second];
    ++then.begin;
    for (Set* const live : {&live_after_[fst], &live_after_[fst + 1], &then.live}) {
      live->reset(pair);
      live->set(second, is_read);
    }
    return;
  }
}

template <typename Set>
std::optional<typename Finisher<Set>::Branch> Finisher<Set>::branch_at(std::uint32_t i,
                                                                       std::uint32_t end) const {
  const Instruction& first = instructions_[i];
  if (first.op() == Op::br_lt || first.op() == Op::br_le)
    return Branch{first.op(), first.a(), first.b(), 1};
  if (!is_fusible_compare(first.op()) || i + 1 == end) return std::nullopt;
  const Instruction& second = instructions_[i + 1];
  const bool is_branch_on_it = second.op() == Op::br_true && second.a() == first.a();
  if (!is_branch_on_it || live_after_[i + 1][first.a()]) return std::nullopt;
  return Branch{branch_on(first.op()), first.b(), first.c(), 2};
}

// Where values are dropped.

/// Where nothing leads back, `write` finds the facts as it goes.
template <typename Set>
void Finisher<Set>::find_facts(const TapeFunction& function) {
  const auto blocks = graph_.blocks();
  facts_.assign(blocks.size(), {});
  is_reached_.assign(blocks.size(), 0);
  waiting_.clear();
  flow_to(0, facts_at_start<Set>(function));
  while (graph_.has_loops() && !waiting_.empty()) {
    const std::uint32_t block = waiting_.back();
    waiting_.pop_back();
    FactsOf<Set> facts = facts_[block];
    walk(blocks[block], facts, [](const Set&) {}, [](std::uint32_t) {});
    flow_on(block, facts);
  }
}

template <typename Set>
void Finisher<Set>::flow_on(std::uint32_t index, FactsOf<Set>& facts) {
  const WordBlock<Set>& block = graph_.blocks()[index];
  if (block.next != none) flow_to(block.next, facts);
  if (block.jump == none) return;
  advance_jump(facts, instructions_[block.end - 1]);
  flow_to(block.jump, facts);
}

template <typename Set>
void Finisher<Set>::flow_to(std::uint32_t block, const FactsOf<Set>& facts) {
  if (is_reached_[block] != 0) {
    const FactsOf<Set> before = facts_[block];
    join(facts_[block], facts);
    if (facts_[block] == before) return;
  } else {
    facts_[block] = facts;
    is_reached_[block] = 1;
  }
  waiting_.push_back(block);
}

/// Goes through a block, changing `facts` on the way; calls `drop` with what is to be dropped at a
/// place and `keep` with each instruction, when `facts` hold behind it.
template <typename Set>
template <typename Drop, typename Keep>
void Finisher<Set>::walk(const WordBlock<Set>& block, FactsOf<Set>& facts, Drop drop,
                         Keep keep) const {
  const auto drop_dead = [&](const Set& live) {
    const Set dead = facts.counted & ~live;
    if (dead.none()) return;
    drop(dead);
    facts.counted &= live;
  };
  drop_dead(block.live);
  for (std::uint32_t i = block.begin; i < block.end; ++i) {
    const Instruction& instruction = instructions_[i];
    const OpForm& form = form_of(instruction.op());
    advance(facts, instruction, form, *counted_constants_);
    keep(i);
    // Behind a jump or an end there is no room: the blocks that follow drop for themselves.
    if (!form.jumps && !form.is_terminator) drop_dead(live_after_[i]);
  }
}

// The words.

template <typename Set>
void Finisher<Set>::write(TapeFunction& function) {
  const auto blocks = graph_.blocks();
  words_.clear();
  new_pc_.resize(code_->words.size() + 1);
  begin_.resize(blocks.size());
  last_.resize(blocks.size());
  Set set;  // by any word
  layer_ = 0;
  for (std::uint32_t b = 0; b < blocks.size(); ++b) {
    begin_[b] = static_cast<std::uint32_t>(words_.size());
    last_[b] = none;
    latest_.fill(none);
    new_pc_[blocks[b].pc] = begin_[b];  // its first instruction may have gone into the block before
    const auto drop = [&](Set dead) {
      if (last_[b] != none) give_up_operand(last_[b], dead);
      for_each_register(dead,
                        [&](std::uint8_t reg) { words_.push_back(make_word(Op::drop, reg)); });
    };
    FactsOf<Set> facts = facts_[b];
    const auto keep = [&](std::uint32_t i) {
      last_[b] = static_cast<std::uint32_t>(words_.size());
      set |= facts.set;
      write(i);
    };
    walk(blocks[b], facts, drop, keep);
    if (is_reached_[b] != 0) flow_on(b, facts);
  }
  new_pc_.back() = static_cast<std::uint32_t>(words_.size());
  for (std::uint32_t b = 0; b < blocks.size(); ++b) {
    if (blocks[b].jump != none) words_[last_[b] + 1] = begin_[blocks[b].jump] - last_[b];
  }
  function.code = Words(room_.copy(words_), words_.size());
  // What a word reads another has set, or it is a parameter.
  function.registers =
      static_cast<std::uint8_t>(std::max<unsigned>(function.parameters, end_of(set)));
  function.layer = layer_;
}

/// Of what is `dead` behind the instruction at `pc`, what it can give up by itself.
template <typename Set>
void Finisher<Set>::give_up_operand(std::uint32_t pc, Set& dead) {
  const Word word = words_[pc];
  const auto op = static_cast<Op>(op_byte(word));
  const std::uint8_t operand = op == Op::set ? byte_c(word) : byte_b(word);
  if (taking(op) == op || !dead[operand] || operand == byte_a(word)) return;
  words_[pc] = make_word(taking(op), byte_a(word), byte_b(word), byte_c(word));
  dead.reset(operand);
  if (op == Op::set) lead(pc);
}

/// The word that leads to the `set_take` at `pc`, if there is one.
template <typename Set>
void Finisher<Set>::lead(std::uint32_t pc) {
  for (const auto& [op, distance] : {std::pair(Op::get_set, 1U), std::pair(Op::get_swap, 3U)}) {
    if (pc < distance || latest_[distance] != pc - distance) continue;
    Word& first = words_[pc - distance];
    if (static_cast<Op>(op_byte(first)) != Op::get) continue;
    const Word leading = make_word(op, byte_a(first), byte_b(first), byte_c(first));
    if (leads_to(leading, std::span(words_).subspan(pc - distance + 1))) first = leading;
  }
}

/// An instruction, and where the words have gone that it was made of: each in its place, and what is
/// left of them to its last.
template <typename Set>
void Finisher<Set>::write(std::uint32_t i) {
  const Instruction& instruction = instructions_[i];
  const OpInfo& info = *instruction.info;
  const std::uint32_t old_end =
      i + 1 < instructions_.size() ? instructions_[i + 1].pc : code_->pc();
  const auto first = static_cast<std::uint32_t>(words_.size());
  std::ranges::copy_backward(std::span(latest_).first(3), latest_.end());
  latest_[0] = first;
  const std::uint32_t last = info.word_count - 1U;
  // Of `fst` and `snd` the first is the one that can fail; what follows begins where the other was.
  const std::uint32_t last_place = info.op == Op::unpair ? 1 : last;
  for (std::uint32_t pc = instruction.pc; pc < old_end; ++pc)
    new_pc_[pc] = first + std::min(pc - instruction.pc, last_place);

  const auto [a, b, c] = instruction.bytes;
  words_.push_back(make_word(info.op, a, b, c));
  for (std::uint32_t k = 1; k <= last; ++k)
    words_.push_back(code_->words[instruction.pc + k]);

  layer_ = std::max(layer_, info.layer);
}

template class Finisher<RegisterSet>;
template class Finisher<SmallRegisterSet>;

}  // namespace avm::lowering
