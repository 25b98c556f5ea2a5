// Handlers: what each of the AVM's instructions does, written once for all backends. One file for
// each family of instructions; `dispatch.cpp` finds the handler of an op.
//
// Where a handler throws std::bad_alloc the store is as it was: it makes first all that it needs, and
// changes then.
//
// Threads: the execution's.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "avm/isa.hpp"
#include "runtime/execution.hpp"
#include "runtime/kinds.hpp"
#include "runtime/transaction.hpp"
#include "runtime/world.hpp"

namespace avm {

/// The operands of an instruction, of kinds that the table allows.
struct Arguments {
  Op op;
  std::span<Val> values;  ///< In order; optional ones that are absent are left out at the end.
  const Code* function = nullptr;
  std::uint32_t post_kind = 0;

  Val& operator[](std::size_t index) const noexcept { return values[index]; }
};

/// The handlers have no state. That they are members of one struct lets them reach into an execution.
struct Handlers {
  using Execution = ExecutionImpl;
  using Outcome = Execution::Outcome;
  using Handler = Outcome (*)(Execution&, const Arguments&);

  static Outcome execute(Execution& execution, const Arguments& arguments);
  /// `ExecutionImpl::execute` of an op that is known when it is compiled, for an engine that takes the result
  /// by itself. Null: there is none to take.
  template <Op op, std::size_t count>
  static Val* answer(Execution& execution, std::span<Val, count> arguments, const Code* function,
                     std::uint32_t post_kind) noexcept;
  /// The same without a step and without a check: of an instruction that was carried out as far as a
  /// request to another machine.
  static Outcome repeat(Execution& execution, Op op, std::span<Val> arguments);
  /// Goes on where another machine has answered.
  static Outcome accept(Execution& execution, const Execution::Request& request,
                        Result<Val> answer);

  // A handler for each instruction of the table. One that is not defined does not link.
#define AVM_NO_HANDLER(id)
#define AVM_HANDLER(id) static Outcome id(Execution& execution, const Arguments& arguments);
#define AVM_HANDLER_Control AVM_NO_HANDLER
#define AVM_HANDLER_Pure AVM_NO_HANDLER
#define AVM_HANDLER_Object AVM_HANDLER
#define AVM_HANDLER_Introspect AVM_HANDLER
#define AVM_HANDLER_Reify AVM_HANDLER
#define AVM_HANDLER_Reflect AVM_HANDLER
#define AVM_HANDLER_Tx AVM_HANDLER
#define AVM_HANDLER_Function AVM_HANDLER
#define AVM_HANDLER_Machine AVM_HANDLER
#define AVM_HANDLER_Controller AVM_HANDLER
#define AVM_HANDLER_Fd AVM_HANDLER
#define AVM_HANDLER_Nondet AVM_HANDLER
#define AVM_OP(id, mnemonic, group, ...) AVM_HANDLER_##group(id)
#include "avm/ops.def"
#undef AVM_HANDLER
  static constexpr Handler handler_of(Op op) noexcept;

  // How an instruction ends.

  static Outcome give(Execution& execution, Val value) noexcept {
    execution.value_ = std::move(value);
    return Outcome::Value;
  }
  static Outcome fail(Execution& execution, Error error) {
    execution.error_ = std::move(error);
    return Outcome::Raised;
  }
  static Outcome fail(Execution& execution, ErrorCode code, Val a = {}, Val b = {}) {
    return fail(execution, Error(code, std::move(a), std::move(b)));
  }
  static Outcome invalid_during_transaction(Execution& execution, Op op) {
    return fail(execution, ErrorCode::TxError_InvalidDuringTx, Val::str(op_info(op).name));
  }
  /// Asks a machine to carry the instruction out, about an object that is on `from`. Nullopt: the
  /// instruction is to carry on here.
  static std::optional<Outcome> ask(Execution& execution, const Arguments& arguments,
                                    const MachineId& machine, const MachineId& from);
  /// Asks for an object that is not in this store. Nullopt: it does not exist.
  static std::optional<Outcome> ask_elsewhere(Execution& execution, const Arguments& arguments,
                                              ObjectId id);

  // Objects as the execution sees them: through its transaction, where one is active.

