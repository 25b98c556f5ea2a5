// The verifier without its last step. A builder that has just made the content hashes need not have
// them made again to compare.
#pragma once

#include <expected>

#include "avm/tape.hpp"

namespace avm {

/// All that `verify` proves but that the hashes are true.
std::expected<void, TapeError> verify_but_hashes(const Tape& tape);

/// Whether the hash of each function is that of what it does.
bool are_hashes_true(const Tape& tape);

/// Whether `name` is a NAME of the language: a letter or `_`, then letters, digits and `_`.
bool is_name(std::string_view name) noexcept;

}  // namespace avm
