// avm-as: assembles source text to a tape.
#pragma once

#include <string>
#include <vector>

#include "lib/io.hpp"

namespace avm {

ExitCode as(const std::vector<std::string>& arguments, Io& io);

}  // namespace avm
