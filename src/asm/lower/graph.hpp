// The statements of a function as the lowering sees them: items in basic blocks, and which register
// each of them reads and sets.
//
// An item is a statement, but for `match`: its test is one item and the binding of its registers
// another, since registers are set only where the pattern fits. Item 0 sets the parameters.
// Statements that cannot be reached have no item.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "asm/ast.hpp"

namespace avm::lowering {

enum class Part : std::uint8_t { Entry, Whole, Test, Bind };

struct Item {
  Part part = Part::Whole;
  std::uint32_t statement = 0;
  std::uint32_t first_occurrence = 0;
};

/// A register read or set by an item.
struct Occurrence {
  ast::Index reg = 0;  ///< Of the function.
  std::uint32_t item = 0;
  bool is_set = false;
  ast::Index node = ast::none;  ///< The operand or pattern; none for a result or a parameter.
};

struct Block {
  std::uint32_t begin = 0;  // items begin ≤ i < end
  std::uint32_t end = 0;
  std::vector<std::uint32_t> successors;
  std::vector<std::uint32_t> predecessors;
};

class Graph {
 public:
  Graph(const ast::Module& module, const ast::Function& function);

  std::span<const Item> items() const noexcept { return items_; }
  std::span<const Block> blocks() const noexcept { return blocks_; }
  std::uint32_t block_of(std::uint32_t item) const noexcept { return block_of_[item]; }
  /// Reads first, then sets, in the order in which they stand.
  std::span<const Occurrence> occurrences(std::uint32_t item) const noexcept;
  std::span<const Occurrence> all_occurrences() const noexcept { return occurrences_; }
  /// The item where control arrives that jumps to `label`.
  std::uint32_t target(ast::Index label) const noexcept;

 private:
  void add_items();
  void add_blocks();
  void link(std::uint32_t from, std::uint32_t to_item);
  void link_successors(std::uint32_t block);
  std::vector<bool> reachable_statements() const;
  void note(std::uint32_t item, ast::Index node, bool sets);

  const ast::Module& module_;
  const ast::Function& function_;
  std::vector<Item> items_;
  std::vector<std::uint32_t> first_item_;  // of a statement; none where it cannot be reached
  std::vector<Occurrence> occurrences_;
  std::vector<Block> blocks_;
  std::vector<std::uint32_t> block_of_;
};

/// Whether `statement` is a `match` whose pattern every value has: no word tests it.
bool always_matches(const ast::Module& module, const ast::Statement& statement);

/// Calls `visit(label)` for each label that `statement` may jump to.
template <typename Visit>
void for_each_label(const ast::Module& module, const ast::Statement& statement, Visit visit) {
  if (statement.label != ast::none && !always_matches(module, statement)) visit(statement.label);
  if (statement.other_label != ast::none) visit(statement.other_label);
  for (std::uint32_t i = 0; i < statement.case_count; ++i) {
    visit(module.cases[statement.first_case + i].label);
  }
}

/// Whether control may go on from `statement` to the one after it.
bool falls_through(const ast::Module& module, const ast::Statement& statement);

}  // namespace avm::lowering
