// Transactions: begin_tx, commit_tx, abort_tx.

#include "runtime/handlers/handlers.hpp"
#include "runtime/planted_fault.hpp"

namespace avm {

Handlers::Outcome Handlers::begin_tx(Execution& execution, const Arguments& arguments) {
  if (execution.transaction_ != nullptr) return invalid_during_transaction(execution, Op::begin_tx);
  Val controller = arguments.values.empty() ? Val::nothing() : Val::just(arguments[0]);
  return give(execution, Val::tx(begin(execution, std::move(controller))));
}

TxId Handlers::begin(Execution& execution, Val controller) {
  const TxId tx = execution.begin_transaction(std::move(controller));
  execution.trace([&] { return event::TransactionStarted{tx}; });
  return tx;
}

// Why the current activation cannot end the transaction that it names.
std::optional<Error> Handlers::check_transaction(Execution& execution, const Arguments& arguments) {
  const Val& tx = arguments[0];
  const Transaction* const active = execution.transaction_;
  if (active != nullptr && active->id() == tx.as_tx()) {
    if (execution.owns_transaction()) return std::nullopt;
    return Error(ErrorCode::TxError_InvalidDuringTx, Val::str(op_info(arguments.op).name));
  }
  const auto end = execution.ended_ == nullptr ? std::nullopt : execution.ended_->find(tx.as_tx());
  if (end) {
    return Error(*end == EndedTransactions::End::Committed ? ErrorCode::TxError_AlreadyCommitted
                                                           : ErrorCode::TxError_AlreadyAborted,
                 tx);
  }
  return active == nullptr ? Error(ErrorCode::TxError_NoActiveTx)
                           : Error(ErrorCode::TxError_NotFound, tx);
}

Handlers::Outcome Handlers::commit_tx(Execution& execution, const Arguments& arguments) {
  if (auto error = check_transaction(execution, arguments)) {
    return fail(execution, std::move(*error));
  }
  return give(execution, Val::boolean(commit(execution)));
}

bool Handlers::commit(Execution& execution) {
  const TxId tx = execution.transaction_->id();
  if (!execution.transaction_->commit()) {
    ++execution.stats_.conflicts;
    execution.trace([&] {
      return event::ErrorOccurred{Error(ErrorCode::TxError_Conflict, Val::tx(tx)).text()};
    });
    execution.abort_transaction();
    return false;
  }
  ++execution.stats_.commits;
  execution.trace([&] { return event::TransactionCommitted{tx}; });
  execution.ended_->add(tx, EndedTransactions::End::Committed);
  execution.drop_transaction();
  return true;
}

Handlers::Outcome Handlers::abort_tx(Execution& execution, const Arguments& arguments) {
  if (auto error = check_transaction(execution, arguments)) {
    return fail(execution, std::move(*error));
  }
  if (planted(Fault::abort_applies)) execution.transaction_->commit();
  execution.abort_transaction();
  return give(execution, Val::nothing());
}

}  // namespace avm
