// Lowering: a checked module to a Tape.
//
// Function by function: operands become registers and constants, names become machine registers by
// liveness, compare-and-branch and small-constant arithmetic are fused, values move at their last
// use, and what is dead is dropped. What it does to a function is a function of its statements alone,
// so that disassembled source lowers to the same words again.
#pragma once

#include <expected>
#include <vector>

#include "asm/ast.hpp"
#include "avm/assemble.hpp"
#include "avm/tape.hpp"

namespace avm {

/// Lowers `module`, which the checks have passed. Diagnostics (registers that do not fit) go to
/// `diagnostics`; where one is an error the result is nullopt.
std::optional<Tape> lower(const ast::Module& module, const std::vector<SourceFile>& sources,
                          const AssembleOptions& options, std::vector<Diagnostic>& diagnostics);

}  // namespace avm
