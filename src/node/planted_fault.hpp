// Planted faults of a node, as those of a machine (`runtime/planted_fault.hpp`): in a library for tests
// alone one can be switched on; in every other build `planted` is false when it is compiled.
#pragma once

#include <cstdint>

namespace avm::node {

enum class NodeFault : std::uint8_t {
  none,
#define AVM_NODE_FAULT(id, what) id,
#include "node/planted_faults.def"
};

#ifdef AVM_PLANTED_NODE_FAULTS
inline NodeFault planted_fault = NodeFault::none;
inline bool planted(NodeFault fault) noexcept { return planted_fault == fault; }
#else
constexpr bool planted(NodeFault) noexcept { return false; }
#endif

}  // namespace avm::node
