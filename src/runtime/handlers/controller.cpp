// Authority: get_current_controller, get_controller, transfer_object, freeze.

#include "runtime/handlers/handlers.hpp"
#include "runtime/planted_fault.hpp"

namespace avm {

Handlers::Outcome Handlers::get_current_controller(Execution& execution, const Arguments&) {
  return give(execution, transaction_controller(execution));
}

Handlers::Outcome Handlers::get_controller(Execution& execution, const Arguments& arguments) {
  const ObjectId id = arguments[0].as_object();
  const Found found = look_up(execution, id);
  if (found.has_home()) return give(execution, found.home->extras->current_controller);
  if (auto asked = ask_elsewhere(execution, arguments, id)) return *asked;
  return give(execution, Val::nothing());
}

Handlers::Outcome Handlers::transfer_object(Execution& execution, const Arguments& arguments) {
  const ObjectId id = arguments[0].as_object();
  const Found found = look_up(execution, id);
  if (!found.has_home()) {
    if (auto asked = ask_elsewhere(execution, arguments, id)) return *asked;
    return fail(execution, ErrorCode::ControllerError_NotAvailable, arguments[0]);
  }
  const Val from = found.home->extras->current_controller;
  if (const Val* const foreign = foreign_controller(execution, id, from)) {
    return fail(execution, ErrorCode::ControllerError_UnauthorizedTransfer, arguments[0],
                foreign->unwrapped());
  }
  ExtrasPointer extras = found.home->extras.with(
      [&](Extras& changed) { changed.current_controller = Val::just(arguments[1]); });
  change(execution, {id}, changes::controller,
         [&](ObjectData& data) { data.extras = std::move(extras); });
  execution.trace([&] {
    return event::ObjectTransferred{id, controller_id(from), ControllerId{arguments[1]}};
  });
  return give(execution, Val::boolean(true));
}

namespace {

// A slot that freezing changes: the home, or a replica, which goes.
struct Frozen {
  SlotKey key;
};

// Brings home and replicas together: false where they have diverged.
bool bring_together(Store& store, ObjectId id) {
  const ObjectData* home = store.find({id});
  const ObjectData* written = nullptr;
  bool has_diverged = false;
  Store::Vector<Frozen> frozen;
  store.for_each_replica(id, [&](SlotKey key, const ObjectData& replica) {
    frozen.push_back({key});
    const Version fetched_at = replica.extras->fetched_at;
    if (replica.written_at == fetched_at) return;
    has_diverged |= written != nullptr || home->written_at > fetched_at;
    written = &replica;
  });
  if (has_diverged) return false;
  if (planted(Fault::freeze_keeps_home)) written = nullptr;
  if (frozen.empty()) return true;
  ObjectData winner = *home;
  if (written != nullptr) {
    frozen.push_back({{id}});
    winner.state = written->state;
    winner.extras =
        home->extras.with([&](Extras& extras) { extras.waiting = written->extras->waiting; });
  }
  store.commit(frozen, [&](const Frozen& slot, ObjectData& data, Version version) {
    if (slot.key.place != home_place) {
      data = ObjectData();
      return;
    }
    data.state = std::move(winner.state);
    data.extras = std::move(winner.extras);
    data.written_at = version;
  });
  return true;
}

}  // namespace

Handlers::Outcome Handlers::freeze(Execution& execution, const Arguments& arguments) {
  const ObjectId id = arguments[0].as_object();
  if (execution.transaction_ != nullptr) return invalid_during_transaction(execution, Op::freeze);
  const Found found = look_up(execution, id);
  if (!found.has_home()) {
    if (auto asked = ask_elsewhere(execution, arguments, id)) return *asked;
    return give(execution, Val::just(Val::boolean(false)));
  }
  if (found.home->extras->current_controller.is_nothing()) return give(execution, Val::nothing());
  const ControllerId controller{found.home->extras->current_controller.unwrapped()};
  const MachineId& here = execution.world_.machine;
  if (auto asked = ask(execution, arguments, here, here)) return *asked;
  if (!bring_together(execution.world_.store, id)) {
    return fail(execution, ErrorCode::ControllerError_NotConsistent, arguments[0]);
  }
  execution.trace([&] { return event::ObjectFrozen{id, controller}; });
  return give(execution, Val::just(Val::boolean(true)));
}

}  // namespace avm
