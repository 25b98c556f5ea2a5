// From source text to a checked module: what the assembler and the reference backend both begin
// with.
#pragma once

#include <optional>

#include "asm/ast.hpp"
#include "avm/assemble.hpp"

namespace avm::ast {

/// Reads `source` and what it imports. All that is to be said of them goes to `diagnostics` (in
/// order of file and position) and the counts of `assembly`, their texts to `sources`. Nothing
/// where there was an error.
std::optional<Module> read_module(SourceFile source, const AssembleOptions& options,
                                  const Importer& importer, Assembly& assembly);

}  // namespace avm::ast
