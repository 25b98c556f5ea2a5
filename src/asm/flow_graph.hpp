// FlowGraph: the basic blocks of a function in the syntax tree.
//
// The registers that a `match` binds are set where its pattern fits, and only there: each match is
// followed by a block of its own, without statements, that stands for the binding.
//
// Statements with mistakes in them have a place here too, so that one mistake does not hide others.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "asm/parsed.hpp"

namespace avm::ast {

/// Lists of numbers in one array, one list for each of 0 to count.
class Lists {
 public:
  struct Entry {
    std::uint32_t list;
    std::uint32_t value;
  };
  /// Entries of one list keep their order.
  void assign(std::size_t count, std::span<const Entry> entries);

  std::span<const std::uint32_t> operator[](std::size_t list) const noexcept {
    return std::span(values_).subspan(begins_[list], begins_[list + 1] - begins_[list]);
  }

 private:
  std::vector<std::uint32_t> begins_;
  std::vector<std::uint32_t> values_;
  std::vector<std::uint32_t> next_;  // by list: where its next entry goes
};

struct Block {
  std::uint32_t begin = 0;  ///< Statements from here to `end`.
  std::uint32_t end = 0;
  Index match = none;  ///< Of a block that stands for a binding: the statement.
  bool is_reached = false;
  bool falls_off = false;  ///< Goes on past the end of the function.
};

/// Where control goes behind a statement.
struct Exits {
  bool falls_through = true;
  bool is_last_of_block = false;
};
Exits exits_of(const Module& module, const Statement& statement);

/// The nodes of a match are those of its operand, then those of its pattern, from here on.
inline Index pattern_begin(const Module& module, const Statement& match) noexcept {
  return module.children[match.first_operand] + 1;
}

/// Its room is kept from function to function.
class FlowGraph {
 public:
  explicit FlowGraph(const ParsedModule& parsed) : parsed_(parsed), module_(parsed.module) {}

  void read(Index function);

  const std::vector<Block>& blocks() const noexcept { return blocks_; }
  const Lists& successors() const noexcept { return successors_; }
  const Lists& predecessors() const noexcept { return predecessors_; }
  bool is_broken(std::uint32_t statement) const noexcept { return is_broken_[statement]; }

 private:
  Exits exits(std::uint32_t statement) const;
  void find_blocks();
  void find_edges();
  void add_exits(std::uint32_t block);
  void add_label_edge(std::uint32_t block, Index label);
  void find_reached();

  const ParsedModule& parsed_;
  const Module& module_;
  const Function* function_ = nullptr;
  const FunctionNotes* notes_ = nullptr;
  std::vector<Block> blocks_;
  std::vector<std::uint32_t> block_of_label_;
  std::vector<bool> is_broken_;
  std::vector<BrokenStatement::Control> control_;  // by statement, where one is broken
  Lists successors_;
  Lists predecessors_;
  std::vector<Lists::Entry> edges_;
  std::vector<std::uint32_t> waiting_;
};

}  // namespace avm::ast
