// Puts the constants of a module in an order in which each comes after those that it names.
#pragma once

#include "asm/diagnostics.hpp"
#include "asm/parsed.hpp"

namespace avm::ast {

/// Names must be bound. Reports constants that name each other in a circle.
void order_constants(ParsedModule& parsed, Diagnostics& diagnostics);

}  // namespace avm::ast
