// Runs programs on a Machine in the order that a command line asks for: one, or several that take
// turns over one store.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "avm/machine.hpp"
#include "lib/exit_code.hpp"
#include "lib/run_options.hpp"

namespace avm {

struct SessionResult {
  std::vector<Result<Val>> values;  ///< Of the program; or of each of several, in their order.
  bool is_list = false;  ///< Several programs were asked for, and their set-up did not fail.
  ExecutionStats stats;  ///< Of all executions together.

  bool failed() const;
  /// What is printed where there is something to print: the value, or the list of values, errors
  /// among them as their text.
  Val value() const;
};

/// How a tool ends that could not load a tape, or not start a program.
ExitCode exit_code(LoadError::Reason reason);
/// What it says then.
std::string load_problem(std::string_view file, const LoadError& error);

/// Runs `entry`, or what `--setup` and `--run` say. The programs are there: the caller has looked.
/// `hooks`: who is told of what happens (its limits and number of the execution do not count).
SessionResult run_session(Machine& machine, std::string_view entry, const RunOptions& options,
                          const StartOptions& hooks);

}  // namespace avm
