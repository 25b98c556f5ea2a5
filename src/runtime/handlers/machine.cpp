// Places: get_machine, teleport, move_object, fetch.

#include "runtime/handlers/handlers.hpp"
#include "runtime/planted_fault.hpp"

namespace avm {

Handlers::Outcome Handlers::get_machine(Execution& execution, const Arguments& arguments) {
  const ObjectId id = arguments[0].as_object();
  const Found found = look_up(execution, id);
  if (!found.has_home()) {
    if (auto asked = ask_elsewhere(execution, arguments, id)) return *asked;
    return give(execution, Val::nothing());
  }
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
  if (to != execution.world_.machine) {
    if (auto asked = ask(execution, arguments, to, execution.machine())) return *asked;
  }
  const MachineId from = execution.machine();
  execution.current().machine = execution.world_.machines.number(to);
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
  if (!found.has_home()) {
    if (auto asked = ask_elsewhere(execution, arguments, id)) return *asked;
    return fail(execution, ErrorCode::ObjError_NotFound, arguments[0]);
  }
  if (!is_reachable(execution, to)) {
    return fail(execution, ErrorCode::MachineError_Unreachable, to.name);
  }
  World& world = execution.world_;
  const MachineId from = world.machines.name(found.home->machine);
  if (from != to) {
    if (auto asked = ask(execution, arguments, to, from)) return *asked;
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
  if (!found) {
    if (auto asked = ask_elsewhere(execution, arguments, id)) return *asked;
    return give(execution, Val::boolean(false));
  }
  if (found.is_replica()) return give(execution, Val::boolean(true));
  World& world = execution.world_;
  const Place here = execution.current().machine;
  if (found.home->machine == here) return give(execution, Val::boolean(true));
  const MachineId home = world.machines.name(found.home->machine);
  if (!is_reachable(execution, home)) {
    return fail(execution, ErrorCode::MachineError_Unreachable, home.name);
  }
  if (home != world.machine) {
    if (auto asked = ask(execution, arguments, home, home)) return *asked;
  }
  ObjectData replica = replica_of(*found.home);
  world.store.change({id, here}, [&](ObjectData& data, Version version) {
    data = std::move(replica);
    data.written_at = data.extras.own().fetched_at = version;
  });
  execution.trace([&] { return event::ObjectFetched{id, execution.machine()}; });
  return give(execution, Val::boolean(true));
}

}  // namespace avm
