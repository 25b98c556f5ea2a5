// Requests to the HTTP side of a node, one after the other.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "node/shell/address.hpp"

namespace avm {

struct HttpAnswer {
  unsigned status = 0;
  std::string body;
};

class HttpClient {
 public:
  struct Options {
    node::HostPort node;
    std::string token{};  ///< Empty: none is sent.
    /// For a connection, and between the bytes of an answer; nullopt: as long as it takes.
    std::optional<std::chrono::milliseconds> timeout{};
  };

  explicit HttpClient(Options options);
  ~HttpClient();

  // As the error: why there is no answer.

  std::expected<HttpAnswer, std::string> get(std::string_view target);
  std::expected<HttpAnswer, std::string> post(std::string_view target, std::string json);

  /// The head of an answer that goes on and on.
  struct StreamHead {
    unsigned status = 0;
    std::uint64_t last_event = 0;  ///< The newest one when it began.
  };
  /// Hands on the bytes of a stream as they come, until `take` gives false or it ends. Where the answer is
  /// no stream its body is given whole.
  std::expected<HttpAnswer, std::string> stream(
      std::string_view target, const std::function<bool(const StreamHead&)>& begin,
      const std::function<bool(std::string_view bytes)>& take);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace avm
