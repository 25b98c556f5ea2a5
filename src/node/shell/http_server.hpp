// The HTTP side of a node: listens, and has a session for each connection.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <string>

#include "node/shell/asio.hpp"
#include "node/shell/event_log.hpp"
#include "node/shell/log.hpp"
#include "node/shell/options.hpp"
#include "node/shell/routes.hpp"

namespace avm::node {

class HttpServer {
 public:
  /// Binds, and does not take anybody in yet. As the error: why it cannot.
  static std::expected<std::unique_ptr<HttpServer>, std::string> open(asio::io_context& io,
                                                                      const HttpOptions& options,
                                                                      Log& log);
  ~HttpServer();

  /// With the port that was found where any was asked for.
  HostPort address() const;
  /// Both must outlive this.
  void start(Routes& routes, EventLog& events);
  std::size_t connections() const noexcept;
  /// Takes nobody in any more, and ends what only waits. Answers under way still go out.
  void stop();

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace avm::node
