#include "asm/lower/graph.hpp"

namespace avm::lowering {

using ast::none;

bool falls_through(const ast::Module& module, const ast::Statement& statement) {
  if (statement.kind != ast::StatementKind::Op) return true;
  if (op_info(statement.op).is_terminator()) return false;
  if (statement.other_label != none) return false;
  for (std::uint32_t i = 0; i < statement.case_count; ++i) {
    if (module.cases[statement.first_case + i].literal == none) return false;
  }
  return true;
}

bool always_matches(const ast::Module& module, const ast::Statement& statement) {
  if (statement.kind != ast::StatementKind::Op || statement.op != Op::match) return false;
  const ast::NodeKind kind = module.operand(statement, 1).kind;
  return kind == ast::NodeKind::Register || kind == ast::NodeKind::Wildcard;
}

void Graph::read(const ast::Function& function) {
  function_ = &function;
  items_.clear();
  occurrences_.clear();
  find_reachable_statements();
  add_items();
  add_blocks();
  add_edges();
}

void Graph::find_reachable_statements() {
  const auto& statements = function_->statements;
  is_reachable_.assign(statements.size(), 0);
  work_.clear();
  const auto reach = [&](std::uint32_t statement) {
    if (statement >= statements.size() || is_reachable_[statement] != 0) return;
    is_reachable_[statement] = 1;
    work_.push_back(statement);
  };
  reach(0);
  while (!work_.empty()) {
    const std::uint32_t index = work_.back();
    work_.pop_back();
    for_each_label(module_, statements[index],
                   [&](ast::Index label) { reach(function_->labels[label].statement); });
    if (falls_through(module_, statements[index])) reach(index + 1);
  }
}

// Notes the registers in the operand or pattern `root`.
void Graph::note(std::uint32_t item, ast::Index root, bool sets) {
  const ast::Node& node = module_.nodes[root];
  if (node.is_constant) return;
  if (node.kind == ast::NodeKind::Register) {
    occurrences_.push_back({node.ref, item, sets, root});
  } else if (node.first_child != none) {
    note_parts(item, root, sets);
  }
}

void Graph::note_parts(std::uint32_t item, ast::Index root, bool sets) {
  work_.assign(1, root);
  while (!work_.empty()) {
    const ast::Index index = work_.back();
    work_.pop_back();
    const ast::Node& node = module_.nodes[index];
    if (node.kind == ast::NodeKind::Register) {
      occurrences_.push_back({node.ref, item, sets, index});
    }
    if (node.is_constant || node.first_child == none) continue;
    for (std::uint32_t i = node.child_count; i > 0; --i) {
      work_.push_back(module_.children[node.first_child + i - 1]);
    }
  }
}

std::uint32_t Graph::add_item(Part part, std::uint32_t statement) {
  items_.push_back({part, statement, static_cast<std::uint32_t>(occurrences_.size())});
  return static_cast<std::uint32_t>(items_.size()) - 1;
}

void Graph::add_items() {
  add_item(Part::Entry, 0);
  for (ast::Index parameter = 0; parameter < function_->parameter_count; ++parameter) {
    occurrences_.push_back({parameter, 0, true, none});
  }
  const auto& statements = function_->statements;
  first_item_.assign(statements.size(), none);
  for (std::uint32_t i = 0; i < statements.size(); ++i) {
    if (is_reachable_[i] == 0) continue;
    const ast::Statement& statement = statements[i];
    first_item_[i] = static_cast<std::uint32_t>(items_.size());
    if (statement.kind == ast::StatementKind::Op && statement.op == Op::match) {
      add_match(i, statement);
      continue;
    }
    const std::uint32_t item = add_item(Part::Whole, i);
    for (std::uint32_t k = 0; k < statement.operand_count; ++k) {
      note(item, module_.children[statement.first_operand + k], false);
    }
    if (statement.result != none) occurrences_.push_back({statement.result, item, true, none});
  }
}

void Graph::add_match(std::uint32_t index, const ast::Statement& statement) {
  const ast::Index value = module_.children[statement.first_operand];
  note(add_item(Part::Test, index), value, false);
  const std::uint32_t bind = add_item(Part::Bind, index);
  note(bind, value, false);
  note(bind, module_.children[statement.first_operand + 1], true);
}

void Graph::add_blocks() {
  is_leader_.assign(items_.size() + 1, 0);
  is_leader_[0] = 1;
  for (std::uint32_t i = 0; i < items_.size(); ++i) {
    if (items_[i].part == Part::Entry) continue;
    if (items_[i].part == Part::Bind) is_leader_[i] = 1;
    const ast::Statement& statement = function_->statements[items_[i].statement];
    bool ends = !falls_through(module_, statement);
    for_each_label(module_, statement, [&](ast::Index label) {
      is_leader_[target(label)] = 1;
      ends = true;
    });
    if (ends) is_leader_[i + 1] = 1;
  }
  blocks_.clear();
  block_of_.resize(items_.size());
  for (std::uint32_t i = 0; i < items_.size(); ++i) {
    if (is_leader_[i] != 0) blocks_.push_back({.begin = i});
    blocks_.back().end = i + 1;
    block_of_[i] = static_cast<std::uint32_t>(blocks_.size()) - 1;
  }
}

void Graph::add_edges() {
  edges_.clear();
  linked_from_.assign(blocks_.size(), none);
  has_loops_ = false;
  for (std::uint32_t b = 0; b < blocks_.size(); ++b)
    add_edges_from(b);

  // The lists of all blocks lie in one array, first counted and then filled.
  successors_.resize(edges_.size());
  predecessors_.resize(edges_.size());
  next_.assign(blocks_.size() + 1, 0);
  for (const Edge& edge : edges_)
    ++next_[edge.to + 1];
  std::uint32_t first = 0;
  std::uint32_t edge = 0;
  for (std::uint32_t b = 0; b < blocks_.size(); ++b) {
    const std::uint32_t count = next_[b + 1];
    blocks_[b].predecessors = std::span(predecessors_).subspan(first, count);
    next_[b] = first;
    first += count;
    const std::uint32_t begin = edge;
    for (; edge < edges_.size() && edges_[edge].from == b; ++edge)
      successors_[edge] = edges_[edge].to;
    blocks_[b].successors = std::span(successors_).subspan(begin, edge - begin);
  }
  for (const Edge& one : edges_)
    predecessors_[next_[one.to]++] = one.from;
}

void Graph::link(std::uint32_t from, std::uint32_t to_item) {
  const std::uint32_t to = block_of_[to_item];
  if (linked_from_[to] == from) return;
  linked_from_[to] = from;
  edges_.push_back({from, to});
  has_loops_ = has_loops_ || to <= from;
}

void Graph::add_edges_from(std::uint32_t block) {
  const std::uint32_t last = blocks_[block].end - 1;
  const Item& item = items_[last];
  if (item.part == Part::Entry || item.part == Part::Bind) {
    link(block, last + 1);
    return;
  }
  const ast::Statement& statement = function_->statements[item.statement];
  for_each_label(module_, statement, [&](ast::Index label) { link(block, target(label)); });
  if (falls_through(module_, statement)) link(block, last + 1);
}

}  // namespace avm::lowering
