// Inputs of the targets that take tapes: a tape file, or the text of a program to assemble, so that
// any program is a seed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "avm/tape.hpp"
#include "fuzz/target.hpp"

namespace avm::fuzz {

/// The file with a checksum that is right: else damage would never get past it.
std::vector<std::uint8_t> with_right_checksum(Bytes bytes);

/// The tape, not verified; nullopt where the input gives none.
std::optional<Tape> tape_of(Bytes input);

/// The tape if it verifies once layers, safety and hashes are declared as they are.
std::optional<Tape> verified_tape_of(Bytes input);

}  // namespace avm::fuzz
