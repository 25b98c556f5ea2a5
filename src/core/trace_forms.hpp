// The forms of an event, with each of its values and names cut where it is long.
#pragma once

#include <cstdint>
#include <string>

#include "avm/text.hpp"
#include "avm/trace.hpp"

namespace avm {

struct ValueBounds {
  std::uint64_t nodes = message_nodes_max;
  std::uint64_t bytes = message_bytes_max;
};

/// `{"StateUpdated":7}`
std::string event_json(const EventType& event, const ValueBounds& bounds = {});
/// What stands behind the event's name: `obj:7`.
std::string event_details(const EventType& event, const ValueBounds& bounds = {});

}  // namespace avm
