// Registered pure functions: call_pure, register_pure, update_pure.

#include "runtime/handlers/handlers.hpp"

namespace avm {

Handlers::Outcome Handlers::call_pure(Execution& execution, const Arguments& arguments) {
  const std::span<const Val> operands = arguments.values.subspan(1);
  const auto known = execution.world_.registry.pure_function(arguments[0]);
  if (!known || known->code->parameters != operands.size()) {
    return give(execution, Val::nothing());
  }
  Result<Val> result = execution.apply(*known->code, operands);
  if (result) return give(execution, Val::just(std::move(*result)));
  if (result.error().is_resource()) return fail(execution, std::move(result.error()));
  return give(execution, Val::nothing());
}

Handlers::Outcome Handlers::register_pure(Execution& execution, const Arguments& arguments) {
  if (execution.transaction_ != nullptr) {
    return invalid_during_transaction(execution, Op::register_pure);
  }
  Registry& registry = execution.world_.registry;
  if (registry.pure_function(arguments[0])) {
    return fail(execution, ErrorCode::PureError_AlreadyRegistered, arguments[0]);
  }
  registry.register_pure(arguments[0], *arguments.function);
  return give(execution, Val::boolean(true));
}

Handlers::Outcome Handlers::update_pure(Execution& execution, const Arguments& arguments) {
  if (execution.transaction_ != nullptr) {
    return invalid_during_transaction(execution, Op::update_pure);
  }
  Registry& registry = execution.world_.registry;
  if (!registry.pure_function(arguments[0])) {
    return fail(execution, ErrorCode::PureError_NotFound, arguments[0]);
  }
  registry.update_pure(arguments[0], *arguments.function);
  execution.trace([&] { return event::FunctionUpdated{arguments[0]}; });
  return give(execution, Val::boolean(true));
}

}  // namespace avm
