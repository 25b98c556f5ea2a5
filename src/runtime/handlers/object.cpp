// Objects: create_obj, destroy_obj, call, receive.

#include "runtime/handlers/handlers.hpp"
#include "runtime/planted_fault.hpp"

namespace avm {

Handlers::Outcome Handlers::create_obj(Execution& execution, const Arguments& arguments) {
  World& world = execution.world_;
  const Val& name = arguments[0];
  const Code* behavior = world.registry.behavior(name);
  if (behavior == nullptr) return fail(execution, ErrorCode::ObjError_BehaviorNotFound, name);
  const ObjectId id = world.fresh_object();
  const Val controller =
      arguments.values.size() > 1 ? Val::just(arguments[1]) : transaction_controller(execution);
  if (auto error = use(execution, id, controller)) return fail(execution, std::move(*error));
  const Place machine = execution.current().machine;
  // Messages can have come already.
  const ObjectData* const slot = find_slot(execution, {id});
  ExtrasPointer extras = slot == nullptr ? ExtrasPointer() : slot->extras;
  if (!controller.is_nothing()) {
    extras.own().creating_controller = controller;
    extras.own().current_controller = controller;
  }
  change(execution, {id}, changes::birth, [&](ObjectData& data) {
    data.behavior = behavior;
    data.machine = machine;
    data.extras = std::move(extras);
  });
  execution.trace([&] { return event::ObjectCreated{id, name}; });
  return give(execution, Val::object(id));
}

Handlers::Outcome Handlers::destroy_obj(Execution& execution, const Arguments& arguments) {
  const ObjectId id = arguments[0].as_object();
  const Found found = look_up(execution, id);
  if (!found.has_home()) {
    if (auto asked = ask_elsewhere(execution, arguments, id)) return *asked;
    return fail(execution, ErrorCode::ObjError_NotFound, arguments[0]);
  }
  if (execution.transaction_ != nullptr) {
    const OverlayEntry* entry = execution.transaction_->changed({id});
    if (entry != nullptr && entry->is_destroyed() && !planted(Fault::destroyed_twice)) {
      return fail(execution, ErrorCode::ObjError_AlreadyDestroyed, arguments[0]);
    }
    if (auto error = use(execution, id, found.home->extras->current_controller)) {
      return fail(execution, std::move(*error));
    }
    OverlayEntry& destroyed = execution.transaction_->edit({id});
    if (destroyed.is_own()) {
      destroyed.data = ObjectData();
    } else {
      destroyed.changes |= changes::death;
    }
  } else {
    execution.world_.store.remove(id);
  }
  if (!planted(Fault::lost_event) || execution.transaction_ == nullptr)
    execution.trace([&] { return event::ObjectDestroyed{id}; });
  return give(execution, Val::boolean(true));
}

Handlers::Outcome Handlers::call(Execution& execution, const Arguments& arguments) {
  World& world = execution.world_;
  const ObjectId id = arguments[0].as_object();
  Found found = look_up(execution, id);
  if (!found) {
    if (auto asked = ask_elsewhere(execution, arguments, id)) return *asked;
    return fail(execution, ErrorCode::ObjError_NotFound, arguments[0]);
  }
  Place machine = execution.current().machine;
  // What a replica without its home says of where that is does not matter.
  const bool is_elsewhere = !found.is_replica() && found.home->machine != machine;
  // No controller can stand in the way of it then: it is asked about in transactions only.
  if (is_elsewhere) {
    if (execution.transaction_ != nullptr) return invalid_during_transaction(execution, Op::call);
    machine = found.home->machine;
    const MachineId home = world.machines.name(machine);
    if (!is_reachable(execution, home)) {
      return fail(execution, ErrorCode::MachineError_Unreachable, home.name);
    }
    if (machine != Machines::own) {
      if (auto asked = ask(execution, arguments, home, home)) return *asked;
    }
    found = look_up_on(execution, id, machine);
  } else {
    if (auto error = use(execution, id, found.home->extras->current_controller)) {
      return fail(execution, std::move(*error));
    }
    if (world.has_detours && execution.transaction_ == nullptr) [[unlikely]] {
      if (auto asked = ask(execution, arguments, world.machine, world.machine)) return *asked;
      found = look_up(execution, id);
    }
  }
  return enter(execution, id, found, machine, std::move(arguments[1]));
}

// Begins an activation of an object that was found, or goes on with the one that waits.
Handlers::Outcome Handlers::enter(Execution& execution, ObjectId id, const Found& found,
                                  Place machine, Val input) {
  if (execution.depth() >= execution.limits().depth + (planted(Fault::depth_off_by_one) ? 1 : 0)) {
    return fail(execution, ErrorCode::ResourceError_Depth, Val::nat(execution.limits().depth));
  }
  Activation activation{.code = found.home->behavior,
                        .self = id,
                        .input = input,
                        .sender = execution.current().self,
                        .machine = machine,
                        .has_sender = true,
                        .has_savepoint = execution.transaction_ != nullptr,
                        .op = Op::receive};
  // A second reference to the input would keep the behavior from changing it in place.
  if (execution.is_traced()) activation.call_input = input;
  auto& activations = execution.activations_;
  activations.make_room();
  if (execution.transaction_ != nullptr) {
    execution.transaction_->log_call(id, input);
    execution.transaction_->push_savepoint();
  }
  std::shared_ptr<const Parked> waiting = found.content->extras->waiting;
  if (waiting == nullptr) {
    activations.push(std::move(activation));
    ++execution.stats_.calls;
    return Outcome::Enter;
  }
  if (planted(Fault::wrong_sender)) activation.has_sender = false;
  Val received = Val::just(input);
  ExtrasPointer extras =
      found.content->extras.with([](Extras& changed) { changed.waiting = nullptr; });
  change(execution, found.content_key, changes::content,
         [&](ObjectData& data) { data.extras = std::move(extras); });
  activations.push(std::move(activation));
  ++execution.stats_.calls;
  execution.parked_ = std::move(waiting);
  execution.value_ = std::move(received);
  execution.trace([&] { return event::MessageReceived{id, input}; });
  return Outcome::Resume;
}

Handlers::Outcome Handlers::receive(Execution& execution, const Arguments& arguments) {
  const ObjectId self = execution.current().self;
  const Found found = look_up(execution, self);
  if (execution.transaction_ != nullptr) execution.transaction_->observe_mailbox(self);
  // Messages come to an object's home. That of the root object is there without the object.
  const ObjectData* home = found.is_replica() ? nullptr : find_slot(execution, {self});
  if (home != nullptr && !home->extras->mailbox.empty()) {
    const Message message = home->extras->mailbox.front();
    Val received = Val::just(message.value);
    ExtrasPointer extras = home->extras.with([](Extras& changed) {
      if (!planted(Fault::message_stays)) changed.mailbox.pop();
    });
    change(execution, {self}, changes::mailbox,
           [&](ObjectData& data) { data.extras = std::move(extras); });
    execution.current().take(message);
    execution.trace([&] { return event::MessageReceived{self, message.value}; });
    return give(execution, std::move(received));
  }
  if (is_in_program(execution)) return give(execution, Val::nothing());
  return wait_for_message(execution, found,
                          arguments.values.empty() ? Val::nothing() : std::move(arguments[0]));
}

// Puts the current activation away with its object, and gives its caller the reply.
Handlers::Outcome Handlers::wait_for_message(Execution& execution, const Found& found, Val reply) {
  const Val self = Val::object(execution.current().self);
  if (execution.owns_transaction()) return invalid_during_transaction(execution, Op::receive);
  if (!found) return fail(execution, ErrorCode::ObjError_NotFound, self);
  if (found.content->waits()) {
    return fail(execution, ErrorCode::ObjError_AlreadyWaiting, self);
  }
  if (auto error = use(execution, self.as_object(), found.home->extras->current_controller)) {
    return fail(execution, std::move(*error));
  }
  ExtrasPointer extras =
      found.content->extras.with([&](Extras& changed) { changed.waiting = execution.park(); });
  Val result = Val::just(planted(Fault::reply_lost) ? Val::nothing() : reply);
  change(execution, found.content_key, changes::content,
         [&](ObjectData& data) { data.extras = std::move(extras); });
  return execution.leave(std::move(reply), std::move(result));
}

}  // namespace avm
