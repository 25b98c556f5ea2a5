// Checks of single statements, once all names are known: effects in pure functions, unsafe
// instructions, how many arguments functions get, keys of a switch, operands that must fail.
#pragma once

#include "asm/diagnostics.hpp"
#include "asm/parsed.hpp"

namespace avm::ast {

void check_statements(const ParsedModule& parsed, Diagnostics& diagnostics);

}  // namespace avm::ast
