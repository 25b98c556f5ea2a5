// Sources that say in their heads how they are run.
#pragma once

#include <expected>
#include <string>

#include "avm/assemble.hpp"
#include "lib/run_options.hpp"

namespace avm {

struct SourceRun {
  Assembly assembly;
  RunOptions options;
};

/// Assembles `source`, for the first run that its head states. As the error: what is wrong with the source
/// or its head.
std::expected<SourceRun, std::string> read_source_run(const std::string& name,
                                                      const std::string& source);

}  // namespace avm
