#include "node/shell/listener.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "node/shell/endpoint.hpp"

namespace avm::node {
namespace {

/// Where the system has no more file descriptors it may have some again soon.
constexpr std::chrono::milliseconds pause_in_trouble{200};

}  // namespace

Listener::Listener(asio::io_context& io) : acceptor_(io.get_executor()), timer_(io) {}

std::expected<std::unique_ptr<Listener>, std::string> Listener::open(asio::io_context& io,
                                                                     const tcp::endpoint& address) {
  std::unique_ptr<Listener> listener(new Listener(io));
  auto& acceptor = listener->acceptor_;
  error_code error;
  acceptor.open(address.protocol(), error);
  // A node that is started again has its port at once, whatever is left of old connections.
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(address, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return std::unexpected(
        fmt::format("cannot listen on {}: {}", to_text(host_port(address)), error.message()));
  }
  listener->address_ = acceptor.local_endpoint();
  return listener;
}

void Listener::start(OnSocket on_socket, OnError on_error) {
  on_socket_ = std::move(on_socket);
  on_error_ = std::move(on_error);
  accept();
}

void Listener::close() {
  error_code ignored;
  acceptor_.close(ignored);
  timer_.cancel();
}

void Listener::accept() {
  acceptor_.async_accept(
      [this](error_code error, Socket socket) { on_accept(error, std::move(socket)); });
}

void Listener::on_accept(error_code error, Socket socket) {
  if (!acceptor_.is_open()) return;
  if (!error) {
    is_in_trouble_ = false;
    on_socket_(std::move(socket));
    return accept();
  }
  // One that was gone before it was taken is no trouble of ours.
  if (error == asio::error::connection_aborted) return accept();
  if (!std::exchange(is_in_trouble_, true)) {
    on_error_(fmt::format("cannot take a connection on {}: {}", to_text(host_port(address_)),
                          error.message()));
  }
  timer_.expires_after(pause_in_trouble);
  timer_.async_wait([this](error_code cancelled) {
    if (!cancelled) accept();
  });
}

}  // namespace avm::node
