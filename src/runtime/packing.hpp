// Objects and programs as values, so that they can go to another machine which has the same code.
//
// What comes in may be anything. It is taken only where the function of its name here has the same
// content hash, and where an activation's registers hold what they can hold at that place.
//
// Packed object: `[behavior, hash, state, creating controller, current controller, mailbox, waiting,
// replicas]`, controllers Maybe, the mailbox a list of `[sender, value]`, waiting Maybe an activation,
// replicas a list of `[machine, whether home has not been written since]`.
// Packed replica: `[behavior, hash, state, creating controller, current controller, waiting]`.
// Packed program: `[name, hash, self, input, activation, timestamp]`.
//
// Threads: the world's. Errors: `MachineError.InvalidTransfer` of `machine` and of what is wrong.
#pragma once

#include "runtime/world.hpp"

namespace avm {

/// An object of the store that is to go to `machine`. The error: what waits cannot leave.
Result<Val> pack_object(const World& world, ObjectId object, const MachineId& machine);
/// What a replica of it holds.
Result<Val> pack_replica(const ObjectData& object, const MachineId& machine);
Val pack_program(const Departure& departure);

/// An object with its replicas, which are still to be put into the store.
struct UnpackedObject {
  struct Replica {
    MachineId machine;
    bool is_current;
  };
  ObjectData data;
  Store::Vector<Replica> replicas;
};

Result<UnpackedObject> unpack_object(const World& world, const Val& packed);
/// The content of a replica: behavior, state, what waits.
Result<ObjectData> unpack_replica(const World& world, const Val& packed);
/// `find` gives the program of a name, or null.
Result<Arrival> unpack_program(const World& world, const Val& packed,
                               const std::function<const Code*(const Val& name)>& find);

}  // namespace avm
