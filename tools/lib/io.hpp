// What a tool reads from and writes to, so that tests can run it inside their own process.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "lib/exit_code.hpp"

namespace avm {

struct Io {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool err_is_terminal = false;
  bool out_is_terminal = false;
};

/// Whether to colour what goes to a terminal: not where the user has set NO_COLOR (no-color.org).
bool wants_colour(bool is_terminal);

/// A tool without its process: command line arguments, its own name not among them.
using Tool = ExitCode (*)(const std::vector<std::string>& arguments, Io& io);

/// The body of a tool's `main`: runs it on the standard streams. Standard output that could not be
/// written is ExitCode::Usage, memory that ran out ExitCode::Failed.
int tool_main(int argc, char** argv, Tool tool);

}  // namespace avm
