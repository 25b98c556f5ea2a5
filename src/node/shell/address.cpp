#include "node/shell/address.hpp"

#include <charconv>

#include <boost/asio/ip/address.hpp>

#include "node/shell/endpoint.hpp"

namespace avm::node {
namespace {

/// An IPv4 address may stand inside of an IPv6 one.
asio::ip::address plain(const asio::ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
}

}  // namespace

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || stop != end) return std::nullopt;
  return port;
}

std::optional<HostPort> parse_host_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_port(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (!is_ip(host)) return std::nullopt;
  } else if (host.contains(':')) {
    return std::nullopt;
  }
  if (!port || host.empty()) return std::nullopt;
  return HostPort{std::string(host), *port};
}

std::string to_text(const HostPort& address) {
  const bool is_v6 = address.host.contains(':');
  return (is_v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

bool is_ip(std::string_view host) { return parse_ip(host).has_value(); }

bool is_loopback(std::string_view host) {
  const auto address = parse_ip(host);
  return address && plain(*address).is_loopback();
}

bool is_any(std::string_view host) {
  const auto address = parse_ip(host);
  return address && address->is_unspecified();
}

// ─── as Asio has them ───────────────────────────────────────────────────────────────────────────

std::optional<asio::ip::address> parse_ip(std::string_view text) {
  error_code error;
  auto address = asio::ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  return address;
}

HostPort host_port(const tcp::endpoint& endpoint) {
  return {plain(endpoint.address()).to_string(), endpoint.port()};
}

}  // namespace avm::node
