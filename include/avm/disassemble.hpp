// The disassembler: from a Tape back to `.avm` text, and what else there is to see of a Tape.
//
// Everything here asks for a Tape that `verify` has passed.
//
// Threads: functions only; may be used from several threads at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "avm/assemble.hpp"
#include "avm/tape.hpp"

namespace avm {

struct DisassembleOptions {
  /// Use what the debug section says: names of registers and labels, and lines as comments.
  bool debug = true;
  /// The sources, if they are there: their text stands in the comments too. A file of the Tape has
  /// its text in the source of the same name.
  std::span<const SourceFile> sources = {};
};

/// Source that means the same. Of a Tape that the assembler made without a debug section it gives
/// source that it makes the same Tape of.
std::string disassemble(const Tape& tape, const DisassembleOptions& options = {});

/// Each word in hexadecimal beside its meaning, and the constants.
std::string list_words(const Tape& tape);

/// Sizes, ops used, layers and safety; for each function its hash.
std::string tape_statistics(const Tape& tape);

}  // namespace avm
