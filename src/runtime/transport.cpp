#include "avm/transport.hpp"

#include <algorithm>

namespace avm {

bool MadeUpMachines::reachable(const MachineId& machine) const {
  return std::ranges::find(machines_, machine) != machines_.end();
}

}  // namespace avm
