#include "node/shell/metrics_text.hpp"

#include <cstdint>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

namespace avm::node {

std::string metrics_text(const NodeMetrics& node, const ShellMetrics& shell) {
  std::string text;
  const auto put = [&](std::string_view name, std::string_view type, std::string_view help,
                       std::uint64_t value) {
    fmt::format_to(std::back_inserter(text),
                   "# HELP avm_node_{0} {1}\n# TYPE avm_node_{0} {2}\navm_node_{0} {3}\n", name,
                   help, type, value);
  };
  const auto gauge = [&](std::string_view name, std::string_view help, std::uint64_t value) {
    put(name, "gauge", help, value);
  };
  const auto counter = [&](std::string_view name, std::string_view help, std::uint64_t value) {
    put(name, "counter", help, value);
  };
  gauge("objects", "Objects that live here.", node.objects);
  gauge("executions", "Executions under way.", node.executions);
  gauge("executions_waiting", "Executions that wait for another node.", node.waiting);
  counter("executions_started_total", "Executions that were begun.", node.executions_started);
  counter("executions_failed_total", "Executions that ended by an error.", node.executions_failed);
  counter("frames_in_total", "Frames received.", node.frames_in);
  counter("frames_out_total", "Frames sent.", node.frames_out);
  counter("bytes_in_total", "Bytes of frames received.", node.bytes_in);
  counter("bytes_out_total", "Bytes of frames sent.", node.bytes_out);
  counter("frames_refused_total", "Frames that were none.", node.frames_refused);
  counter("requests_resent_total", "Requests sent again after a connection broke.",
          node.requests_resent);
  counter("unreachable_total", "Requests that failed because a node could not be reached.",
          node.unreachable);
  counter("moves_total", "Objects that moved.", node.moves);
  gauge("directory_entries", "Objects elsewhere whose place is known.", node.directory);
  gauge("heap_bytes", "Bytes of values.", node.heap_bytes);
  gauge("connections", "Connections with other nodes.", shell.connections);
  gauge("peers_connected", "Peers that are connected.", shell.peers_connected);
  gauge("http_connections", "Connections of the HTTP side.", shell.http_connections);
  gauge("event_readers", "Readers of the event stream.", shell.event_readers);
  counter("events_total", "Messages of the event stream.", shell.events);
  return text;
}

}  // namespace avm::node
