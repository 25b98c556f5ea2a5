// The node's counts in the text format of Prometheus.
#pragma once

#include <cstddef>
#include <string>

#include "node/core.hpp"

namespace avm::node {

/// What the shell counts itself.
struct ShellMetrics {
  std::size_t connections = 0;
  std::size_t peers_connected = 0;
  std::size_t http_connections = 0;
  std::size_t event_readers = 0;
  std::uint64_t events = 0;
};

std::string metrics_text(const NodeMetrics& node, const ShellMetrics& shell);

}  // namespace avm::node
