#include "asm/flow_proof.hpp"

#include "asm/flow_graph.hpp"

namespace avm::ast {

bool FlowProof::holds(const Function& function, const FunctionNotes& notes) {
  function_ = &function;
  notes_ = &notes;
  constexpr std::size_t registers_known = 63;
  if (!notes.broken.empty() || notes.has_bad_header || notes.has_unknown_labels ||
      notes.is_open_ended || function.registers.size() > registers_known)
    return false;

  arrivals_.assign(function.labels.size(), {});
  next_label_ = 0;
  is_reached_ = true;
  const Set parameters = (Set{1} << function.parameter_count) - 1;
  set_ = parameters;
  ever_set_ = 0;
  ever_read_ = parameters;
  const auto count = static_cast<std::uint32_t>(function.statements.size());
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!arrive(i) || !pass(i) || !leave(i)) return false;
  }
  const bool runs_off = is_reached_ || next_label_ != function.labels.size();
  return !runs_off && (ever_set_ & ~ever_read_) == 0;
}

/// False where no way leads to a statement that is known yet, or nobody uses a label before it.
bool FlowProof::arrive(std::uint32_t statement) {
  const auto& labels = function_->labels;
  for (; next_label_ < labels.size() && labels[next_label_].statement == statement; ++next_label_) {
    if (!labels[next_label_].is_used) return false;
    Arrival& arrival = arrivals_[next_label_];
    if (arrival.is_there) set_ = is_reached_ ? set_ & arrival.set : arrival.set;
    is_reached_ = is_reached_ || arrival.is_there;
  }
  // Ways that lead back to here must have set no less.
  for (std::size_t l = next_label_; l > 0 && labels[l - 1].statement == statement; --l)
    arrivals_[l - 1].set = set_;
  return is_reached_;
}

/// What the statement reads has to be set before; then it sets its result.
bool FlowProof::pass(std::uint32_t index) {
  const Statement& statement = function_->statements[index];
  const Index begin = notes_->node_begins[index];
  const Index end = notes_->node_begins[index + 1];
  const bool is_match = statement.kind == StatementKind::Op && statement.op == Op::match;
  if (!read(begin, is_match ? pattern_begin(module_, statement) : end)) return false;
  if (statement.result == none) return true;
  set_ |= Set{1} << statement.result;
  ever_set_ |= Set{1} << statement.result;
  return true;
}

bool FlowProof::read(Index begin, Index end) {
  Set read = 0;
  for (Index node = begin; node < end; ++node) {
    if (module_.nodes[node].kind == NodeKind::Register) read |= Set{1} << module_.nodes[node].ref;
  }
  ever_read_ |= read;
  return (read & ~set_) == 0;
}

/// Goes all ways on from a statement.
bool FlowProof::leave(std::uint32_t index) {
  const Statement& statement = function_->statements[index];
  const Exits exits = exits_of(module_, statement);
  is_reached_ = exits.falls_through;
  if (!exits.is_last_of_block) return true;
  if (statement.label != none && !jump(index, statement.label)) return false;
  if (statement.other_label != none && !jump(index, statement.other_label)) return false;
  for (Index c = 0; c < statement.case_count; ++c) {
    if (!jump(index, module_.cases[statement.first_case + c].label)) return false;
  }
  if (statement.op != Op::match) return true;
  for (Index node = pattern_begin(module_, statement); node < notes_->node_begins[index + 1];
       ++node) {
    if (module_.nodes[node].kind != NodeKind::Register) continue;
    set_ |= Set{1} << module_.nodes[node].ref;
    ever_set_ |= Set{1} << module_.nodes[node].ref;
  }
  return true;
}

bool FlowProof::jump(std::uint32_t from, Index label) {
  Arrival& arrival = arrivals_[label];
  if (function_->labels[label].statement <= from) return (arrival.set & ~set_) == 0;
  arrival.set &= set_;
  arrival.is_there = true;
  return true;
}

}  // namespace avm::ast
