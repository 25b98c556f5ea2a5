#include "lib/io.hpp"

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <new>

namespace avm {

bool wants_colour(bool is_terminal) {
  const char* const no_colour = std::getenv("NO_COLOR");
  return is_terminal && (no_colour == nullptr || *no_colour == '\0');
}

int tool_main(int argc, char** argv, Tool tool) {
  std::ios::sync_with_stdio(false);
  Io io{.in = std::cin,
        .out = std::cout,
        .err = std::cerr,
        .err_is_terminal = isatty(STDERR_FILENO) == 1,
        .out_is_terminal = isatty(STDOUT_FILENO) == 1};
  ExitCode code = ExitCode::Failed;
  try {
    code = tool(std::vector<std::string>(argv + 1, argv + argc), io);
  } catch (const std::bad_alloc&) {
    io.err << "error: there is not enough memory\n";
  }
  if (!io.out.flush()) {
    io.err << "error: cannot write to standard output\n";
    code = ExitCode::Usage;
  }
  return static_cast<int>(code);
}

}  // namespace avm
