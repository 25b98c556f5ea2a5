// Who may ask the HTTP side for what.
//
// Any page in a browser can send requests to addresses of this machine. It cannot choose their `Host` and
// `Origin`, and not their `Content-Type` without asking first: so these decide.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "node/shell/address.hpp"
#include "node/shell/http_message.hpp"

namespace avm::node {

struct AccessRules {
  std::string machine;  ///< The node's name, which may stand as `Host`.
  std::string token{};  ///< Empty: none is asked for.
};

/// Why the request is refused, whatever it is for. `local`: the node's address, by which it came in.
std::optional<HttpReply> refuse_host(const HttpRequest& request, const AccessRules& rules,
                                     const HostPort& local);
/// Why it is refused where it is for more than the page's own files, which hold no secrets.
std::optional<HttpReply> refuse(const HttpRequest& request, const AccessRules& rules);

/// Whether the page that asks comes from one of these "HOST:PORT"s.
bool is_from(const HttpRequest& request, std::span<const std::string> pages);

}  // namespace avm::node
