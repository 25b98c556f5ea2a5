// What several families of handlers use.

#include "runtime/handlers/handlers.hpp"
#include "runtime/planted_fault.hpp"

namespace avm {

const ObjectData* Handlers::find_slot(Execution& execution, SlotKey key) noexcept {
  if (execution.transaction_ != nullptr) return execution.transaction_->find(key);
  return execution.world_.store.find(key);
}

const ObjectData* Handlers::find(Execution& execution, SlotKey key) noexcept {
  const ObjectData* data = find_slot(execution, key);
  return data != nullptr && data->exists() ? data : nullptr;
}

Handlers::Found Handlers::look_up_on(Execution& execution, ObjectId id, Place machine) {
  const ObjectData* home = find(execution, {id});
  if (execution.transaction_ != nullptr &&
      !(planted(Fault::missing_is_not_read) && home == nullptr)) {
    execution.transaction_->observe(id);
  }
  World& world = execution.world_;
  if (world.store.has_replicas()) {
    const SlotKey here{id, machine};
    if (const ObjectData* replica = find(execution, here))
      return {home == nullptr ? replica : home, replica, here};
  }
  return {home, home, {id}};
}

Handlers::Found Handlers::look_up(Execution& execution, ObjectId id) {
  return look_up_on(execution, id, execution.current().machine);
}

Store::Vector<ObjectId> Handlers::all_objects(Execution& execution) {
  if (execution.transaction_ != nullptr) return execution.transaction_->observe_all();
  return execution.world_.store.ids();
}

std::optional<Error> Handlers::use(Execution& execution, ObjectId id, const Val& controller) {
  const Val* const foreign = foreign_controller(execution, id, controller);
  if (foreign == nullptr) return std::nullopt;
  return Error(ErrorCode::ControllerError_CrossControllerTx, Val::object(id), foreign->unwrapped());
}

std::optional<Handlers::Outcome> Handlers::ask(Execution& execution, const Arguments& arguments,
                                               const MachineId& machine, const MachineId& from) {
  const auto& request = execution.request_.emplace(
      Execution::Request{arguments.op, {arguments.values.begin(), arguments.values.end()}, from});
  const Delivery delivery = execution.world_.transport.ask(machine, arguments.op, request.arguments,
                                                           execution.current().self);
  if (delivery == Delivery::Here) {
    execution.request_.reset();
    return std::nullopt;
  }
  execution.status_ = Execution::Status::Waiting;
  return Outcome::Wait;
}

std::optional<Handlers::Outcome> Handlers::ask_elsewhere(Execution& execution,
                                                         const Arguments& arguments, ObjectId id) {
  const std::optional<MachineId> machine = execution.world_.transport.locate(id);
  if (!machine) return std::nullopt;
  if (execution.transaction_ != nullptr) return invalid_during_transaction(execution, arguments.op);
  if (!is_reachable(execution, *machine))
    return fail(execution, ErrorCode::MachineError_Unreachable, machine->name);
  return ask(execution, arguments, *machine, *machine);
}

bool Handlers::is_reachable(Execution& execution, const MachineId& machine) {
  return machine == execution.world_.machine || execution.world_.transport.reachable(machine);
}

Val Handlers::transaction_controller(Execution& execution) {
  if (execution.transaction_ == nullptr) return Val::nothing();
  return execution.transaction_->controller();
}

Val Handlers::metadata(Execution& execution, ObjectId id, const ObjectData& home) {
  return Val::list({Val::object(id), execution.world_.machines.name(home.machine).name,
                    home.extras->creating_controller, home.extras->current_controller});
}

}  // namespace avm
