// A tool, run inside of the test's own process.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "lib/io.hpp"

namespace avm::test {

/// What came of it.
struct ToolRun {
  int code;
  std::string out;
  std::string err;
};

inline ToolRun run_tool(Tool tool, const std::vector<std::string>& arguments,
                        const std::string& input = {}, bool terminal = false) {
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  Io io{.in = in, .out = out, .err = err, .err_is_terminal = terminal, .out_is_terminal = terminal};
  const ExitCode code = tool(arguments, io);
  return {static_cast<int>(code), out.str(), err.str()};
}

}  // namespace avm::test
