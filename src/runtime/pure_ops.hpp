// The pure operations (docs, "Language", "Pure operations"): one function for each, used by both
// backends. The bytecode loop has its own fast paths for the commonest kinds and comes here for the
// rest and for every error.
#pragma once

#include <span>

#include "avm/error.hpp"
#include "avm/isa.hpp"
#include "runtime/execution.hpp"

namespace avm {

/// Applies the pure operation `op` (Group::Pure) to its operands, in the table's order. May move from
/// them: a list whose one reference is `arguments[0]` is changed in place. `eq`, `ne` and `to_str`
/// count on `meter`; past its limit they give `ResourceError.Steps`. Throws std::bad_alloc at the
/// memory limit, before anything is changed.
Result<Val> apply_pure_op(Op op, std::span<Val> arguments, Meter& meter);

/// `PureError.TypeMismatch` for the first of `arguments` that has not the kinds that the table asks for.
std::optional<Error> check_kinds(Op op, std::span<const Val> arguments);

}  // namespace avm
