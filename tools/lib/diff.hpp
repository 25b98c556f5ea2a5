// avm-diff: runs programs on both backends and says where they differ.
#pragma once

#include <string>
#include <vector>

#include "lib/io.hpp"

namespace avm {

ExitCode diff(const std::vector<std::string>& arguments, Io& io);

}  // namespace avm
