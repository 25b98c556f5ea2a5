// Random programs: made from the table of instructions, well formed, and mostly meaningful.
//
// Objects send each other messages, transactions are committed, aborted and left open, executions
// compete for the same objects, replicas are written and frozen. Loops end, operands mostly have the
// kinds that an op wants, and what fails mostly fails inside a call, so that a run gets somewhere.
//
// Threads: any. Errors: none.
#pragma once

#include <cstdint>
#include <string>

namespace avm {

struct RandomProgramOptions {
  std::uint64_t seed = 0;
  unsigned layer = 4;  ///< The highest layer whose instructions it has.
  unsigned size = 24;  ///< About as many statements has a function.
};

/// An `.avm` source, the same for the same options. The comment at its head says how to run it.
std::string random_program(const RandomProgramOptions& options);

}  // namespace avm
