// Addresses of sockets, to and from text.
#pragma once

#include <optional>
#include <string_view>

#include "node/shell/address.hpp"
#include "node/shell/asio.hpp"

namespace avm::node {

/// An address, not a name.
std::optional<asio::ip::address> parse_ip(std::string_view text);
HostPort host_port(const tcp::endpoint& endpoint);

}  // namespace avm::node
