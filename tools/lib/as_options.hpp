// The command line of avm-as.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "avm/assemble.hpp"
#include "lib/io.hpp"

namespace avm {

struct AsOptions {
  std::string file;
  std::string output;  ///< Empty where nothing is to be written.
  bool json = false;   ///< Diagnostics.
  bool colour = false;
  AssembleOptions assemble{.tree = false};  // nobody runs it
};

/// As the error: how the tool ends before it has begun.
std::expected<AsOptions, ExitCode> parse_as_options(const std::vector<std::string>& arguments,
                                                    Io& io);

}  // namespace avm
