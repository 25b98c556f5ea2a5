// Dialer: from "HOST:PORT" to a channel that is ready: the name's addresses, one that answers, TLS.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>

#include "node/core.hpp"
#include "node/shell/endpoint.hpp"
#include "node/shell/resolver.hpp"
#include "node/shell/tls.hpp"

namespace avm::node {

struct DialOptions {
  Milliseconds timeout = 5'000;  ///< For all of it.
  /// A name that means nothing, or not within a second, means this machine: for the demo.
  bool unknown_is_here = false;
};

class Dialer {
 public:
  using Done = std::function<void(std::expected<OpenChannel, std::string>)>;

  /// `tls`: null where all is plain; else it must outlive what is dialled.
  Dialer(asio::io_context& io, TlsContext* tls, const DialOptions& options);

  /// `done` is told, never from within. `certified_name`: where it is set, the only one that will do.
  void dial(const HostPort& address, std::optional<std::string> certified_name, Done done);

 private:
  class Dial;
  asio::io_context& io_;
  TlsContext* tls_;
  DialOptions options_;
  Resolver resolver_;
};

}  // namespace avm::node
