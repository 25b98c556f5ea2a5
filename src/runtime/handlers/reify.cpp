// The execution's own context as values: reify_context, reify_tx_state.

#include "runtime/handlers/handlers.hpp"

namespace avm {

Handlers::Outcome Handlers::reify_context(Execution& execution, const Arguments&) {
  const Activation& current = execution.current();
  return give(execution,
              Val::list({Val::object(current.self), current.input, current.sender_value(),
                         execution.machine().name, transaction_controller(execution)}));
}

namespace {

Val list_of(const Store::Vector<ObjectId>& ids) {
  Store::Vector<Val> elements;
  elements.reserve(ids.size());
  for (const ObjectId id : ids)
    elements.push_back(Val::object(id));
  return Val::list(elements);
}

}  // namespace

Handlers::Outcome Handlers::reify_tx_state(Execution& execution, const Arguments&) {
  if (execution.transaction_ == nullptr) return give(execution, Val::nothing());
  const Transaction& transaction = *execution.transaction_;
  Store::Vector<Val> calls;
  calls.reserve(transaction.calls().size());
  for (const auto& [id, input] : transaction.calls()) {
    calls.push_back(Val::list({Val::object(id), input}));
  }
  return give(execution,
              Val::just(Val::list({Val::tx(transaction.id()), Val::list(calls),
                                   list_of(transaction.created()), list_of(transaction.destroyed()),
                                   list_of(transaction.observed())})));
}

}  // namespace avm
