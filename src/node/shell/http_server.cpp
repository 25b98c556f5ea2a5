#include "node/shell/http_server.hpp"

#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "node/shell/endpoint.hpp"
#include "node/shell/http_session.hpp"
#include "node/shell/listener.hpp"

namespace avm::node {

struct HttpServer::Impl {
  Impl(const HttpOptions& given, Log& given_log) : options(given), log(given_log) {}

  HttpOptions options;
  Log& log;
  std::unique_ptr<Listener> listener;
  Routes* routes = nullptr;
  EventLog* events = nullptr;
  std::unordered_map<const HttpSession*, std::shared_ptr<HttpSession>> sessions{};

  void take(Socket socket) {
    if (sessions.size() >= options.connections) {
      log.line(LogLevel::Warning,
               fmt::format("HTTP: a connection is refused, there are {} (--http-connections)",
                           sessions.size()));
      return;
    }
    const auto session =
        std::make_shared<HttpSession>(std::move(socket), options, *routes, *events,
                                      [this](HttpSession& ended) { sessions.erase(&ended); });
    sessions.emplace(session.get(), session);
    session->start();
  }
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

std::expected<std::unique_ptr<HttpServer>, std::string> HttpServer::open(asio::io_context& io,
                                                                         const HttpOptions& options,
                                                                         Log& log) {
  const auto address = parse_ip(options.address.host);
  if (!address) return std::unexpected("--http: '" + options.address.host + "' is no address");
  auto listener = Listener::open(io, {*address, options.address.port});
  if (!listener) return std::unexpected(listener.error());
  auto impl = std::make_unique<Impl>(options, log);
  impl->listener = *std::move(listener);
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HostPort HttpServer::address() const { return host_port(impl_->listener->address()); }

void HttpServer::start(Routes& routes, EventLog& events) {
  impl_->routes = &routes;
  impl_->events = &events;
  impl_->listener->start(
      [impl = impl_.get()](Socket socket) { impl->take(std::move(socket)); },
      [impl = impl_.get()](std::string_view what) { impl->log.line(LogLevel::Error, what); });
}

std::size_t HttpServer::connections() const noexcept { return impl_->sessions.size(); }

void HttpServer::stop() {
  impl_->listener->close();
  std::vector<std::shared_ptr<HttpSession>> sessions;
  for (const auto& [key, session] : impl_->sessions)
    sessions.push_back(session);
  for (const auto& session : sessions)
    session->stop();
}

}  // namespace avm::node
