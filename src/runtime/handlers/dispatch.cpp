#include "runtime/handlers/handlers.hpp"
#include "runtime/pure_ops.hpp"

namespace avm {

Handlers::Outcome Handlers::execute(Execution& execution, const Arguments& arguments) {
  if (!execution.meter_.take()) {
    return fail(execution, ErrorCode::ResourceError_Steps, Val::nat(execution.meter_.limit));
  }
  if (auto mismatch = check_kinds(arguments.op, arguments.values)) {
    return fail(execution, std::move(*mismatch));
  }
  return handler_of(arguments.op)(execution, arguments);
}

Handlers::Outcome Handlers::repeat(Execution& execution, Op op, std::span<Val> arguments) {
  return handler_of(op)(execution, {.op = op, .values = arguments});
}

Handlers::Outcome Handlers::accept(Execution& execution, const Execution::Request& request,
                                   Result<Val> answer) {
  if (!answer) return fail(execution, std::move(answer.error()));
  switch (request.op) {
  case Op::call:
    ++execution.stats_.calls;
    execution.trace([&] {
      std::optional<Val> output;
      if (answer->is_just()) output = answer->unwrapped();
      return event::ObjectCalled{request.arguments[0].as_object(), request.arguments[1],
                                 std::move(output)};
    });
    break;
  case Op::move_object:
    execution.trace([&] {
      return event::ObjectMoved{request.arguments[0].as_object(), request.from,
                                MachineId{request.arguments[1]}};
    });
    break;
  case Op::fetch:
    if (!answer->as_bool()) break;
    execution.trace([&] {
      return event::ObjectFetched{request.arguments[0].as_object(), execution.machine()};
    });
    break;
  case Op::destroy_obj:
    execution.trace([&] { return event::ObjectDestroyed{request.arguments[0].as_object()}; });
    break;
  case Op::teleport:
    // The program has ended, where it went.
    execution.value_ = std::move(*answer);
    execution.end(Execution::Status::Done);
    return Outcome::End;
  default: break;
  }
  return give(execution, std::move(*answer));
}

}  // namespace avm
