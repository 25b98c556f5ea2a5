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
  std::span<const std::uint32_t> successors;
  std::span<const std::uint32_t> predecessors;
};

/// Its room is kept from function to function.
class Graph {
 public:
  explicit Graph(const ast::Module& module) : module_(module) {}

  /// Valid until the next is read, like all that is given out.
  void read(const ast::Function& function);

  std::span<const Item> items() const noexcept {
    return std::span(items_).first(items_.size() - 1);
  }
  std::span<const Block> blocks() const noexcept { return blocks_; }
  std::uint32_t block_of(std::uint32_t item) const noexcept { return block_of_[item]; }
  /// Whether a block is followed by one that is not behind it.
  bool has_loops() const noexcept { return has_loops_; }
  /// Among all; of the number of items: how many there are.
  std::uint32_t first_occurrence(std::uint32_t item) const noexcept {
    return items_[item].first_occurrence;
  }
  /// Reads first, then sets, in the order in which they stand.
  std::span<const Occurrence> occurrences(std::uint32_t item) const noexcept {
    const std::uint32_t begin = items_[item].first_occurrence;
    return {occurrences_.data() + begin, items_[item + 1].first_occurrence - begin};
  }
  std::span<const Occurrence> all_occurrences() const noexcept { return occurrences_; }
  /// The item where control arrives that jumps to `label`.
  std::uint32_t target(ast::Index label) const noexcept {
    return first_item_[function_->labels[label].statement];
  }

 private:
  struct Edge {
    std::uint32_t from;
    std::uint32_t to;
  };

  /// Where control goes from a statement.
  struct Ways {
    bool is_reached = false;
    bool is_target = false;  ///< It is jumped to.
    bool falls_through = false;
    bool jumps = false;
  };

  void find_ways();
  void add_items();
  void add_match(std::uint32_t index, bool begins_block);
  void add_edges();
  void add_edges_from(std::uint32_t block);
  void link(std::uint32_t from, std::uint32_t to_item);
  std::uint32_t add_item(Part part, std::uint32_t statement, bool begins_block);
  void note(std::uint32_t item, ast::Index node, bool sets);
  void note_parts(std::uint32_t item, ast::Index root, bool sets);

  const ast::Module& module_;
  const ast::Function* function_ = nullptr;
  std::vector<Item> items_;                // and one more, behind the last
  std::vector<std::uint32_t> first_item_;  // of a statement; none where it cannot be reached
  std::vector<Occurrence> occurrences_;
  std::vector<Block> blocks_;
  std::vector<std::uint32_t> block_of_;
  bool has_loops_ = false;

  std::vector<Edge> edges_;  // in order of their beginnings
  std::vector<std::uint32_t> successors_;
  std::vector<std::uint32_t> predecessors_;
  std::vector<std::uint32_t> next_;         // by block: where its next predecessor is put
  std::vector<std::uint32_t> linked_from_;  // by block: the last that was linked to it
  std::vector<Ways> ways_;                  // by statement
  std::vector<std::uint32_t> work_;
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
