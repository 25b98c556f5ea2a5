// avm-node: a node of a cluster, until it is told to stop or its program has ended.
#pragma once

#include <string>
#include <vector>

#include "lib/io.hpp"

namespace avm {

ExitCode node_tool(const std::vector<std::string>& arguments, Io& io);

}  // namespace avm
