// The demo of `avm-node`: ping on one node and pong on another call each other.
//
// Which of them a node hosts is decided by its name and options alone, so that they can be started in
// either order: pong, unless it was given `--rounds` or is called alpha.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "node/shell/shell.hpp"

namespace avm {

struct DemoOptions {
  bool is_on = false;
  std::optional<std::uint64_t> rounds{};
};

/// Whether the node hosts ping, and so begins.
bool hosts_ping(const DemoOptions& options, std::string_view name);

class Demo final : node::Watcher {
 public:
  using Done = node::NodeCore::Done;

  /// Both must outlive it.
  Demo(node::Shell& shell, node::Log& log) : shell_(shell), log_(log) {}

  /// Makes the object. The node that hosts ping calls it as soon as a peer has announced an object, and
  /// `done` is told what comes of it. As the error: what went wrong, in words.
  std::expected<void, std::string> start(const DemoOptions& options, Done done);

 private:
  void event(const node::NodeEvent& event) override;
  void event(const node::WireEvent& event) override;

  node::Shell& shell_;
  node::Log& log_;
};

}  // namespace avm
