// What assembly text means, as interaction trees: the reference that the Tape is held against.
//
// A function's statements are given meaning one after the other, by the shortest and plainest code that
// does it, straight from the syntax tree. Nothing here knows of the Tape. (Only the functions' hashes,
// by which a registry tells them apart, are given from outside.)
//
//   values.cpp    operands, constants, patterns
//   denote.cpp    functions and statements, control
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "asm/ast.hpp"
#include "avm/assemble.hpp"
#include "itree/tree_code.hpp"

namespace avm {

/// The registers of an activation, by the numbers that the syntax tree gives them.
using Registers = std::vector<Val, heap::Allocator<Val>>;

/// The values of a module's operands.
class Operands {
 public:
  explicit Operands(const ast::Module& module);

  Val value(ast::Index node, std::span<const Val> registers) const;

  /// What the registers of a pattern stand for in `value`; nullopt where it has another shape.
  using Bindings = std::vector<std::pair<ast::Index, Val>>;
  std::optional<Bindings> match(ast::Index pattern, Val value,
                                std::span<const Val> registers) const;

 private:
  // Of a node without children, or that is known already.
  std::optional<Val> leaf(ast::Index node, std::span<const Val> registers) const;
  void remember(ast::Index node);

  const ast::Module& module_;
  std::vector<Val> literals_;
  std::vector<bool> is_known_;
};

/// A module whose functions mean trees. Stays where it is as long as its machine lives.
class DenotedModule {
 public:
  /// `hashes`: of the functions that are not left out, in order.
  DenotedModule(std::shared_ptr<const ast::Module> module, const std::vector<SourceFile>& sources,
                const std::vector<Hash>& hashes);
  DenotedModule(const DenotedModule&) = delete;
  DenotedModule& operator=(const DenotedModule&) = delete;

  const std::deque<TreeCode>& functions() const noexcept { return codes_; }

 private:
  friend class DenotedFunction;

  std::shared_ptr<const ast::Module> module_;
  Operands operands_;
  std::deque<TreeCode> codes_;
  std::vector<const Code*> by_index_;  // null for what is left out
  // Where each statement of each function stands.
  std::vector<std::vector<SourcePosition>> positions_;
};

}  // namespace avm
