#include "isa/raised.hpp"

#include <algorithm>

namespace avm {
namespace {

using enum ErrorCode;

// `every` stands for every instruction; `kinds` for those that ask for kinds of operands.
constexpr Raised rows[] = {
    {ObjError_NotFound, "destroy_obj call move_object get_state set_state receive",
     "no object has this id, or not any more. For `get_state`, `set_state` and a `receive` that "
     "would "
     "wait: the object that runs was destroyed in the meantime. The root object, which programs "
     "run "
     "as, is in no store"},
    {ObjError_AlreadyDestroyed, "destroy_obj", "this transaction has marked the object already"},
    {ObjError_AlreadyExists, "", "the machine chooses ids itself, each once"},
    {ObjError_InvalidInput, "",
     "a behavior says by `reject` what it does not take, and that raises `ObjError.RejectedCall`"},
    {ObjError_RejectedCall, "reject", "always; the message is its operand"},
    {ObjError_MetadataCorruption, "", "an object's metadata and its state are one record"},
    {ObjError_BehaviorNotFound, "create_obj", "no loaded module has a behavior of this name"},
    {ObjError_AlreadyWaiting, "receive",
     "it would wait, and another activation of the object waits already"},

    {IntrospectError_ContextUnavailable, "set_state", "at the top level: a program has no state"},

    {ReflectError_MetadataNotFound, "", "`reflect` gives `nothing` for a missing object"},
    {ReflectError_MetadataInconsistent, "", "an object's metadata and its state are one record"},
    {ReflectError_StoreCorruption, "", "nothing outside of the machine writes to its store"},
    {ReflectError_ScryPredicateFailed, "scry_meta scry_deep",
     "the pure function raised an error, takes another number of arguments, or gave something else "
     "than a "
     "bool"},
    {ReflectError_ReflectionDenied, "",
     "whether unsafe code may run is settled before it is loaded"},

    {ReifyError_ContextFailed, "", "every activation has a context"},
    {ReifyError_NoTransaction, "", "outside a transaction `reify_tx_state` gives `nothing`"},
    {ReifyError_TxStateAccessDenied, "",
     "whether unsafe code may run is settled before it is loaded"},
    {ReifyError_ConstraintStoreUnavailable, "",
     "`reify_constraints` raises `FdError.NotImplemented`"},

    {TxError_Conflict, "commit_tx",
     "as an event only: the trace gets it, and the program gets `false`"},
    {TxError_NotFound, "commit_tx abort_tx",
     "another transaction is active, and this execution never had one of this id"},
    {TxError_AlreadyCommitted, "commit_tx abort_tx", "this execution has committed it"},
    {TxError_AlreadyAborted, "commit_tx abort_tx",
     "this execution has aborted it, or a conflict has, or the end of the activation that began "
     "it"},
    {TxError_NoActiveTx, "commit_tx abort_tx",
     "no transaction is active, and this execution never had one of this id"},
    {TxError_InvalidDuringTx,
     "begin_tx commit_tx abort_tx receive call register_pure update_pure move_object fetch freeze",
     "inside a transaction: to begin another; to end one that another activation began; to wait in "
     "`receive` in the activation that began it; to call an object on another machine; and what an "
     "abort could not undo"},

    {PureError_NotFound, "update_pure", "no pure function is registered under this name"},
    {PureError_AlreadyRegistered, "register_pure", "the name is taken"},
    {PureError_VersionConflict, "", "`update_pure` asks for no version: it makes the next one"},
    {PureError_TypeMismatch, "kinds", "an operand is of a kind that the instruction does not take"},
    {PureError_OutOfRange, "get set slice",
     "an index past the end, or a slice that ends before it begins"},
    {PureError_Overflow, "add sub mul", "the result is above 2^64-1 or below 0"},
    {PureError_DivisionByZero, "div mod", "the second operand is 0"},

    {MachineError_Unreachable, "teleport move_object fetch call",
     "the transport does not reach this machine"},
    {MachineError_InvalidTransfer, "teleport",
     "in a behavior: only the program's own activation can move the execution"},
    {MachineError_TeleportDuringTx, "teleport", "inside a transaction"},

    {ControllerError_Unreachable, "", "a controller is a name, not a place: all can be reached"},
    {ControllerError_UnauthorizedTransfer, "transfer_object",
     "the transaction is under another controller than the object"},
    {ControllerError_CrossControllerTx, "call create_obj destroy_obj set_state",
     "the transaction is under another controller than the object that it uses"},
    {ControllerError_NotAvailable, "transfer_object", "no object has this id"},
    {ControllerError_NotConsistent, "freeze",
     "more than one copy was written to since it was fetched"},
    {ControllerError_FreezeFailed, "", "replicas can always be read"},
    {ControllerError_NoController, "",
     "of an object without a controller `freeze` gives `nothing`"},

    {FdError_NotImplemented, "new_var narrow label post reify_constraints",
     "always: constraints are not there yet"},
    {NondetError_NotImplemented, "choose require", "always: choice is not there yet"},

    {ResourceError_Steps, "every", "the limit of steps is reached"},
    {ResourceError_Memory, "every", "the limit of memory is reached, or the system has no more"},
    {ResourceError_Depth, "every", "a call, or the application of a pure function, nests too deep"},
};

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    if (rows[i].code != static_cast<ErrorCode>(i)) return false;
  }
  return true;
}
static_assert(is_in_order(), "a row for each error, in the order of errors.def");

bool asks_for_kinds(const OpInfo& info) noexcept {
  return std::ranges::any_of(info.operands(), [](const OperandInfo& operand) {
    return operand.operand_class == OperandClass::Value && operand.kinds != any_kind;
  });
}

}  // namespace

std::span<const Raised> all_raised() noexcept { return rows; }

bool raises(const OpInfo& info, const Raised& row) noexcept {
  if (row.by == "kinds") return asks_for_kinds(info);
  std::string_view rest = row.by;
  while (!rest.empty()) {
    const std::string_view name = rest.substr(0, rest.find(' '));
    if (name == info.name) return true;
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
  }
  return false;
}

}  // namespace avm
