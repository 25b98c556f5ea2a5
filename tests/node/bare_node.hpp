// A core with nobody around it: the test is its network, clock and peers, and keeps all that it wants done.
// It runs `bare_node_program`.
//
//   BareNode node;
//   const ConnectionId beta = node.meet("beta", 2);      // connected, and both have said hello
//   node.tell(beta, Call{…});
//   CHECK(node.heard(beta) == Texts{R"({"type":"call_response",…})"});
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "avm/assemble.hpp"
#include "node/core.hpp"

namespace avm::node::test {

using Texts = std::vector<std::string>;

/// Programs that carry out one instruction each, and behaviors.
const Assembly& bare_node_program();

class BareNode final : public Outside {
 public:
  /// "alpha" of prefix 1, unless `options` say otherwise.
  explicit BareNode(NodeOptions options = {.name = "alpha", .prefix = 1, .epoch = 1});
  /// The same with other limits.
  explicit BareNode(const NodeLimits& limits)
      : BareNode(NodeOptions{.name = "alpha", .prefix = 1, .epoch = 1, .limits = limits}) {}

  // What happens to it. After each of these the core runs what it has ready.

  ConnectionId connect(Connected what = {.address = "there"});
  /// Connects and says hello. What is heard until then is dropped.
  ConnectionId meet(std::string_view machine, std::uint16_t prefix, std::uint64_t epoch = 1,
                    FrameLimits takes = {});
  void tell(ConnectionId connection, const Frame& frame);
  void tell(ConnectionId connection, std::string_view json);
  void lose(ConnectionId connection);
  void pass(Milliseconds time);
  void run();

  // What came of it.

  /// Frames that went out since it was last asked.
  std::vector<Frame> taken(ConnectionId connection);
  /// The same as their JSON.
  Texts heard(ConnectionId connection);
  bool is_open(ConnectionId connection) const { return open_.contains(connection); }
  bool has_said(std::string_view text) const;
  /// What the core knows of a machine; all empty where it knows none of that name.
  PeerView peer(std::string_view machine) const;
  /// The text of what a client's call, post or program gives, or "" while it is under way.
  std::string result(std::size_t client) const { return results_[client]; }

  std::size_t call(ObjectId target, const Val& input);
  std::size_t post(ObjectId target, const Val& message);
  std::size_t submit(std::string_view program, const Val& input);

  void send(ConnectionId connection, std::string_view json) override;
  void close(ConnectionId connection) override;
  void dial(PeerIndex peer) override { dialled.push_back(peer); }
  void log(LogLevel level, std::string_view text) override;
  void event(const NodeEvent&) override {}
  void event(const WireEvent&) override {}

  std::vector<PeerIndex> dialled;
  Texts log_lines;
  NodeCore core;

 private:
  NodeCore::Done into(std::size_t client);

  std::map<ConnectionId, Texts> open_;
  std::map<ConnectionId, Texts> closed_;
  Texts results_;
  ConnectionId next_connection_ = 1;
  Milliseconds now_ = 0;
};

}  // namespace avm::node::test
