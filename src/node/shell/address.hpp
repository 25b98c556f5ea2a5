// "HOST:PORT" as people write it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace avm::node {

struct HostPort {
  std::string host;  ///< A name or an address, without brackets.
  std::uint16_t port = 0;
  friend bool operator==(const HostPort&, const HostPort&) = default;
};

/// "alpha:9001", "127.0.0.1:9001", "[::1]:9001".
std::optional<HostPort> parse_host_port(std::string_view text);
std::optional<std::uint16_t> parse_port(std::string_view text);
/// With brackets where the host is an IPv6 address.
std::string to_text(const HostPort& address);

/// Whether `host` is an address, not a name.
bool is_ip(std::string_view host);
/// Whether it is an address by which only this machine can come in.
bool is_loopback(std::string_view host);
/// Whether it is an address that stands for all of the machine's: 0.0.0.0 or ::.
bool is_any(std::string_view host);

}  // namespace avm::node
