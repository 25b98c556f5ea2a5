// avm-ctl: asks a running node, over its HTTP side.
#pragma once

#include <string>
#include <vector>

#include "lib/io.hpp"

namespace avm {

ExitCode ctl(const std::vector<std::string>& arguments, Io& io);

}  // namespace avm
