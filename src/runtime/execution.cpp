#include "runtime/execution.hpp"

#include <algorithm>
#include <cassert>
#include <new>
#include <ranges>
#include <utility>

#include "runtime/handlers/handlers.hpp"
#include "runtime/instruction_engine.hpp"
#include "runtime/planted_fault.hpp"
#include "runtime/transaction.hpp"
#include "runtime/world.hpp"

namespace avm {

namespace {

// Call sites that are kept of each end of a long chain of calls.
constexpr std::size_t call_sites_kept = 32;

}  // namespace

ExecutionImpl::ExecutionImpl(World& world, StartOptions options)
    : world_(world),
      limits_(options.limits),
      trace_(options.trace),
      number_(options.execution),
      source_(PackedTrace::source_of(options.execution)),
      meter_{0, options.limits.steps} {
  if (options.on_failure || options.on_event || options.on_outcome) {
    told_ = std::make_unique<Callbacks>(std::move(options.on_failure), std::move(options.on_event),
                                        std::move(options.on_outcome));
  }
  auto* const memory = dynamic_cast<MemoryTrace*>(trace_);
  if (memory != nullptr && (told_ == nullptr || !told_->on_event)) log_ = memory->log_.get();
  is_watched_ = tells_outcomes() || (is_traced() && log_ == nullptr) ||
                number_.value_or(0) > PackedTrace::execution_max;
}

ExecutionImpl::ExecutionImpl(World& world, const Code& program, Val input, StartOptions options)
    : ExecutionImpl(world, std::move(options)) {
  activations_.push({.code = &program,
                     .self = world.root(),
                     .input = std::move(input),
                     .machine = Machines::own});
  follow(Outcome::Enter);
}

ExecutionImpl::ExecutionImpl(World& world, ObjectId object, Val message, StartOptions options)
    : ExecutionImpl(world, std::move(options)) {
  const ObjectData& data = *world.store.find({object});
  assert(data.waits());
  // After `freeze` an object can wait beside messages that came to its home: the first of all counts.
  parked_ = data.extras->waiting;
  Message first;
  ExtrasPointer extras = data.extras.with([&](Extras& changed) {
    changed.waiting = nullptr;
    changed.mailbox.push({Val::nothing(), std::move(message)});
    first = changed.mailbox.front();
    changed.mailbox.pop();
  });
  value_ = Val::just(first.value);
  activations_.push(
      {.code = data.behavior, .self = object, .machine = data.machine, .op = Op::receive});
  current().take(first);
  world.store.change({object}, [&](ObjectData& woken, Version version) {
    woken.extras = std::move(extras);
    woken.written_at = version;
  });
  trace([&] { return event::MessageReceived{object, first.value}; });
  follow(Outcome::Resume);
}

ExecutionImpl::ExecutionImpl(World& world, Op op, std::span<const Val> arguments, ObjectId self,
                             const MachineId& machine, StartOptions options)
    : ExecutionImpl(world, std::move(options)) {
  activations_.push({.code = &instruction_code(op),
                     .self = self,
                     .input = Val::list(arguments),
                     .machine = world.machines.number(machine)});
  follow(Outcome::Enter);
}

ExecutionImpl::ExecutionImpl(World& world, Arrival arrival, const MachineId& from,
                             StartOptions options)
    : ExecutionImpl(world, std::move(options)) {
  timestamp_ = arrival.timestamp;
  value_ = Val::boolean(true);
  parked_ = std::move(arrival.activation);
  activations_.push({.code = arrival.code,
                     .self = arrival.self,
                     .input = std::move(arrival.input),
                     .machine = Machines::own,
                     .op = Op::teleport});
  trace([&] { return event::ExecutionMoved{from, world.machine}; });
  follow(Outcome::Resume);
}

ExecutionImpl::~ExecutionImpl() = default;

const MachineId& ExecutionImpl::machine() const noexcept {
  return world_.machines.name(activations_.back().machine);
}

const ExecutionStats& ExecutionImpl::stats() const noexcept {
  stats_.steps = meter_.steps;
  return stats_;
}

std::size_t ExecutionImpl::frame_count() const noexcept {
  std::size_t count = 0;
  for (const Used& used : engines_)
    count += used.engine->frame_count();
  return count;
}

// There are as many as sorts of code: one or two.
Engine& ExecutionImpl::engine_of(const Code& code) {
  for (const Used& used : engines_) {
    if (used.make == code.engine) return *used.engine;
  }
  return *engines_.emplace_back(code.engine, code.engine(*this)).engine;
}

// ─── running ────────────────────────────────────────────────────────────────────────────────────

Execution::Status ExecutionImpl::advance(bool one_turn) {
  const heap::HeapLimit limit(limits().memory);
  while (status_ == Status::Running && !meter_.is_turn_over()) {
    if (engine_->run(one_turn) && one_turn) break;
  }
  return status_;
}

Execution::Status ExecutionImpl::run(std::uint64_t steps) {
  meter_.begin_turn(steps);
  advance(false);
  meter_.stop = meter_.limit;
  return status_;
}

template <typename Work>
void ExecutionImpl::guarded(Work work) {
  try {
    follow(work());
  } catch (const std::bad_alloc&) {
    run_out_of_memory();
  }
}

void ExecutionImpl::run_out_of_memory() noexcept {
  const Error error(ErrorCode::ResourceError_Memory, Val::nat(limits().memory));
  try {
    follow(fail(error));
  } catch (const std::bad_alloc&) {
    // There is no memory even for what is to be said of it.
    error_ = error;
    end(Status::Failed);
  }
}

void ExecutionImpl::execute(Op op, std::span<Val> arguments, const Code* function,
                            std::uint32_t post_kind) {
  current().op = op;
  guarded([&] { return Handlers::execute(*this, {op, arguments, function, post_kind}); });
}

void ExecutionImpl::finish(Val output) {
  guarded([&] {
    Val result = is_top_level() ? output : Val::just(output);
    return leave(std::move(output), std::move(result));
  });
}

void ExecutionImpl::raise(Error error) {
  guarded([&] { return fail(std::move(error)); });
}

void ExecutionImpl::deliver(Result<Val> answer) {
  if (status_ != Status::Waiting) return;
  const heap::HeapLimit limit(limits().memory);
  guarded([&] { return accept(std::move(answer)); });
}

void ExecutionImpl::repeat() {
  if (status_ != Status::Waiting) return;
  const heap::HeapLimit limit(limits().memory);
  guarded([&] {
    Request request = std::move(*request_);
    request_.reset();
    status_ = Status::Running;
    return Handlers::repeat(*this, request.op, request.arguments);
  });
}

// Goes where a handler, or the end of an activation, leads to.
void ExecutionImpl::follow(Outcome outcome) {
  switch (outcome) {
  case Outcome::Enter:
    engine_ = &engine_of(*current().code);
    engine_->enter(*current().code);
    break;
  case Outcome::Resume:
    engine_ = &engine_of(*current().code);
    engine_->resume(*std::exchange(parked_, nullptr));
    [[fallthrough]];
  case Outcome::Value:
  case Outcome::Return:
    if (tells_outcomes()) tell_outcome(current().op, value_);
    engine_->answer(std::move(value_));
    break;
  case Outcome::Raised:
    if (tells_outcomes() && !error_->is_resource())
      tell_outcome(current().op, std::unexpected(*error_));
    follow(fail(std::move(*error_)));
    break;
  case Outcome::Wait:
  case Outcome::End: break;
  }
}

std::optional<Error> ExecutionImpl::begin_apply(const Code& function, std::size_t arguments) {
  if (arguments != function.parameters) return Error(ErrorCode::PureError_NotFound, function.name);
  if (meter_.steps == meter_.limit)
    return Error(ErrorCode::ResourceError_Steps, Val::nat(meter_.limit));
  if (depth() >= limits().depth) {
    return Error(ErrorCode::ResourceError_Depth, Val::nat(limits().depth));
  }
  meter_.take();
  return std::nullopt;
}

bool ExecutionImpl::is_in(ObjectId object) const noexcept {
  return std::ranges::find(activations_, object, &Activation::self) != activations_.end();
}

std::optional<Departure> ExecutionImpl::depart() {
  const Activation& program = current();
  std::optional<Val> activation = park()->pack();
  if (!activation) return std::nullopt;
  return Departure{program.code, program.self, program.input, std::move(*activation), timestamp_};
}

Result<Val> ExecutionImpl::apply(const Code& function, std::span<const Val> arguments) {
  if (auto refusal = begin_apply(function, arguments.size()))
    return std::unexpected(std::move(*refusal));
  return engine_of(function).apply(function, arguments);
}

// ─── how activations end ────────────────────────────────────────────────────────────────────────

ExecutionImpl::Outcome ExecutionImpl::leave(Val output, Val result) noexcept {
  if (owns_transaction()) {
    if (planted(Fault::applied_by_its_end)) transaction_->commit();
    abort_transaction();
  }
  if (is_top_level()) {
    const bool is_program = current().code->kind == FunctionKind::Program;
    value_ = is_program ? std::move(result) : Val::nothing();
    end(Status::Done);
    return Outcome::End;
  }
  if (current().has_savepoint) transaction_->release_savepoint();
  trace([&] { return event::ObjectCalled{current().self, current().call_input, output}; });
  pop_activation();
  value_ = std::move(result);
  return Outcome::Return;
}

ExecutionImpl::Outcome ExecutionImpl::fail(Error error) {
  const bool is_final = is_top_level() || error.is_resource();
  trace([&] { return event::ErrorOccurred{error.text()}; });
  if (told_ != nullptr && told_->on_failure) {
    Failure failure{error, {}, 0, is_final};
    failure.calls = calls(failure.omitted);
    told_->on_failure(failure);
  }
  if (is_final) {
    if (transaction_ != nullptr) abort_transaction();
    error_ = std::move(error);
    end(Status::Failed);
    return Outcome::End;
  }
  if (owns_transaction()) abort_transaction();
  if (current().has_savepoint) {
    planted(Fault::missing_rollback) ? transaction_->release_savepoint()
                                     : transaction_->roll_back();
  }
  trace([&] { return event::ObjectCalled{current().self, current().call_input, std::nullopt}; });
  pop_activation();
  value_ = Val::nothing();
  return Outcome::Return;
}

void ExecutionImpl::pop_activation() noexcept {
  engine_->leave();
  activations_.pop();
  engine_ = &engine_of(*current().code);
}

ExecutionImpl::Outcome ExecutionImpl::accept(Result<Val> answer) {
  assert(request_.has_value());
  const Request request = std::move(*request_);
  request_.reset();
  status_ = Status::Running;
  return Handlers::accept(*this, request, std::move(answer));
}

Val ExecutionImpl::transaction_controller() const noexcept { return transaction_->controller(); }

void ExecutionImpl::tell_event(EventType event) {
  TraceEntry entry{timestamp_++, std::move(event), std::nullopt, std::nullopt};
  entry.execution = number_;
  if (transaction_ != nullptr) {
    entry.executing_controller = controller_id(transaction_->controller());
  }
  if (trace_ != nullptr) trace_->record(entry);
  if (told_ != nullptr && told_->on_event) told_->on_event(entry, call_site());
}

CallSite ExecutionImpl::call_site() const {
  // An activation that a message wakes is told of before its engine has it.
  if (engine_ == nullptr) return {std::string(activations_.back().code->name.as_str()), {}, {}};
  return engine_->call_site(engine_->frame_count() - 1);
}

bool ExecutionImpl::owns_transaction() const noexcept {
  return transaction_ != nullptr && transaction_->owner() == activations_.size() - 1;
}

void ExecutionImpl::abort_transaction() noexcept {
  const TxId tx = transaction_->id();
  trace([&] { return event::TransactionAborted{tx}; });
  ended_->add(tx, EndedTransactions::End::Aborted);
  drop_transaction();
}

TxId ExecutionImpl::begin_transaction(Val controller) {
  if (ended_ == nullptr) ended_ = std::make_unique<EndedTransactions>();
  ended_->make_room();
  if (last_transaction_ == nullptr) last_transaction_ = std::make_unique<Transaction>(world_.store);
  last_transaction_->begin(world_.coming_transaction(), activations_.size() - 1,
                           std::move(controller), current().machine);
  transaction_ = last_transaction_.get();
  return world_.fresh_transaction();
}

void ExecutionImpl::drop_transaction() noexcept {
  transaction_ = nullptr;
  last_transaction_->end();
  if (!last_transaction_->is_small()) last_transaction_.reset();
}

// What ended executions would keep of others' values is given back; who holds one for long wants its
// result and no more.
void ExecutionImpl::end(Status status) noexcept {
  status_ = status;
  transaction_ = nullptr;
  last_transaction_.reset();
  for (const Used& used : engines_) {
    while (used.engine->frame_count() > 0)
      used.engine->leave();
  }
  activations_.cut(1);
  try {
    activations_.shrink();
  } catch (const std::bad_alloc&) {
    // It keeps what it has.
  }
}

std::vector<CallSite> ExecutionImpl::calls(std::uint64_t& omitted) const {
  const std::size_t count = frame_count();
  const bool is_long = count > 2 * call_sites_kept;
  omitted = is_long ? count - 2 * call_sites_kept : 0;
  std::vector<CallSite> sites;

  // An activation's frames lie together: from its own to the next one's of the same engine.
  std::vector<std::size_t> reached;
  const auto engine_index = [&](const Activation& activation) {
    std::size_t i = 0;
    while (engines_[i].make != activation.code->engine)
      ++i;
    return i;
  };

  for (const Used& used : engines_)
    reached.push_back(used.engine->frame_count());
  const std::size_t innermost = is_long ? call_sites_kept : count;
  for (const Activation& activation : std::views::reverse(activations_)) {
    if (sites.size() >= innermost) break;
    const std::size_t index = engine_index(activation);
    const Engine& engine = *engines_[index].engine;
    std::size_t& frame = reached[index];
    while (frame > 0 && sites.size() < innermost) {
      sites.push_back(engine.call_site(--frame));
      if (engine.is_activation(frame)) break;
    }
  }
  if (!is_long) return sites;

  std::vector<CallSite> outermost;
  reached.assign(engines_.size(), 0);
  for (const Activation& activation : activations_) {
    if (outermost.size() == call_sites_kept) break;
    const std::size_t index = engine_index(activation);
    const Engine& engine = *engines_[index].engine;
    std::size_t& frame = reached[index];
    do {
      outermost.push_back(engine.call_site(frame++));
    } while (outermost.size() < call_sites_kept && frame < engine.frame_count() &&
             !engine.is_activation(frame));
  }
  sites.insert(sites.end(), std::make_move_iterator(outermost.rbegin()),
               std::make_move_iterator(outermost.rend()));
  return sites;
}

}  // namespace avm
