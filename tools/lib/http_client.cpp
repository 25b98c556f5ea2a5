#include "lib/http_client.hpp"

#include <array>
#include <charconv>
#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

namespace avm {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

/// A node's answers are bounded by the node; a page of objects is the longest.
constexpr std::uint64_t body_max = std::uint64_t{1} << 30U;

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

struct HttpClient::Impl {
  explicit Impl(Options given) : options(std::move(given)) {}

  /// Waits for what `begin` begins. Its handler has to be given `error`.
  template <typename Begin>
  error_code wait(Begin begin) {
    error_code result = asio::error::operation_aborted;
    if (options.timeout) {
      stream->expires_after(*options.timeout);
    } else {
      stream->expires_never();
    }
    begin([&](error_code error, auto&&...) { result = error; });
    io.restart();
    io.run();
    return result;
  }

  /// Each request has a connection of its own: there is no need to tell whether an old one still is.
  std::expected<void, std::string> connect() {
    error_code error;
    tcp::resolver resolver(io);
    const auto found =
        resolver.resolve(options.node.host, std::to_string(options.node.port), error);
    stream.emplace(io);
    buffer.clear();
    if (!error) {
      error = wait([&](auto handler) { stream->async_connect(found, handler); });
    }
    if (error) return std::unexpected(cannot("reach", error));
    return {};
  }

  std::string cannot(std::string_view what, error_code error) const {
    return fmt::format("cannot {} {}: {}", what, to_text(options.node), error.message());
  }

  std::expected<void, std::string> send(http::request<http::string_body> request) {
    if (auto connected = connect(); !connected) return connected;
    request.set(http::field::host, to_text(options.node));
    if (!options.token.empty()) {
      request.set(http::field::authorization, "Bearer " + options.token);
    }
    request.prepare_payload();
    const error_code error =
        wait([&](auto handler) { http::async_write(*stream, request, handler); });
    if (error) return std::unexpected(cannot("ask", error));
    return {};
  }

  std::expected<HttpAnswer, std::string> ask(http::request<http::string_body> request) {
    if (const auto sent = send(std::move(request)); !sent) return std::unexpected(sent.error());
    http::response_parser<http::string_body> parser;
    parser.body_limit(body_max);
    const error_code error =
        wait([&](auto handler) { http::async_read(*stream, buffer, parser, handler); });
    if (error) return std::unexpected(cannot("read the answer of", error));
    return HttpAnswer{parser.get().result_int(), std::move(parser.get().body())};
  }

  Options options;
  asio::io_context io{1};
  std::optional<beast::tcp_stream> stream;
  beast::flat_buffer buffer;
};

HttpClient::HttpClient(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
HttpClient::~HttpClient() = default;

std::expected<HttpAnswer, std::string> HttpClient::get(std::string_view target) {
  return impl_->ask({http::verb::get, target, 11});
}

std::expected<HttpAnswer, std::string> HttpClient::post(std::string_view target, std::string json) {
  http::request<http::string_body> request(http::verb::post, target, 11, std::move(json));
  request.set(http::field::content_type, "application/json");
  return impl_->ask(std::move(request));
}

std::expected<HttpAnswer, std::string> HttpClient::stream(
    std::string_view target, const std::function<bool(const StreamHead&)>& begin,
    const std::function<bool(std::string_view bytes)>& take) {
  Impl& impl = *impl_;
  if (const auto sent = impl.send({http::verb::get, target, 11}); !sent) {
    return std::unexpected(sent.error());
  }
  http::response_parser<http::buffer_body> parser;
  parser.body_limit(boost::none);
  error_code error = impl.wait(
      [&](auto handler) { http::async_read_header(*impl.stream, impl.buffer, parser, handler); });
  if (error) return std::unexpected(impl.cannot("read the answer of", error));
  const auto& head = parser.get();
  HttpAnswer answer{.status = head.result_int(), .body = {}};
  const bool is_stream = head[http::field::content_type] == "text/event-stream";
  if (is_stream && !begin({answer.status, number(head["Avm-Last-Event"])})) return answer;

  std::array<char, std::size_t{16} << 10U> bytes;
  while (!parser.is_done()) {
    parser.get().body().data = bytes.data();
    parser.get().body().size = bytes.size();
    error = impl.wait(
        [&](auto handler) { http::async_read_some(*impl.stream, impl.buffer, parser, handler); });
    if (error && error != http::error::need_buffer) {
      return std::unexpected(impl.cannot("go on reading from", error));
    }
    const std::string_view part(bytes.data(), bytes.size() - parser.get().body().size);
    if (!is_stream) {
      answer.body += part;
    } else if (!take(part)) {
      break;
    }
  }
  return answer;
}

}  // namespace avm
