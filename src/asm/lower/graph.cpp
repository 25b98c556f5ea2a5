#include "asm/lower/graph.hpp"

#include <algorithm>

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

Graph::Graph(const ast::Module& module, const ast::Function& function)
    : module_(module), function_(function) {
  add_items();
  add_blocks();
}

std::vector<bool> Graph::reachable_statements() const {
  const auto& statements = function_.statements;
  std::vector<bool> seen(statements.size());
  std::vector<std::uint32_t> work;
  const auto reach = [&](std::uint32_t statement) {
    if (statement >= statements.size() || seen[statement]) return;
    seen[statement] = true;
    work.push_back(statement);
  };
  reach(0);
  while (!work.empty()) {
    const std::uint32_t index = work.back();
    work.pop_back();
    for_each_label(module_, statements[index],
                   [&](ast::Index label) { reach(function_.labels[label].statement); });
    if (falls_through(module_, statements[index])) reach(index + 1);
  }
  return seen;
}

// Notes the registers in the operand or pattern `root`.
void Graph::note(std::uint32_t item, ast::Index root, bool sets) {
  std::vector<ast::Index> work{root};
  while (!work.empty()) {
    const ast::Index index = work.back();
    work.pop_back();
    const ast::Node& node = module_.nodes[index];
    if (node.kind == ast::NodeKind::Register) {
      occurrences_.push_back({node.ref, item, sets, index});
    }
    if (node.is_constant || node.first_child == none) continue;
    for (std::uint32_t i = node.child_count; i > 0; --i) {
      work.push_back(module_.children[node.first_child + i - 1]);
    }
  }
}

void Graph::add_items() {
  const auto add = [&](Part part, std::uint32_t statement) {
    items_.push_back({part, statement, static_cast<std::uint32_t>(occurrences_.size())});
    return static_cast<std::uint32_t>(items_.size()) - 1;
  };
  add(Part::Entry, 0);
  for (const ast::Index parameter : function_.parameters) {
    occurrences_.push_back({parameter, 0, true, none});
  }

  const std::vector<bool> reachable = reachable_statements();
  first_item_.assign(function_.statements.size(), none);
  for (std::uint32_t i = 0; i < function_.statements.size(); ++i) {
    if (!reachable[i]) continue;
    const ast::Statement& statement = function_.statements[i];
    const bool is_match = statement.kind == ast::StatementKind::Op && statement.op == Op::match;
    first_item_[i] = static_cast<std::uint32_t>(items_.size());
    if (is_match) {
      const ast::Index value = module_.children[statement.first_operand];
      const std::uint32_t test = add(Part::Test, i);
      note(test, value, false);
      const std::uint32_t bind = add(Part::Bind, i);
      note(bind, value, false);
      note(bind, module_.children[statement.first_operand + 1], true);
      continue;
    }
    const std::uint32_t item = add(Part::Whole, i);
    for (std::uint32_t k = 0; k < statement.operand_count; ++k) {
      note(item, module_.children[statement.first_operand + k], false);
    }
    if (statement.result != none) occurrences_.push_back({statement.result, item, true, none});
  }
}

std::span<const Occurrence> Graph::occurrences(std::uint32_t item) const noexcept {
  const std::size_t begin = items_[item].first_occurrence;
  const std::size_t end =
      item + 1 < items_.size() ? items_[item + 1].first_occurrence : occurrences_.size();
  return std::span(occurrences_).subspan(begin, end - begin);
}

std::uint32_t Graph::target(ast::Index label) const noexcept {
  return first_item_[function_.labels[label].statement];
}

void Graph::add_blocks() {
  std::vector<bool> leaders(items_.size());
  leaders[0] = true;
  for (std::uint32_t i = 0; i < items_.size(); ++i) {
    if (items_[i].part == Part::Entry) continue;
    if (items_[i].part == Part::Bind) leaders[i] = true;
    const ast::Statement& statement = function_.statements[items_[i].statement];
    bool ends = !falls_through(module_, statement);
    for_each_label(module_, statement, [&](ast::Index label) {
      leaders[target(label)] = true;
      ends = true;
    });
    if (ends && i + 1 < items_.size()) leaders[i + 1] = true;
  }
  block_of_.resize(items_.size());
  for (std::uint32_t i = 0; i < items_.size(); ++i) {
    if (leaders[i]) {
      blocks_.emplace_back();
      blocks_.back().begin = i;
    }
    blocks_.back().end = i + 1;
    block_of_[i] = static_cast<std::uint32_t>(blocks_.size()) - 1;
  }
  for (std::uint32_t b = 0; b < blocks_.size(); ++b)
    link_successors(b);
}

void Graph::link(std::uint32_t from, std::uint32_t to_item) {
  const std::uint32_t to = block_of_[to_item];
  auto& successors = blocks_[from].successors;
  if (std::ranges::find(successors, to) != successors.end()) return;
  successors.push_back(to);
  blocks_[to].predecessors.push_back(from);
}

void Graph::link_successors(std::uint32_t block) {
  const std::uint32_t last = blocks_[block].end - 1;
  const Item& item = items_[last];
  if (item.part == Part::Entry || item.part == Part::Bind) {
    link(block, last + 1);
    return;
  }
  const ast::Statement& statement = function_.statements[item.statement];
  for_each_label(module_, statement, [&](ast::Index label) { link(block, target(label)); });
  if (falls_through(module_, statement)) link(block, last + 1);
}

}  // namespace avm::lowering
