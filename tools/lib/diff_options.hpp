// What `avm-diff` is asked to do.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "lib/io.hpp"
#include "lib/random_diff.hpp"
#include "lib/run_options.hpp"

namespace avm {

struct DiffOptions {
  std::vector<std::string> files;
  /// How each of the files is run; nullopt: as its head states.
  std::optional<RunOptions> run;
  std::string run_text;  ///< The same as on the command line, to be shown.
  /// Set where random programs are asked for, and not files.
  std::optional<RandomDiffOptions> random;
  bool quiet = false;  ///< Says nothing of what is the same.
};

/// Reads the command line. As the error: the exit code, where help was asked for or the command
/// line is wrong; what there is to say has been said.
std::expected<DiffOptions, ExitCode> parse_diff_options(const std::vector<std::string>& arguments,
                                                        Io& io);

}  // namespace avm
