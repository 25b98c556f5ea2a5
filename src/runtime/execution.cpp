#include "runtime/execution.hpp"

#include <cassert>
#include <utility>

#include "runtime/handlers/handlers.hpp"
#include "runtime/transaction.hpp"
#include "runtime/world.hpp"

namespace avm {

ExecutionBase::ExecutionBase(World& world, const Code& program, Val input, StartOptions options)
    : world_(world), options_(std::move(options)), meter_{0, options_.limits.steps} {
  activations_.push_back({.code = &program,
                          .self = world.root(),
                          .input = std::move(input),
                          .machine = world.machine});
}

ExecutionBase::ExecutionBase(World& world, ObjectId object, Val message, StartOptions options)
    : world_(world), options_(std::move(options)), meter_{0, options_.limits.steps} {
  const ObjectData& data = *world.store.find({object});
  assert(data.waiting != nullptr);
  // After `freeze` an object can wait beside messages that came to its home: the first of all counts.
  Mailbox mailbox = data.mailbox;
  mailbox.push({Val::nothing(), std::move(message)});
  const Message first = mailbox.front();
  mailbox.pop();
  value_ = Val::just(first.value);
  activations_.push_back({.code = data.behavior,
                          .self = object,
                          .input = first.value,
                          .sender = first.sender,
                          .machine = world.machines.name(data.machine)});
  world.store.change({object}, [&](ObjectData& woken, Version version) {
    parked_ = std::exchange(woken.waiting, nullptr);
    woken.mailbox = std::move(mailbox);
    woken.written_at = version;
  });
  trace([&] { return event::MessageReceived{object, first.value}; });
}

ExecutionBase::~ExecutionBase() = default;

const ExecutionStats& ExecutionBase::stats() const noexcept {
  stats_.steps = meter_.steps;
  return stats_;
}

ExecutionBase::Outcome ExecutionBase::execute(Op op, std::span<Val> arguments, const Code* function,
                                              std::uint32_t post_kind) {
  return Handlers::execute(*this, {op, arguments, function, post_kind});
}

ExecutionBase::Outcome ExecutionBase::finish(Val output) {
  Val result = is_top_level() ? output : Val::just(output);
  return leave(std::move(output), std::move(result));
}

ExecutionBase::Outcome ExecutionBase::leave(Val output, Val result) noexcept {
  if (owns_transaction()) abort_transaction();
  if (is_top_level()) {
    const bool is_program = current().code->kind == FunctionKind::Program;
    value_ = is_program ? std::move(result) : Val::nothing();
    end(Status::Done);
    return Outcome::End;
  }
  if (current().has_savepoint) transaction_->release_savepoint();
  trace([&] { return event::ObjectCalled{current().self, current().call_input, output}; });
  activations_.pop_back();
  value_ = std::move(result);
  return Outcome::Return;
}

ExecutionBase::Outcome ExecutionBase::raise(Error error) {
  const bool is_final = is_top_level() || error.is_resource();
  trace([&] { return event::ErrorOccurred{error.text()}; });
  if (options_.on_failure) {
    Failure failure{error, {}, 0, is_final};
    failure.calls = calls(failure.omitted);
    options_.on_failure(failure);
  }
  if (is_final) {
    if (transaction_ != nullptr) abort_transaction();
    error_ = std::move(error);
    end(Status::Failed);
    return Outcome::End;
  }
  if (owns_transaction()) abort_transaction();
  if (current().has_savepoint) transaction_->roll_back();
  trace([&] { return event::ObjectCalled{current().self, current().call_input, std::nullopt}; });
  activations_.pop_back();
  value_ = Val::nothing();
  return Outcome::Return;
}

ExecutionBase::Outcome ExecutionBase::accept(Result<Val> answer) {
  assert(request_.has_value());
  const Request request = std::move(*request_);
  request_.reset();
  status_ = Status::Running;
  return Handlers::accept(*this, request, std::move(answer));
}

void ExecutionBase::record(EventType event) {
  TraceEntry entry{timestamp_++, std::move(event), std::nullopt, options_.execution};
  if (transaction_ != nullptr) {
    entry.executing_controller = controller_id(transaction_->controller());
  }
  options_.trace->record(entry);
}

bool ExecutionBase::owns_transaction() const noexcept {
  return transaction_ != nullptr && transaction_->owner() == activations_.size() - 1;
}

void ExecutionBase::abort_transaction() noexcept {
  const TxId tx = transaction_->id();
  trace([&] { return event::TransactionAborted{tx}; });
  ended_.add(tx, EndedTransactions::End::Aborted);
  transaction_.reset();
}

// What ended executions would keep of others' values is given back; who holds one for long wants its
// result and no more.
void ExecutionBase::end(Status status) noexcept {
  status_ = status;
  activations_.resize(1);
  activations_.shrink_to_fit();
}

}  // namespace avm
