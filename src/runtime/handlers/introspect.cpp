// What an activation can ask about itself: get_self, get_input, get_state, set_state, get_sender,
// get_current_machine.

#include "runtime/handlers/handlers.hpp"
#include "runtime/planted_fault.hpp"

namespace avm {

Handlers::Outcome Handlers::get_self(Execution& execution, const Arguments&) {
  return give(execution, Val::object(execution.current().self));
}

Handlers::Outcome Handlers::get_input(Execution& execution, const Arguments&) {
  return give(execution, execution.current().input);
}

Handlers::Outcome Handlers::get_sender(Execution& execution, const Arguments&) {
  return give(execution, execution.current().sender_value());
}

Handlers::Outcome Handlers::get_current_machine(Execution& execution, const Arguments&) {
  return give(execution, execution.machine().name);
}

Handlers::Outcome Handlers::get_state(Execution& execution, const Arguments&) {
  if (is_in_program(execution)) return give(execution, Val::empty_list());
  const ObjectId self = execution.current().self;
  const Found found = look_up(execution, self);
  if (!found) return fail(execution, ErrorCode::ObjError_NotFound, Val::object(self));
  if (planted(Fault::own_writes_unseen)) {
    const ObjectData* stored = execution.world_.store.find(found.content_key);
    if (stored != nullptr) return give(execution, stored->state);
  }
  return give(execution, found.content->state);
}

Handlers::Outcome Handlers::set_state(Execution& execution, const Arguments& arguments) {
  if (is_in_program(execution)) {
    return fail(execution, ErrorCode::IntrospectError_ContextUnavailable, Val::str("set_state"));
  }
  const ObjectId self = execution.current().self;
  const Found found = look_up(execution, self);
  if (!found) return fail(execution, ErrorCode::ObjError_NotFound, Val::object(self));
  if (auto error = use(execution, self, found.home->extras->current_controller)) {
    return fail(execution, std::move(*error));
  }
  change(execution, found.content_key, changes::content,
         [&](ObjectData& data) { data.state = std::move(arguments[0]); });
  execution.trace([&] { return event::StateUpdated{self}; });
  return give(execution, Val::nothing());
}

}  // namespace avm
