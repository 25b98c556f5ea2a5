#include "runtime/plain_cases.hpp"

#include <new>

#include "runtime/handlers/handlers.hpp"

namespace avm {

std::optional<TxId> PlainCases::begin_tx(ExecutionImpl& execution) noexcept {
  if (execution.log_ != nullptr) return std::nullopt;
  try {
    const TxId tx = Handlers::begin(execution, Val::nothing());
    execution.current().op = Op::begin_tx;
    return tx;
  } catch (const std::bad_alloc&) {
    return std::nullopt;
  }
}

bool PlainCases::set_state_in_transaction(ExecutionImpl& execution, const Val& list) noexcept {
  Transaction* const transaction = execution.transaction_;
  if (transaction == nullptr || execution.log_ != nullptr || is_watched(execution) ||
      list.header() != static_cast<std::uint64_t>(Tag::List))
    return false;
  const SlotKey self{execution.current().self};
  try {
    // As long as it has no changes, an entry is as good as none.
    OverlayEntry& entry = transaction->edit(self);
    if (!entry.data.exists()) return false;
    transaction->observe(self.id);
    if (transaction->use(self.id, entry.data.extras->current_controller) != nullptr) return false;
    entry.data.state = list;
    entry.changes |= changes::content;
  } catch (const std::bad_alloc&) {
    return false;
  }
  execution.current().op = Op::set_state;
  return true;
}

std::optional<bool> PlainCases::commit_tx(ExecutionImpl& execution, const Val& tx) noexcept {
  const Transaction* const transaction = execution.transaction_;
  if (transaction == nullptr || execution.log_ != nullptr || is_watched(execution) ||
      tx.header() != static_cast<std::uint64_t>(Tag::Tx) ||
      tx.payload() != transaction->id().number || !execution.owns_transaction())
    return std::nullopt;
  try {
    const bool is_committed = Handlers::commit(execution);
    execution.current().op = Op::commit_tx;
    return is_committed;
  } catch (const std::bad_alloc&) {
    return std::nullopt;
  }
}

}  // namespace avm
