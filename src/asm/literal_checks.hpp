// LiteralChecks: warns of literal operands with which a statement must fail when it runs, and of
// names of behaviors that the module does not hold.
#pragma once

#include <span>
#include <vector>

#include "asm/constant_ids.hpp"
#include "asm/diagnostics.hpp"
#include "avm/isa.hpp"

namespace avm::ast {

class LiteralChecks {
 public:
  LiteralChecks(const Module& module, const ConstantIds& constants, Diagnostics& diagnostics);

  /// Takes in the functions that the module has got since.
  void extend();

  /// `statement` is an op without a mistake.
  void check(const Statement& statement, const OpInfo& info);

 private:
  /// An operand, as far as the text tells.
  struct Operand {
    Span span;
    KindSet kinds = any_kind;     ///< What it may be.
    const Node* value = nullptr;  ///< Where it is a constant.
  };

  Operand operand(const Statement& statement, std::uint32_t index) const;
  bool check_kinds(const Statement& statement, const OpInfo& info);
  void check_same_kind(const Statement& statement, const OpInfo& info);
  void check_numbers(const Statement& statement, const OpInfo& info);
  void check_behavior(const Statement& statement);
  Diagnostic* must_fail(Span span, std::string why);

  const Module& module_;
  const ConstantIds& constants_;
  Diagnostics& diagnostics_;
  Index known_ = 0;                // functions
  std::vector<bool> is_behavior_;  // by name
  std::vector<bool> is_program_;
};

}  // namespace avm::ast
