// One connection of the HTTP side: requests one after the other, or the event stream until its end.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "node/shell/endpoint.hpp"
#include "node/shell/event_log.hpp"
#include "node/shell/options.hpp"
#include "node/shell/routes.hpp"

namespace avm::node {

namespace beast = boost::beast;
namespace http = boost::beast::http;

class HttpSession final : public std::enable_shared_from_this<HttpSession>, EventReader {
 public:
  using OnEnd = std::function<void(HttpSession& session)>;

  /// All of these must outlive it.
  HttpSession(Socket socket, const HttpOptions& options, Routes& routes, EventLog& events,
              OnEnd on_end);

  void start() { read(); }
  /// Ends it once the answer that is under way has gone out.
  void stop();

 private:
  // Requests and answers.
  void read();
  void on_read(error_code error);
  void handle();
  /// Whether the client leaves before it has its answer.
  void watch_client();
  void respond(HttpReply reply);
  void on_responded(error_code error);

  // The event stream.
  void begin_events(const HttpReply& reply);
  void on_news() override;
  void write_events(std::string text);
  void keep_alive();

  // The end.
  /// Says that nothing more will come. To close with something unread would reset the connection, and the
  /// client might lose its answer: so that is read first, for a while.
  void close();
  void drop_input();
  void end();

  beast::basic_stream<tcp, asio::io_context::executor_type> stream_;
  asio::steady_timer timer_;
  const HttpOptions& options_;
  Routes& routes_;
  EventLog& events_;
  OnEnd on_end_;
  HostPort local_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::uint64_t requests_ = 0;
  bool keeps_open_ = false;  // for another request, after this answer
  bool is_answering_ = false;
  bool is_unread_ = false;  // the request, or a part of it
  bool is_stopping_ = false;
  bool has_ended_ = false;

  bool is_reader_ = false;  // of the event stream
  bool is_writing_ = false;
  std::uint64_t place_ = 0;
  std::string text_;  // being written
  std::array<char, 512> dropped_;
};

}  // namespace avm::node
