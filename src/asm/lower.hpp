// Lowering: a checked module to a Tape.
//
// Function by function: operands become registers and constants, names become machine registers by
// liveness, compare-and-branch and small-constant arithmetic are fused, values move at their last
// use, and what is dead is dropped. What it does to a function is a function of its statements alone,
// so that disassembled source lowers to the same words again.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "asm/ast.hpp"
#include "avm/assemble.hpp"
#include "avm/tape.hpp"

namespace avm {

class Lowering {
 public:
  /// Diagnostics (registers that do not fit) go to `diagnostics`. All of these must outlive it.
  Lowering(const ast::Module& module, const std::vector<SourceFile>& sources,
           const AssembleOptions& options, std::vector<Diagnostic>& diagnostics);
  ~Lowering();
  Lowering(const Lowering&) = delete;
  Lowering& operator=(const Lowering&) = delete;

  /// Each function of the module in its turn, which the checks have passed. It is not looked at again.
  void add(ast::Index function);
  /// The nodes from `node` on are gone: there will be others in their places.
  void forget_from(ast::Index node);
  /// The Tape; nothing where a function could not be lowered.
  std::optional<Tape> finish();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace avm
