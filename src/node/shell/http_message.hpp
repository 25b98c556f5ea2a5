// A request to the HTTP side, and what is answered: without the library that carries them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace avm::node {

/// Fields that are not there are empty.
struct HttpRequest {
  std::string method;
  std::string target;  ///< "/objects?limit=5"
  std::string host{};
  std::string origin{};
  std::string content_type{};
  std::string authorization{};
  std::string last_event_id{};
  std::string body{};
};

struct HttpReply {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body{};
  std::vector<std::pair<std::string, std::string>> headers{};
  /// Instead of `body`: the event stream from this place on.
  std::optional<std::uint64_t> events_from{};
};

using Respond = std::function<void(HttpReply reply)>;

/// `{"error":{"name":…,"text":…}}`
HttpReply error_reply(unsigned status, std::string_view name, std::string_view text);

}  // namespace avm::node
