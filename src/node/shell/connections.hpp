// Connections: all that a node has at the moment, by their ids, and which of them have something to say.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "node/shell/connection.hpp"

namespace avm::node {

class Connections {
 public:
  Connections(ConnectionOwner& owner, const ConnectionLimits& limits)
      : owner_(owner), limits_(limits) {}

  /// A new one, which does not read yet.
  Connection& add(std::unique_ptr<Channel> channel, Milliseconds now);
  void remove(ConnectionId id) { all_.erase(id); }

  /// A connection that is gone already takes nothing.
  void send(ConnectionId id, std::string_view json);
  void close(ConnectionId id);

  /// Writes what has been sent. The owner may be told of things by which more is to be sent, which
  /// then goes out as well.
  void flush();
  void on_tick(Milliseconds now);
  /// Goes on with reading where that was held back.
  void read();
  /// Ends all at once.
  void drop();

  std::size_t size() const noexcept { return all_.size(); }

 private:
  std::shared_ptr<Connection> find(ConnectionId id) const;
  std::vector<std::shared_ptr<Connection>> snapshot() const;

  ConnectionOwner& owner_;
  ConnectionLimits limits_;
  std::unordered_map<ConnectionId, std::shared_ptr<Connection>> all_;
  std::vector<ConnectionId> to_flush_;
  ConnectionId next_ = 1;
};

}  // namespace avm::node
