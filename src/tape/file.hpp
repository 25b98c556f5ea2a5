// How much room the parts of a Tape take in its file.
#pragma once

#include <cstddef>

#include "avm/tape.hpp"

namespace avm {

struct TapeSizes {
  std::size_t all = 0;
  // Contents of the sections.
  std::size_t constants = 0;
  std::size_t functions = 0;
  std::size_t debug = 0;
};

TapeSizes tape_sizes(const Tape& tape);

}  // namespace avm
