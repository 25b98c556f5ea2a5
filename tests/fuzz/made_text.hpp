// Text of the language, made of bytes: each byte is a choice of what comes next.
//
// Mostly it is well formed, so that the assembler gets to its end, and its parts fit, so that programs
// get somewhere when they run; now and then there is a mistake in it. Jumps go anywhere.
#pragma once

#include <string>

#include "fuzz/target.hpp"

namespace avm::fuzz {

std::string made_text(Bytes bytes);

}  // namespace avm::fuzz
