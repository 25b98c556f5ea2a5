// ConstantIds: a number for each distinct constant value, the same for equal ones.
//
// A value is numbered by its parts' numbers, so that constants that name each other are never
// written out: ten lines of source can stand for more than a memory holds.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "asm/ast.hpp"

namespace avm::ast {

class ConstantIds {
 public:
  /// The constants of `module` are in order.
  explicit ConstantIds(const Module& module);

  /// The node that `node` stands for: itself, or the value of the constant that it names; `none`
  /// where that is not known.
  Index value(Index node) const noexcept;

  /// The number of a constant; `none` where part of it is not known.
  Index id(Index node);

 private:
  Index number(Index node);
  bool open_parts(Index node);

  const Module& module_;
  std::vector<Index> values_;  // of constants: the node
  std::unordered_map<Index, Index> ids_of_nodes_;
  std::unordered_map<std::string, Index> ids_;
  std::vector<Index> open_;
  std::string key_;
};

}  // namespace avm::ast
