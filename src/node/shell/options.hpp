// What a node's shell is asked to do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "node/core.hpp"
#include "node/shell/address.hpp"
#include "node/shell/tls_files.hpp"

namespace avm::node {

/// A peer to stay connected with.
struct PeerAddress {
  std::optional<std::string> name{};  ///< Where it is known; with TLS its certificate must say so.
  HostPort address;
};

struct HttpOptions {
  HostPort address{"127.0.0.1", 0};  ///< Port 0: any that is free.
  std::string token{};               ///< Empty: none is asked for.
  std::size_t events = 20'000;       ///< Messages of the event stream that are kept.
  std::size_t event_bytes = std::size_t{64} << 20U;  ///< And so many bytes of them.
  std::size_t connections = 100;
  std::size_t body = std::size_t{1} << 20U;  ///< Bytes of a request's body.
  Milliseconds request_time = 10'000;        ///< For a request to come.
};

struct ShellOptions {
  NodeOptions node{};
  std::optional<std::uint16_t> prefix{};  ///< Else the port on which it listens.
  HostPort listen{"127.0.0.1", 0};        ///< An address, and port 0 for any that is free.
  std::vector<PeerAddress> peers{};
  std::optional<TlsFiles> tls{};
  bool insecure = false;  ///< To listen for others without TLS.
  bool unknown_is_here =
      false;  ///< A peer's name that means nothing means this machine (the demo).
  std::size_t connections = 1'000;             ///< That were not dialled from here.
  std::size_t queue = std::size_t{64} << 20U;  ///< Bytes that may wait to be written to one peer.
  /// So many executions that are ready keep new frames out, until there are half as many.
  std::uint64_t backlog = 100'000;
  Milliseconds stop_timeout = 5'000;  ///< For what is under way when it is to stop.
  std::optional<HttpOptions> http{};
};

/// Why such a node would let in whom it should not.
std::optional<std::string> unsafe_address(const ShellOptions& options);

}  // namespace avm::node
