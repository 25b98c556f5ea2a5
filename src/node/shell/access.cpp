#include "node/shell/access.hpp"

#include <algorithm>
#include <cctype>

#include <openssl/crypto.h>

namespace avm::node {
namespace {

constexpr std::string_view bearer = "Bearer ";
constexpr std::string_view json_type = "application/json";
constexpr std::uint16_t http_port = 80;

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

bool is_own_host(std::string_view host, const AccessRules& rules, const HostPort& local) {
  auto address = parse_host_port(host);
  // A browser leaves the port out where it is HTTP's own.
  if (!address) address = parse_host_port(std::string(host) + ":" + std::to_string(http_port));
  if (!address || address->port != local.port) return false;
  return address->host == local.host || equal_ignoring_case(address->host, rules.machine) ||
         (is_loopback(local.host) && equal_ignoring_case(address->host, "localhost"));
}

/// Takes as long wherever the first difference is.
bool has_token(std::string_view authorization, const std::string& token) {
  if (!authorization.starts_with(bearer)) return false;
  authorization.remove_prefix(bearer.size());
  return authorization.size() == token.size() &&
         CRYPTO_memcmp(authorization.data(), token.data(), token.size()) == 0;
}

bool is_json(std::string_view content_type) {
  return equal_ignoring_case(content_type.substr(0, content_type.find_first_of("; ")), json_type);
}

}  // namespace

std::optional<HttpReply> refuse_host(const HttpRequest& request, const AccessRules& rules,
                                     const HostPort& local) {
  if (is_own_host(request.host, rules, local)) return std::nullopt;
  return error_reply(403, "Forbidden", "Host is not this node's address");
}

std::optional<HttpReply> refuse(const HttpRequest& request, const AccessRules& rules) {
  if (!rules.token.empty() && !has_token(request.authorization, rules.token)) {
    HttpReply reply = error_reply(401, "Unauthorized", "the bearer token is missing or wrong");
    reply.headers.emplace_back("WWW-Authenticate", "Bearer");
    return reply;
  }
  if (request.method != "POST") return std::nullopt;
  if (!request.origin.empty() && request.origin != "http://" + request.host) {
    return error_reply(403, "Forbidden", "Origin is not this node's page");
  }
  if (!is_json(request.content_type)) {
    return error_reply(415, "BadRequest", "Content-Type has to be application/json");
  }
  return std::nullopt;
}

bool is_from(const HttpRequest& request, std::span<const std::string> pages) {
  return std::ranges::any_of(pages, [&](const std::string& page) {
    return !page.empty() && request.origin == "http://" + page;
  });
}

}  // namespace avm::node
