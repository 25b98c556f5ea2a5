// Events as the event stream has them. Values are cut, so that no event costs much.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "node/core.hpp"

namespace avm::node {

std::string_view what_name(WireEvent::What what) noexcept;

/// `time` is in milliseconds since 1970; the timestamp in it only counts an execution's events.
std::string to_json(const NodeEvent& event, std::optional<std::uint64_t> time = std::nullopt);
/// `machine` is the node's own.
std::string to_json(const WireEvent& event, std::string_view machine, std::uint64_t time);

}  // namespace avm::node
