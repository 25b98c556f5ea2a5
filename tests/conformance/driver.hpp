// Runs what a conformance file states, on each backend, and says where something else comes of it.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "avm/assemble.hpp"
#include "conformance/expectations.hpp"
#include "lib/comparison.hpp"
#include "lib/exit_code.hpp"
#include "lib/run_options.hpp"

namespace avm::conformance {

/// All that came of one case on one backend: the texts that a file may state.
struct Outcome {
  ExitCode exit = ExitCode::Done;
  std::string value;
  std::string error;
  std::vector<std::string> diagnostics;
  std::vector<std::string> failures;
  Ran ran;
};

struct Report {
  /// Empty where all came as stated. Under `accept` there are those that accepting cannot mend.
  std::vector<std::string> complaints;
  /// The file as it should be: another text than before where `accept` changed what it states.
  std::string text;
};

/// Reads the head of `source`, runs its cases on all backends, and compares what comes with what the
/// file states, and the backends with each other. `accept`: what comes is right, and is stated then.
Report check(const SourceFile& source, bool accept);

/// What two backends must have in common; a text for the first difference, empty where there is none.
/// `has_lines`: both know the lines of the source.
std::string compare(const Outcome& first, const Outcome& other, bool has_lines);

/// `run` is a whole command line, which has to name `file`, or its options alone. As the error: what
/// is wrong with it.
std::expected<RunOptions, std::string> options_of(const std::string& run, const std::string& file);

/// All .avm files below `folder`, sorted. What is in a folder `imported` is there for others to import.
std::vector<std::string> files_below(const std::string& folder);

}  // namespace avm::conformance
