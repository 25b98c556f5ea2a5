// Places: get_machine, teleport, move_object, fetch.

#include "runtime/handlers/handlers.hpp"
#include "runtime/planted_fault.hpp"

namespace avm {

Handlers::Outcome Handlers::get_machine(Execution& execution, const Arguments& arguments) {
  const Found found = look_up(execution, arguments[0].as_object());
  if (!found) return give(execution, Val::nothing());
  return give(execution, Val::just(execution.world_.machines.name(found.home->machine).name));
}

Handlers::Outcome Handlers::teleport(Execution& execution, const Arguments& arguments) {
  const MachineId to{arguments[0]};
  if (execution.transaction_ != nullptr) {
    return fail(execution, ErrorCode::MachineError_TeleportDuringTx);
  }
  if (!is_reachable(execution, to)) {
    return fail(execution, ErrorCode::MachineError_Unreachable, to.name);
  }
  if (!is_in_program(execution) && !planted(Fault::teleport_anywhere)) {
    return fail(execution, ErrorCode::MachineError_InvalidTransfer, to.name,
                Val::str("calls are under way"));
  }
  const MachineId from = std::exchange(execution.current().machine, to);
  execution.trace([&] { return event::ExecutionMoved{from, to}; });
  return give(execution, Val::boolean(true));
}

Handlers::Outcome Handlers::move_object(Execution& execution, const Arguments& arguments) {
  const ObjectId id = arguments[0].as_object();
  const MachineId to{arguments[1]};
  if (execution.transaction_ != nullptr) {
    return invalid_during_transaction(execution, Op::move_object);
  }
  const Found found = look_up(execution, id);
  if (!found) return fail(execution, ErrorCode::ObjError_NotFound, arguments[0]);
  if (!is_reachable(execution, to)) {
    return fail(execution, ErrorCode::MachineError_Unreachable, to.name);
  }
  World& world = execution.world_;
  const MachineId from = world.machines.name(found.home->machine);
  if (from != to) {
    if (world.transport.move_object(to, id) == Delivery::Sent) {
      return wait(execution, {.op = Op::move_object, .id = id, .from = from, .to = to});
    }
    const Place machine = world.machines.number(to);
    change(execution, {id}, changes::place, [&](ObjectData& data) { data.machine = machine; });
  }
  execution.trace([&] { return event::ObjectMoved{id, from, to}; });
  return give(execution, Val::boolean(true));
}

Handlers::Outcome Handlers::fetch(Execution& execution, const Arguments& arguments) {
  const ObjectId id = arguments[0].as_object();
  if (execution.transaction_ != nullptr) return invalid_during_transaction(execution, Op::fetch);
  const Found found = look_up(execution, id);
  if (!found) return give(execution, Val::boolean(false));
  World& world = execution.world_;
  const MachineId& here = execution.current().machine;
  const MachineId& home = world.machines.name(found.home->machine);
  if (found.is_replica() || home == here) return give(execution, Val::boolean(true));
  if (!is_reachable(execution, home)) {
    return fail(execution, ErrorCode::MachineError_Unreachable, home.name);
  }
  if (home != world.machine && world.transport.fetch(home, id) == Delivery::Sent) {
    return wait(execution, {.op = Op::fetch, .id = id, .to = here});
  }
  const ObjectData replica{
      .behavior = found.home->behavior, .state = found.home->state, .waiting = found.home->waiting};
  world.store.change({id, world.machines.number(here)}, [&](ObjectData& data, Version version) {
    data = replica;
    data.written_at = version;
    data.fetched_at = version;
  });
  execution.trace([&] { return event::ObjectFetched{id, here}; });
  return give(execution, Val::boolean(true));
}

}  // namespace avm
