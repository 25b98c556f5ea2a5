// Names: what the constants and functions that source text names are.
//
// Constants, programs, behaviors and pure functions share one namespace. The programs of imported
// files are checked but not taken in, and so are known in their own file only.
#pragma once

#include "asm/diagnostics.hpp"
#include "asm/parsed.hpp"

namespace avm::ast {

/// Binds all names of the module, and puts its constants in order. Reports those that are defined
/// twice, that go in a circle, or that nothing is known of.
void resolve_names(ParsedModule& parsed, Diagnostics& diagnostics);

}  // namespace avm::ast
