// Random programs: valid modules of every op in the table, the same for the same seed.
//
// Every register is set before it is read, loops end, and operands mostly have the kinds that the op
// wants, so that a run gets somewhere before it fails, if it fails.
#pragma once

#include <cstdint>
#include <string>

namespace avm::test {

struct RandomProgramOptions {
  bool instructions = true;  ///< The AVM's own instructions too, not only pure code.
  unsigned layer_max = 3;
  unsigned statements = 40;  ///< About as many in each function.
  /// So many calls of objects, some of them in transactions, before main's own statements: what fails
  /// in them does not end the program.
  unsigned calls = 0;
};

/// `.avm` text with a program `main(%input)`, some behaviors and some pure functions.
std::string random_program(std::uint64_t seed, const RandomProgramOptions& options = {});

}  // namespace avm::test
