// avm-run: runs a program from its source or its tape.
#pragma once

#include <string>
#include <vector>

#include "lib/io.hpp"

namespace avm {

ExitCode run(const std::vector<std::string>& arguments, Io& io);

}  // namespace avm
