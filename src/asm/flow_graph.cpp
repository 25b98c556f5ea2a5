#include "asm/flow_graph.hpp"

namespace avm::ast {
namespace {

/// Stands for the block behind the last statement, which is none.
constexpr std::uint32_t no_block = 0xffffffff;

bool may_jump(const Statement& statement) noexcept {
  switch (statement.op) {
  case Op::jmp:
  case Op::br:
  case Op::br_nothing:
  case Op::switch_:
  case Op::match: return true;
  default: return false;
  }
}

}  // namespace

void Lists::assign(std::size_t count, std::span<const Entry> entries) {
  begins_.assign(count + 1, 0);
  values_.resize(entries.size());
  for (const Entry& entry : entries)
    ++begins_[entry.list + 1];
  for (std::size_t i = 0; i < count; ++i)
    begins_[i + 1] += begins_[i];
  next_.assign(begins_.begin(), begins_.end());
  for (const Entry& entry : entries)
    values_[next_[entry.list]++] = entry.value;
}

void FlowGraph::read(Index function) {
  function_ = &module_.functions[function];
  notes_ = &parsed_.notes_of(function);
  is_broken_.assign(function_->statements.size(), false);
  if (!notes_->broken.empty()) control_.resize(function_->statements.size());
  for (const BrokenStatement& broken : notes_->broken) {
    is_broken_[broken.statement] = true;
    control_[broken.statement] = broken.control;
  }
  find_blocks();
  find_edges();
  find_reached();
}

Exits FlowGraph::exits(std::uint32_t index) const {
  if (is_broken_[index]) {
    if (control_[index] == BrokenStatement::Control::FallsThrough) return {true, false};
    if (control_[index] == BrokenStatement::Control::Unknown) return {false, true};
  }
  return exits_of(module_, function_->statements[index]);
}

Exits exits_of(const Module& module, const Statement& statement) {
  if (statement.kind != StatementKind::Op) return {true, false};
  if (op_info(statement.op).is_terminator()) return {false, true};
  if (!may_jump(statement)) return {true, false};
  bool falls_through = true;
  if (statement.op == Op::switch_ && statement.case_count > 0) {
    const Index last = statement.first_case + statement.case_count - 1;
    falls_through = module.cases[last].literal != none;
  }
  if (statement.op == Op::br || statement.op == Op::br_nothing) {
    falls_through = statement.other_label == none;
  }
  return {falls_through, true};
}

void FlowGraph::find_blocks() {
  const auto count = static_cast<std::uint32_t>(function_->statements.size());
  blocks_.clear();
  block_of_label_.assign(function_->labels.size(), no_block);
  std::size_t label = 0;
  bool begins_block = true;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t first_label = label;
    while (label < function_->labels.size() && function_->labels[label].statement == i) {
      begins_block = begins_block || function_->labels[label].is_used;
      ++label;
    }
    if (begins_block) blocks_.push_back({.begin = i, .end = i});
    const auto block = static_cast<std::uint32_t>(blocks_.size() - 1);
    for (std::size_t l = first_label; l < label; ++l)
      block_of_label_[l] = block;
    blocks_.back().end = i + 1;
    const Statement& statement = function_->statements[i];
    begins_block = exits(i).is_last_of_block;
    if (statement.kind == StatementKind::Op && statement.op == Op::match && !is_broken_[i]) {
      blocks_.push_back({.begin = i + 1, .end = i + 1, .match = i});
    }
  }
}

void FlowGraph::add_label_edge(std::uint32_t block, Index label) {
  if (label == none) return;  // left out, or not known
  const std::uint32_t target = block_of_label_[label];
  if (target == no_block) {
    blocks_[block].falls_off = true;
  } else if (edges_.empty() || edges_.back().list != block || edges_.back().value != target) {
    // The cases of a switch often lead to few places.
    edges_.push_back({block, target});
  }
}

void FlowGraph::add_exits(std::uint32_t index) {
  Block& block = blocks_[index];
  bool falls_through = true;
  if (block.match == none) {
    const Statement& statement = function_->statements[block.end - 1];
    falls_through = exits(block.end - 1).falls_through;
    if (statement.kind == StatementKind::Op && may_jump(statement)) {
      add_label_edge(index, statement.label);
      add_label_edge(index, statement.other_label);
      for (Index c = 0; c < statement.case_count; ++c) {
        add_label_edge(index, module_.cases[statement.first_case + c].label);
      }
    }
  }
  if (!falls_through) return;
  if (index + 1 < blocks_.size()) {
    edges_.push_back({index, index + 1});
  } else {
    block.falls_off = true;
  }
}

void FlowGraph::find_edges() {
  edges_.clear();
  for (std::uint32_t i = 0; i < blocks_.size(); ++i)
    add_exits(i);
  successors_.assign(blocks_.size(), edges_);
  for (Lists::Entry& edge : edges_)
    std::swap(edge.list, edge.value);
  predecessors_.assign(blocks_.size(), edges_);
}

void FlowGraph::find_reached() {
  if (blocks_.empty()) return;
  waiting_.assign(1, 0);
  blocks_[0].is_reached = true;
  while (!waiting_.empty()) {
    const std::uint32_t block = waiting_.back();
    waiting_.pop_back();
    for (const std::uint32_t next : successors_[block]) {
      if (blocks_[next].is_reached) continue;
      blocks_[next].is_reached = true;
      waiting_.push_back(next);
    }
  }
}

}  // namespace avm::ast
