// ConstantIds: a number for each distinct constant value, the same for equal ones.
//
// A value is numbered by its parts' numbers, so that constants that name each other are never
// written out: ten lines of source can stand for more than a memory holds.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "asm/ast.hpp"

namespace avm::ast {

class ConstantIds {
 public:
  explicit ConstantIds(const Module& module) : module_(module) {}

  /// Takes in the constants that the module has got since; they are in order.
  void extend();
  /// The nodes from `node` on are gone.
  void forget_from(Index node);

  /// The node that `node` stands for: itself, or the value of the constant that it names; `none`
  /// where that is not known.
  Index value(Index node) const noexcept;

  /// The number of a constant; `none` where part of it is not known.
  Index id(Index node);

 private:
  struct Leaf {
    NodeKind kind;
    std::uint64_t payload;  ///< The number, or the string's index.
    friend bool operator==(const Leaf&, const Leaf&) = default;
    friend std::size_t hash_value(const Leaf& leaf) noexcept {
      return static_cast<std::size_t>(leaf.payload) ^ static_cast<std::size_t>(leaf.kind) << 56U;
    }
  };

  Index id_of_leaf(const Node& node);
  Index id_of_aggregate(const Node& node);
  bool open_parts(const Node& node);

  const Module& module_;
  std::vector<Index> values_;  // of constants: the node
  boost::unordered_flat_map<Leaf, Index> leaves_;
  boost::unordered_flat_map<std::string, Index> aggregates_;  // by kind and ids of parts
  boost::unordered_flat_map<Index, Index> numbered_;          // aggregates, by node
  std::vector<Index> numbered_last_;  // those nodes, since some were forgotten
  std::vector<Index> open_;
  std::string key_;
  Index next_id_ = 0;
};

}  // namespace avm::ast
