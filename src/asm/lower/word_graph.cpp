#include "asm/lower/word_graph.hpp"

#include <utility>

namespace avm::lowering {
namespace {

using ast::none;

/// In `block_at_`: a block begins there, which has no number yet.
constexpr std::uint32_t leader = none - 1;

}  // namespace

template <typename Set>
void WordGraph<Set>::read(const Code& code) {
  find_leaders(code);
  read_instructions(code);
  link_blocks();
  find_liveness();
}

template <typename Set>
void WordGraph<Set>::find_leaders(const Code& code) {
  block_at_.assign(code.words.size() + 1, none);
  block_at_[0] = leader;
  for (const Code::Jump& jump : code.jumps)
    block_at_[code.label_pcs[jump.label]] = leader;
}

template <typename Set>
void WordGraph<Set>::read_instructions(const Code& code) {
  instructions_.clear();
  blocks_.clear();
  auto jump = code.jumps.begin();  // they stand in the order of the words
  for (std::uint32_t pc = 0; pc < code.pc();) {
    const Word word = code.words[pc];
    const OpForm& form = op_forms[op_byte(word)];
    const auto index = static_cast<std::uint32_t>(instructions_.size());
    Instruction& instruction = instructions_.emplace_back(
        form.info, pc, std::array{byte_a(word), byte_b(word), byte_c(word)});
    if (form.jumps) instruction.target = code.label_pcs[(jump++)->label];
    if (form.extras[0] == Extra::Constant) instruction.constant = code.words[pc + 1];

    if (block_at_[pc] == leader) {
      block_at_[pc] = static_cast<std::uint32_t>(blocks_.size());
      blocks_.push_back({.begin = index, .end = index, .pc = pc, .live = {}});
    }
    blocks_.back().end = index + 1;
    pc += form.word_count;
    if (form.jumps || form.is_terminator) block_at_[pc] = leader;
  }
}

template <typename Set>
void WordGraph<Set>::link_blocks() {
  has_loops_ = false;
  for (std::uint32_t b = 0; b < blocks_.size(); ++b) {
    WordBlock<Set>& block = blocks_[b];
    const Instruction& last = instructions_[block.end - 1];
    if (!last.info->is_terminator()) {
      block.next = b + 1;
      ++blocks_[b + 1].ways_in;
    }
    if (last.info->extras[0] != Extra::Jump) continue;
    block.jump = block_at_[last.target];
    ++blocks_[block.jump].ways_in;
    has_loops_ = has_loops_ || block.jump <= b;
  }
}

/// From the last block to the first: one look at each is enough where nothing leads back.
template <typename Set>
void WordGraph<Set>::find_liveness() {
  live_after_.resize(instructions_.size());
  for (auto b = static_cast<std::uint32_t>(blocks_.size()); b > 0; --b)
    update(b - 1);
  if (has_loops_) settle_loops();
}

/// Finds what is live in a block from what is live in those that follow; says whether its start changed.
template <typename Set>
bool WordGraph<Set>::update(std::uint32_t index) {
  WordBlock<Set>& block = blocks_[index];
  Set live;
  if (block.next != none) live |= blocks_[block.next].live;
  if (block.jump != none) live |= blocks_[block.jump].live;
  for (std::uint32_t i = block.end; i > block.begin; --i) {
    live_after_[i - 1] = live;
    const Instruction& instruction = instructions_[i - 1];
    retreat(live, instruction, form_of(instruction.op()));
  }
  return std::exchange(block.live, live) != live;
}

template <typename Set>
void WordGraph<Set>::settle_loops() {
  first_before_.assign(blocks_.size() + 1, 0);
  const auto for_each_edge = [&](auto visit) {
    for (std::uint32_t b = 0; b < blocks_.size(); ++b) {
      if (blocks_[b].next != none) visit(b, blocks_[b].next);
      if (blocks_[b].jump != none) visit(b, blocks_[b].jump);
    }
  };
  for_each_edge([&](std::uint32_t, std::uint32_t to) { ++first_before_[to + 1]; });
  for (std::size_t b = 0; b < blocks_.size(); ++b)
    first_before_[b + 1] += first_before_[b];
  before_.resize(first_before_.back());
  // Filled from the end of each list, so that the counts become the beginnings again.
  std::vector<std::uint32_t>& end = waiting_;
  end.assign(first_before_.begin() + 1, first_before_.end());
  for_each_edge([&](std::uint32_t from, std::uint32_t to) { before_[--end[to]] = from; });

  waiting_.clear();
  is_waiting_.assign(blocks_.size(), false);
  const auto wait = [&](std::uint32_t block) {
    if (is_waiting_[block]) return;
    is_waiting_[block] = true;
    waiting_.push_back(block);
  };
  for (std::uint32_t b = 0; b < blocks_.size(); ++b) {
    if (blocks_[b].jump <= b) wait(b);
  }
  while (!waiting_.empty()) {
    const std::uint32_t b = waiting_.back();
    waiting_.pop_back();
    is_waiting_[b] = false;
    if (!update(b)) continue;
    for (std::uint32_t i = first_before_[b]; i < first_before_[b + 1]; ++i)
      wait(before_[i]);
  }
}

template class WordGraph<RegisterSet>;
template class WordGraph<SmallRegisterSet>;

}  // namespace avm::lowering
