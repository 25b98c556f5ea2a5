// Who may ask the HTTP side for what: a page from elsewhere must not be able to drive a node.
#include "node/shell/access.hpp"

#include <catch2/catch.hpp>

using namespace avm::node;

namespace {

const HostPort local{"127.0.0.1", 8001};

/// 0: it is let in.
unsigned status(const HttpRequest& request, const AccessRules& rules = {.machine = "alpha"},
                const HostPort& at = local) {
  auto refusal = refuse_host(request, rules, at);
  if (!refusal) refusal = refuse(request, rules);
  return refusal ? refusal->status : 0;
}

HttpRequest get(std::string host) {
  return {.method = "GET", .target = "/", .host = std::move(host)};
}

HttpRequest post(std::string origin, std::string type = "application/json") {
  return {.method = "POST",
          .target = "/call",
          .host = "127.0.0.1:8001",
          .origin = std::move(origin),
          .content_type = std::move(type)};
}

}  // namespace

TEST_CASE("Host has to be the node's own") {
  for (const auto* const own :
       {"127.0.0.1:8001", "localhost:8001", "LocalHost:8001", "alpha:8001", "Alpha:8001"}) {
    CAPTURE(own);
    CHECK(status(get(own)) == 0);
  }
  for (const auto* const other :
       {"", "127.0.0.1", "127.0.0.1:8002", "evil.example:8001", "localhost", "alpha", "beta:8001",
        "127.0.0.1:8001@evil.example", "evil.example:127.0.0.1:8001", "127.0.0.2:8001"}) {
    CAPTURE(other);
    CHECK(status(get(other)) == 403);
  }
}

TEST_CASE("HTTP's own port may be left out") {
  CHECK(status(get("127.0.0.1"), {.machine = "alpha"}, {"127.0.0.1", 80}) == 0);
  CHECK(status(get("alpha"), {.machine = "alpha"}, {"127.0.0.1", 80}) == 0);
  CHECK(status(get("evil.example"), {.machine = "alpha"}, {"127.0.0.1", 80}) == 403);
}

TEST_CASE("localhost is this machine only where it came in by loopback") {
  CHECK(status(get("localhost:8001"), {.machine = "alpha"}, {"10.0.0.1", 8001}) == 403);
  CHECK(status(get("10.0.0.1:8001"), {.machine = "alpha"}, {"10.0.0.1", 8001}) == 0);
  CHECK(status(get("[::1]:8001"), {.machine = "alpha"}, {"::1", 8001}) == 0);
}

TEST_CASE("a POST has to come from no page, or from the node's own") {
  CHECK(status(post("")) == 0);
  CHECK(status(post("http://127.0.0.1:8001")) == 0);
  for (const auto* const other : {"http://127.0.0.1:8002", "https://127.0.0.1:8001",
                                  "http://evil.example", "null", "http://localhost:8001"}) {
    CAPTURE(other);
    CHECK(status(post(other)) == 403);
  }
}

TEST_CASE("a POST has to be JSON, which a form of another page cannot be") {
  CHECK(status(post("", "application/json; charset=utf-8")) == 0);
  CHECK(status(post("", "Application/JSON")) == 0);
  for (const auto* const other : {"", "text/plain", "application/x-www-form-urlencoded",
                                  "application/jsonx", "text/plain; application/json"}) {
    CAPTURE(other);
    CHECK(status(post("", other)) == 415);
  }
}

TEST_CASE("where there is a token all but the page's files needs it") {
  const AccessRules rules{.machine = "alpha", .token = "secret"};
  HttpRequest request = get("127.0.0.1:8001");
  for (const auto* const wrong : {"", "secret", "Bearer", "Bearer ", "Bearer secre",
                                  "Bearer secret2", "Bearer Secret", "Basic secret"}) {
    CAPTURE(wrong);
    request.authorization = wrong;
    CHECK(status(request, rules) == 401);
  }
  request.authorization = "Bearer secret";
  CHECK(status(request, rules) == 0);
  request.authorization = "";
  CHECK(!refuse_host(request, rules, local));
  // Host is asked for first, and the token does not make up for it.
  request.authorization = "Bearer secret";
  request.host = "evil.example:8001";
  CHECK(refuse_host(request, rules, local)->status == 403);
  CHECK(status(request, rules) == 403);
}

TEST_CASE("which pages a request comes from") {
  const std::vector<std::string> pages{"127.0.0.1:8002", ""};
  HttpRequest request = get("127.0.0.1:8001");
  CHECK(!is_from(request, pages));
  request.origin = "http://127.0.0.1:8002";
  CHECK(is_from(request, pages));
  request.origin = "http://";
  CHECK(!is_from(request, pages));
  request.origin = "http://127.0.0.1:8003";
  CHECK(!is_from(request, pages));
}
