// Addresses as people write them, and which of them let others in.
#include "node/shell/address.hpp"

#include <catch2/catch.hpp>

#include "node/shell/options.hpp"

using namespace avm::node;

TEST_CASE("a host and a port") {
  CHECK(parse_host_port("alpha:9001") == HostPort{"alpha", 9001});
  CHECK(parse_host_port("127.0.0.1:0") == HostPort{"127.0.0.1", 0});
  CHECK(parse_host_port("[::1]:65535") == HostPort{"::1", 65535});
  for (const auto* const wrong :
       {"", "alpha", "alpha:", ":9001", "alpha:65536", "alpha:-1", "alpha:90x", "alpha: 1",
        "::1:9001", "[]:1", "[alpha]:1", "a:b:1"}) {
    CAPTURE(wrong);
    CHECK(!parse_host_port(wrong));
  }
}

TEST_CASE("an IPv6 address has brackets before a port") {
  CHECK(to_text(HostPort{"alpha", 9001}) == "alpha:9001");
  CHECK(to_text(HostPort{"::1", 9001}) == "[::1]:9001");
}

TEST_CASE("which addresses only this machine can come in by") {
  for (const auto* const own : {"127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"})
    CHECK(is_loopback(own));
  for (const auto* const other :
       {"0.0.0.0", "::", "10.0.0.1", "::ffff:10.0.0.1", "localhost", ""}) {
    CAPTURE(other);
    CHECK(!is_loopback(other));
  }
  CHECK(is_any("0.0.0.0"));
  CHECK(is_any("::"));
  CHECK(!is_any("10.0.0.1"));
}

TEST_CASE("others come in only where that was said, or with certificates") {
  ShellOptions options;
  CHECK(!unsafe_address(options));
  options.listen.host = "0.0.0.0";
  CHECK(unsafe_address(options));
  options.insecure = true;
  CHECK(!unsafe_address(options));
  options.insecure = false;
  options.tls.emplace();
  CHECK(!unsafe_address(options));
}

TEST_CASE("the HTTP side wants a token where others can reach it, whatever the peers do") {
  ShellOptions options;
  options.insecure = true;
  options.http.emplace();
  CHECK(!unsafe_address(options));
  options.http->address.host = "10.0.0.1";
  CHECK(unsafe_address(options));
  options.http->token = "secret";
  CHECK(!unsafe_address(options));
}
