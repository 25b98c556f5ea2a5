#include "node/shell/dialer.hpp"

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

namespace avm::node {
namespace {

constexpr Milliseconds unknown_after = 1'000;

}  // namespace

/// One attempt. Each step goes on only where the time is not up.
class Dialer::Dial : public std::enable_shared_from_this<Dial> {
 public:
  Dial(Dialer& dialer, HostPort address, std::optional<std::string> certified_name, Done done)
      : dialer_(dialer),
        address_(std::move(address)),
        certified_name_(std::move(certified_name)),
        done_(std::move(done)),
        socket_(dialer.io_),
        timer_(dialer.io_) {}

  void start() {
    if (const auto ip = parse_ip(address_.host)) {
      addresses_ = {*ip};
      asio::post(dialer_.io_, [self = shared_from_this()] { self->connect(); });
    } else {
      resolve();
    }
  }

 private:
  const DialOptions& options() const { return dialer_.options_; }

  /// Calls `late` after so long, unless `timer_` is used otherwise by then.
  template <typename Late>
  void expect_within(Milliseconds time, Late late) {
    timer_.expires_after(std::chrono::milliseconds(time));
    timer_.async_wait([self = shared_from_this(), late](error_code cancelled) {
      if (!cancelled) late(*self);
    });
  }

  // ─── the name ─────────────────────────────────────────────────────────────────────────────────

  void resolve() {
    dialer_.resolver_.resolve(address_.host, [self = shared_from_this()](Resolver::Found found) {
      if (std::exchange(self->is_resolved_, true)) return;
      self->on_resolved(std::move(found));
    });
    const Milliseconds time =
        options().unknown_is_here ? std::min(unknown_after, options().timeout) : options().timeout;
    expect_within(time, [](Dial& self) {
      self.is_resolved_ = true;
      self.on_resolved(std::unexpected("no answer"));
    });
  }

  void on_resolved(Resolver::Found found) {
    if (found) {
      addresses_ = *std::move(found);
    } else if (options().unknown_is_here) {
      addresses_ = {asio::ip::address_v4::loopback()};
    } else {
      return finish(std::unexpected(
          fmt::format("the name '{}' leads nowhere: {}", address_.host, found.error())));
    }
    connect();
  }

  // ─── an address that answers ──────────────────────────────────────────────────────────────────

  void connect() {
    expect_within(options().timeout, [](Dial& self) {
      self.is_late_ = true;
      error_code ignored;
      self.socket_.close(ignored);
    });
    connect_next();
  }

  void connect_next() {
    if (next_ == addresses_.size()) return finish(std::unexpected(problem_));
    error_code ignored;
    socket_.close(ignored);
    socket_.async_connect(
        tcp::endpoint(addresses_[next_++], address_.port),
        [self = shared_from_this()](error_code error) { self->on_connected(error); });
  }

  void on_connected(error_code error) {
    if (is_late_) return finish(std::unexpected("no answer within --connect-timeout"));
    if (error) {
      problem_ = error.message();
      return connect_next();
    }
    timer_.cancel();
    if (dialer_.tls_ == nullptr) return finish(plain_channel(std::move(socket_)));
    dialer_.tls_->handshake(
        std::move(socket_), TlsContext::Side::Dialled, options().timeout,
        [self = shared_from_this()](auto channel) { self->on_handshake(std::move(channel)); });
  }

  void on_handshake(std::expected<OpenChannel, std::string> channel) {
    if (channel && certified_name_ && channel->certified_name != certified_name_) {
      return finish(std::unexpected(fmt::format("its certificate names '{}', not '{}'",
                                                *channel->certified_name, *certified_name_)));
    }
    finish(std::move(channel));
  }

  void finish(std::expected<OpenChannel, std::string> channel) {
    timer_.cancel();
    done_(std::move(channel));
  }

  Dialer& dialer_;
  HostPort address_;
  std::optional<std::string> certified_name_;
  Done done_;
  Socket socket_;
  asio::steady_timer timer_;
  std::vector<asio::ip::address> addresses_;
  std::size_t next_ = 0;
  std::string problem_ = "the name has no address";
  bool is_resolved_ = false;
  bool is_late_ = false;
};

Dialer::Dialer(asio::io_context& io, TlsContext* tls, const DialOptions& options)
    : io_(io), tls_(tls), options_(options), resolver_(io) {}

void Dialer::dial(const HostPort& address, std::optional<std::string> certified_name, Done done) {
  std::make_shared<Dial>(*this, address, std::move(certified_name), std::move(done))->start();
}

}  // namespace avm::node
