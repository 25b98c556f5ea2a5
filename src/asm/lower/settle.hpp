// Settling words: of the forms in which a function's words can be put, the one that they alone
// determine.
//
// The emitter goes by what the statements say. They can read a register without a word that does so
// (`match %x, _, L` reads %x, and `%x = %x` does), or stand between two statements that one
// word could do together without there being a word between them. What is decided after such
// reads differs from what the words themselves would say, and source that was disassembled, which has
// a statement for each word, would not give the same words again.
#pragma once

#include <cstdint>
#include <vector>

#include "avm/tape.hpp"

namespace avm::lowering {

/// In `function`, whose jumps are resolved:
///   a copy of what is not read again becomes a move;
///   a result that is not read is left out, where the op can do without;
///   a function without parameters is applied in the lowest frame that is free;
///   `fst` and `snd` of a pair that is not read again become one word;
///   a comparison and the branch on what comes of it become one word, with an addition before them.
/// Gives for each word of the old code, and for its end, where it is in the new.
std::vector<std::uint32_t> settle(TapeFunction& function);

}  // namespace avm::lowering