  /// An object that was found, as a call on some machine would find it. The pointers hold until the
  /// next change.
  struct Found {
    const ObjectData* home = nullptr;
    const ObjectData* content = nullptr;  ///< Of the replica on that machine, or of the home.
    SlotKey content_key;
    explicit operator bool() const noexcept { return home != nullptr; }
    bool is_replica() const noexcept { return content_key.place != home_place; }
    /// Whether the object's home is in this store. Else `home` is what the replica knows of it.
    bool has_home() const noexcept { return home != nullptr && (!is_replica() || home != content); }
  };
  static Found look_up_on(Execution& execution, ObjectId id, Place machine);
  /// On the machine where the current activation runs.
  static Found look_up(Execution& execution, ObjectId id);
  /// What a slot holds; null where it never held anything.
  static const ObjectData* find_slot(Execution& execution, SlotKey key) noexcept;
  /// The object in a slot, or null.
  static const ObjectData* find(Execution& execution, SlotKey key) noexcept;
  static Store::Vector<ObjectId> all_objects(Execution& execution);

  /// In a transaction: takes note that it uses the object, which has the controller `current` (Maybe).
  /// Gives the object's controller (`just`) where the transaction is under another one, else null.
  static const Val* foreign_controller(Execution& execution, ObjectId id, const Val& current) {
    return execution.transaction_ == nullptr ? nullptr : execution.transaction_->use(id, current);
  }
  /// The same, giving the error.
  static std::optional<Error> use(Execution& execution, ObjectId id, const Val& current);

  /// Changes a slot by `change(ObjectData&)`, which must not throw: in the transaction, or as a
  /// commit of its own.
  template <typename Change>
  static void change(Execution& execution, SlotKey key, Changes kind, Change change) {
    if (execution.transaction_ != nullptr) {
      OverlayEntry& entry = execution.transaction_->edit(key);
      change(entry.data);
      entry.changes |= kind;
      return;
    }
    execution.world_.store.change(key, [&](ObjectData& data, Version version) {
      change(data);
      if ((kind & changes::content) != 0) data.written_at = version;
    });
  }

  // Parts that several families use.

  static bool is_in_program(Execution& execution) noexcept {
    return execution.current().code->kind == FunctionKind::Program;
  }
  /// Whether the own machine is `machine`, or can reach it.
  static bool is_reachable(Execution& execution, const MachineId& machine);
  /// Maybe.
  static Val transaction_controller(Execution& execution);
  /// `[id, machine, creating controller, current controller]`
  static Val metadata(Execution& execution, ObjectId id, const ObjectData& home);
  static Outcome enter(Execution& execution, ObjectId id, const Found& found, Place machine,
                       Val input);
  static Outcome wait_for_message(Execution& execution, const Found& found, Val reply);
  template <typename Describe>
  static Outcome scry(Execution& execution, const Code& predicate, Describe describe);
  static Result<bool> ask(Execution& execution, const Code& predicate,
                          std::span<const Val> arguments);
  static std::optional<Error> check_transaction(Execution& execution, const Arguments& arguments);
  /// Where none is active.
  static TxId begin(Execution& execution, Val controller);
  /// Of the active transaction, by the activation that began it.
  static bool commit(Execution& execution);
};

constexpr Handlers::Handler Handlers::handler_of(Op op) noexcept {
  switch (op) {
#define AVM_HANDLER(id)                                                                            \
  case Op::id: return &Handlers::id;
#define AVM_OP(id, mnemonic, group, ...) AVM_HANDLER_##group(id)
#include "avm/ops.def"
#undef AVM_HANDLER
  default: return nullptr;
  }
}

template <Op op, std::size_t count>
Val* Handlers::answer(Execution& execution, std::span<Val, count> arguments, const Code* function,
                      std::uint32_t post_kind) noexcept {
  constexpr const ArgumentKinds& kinds = argument_kinds[static_cast<std::size_t>(op)];
  bool is_plain = execution.meter_.steps < execution.meter_.limit && !execution.is_watched_;
  for (std::size_t i = 0; i < arguments.size(); ++i)
    is_plain = is_plain && (kinds[i] == any_kind || is_of(kinds[i], arguments[i]));
  if (!is_plain) [[unlikely]] {
    execution.execute(op, arguments, function, post_kind);
    return nullptr;
  }
  execution.current().op = op;
  execution.meter_.take();
  try {
    const Outcome outcome = handler_of(op)(execution, {op, arguments, function, post_kind});
    if (outcome == Outcome::Value) [[likely]]
      return &execution.value_;
    execution.follow(outcome);
  } catch (const std::bad_alloc&) {
    execution.run_out_of_memory();
  }
  return nullptr;
}

}  // namespace avm
