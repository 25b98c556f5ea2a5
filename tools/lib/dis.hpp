// avm-dis: shows what is in a tape.
#pragma once

#include <string>
#include <vector>

#include "lib/io.hpp"

namespace avm {

ExitCode dis(const std::vector<std::string>& arguments, Io& io);

}  // namespace avm
