// A Tape made of bytes, word by word: each byte is a choice of what comes next. It is no Tape that the
// assembler would make, and mostly one that verifies.
#pragma once

#include <optional>

#include "avm/tape.hpp"
#include "fuzz/target.hpp"

namespace avm::fuzz {

/// nullopt where the verifier refuses what comes of the bytes.
std::optional<Tape> made_tape(Bytes bytes);

}  // namespace avm::fuzz
