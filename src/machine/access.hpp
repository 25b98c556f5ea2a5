// What a node sees of its machine that programs which embed one do not.
#pragma once

#include "avm/machine.hpp"
#include "runtime/world.hpp"

namespace avm {

struct MachineAccess {
  static World& world(Machine& machine) noexcept;
  /// Null where no program has this name.
  static const Code* program(Machine& machine, const Val& name);
};

}  // namespace avm
