#include "node/shell/connections.hpp"

#include <utility>

namespace avm::node {

Connection& Connections::add(std::unique_ptr<Channel> channel, Milliseconds now) {
  const ConnectionId id = next_++;
  const auto [at, is_new] =
      all_.emplace(id, std::make_shared<Connection>(id, std::move(channel), owner_, limits_, now));
  return *at->second;
}

void Connections::send(ConnectionId id, std::string_view json) {
  const auto found = all_.find(id);
  if (found != all_.end() && found->second->send(json)) to_flush_.push_back(id);
}

void Connections::close(ConnectionId id) {
  const auto found = all_.find(id);
  if (found != all_.end() && found->second->close()) to_flush_.push_back(id);
}

void Connections::flush() {
  // Not an iterator: the list may grow.
  for (std::size_t i = 0; i < to_flush_.size(); ++i) {
    if (const auto connection = find(to_flush_[i])) connection->flush();
  }
  to_flush_.clear();
}

void Connections::on_tick(Milliseconds now) {
  for (const auto& connection : snapshot())
    connection->on_tick(now);
}

void Connections::read() {
  for (const auto& connection : snapshot())
    connection->read();
}

void Connections::drop() {
  for (const auto& connection : snapshot())
    connection->go();
}

std::shared_ptr<Connection> Connections::find(ConnectionId id) const {
  const auto found = all_.find(id);
  return found == all_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Connection>> Connections::snapshot() const {
  std::vector<std::shared_ptr<Connection>> connections;
  connections.reserve(all_.size());
  for (const auto& [id, connection] : all_)
    connections.push_back(connection);
  return connections;
}

}  // namespace avm::node
