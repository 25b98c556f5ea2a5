// The log of `avm-node`: lines for people, or JSON for programs, on standard error.
#pragma once

#include <memory>
#include <string>

#include "lib/io.hpp"
#include "node/shell/log.hpp"

namespace avm {

struct NodeLogOptions {
  node::LogLevel level = node::LogLevel::Info;
  bool json = false;
};

/// `name`: the node's.
std::unique_ptr<node::Log> make_node_log(const std::string& name, const NodeLogOptions& options,
                                         Io& io);

}  // namespace avm
