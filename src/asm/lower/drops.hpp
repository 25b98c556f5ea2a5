// Dropping what is dead: after its last use a value that may hold a block is released, so that `ret`
// never has to look for what is left.
#pragma once

#include <cstdint>
#include <vector>

#include "asm/lower/code.hpp"
#include "avm/tape.hpp"

namespace avm::lowering {

/// Resolves the jumps of `code`.
void resolve_jumps(Code& code);

/// Adds `drop` words to `function`, whose jumps are resolved, wherever a register that may hold a
/// block is not read any more. Gives for each word of the old code, and for its end, where it is in
/// the new.
std::vector<std::uint32_t> insert_drops(TapeFunction& function,
                                        const std::vector<bool>& counted_constants);

}  // namespace avm::lowering
