#include <boost/asio/buffer.hpp>

#include "node/shell/channel.hpp"
#include "node/shell/endpoint.hpp"

namespace avm::node {
namespace {

class PlainChannel final : public Channel {
 public:
  explicit PlainChannel(Socket socket) : socket_(std::move(socket)) {
    error_code ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(tcp::no_delay(true), ignored);
  }

  void read(ChannelUser& user, std::span<char> into) override {
    socket_.async_read_some(asio::buffer(into.data(), into.size()),
                            [user = user.shared_from_this()](error_code error, std::size_t count) {
                              user->on_read(error, count);
                            });
  }

  std::size_t write_now(std::string_view bytes, error_code& error) override {
    const std::size_t count = socket_.write_some(asio::buffer(bytes), error);
    if (error == asio::error::would_block) error.clear();
    return count;
  }

  void write(ChannelUser& user, std::string_view bytes) override {
    socket_.async_write_some(asio::buffer(bytes),
                             [user = user.shared_from_this()](error_code error, std::size_t count) {
                               user->on_written(error, count);
                             });
  }

  void end_output() override {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }

  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  Socket socket_;
};

}  // namespace

OpenChannel plain_channel(Socket socket) {
  error_code error;
  const tcp::endpoint remote = socket.remote_endpoint(error);
  return {.channel = std::make_unique<PlainChannel>(std::move(socket)),
          .address = error ? "unknown" : to_text(host_port(remote))};
}

}  // namespace avm::node
