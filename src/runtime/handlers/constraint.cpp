// Layer 4, constraints and choice: its instructions assemble, and raise `NotImplemented`.

#include "runtime/handlers/handlers.hpp"

namespace avm {
namespace {

Error not_implemented(ErrorCode code, Op op) { return Error(code, Val::str(op_info(op).name)); }

}  // namespace

Handlers::Outcome Handlers::new_var(Execution& execution, const Arguments&) {
  return fail(execution, not_implemented(ErrorCode::FdError_NotImplemented, Op::new_var));
}

Handlers::Outcome Handlers::narrow(Execution& execution, const Arguments&) {
  return fail(execution, not_implemented(ErrorCode::FdError_NotImplemented, Op::narrow));
}

Handlers::Outcome Handlers::label(Execution& execution, const Arguments&) {
  return fail(execution, not_implemented(ErrorCode::FdError_NotImplemented, Op::label));
}

Handlers::Outcome Handlers::post(Execution& execution, const Arguments&) {
  return fail(execution, not_implemented(ErrorCode::FdError_NotImplemented, Op::post));
}

Handlers::Outcome Handlers::reify_constraints(Execution& execution, const Arguments&) {
  return fail(execution, not_implemented(ErrorCode::FdError_NotImplemented, Op::reify_constraints));
}

Handlers::Outcome Handlers::choose(Execution& execution, const Arguments&) {
  return fail(execution, not_implemented(ErrorCode::NondetError_NotImplemented, Op::choose));
}

Handlers::Outcome Handlers::require(Execution& execution, const Arguments&) {
  return fail(execution, not_implemented(ErrorCode::NondetError_NotImplemented, Op::require));
}

}  // namespace avm
