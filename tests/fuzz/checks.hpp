// What must hold of programs, whatever made them. Each ends the process where it does not.
#pragma once

#include <string_view>

#include "avm/assemble.hpp"

namespace avm::fuzz {

/// Assembles a file that can import `"lib.avm"` and itself.
Assembly assembled(std::string_view text, bool debug = true);

/// There are errors that can be shown, or a Tape that verifies and survives its file format.
void check_assembly(const Assembly& assembly);

/// The tape survives its file format.
void check_file(const Tape& tape);

/// A Tape that verifies can be listed, counted and drawn; its source, with the names that it has, is
/// assembled again without an error.
void check_views(const Tape& tape);

/// A Tape that verifies: its source without names assembles, and the Tape made of that is made again of
/// its own source.
void check_source(const Tape& tape);

/// The assembler made this Tape without a debug section: it makes it again of its source, byte for byte.
void check_made_again(const Tape& tape);

/// A Tape that verifies does the same on both backends, within small limits.
void check_backends(const Tape& tape);
/// The same for what was assembled, without the way through the disassembler.
void check_backends(const Assembly& assembly);

}  // namespace avm::fuzz
