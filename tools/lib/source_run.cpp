#include "lib/source_run.hpp"

#include <sstream>

#include "lib/stated_runs.hpp"

namespace avm {

std::expected<SourceRun, std::string> read_source_run(const std::string& name,
                                                      const std::string& source) {
  std::vector<std::string> arguments{name};
  if (const auto runs = stated_runs(source); !runs.empty())
    arguments.insert(arguments.end(), runs.front().begin(), runs.front().end());
  std::istringstream nothing;
  std::ostringstream said;
  Io io{.in = nothing, .out = said, .err = said};
  auto options = parse_run_options(arguments, io);
  if (!options) return std::unexpected(said.str());
  SourceRun run{assemble({name, source}), *std::move(options)};
  if (!run.assembly.tape) return std::unexpected(render(run.assembly, false));
  const bool names_none = run.options.programs.empty() && run.options.entry.empty();
  if (names_none && run.assembly.tape->entry() == nullptr)
    return std::unexpected(std::string("there is no program main\n"));
  return run;
}

}  // namespace avm
