#include <array>

#include "runtime/handlers/handlers.hpp"
#include "runtime/pure_ops.hpp"

namespace avm {
namespace {

constexpr auto handlers = [] {
  std::array<Handlers::Handler, op_count> table{};
#define AVM_HANDLER(id) table[static_cast<std::size_t>(Op::id)] = &Handlers::id;
#define AVM_OP(id, mnemonic, group, ...) AVM_HANDLER_##group(id)
#include "avm/ops.def"
#undef AVM_HANDLER
  return table;
}();

}  // namespace

Handlers::Outcome Handlers::execute(Execution& execution, const Arguments& arguments) {
  if (!execution.meter_.take()) {
    return fail(execution, ErrorCode::ResourceError_Steps, Val::nat(execution.meter_.limit));
  }
  if (auto mismatch = check_kinds(arguments.op, arguments.values)) {
    return fail(execution, std::move(*mismatch));
  }
  return handlers[static_cast<std::size_t>(arguments.op)](execution, arguments);
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
      return event::ObjectCalled{request.id, request.input, std::move(output)};
    });
    break;
  case Op::move_object:
    execution.trace([&] { return event::ObjectMoved{request.id, request.from, request.to}; });
    break;
  case Op::fetch:
    execution.trace([&] { return event::ObjectFetched{request.id, request.to}; });
    break;
  default: break;
  }
  return give(execution, std::move(*answer));
}

}  // namespace avm
