// Imports: a file, the files that it imports, those that they import, each once.
#pragma once

#include <vector>

#include "asm/diagnostics.hpp"
#include "asm/parsed.hpp"
#include "avm/assemble.hpp"

namespace avm::ast {

/// Reads and parses `source` and all that it imports, each file before those that it names.
/// `sources` gets their texts, the first of them `source`.
void parse_files(SourceFile source, const AssembleOptions& options, const Importer& importer,
                 std::vector<SourceFile>& sources, ParsedModule& parsed, Diagnostics& diagnostics);

}  // namespace avm::ast
