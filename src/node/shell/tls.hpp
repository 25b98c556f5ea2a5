// TLS between nodes: each side shows a certificate of the cluster's authority and asks for one.
//
// A node's name is what its certificate says: its first DNS name, or else its common name.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "node/shell/channel.hpp"
#include "node/shell/tls_files.hpp"

namespace avm::node {

/// What all connections of a node share.
class TlsContext {
 public:
  /// As the error: which file is no good, and why.
  static std::expected<std::unique_ptr<TlsContext>, std::string> load(const TlsFiles& files);
  ~TlsContext();

  enum class Side : std::uint8_t { Dialled, Accepted };
  using Done = std::function<void(std::expected<OpenChannel, std::string>)>;
  /// Agrees on keys and looks at the certificates; `done` is told, never from within. It takes at most
  /// `milliseconds`.
  void handshake(Socket socket, Side side, std::uint64_t milliseconds, Done done);

 private:
  struct Impl;
  explicit TlsContext(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace avm::node
