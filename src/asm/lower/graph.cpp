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
  find_ways();
  add_items();
  add_edges();
}

/// From each statement that is reached on to where it leads: all in their order, then those that only a way back
/// has led to.
void Graph::find_ways() {
  const auto& statements = function_->statements;
  ways_.assign(statements.size(), {});
  work_.clear();
  std::uint32_t next = 0;
  const auto reach = [&](std::uint32_t statement) {
    if (statement >= statements.size() || ways_[statement].is_reached) return;
    ways_[statement].is_reached = true;
    if (statement < next) work_.push_back(statement);
  };
  const auto look_at = [&](std::uint32_t index) {
    Ways& ways = ways_[index];
    for_each_label(module_, statements[index], [&](ast::Index label) {
      const std::uint32_t target = function_->labels[label].statement;
      ways.jumps = true;
      ways_[target].is_target = true;
      reach(target);
    });
    ways.falls_through = falls_through(module_, statements[index]);
    if (ways.falls_through) reach(index + 1);
  };
  reach(0);
  while (next < statements.size()) {
    const std::uint32_t index = next++;
    if (ways_[index].is_reached) look_at(index);
  }
  while (!work_.empty()) {
    const std::uint32_t index = work_.back();
    work_.pop_back();
    look_at(index);
  }
}

// Notes the registers in the operand or pattern `root`.
void Graph::note(std::uint32_t item, ast::Index root, bool sets) {
  const ast::Node& node = module_.nodes[root];
  if (node.kind == ast::NodeKind::Register) {
    occurrences_.emplace_back(node.ref, item, sets, root);
  } else if (!node.is_constant && node.child_count > 0) {
    note_parts(item, root, sets);
  }
}

// They stand before it, in the order of the text.
void Graph::note_parts(std::uint32_t item, ast::Index root, bool sets) {
  ast::Index first = root;
  while (module_.nodes[first].child_count > 0)
    first = module_.children[module_.nodes[first].first_child];
  for (ast::Index index = first; index < root; ++index) {
    const ast::Node& node = module_.nodes[index];
    if (node.kind == ast::NodeKind::Register)
      occurrences_.emplace_back(node.ref, item, sets, index);
  }
}

std::uint32_t Graph::add_item(Part part, std::uint32_t statement, bool begins_block) {
  const auto item = static_cast<std::uint32_t>(items_.size());
  if (begins_block) blocks_.push_back({.begin = item});
  blocks_.back().end = item + 1;
  block_of_.push_back(static_cast<std::uint32_t>(blocks_.size()) - 1);
  items_.emplace_back(part, statement, static_cast<std::uint32_t>(occurrences_.size()));
  return item;
}

void Graph::add_items() {
  items_.clear();
  occurrences_.clear();
  blocks_.clear();
  block_of_.clear();
  add_item(Part::Entry, 0, true);
  for (ast::Index parameter = 0; parameter < function_->parameter_count; ++parameter) {
    occurrences_.emplace_back(parameter, 0U, true, none);
  }
  const auto& statements = function_->statements;
  first_item_.assign(statements.size(), none);
  bool begins_block = false;
  for (std::uint32_t i = 0; i < statements.size(); ++i) {
    const Ways& ways = ways_[i];
    if (!ways.is_reached) continue;
    const ast::Statement& statement = statements[i];
    first_item_[i] = static_cast<std::uint32_t>(items_.size());
    begins_block = begins_block || ways.is_target;
    if (statement.kind == ast::StatementKind::Op && statement.op == Op::match) {
      add_match(i, begins_block);
    } else {
      const std::uint32_t item = add_item(Part::Whole, i, begins_block);
      for (std::uint32_t k = 0; k < statement.operand_count; ++k) {
        note(item, module_.children[statement.first_operand + k], false);
      }
      if (statement.result != none) occurrences_.emplace_back(statement.result, item, true, none);
    }
    begins_block = ways.jumps || !ways.falls_through;
  }
  items_.push_back({Part::Whole, 0, static_cast<std::uint32_t>(occurrences_.size())});
}

void Graph::add_match(std::uint32_t index, bool begins_block) {
  const ast::Statement& statement = function_->statements[index];
  const ast::Index value = module_.children[statement.first_operand];
  note(add_item(Part::Test, index, begins_block), value, false);
  const std::uint32_t bind = add_item(Part::Bind, index, true);
  note(bind, value, false);
  note(bind, module_.children[statement.first_operand + 1], true);
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
  edges_.emplace_back(from, to);
  has_loops_ = has_loops_ || to <= from;
}

void Graph::add_edges_from(std::uint32_t block) {
  const std::uint32_t last = blocks_[block].end - 1;
  const Item& item = items_[last];
  if (item.part == Part::Entry || item.part == Part::Bind) {
    link(block, last + 1);
    return;
  }
  const Ways& ways = ways_[item.statement];
  if (ways.jumps) {
    for_each_label(module_, function_->statements[item.statement],
                   [&](ast::Index label) { link(block, target(label)); });
  }
  if (ways.falls_through) link(block, last + 1);
}

}  // namespace avm::lowering
