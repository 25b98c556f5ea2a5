// Listener: takes connections in on one address, and survives where the system has none to give.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "node/shell/asio.hpp"

namespace avm::node {

class Listener {
 public:
  using OnSocket = std::function<void(Socket socket)>;
  using OnError = std::function<void(std::string_view what)>;

  /// As the error: why nobody can come in there.
  static std::expected<std::unique_ptr<Listener>, std::string> open(asio::io_context& io,
                                                                    const tcp::endpoint& address);

  /// With the port that was found where any was asked for.
  const tcp::endpoint& address() const noexcept { return address_; }

  /// From now on each one that comes is handed over. `on_error` is told of trouble, once a stretch.
  void start(OnSocket on_socket, OnError on_error);
  void close();

 private:
  explicit Listener(asio::io_context& io);
  void accept();
  void on_accept(error_code error, Socket socket);

  asio::basic_socket_acceptor<tcp, asio::io_context::executor_type> acceptor_;
  asio::steady_timer timer_;
  tcp::endpoint address_;
  OnSocket on_socket_;
  OnError on_error_;
  bool is_in_trouble_ = false;
};

}  // namespace avm::node
