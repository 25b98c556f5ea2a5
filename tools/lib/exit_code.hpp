// How a tool ends. The docs ("Tools") promise these numbers to scripts.
#pragma once

namespace avm {

enum class ExitCode : int {
  Done = 0,
  Failed = 1,  ///< The program that was run raised an error, or its value was cut.
  Usage = 2,  ///< Wrong use: an option, a file that cannot be read or written, unsafe code refused.
  BadInput = 3,  ///< The input is no good: mistakes in the source, a tape that does not verify.
};

}  // namespace avm
