#include "node/shell/http_session.hpp"

#include <chrono>
#include <utility>

#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <fmt/format.h>

namespace avm::node {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint32_t header_max = std::uint32_t{16} << 10U;
constexpr seconds write_time{30};
constexpr seconds close_time{2};
constexpr std::size_t events_at_once = std::size_t{64} << 10U;
constexpr seconds events_keep_alive{15};
/// A reader of events that takes nothing at all for so long has left.
constexpr seconds events_write_time{300};

HttpRequest plain_request(http::request<http::string_body>&& request) {
  const auto field = [&](http::field name) { return std::string(request[name]); };
  return {.method = std::string(request.method_string()),
          .target = std::string(request.target()),
          .host = field(http::field::host),
          .origin = field(http::field::origin),
          .content_type = field(http::field::content_type),
          .authorization = field(http::field::authorization),
          .last_event_id = std::string(request["Last-Event-ID"]),
          .body = std::move(request.body())};
}

HttpReply reply_to_bad_request(error_code error) {
  if (error == http::error::header_limit) {
    return error_reply(431, "BadRequest", fmt::format("a header over {} bytes", header_max));
  }
  if (error == http::error::body_limit) {
    return error_reply(413, "BadRequest", "the body is too long");
  }
  return error_reply(400, "BadRequest", error.message());
}

bool is_http_error(error_code error) {
  return error.category() == http::make_error_code(http::error::bad_line_ending).category() &&
         error != http::error::end_of_stream && error != http::error::partial_message;
}

}  // namespace

HttpSession::HttpSession(Socket socket, const HttpOptions& options, Routes& routes,
                         EventLog& events, OnEnd on_end)
    : stream_(std::move(socket)),
      timer_(stream_.get_executor()),
      options_(options),
      routes_(routes),
      events_(events),
      on_end_(std::move(on_end)) {
  error_code error;
  const tcp::endpoint local = stream_.socket().local_endpoint(error);
  if (!error) local_ = host_port(local);
  stream_.socket().set_option(tcp::no_delay(true), error);
  stream_.socket().set_option(asio::socket_base::keep_alive(true), error);
}

// ─── requests and answers ───────────────────────────────────────────────────────────────────────

void HttpSession::read() {
  parser_.emplace();
  parser_->header_limit(header_max);
  parser_->body_limit(options_.body);
  stream_.expires_after(milliseconds(options_.request_time));
  http::async_read(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](error_code error, std::size_t) { self->on_read(error); });
}

void HttpSession::on_read(error_code error) {
  if (has_ended_) return;
  keeps_open_ = !error && parser_->keep_alive();
  if (!error) return handle();
  if (!is_http_error(error)) return end();
  is_answering_ = true;
  is_unread_ = true;
  respond(reply_to_bad_request(error));
}

void HttpSession::handle() {
  is_answering_ = true;
  ++requests_;
  stream_.expires_never();
  routes_.handle(plain_request(parser_->release()), local_,
                 [weak = weak_from_this()](HttpReply reply) {
                   if (const auto self = weak.lock()) self->respond(std::move(reply));
                 });
  if (is_answering_) watch_client();
}

void HttpSession::watch_client() {
  stream_.socket().async_wait(tcp::socket::wait_read,
                              [self = shared_from_this(), request = requests_](error_code error) {
                                if (error || !self->is_answering_ || self->requests_ != request)
                                  return;
                                // Readable without a byte: the client has closed it. (Bytes are its next request.)
                                if (self->stream_.socket().available(error) == 0) self->end();
                              });
}

void HttpSession::respond(HttpReply reply) {
  if (has_ended_) return;
  if (reply.events_from) return begin_events(reply);
  auto response = std::make_shared<http::response<http::string_body>>();
  response->version(11);
  response->result(reply.status);
  response->set(http::field::content_type, reply.content_type);
  response->set(http::field::cache_control, "no-cache");
  response->set("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : reply.headers)
    response->set(name, value);
  response->body() = std::move(reply.body);
  response->keep_alive(keeps_open_ && !is_stopping_);
  response->prepare_payload();
  keeps_open_ = response->keep_alive();
  stream_.expires_after(write_time);
  http::async_write(stream_, *response,
                    [self = shared_from_this(), response](error_code error, std::size_t) {
                      self->on_responded(error);
                    });
}

void HttpSession::on_responded(error_code error) {
  if (has_ended_) return;
  is_answering_ = false;
  if (error) return end();
  if (keeps_open_ && !is_stopping_) return read();
  close();
}

// ─── the event stream ───────────────────────────────────────────────────────────────────────────

void HttpSession::begin_events(const HttpReply& reply) {
  is_answering_ = false;
  is_reader_ = true;
  place_ = *reply.events_from;
  events_.subscribe(*this);
  std::string head =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
      "X-Content-Type-Options: nosniff\r\nConnection: close\r\n";
  for (const auto& [name, value] : reply.headers)
    head.append(name).append(": ").append(value).append("\r\n");
  write_events(head + "\r\nretry: 1000\n\n");
  drop_input();
  keep_alive();
}

void HttpSession::on_news() {
  if (is_writing_) return;
  std::string text = events_.read(place_, events_at_once);
  if (!text.empty()) write_events(std::move(text));
}

void HttpSession::write_events(std::string text) {
  is_writing_ = true;
  text_ = std::move(text);
  stream_.expires_after(events_write_time);
  asio::async_write(stream_, asio::buffer(text_),
                    [self = shared_from_this()](error_code error, std::size_t) {
                      if (self->has_ended_) return;
                      self->is_writing_ = false;
                      if (error) return self->end();
                      self->on_news();
                    });
}

void HttpSession::keep_alive() {
  timer_.expires_after(events_keep_alive);
  timer_.async_wait([self = shared_from_this()](error_code cancelled) {
    if (cancelled || self->has_ended_) return;
    if (!self->is_writing_) self->write_events(":\n\n");
    self->keep_alive();
  });
}

// ─── the end ────────────────────────────────────────────────────────────────────────────────────

void HttpSession::stop() {
  is_stopping_ = true;
  if (!is_answering_) end();
}

void HttpSession::close() {
  error_code ignored;
  stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  if (!is_unread_) return end();
  timer_.expires_after(close_time);
  timer_.async_wait([self = shared_from_this()](error_code cancelled) {
    if (!cancelled) self->end();
  });
  drop_input();
}

void HttpSession::drop_input() {
  stream_.socket().async_read_some(asio::buffer(dropped_),
                                   [self = shared_from_this()](error_code error, std::size_t) {
                                     if (self->has_ended_) return;
                                     if (error) return self->end();
                                     self->drop_input();
                                   });
}

void HttpSession::end() {
  if (std::exchange(has_ended_, true)) return;
  if (is_reader_) events_.unsubscribe(*this);
  timer_.cancel();
  error_code ignored;
  stream_.socket().close(ignored);
  on_end_(*this);
}

}  // namespace avm::node
