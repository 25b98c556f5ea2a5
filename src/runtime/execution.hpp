// ExecutionImpl: a run of a program, whatever engines run it.
//
// Here are its activations, transaction, limits and trace; the engines (`engine.hpp`) have the
// registers and know which instruction comes next. What an instruction does is a handler, written
// once, over this class.
//
// An activation is plain data. Its context is here (`Activation`), its registers and place in the
// code are its engine's. Activations of pure functions have no context and are the engine's alone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "avm/heap.hpp"
#include "avm/isa.hpp"
#include "avm/machine.hpp"
#include "avm/tape.hpp"
#include "core/byte_stack.hpp"
#include "core/packed_trace.hpp"
#include "runtime/ended_transactions.hpp"
#include "runtime/engine.hpp"
#include "runtime/mailbox.hpp"

namespace avm {

struct World;
class ExecutionImpl;
class Transaction;

/// An engine for an execution that is about to need it.
using MakeEngine = std::unique_ptr<Engine> (*)(ExecutionImpl& execution);

struct Code;
/// Makes an activation of `code` of what `Parked::pack` gave, if it stands at an instruction `at` and
/// what its registers hold is what they can hold there. Null: it is none.
using UnpackActivation = std::shared_ptr<const Parked> (*)(const Code& code, const Val& packed,
                                                           Op at);

/// A function as the runtime knows it. `body` is for the engine that runs it.
struct Code {
  Val name;
  FunctionKind kind = FunctionKind::Program;
  bool is_unsafe = false;
  std::uint8_t parameters = 0;
  Hash hash;
  MakeEngine engine = nullptr;
  const void* body = nullptr;
  /// Null: its activations stay where they are.
  UnpackActivation unpack = nullptr;
};

struct Activation {
  const Code* code = nullptr;
  ObjectId self;
  Val input;                  ///< The latest message.
  Val call_input = {};        ///< Of the call that began it, for its event.
  ObjectId sender = {};       ///< Of the latest message, if it has one.
  std::uint32_t machine = 0;  ///< The number of the machine where it runs (`Machines`).
  bool has_sender = false;
  bool has_savepoint = false;  ///< In the transaction, where one was active.
  Op op = Op::ret;             ///< The instruction that it carries out, or carried out last.

  /// Maybe.
  Val sender_value() const noexcept {
    return has_sender ? Val::just(Val::object(sender)) : Val::nothing();
  }
  void take(const Message& message) noexcept {
    input = message.value;
    has_sender = message.sender.is_just();
    if (has_sender) sender = message.sender.unwrapped().as_object();
  }
};

/// What of a program goes over by `teleport`.
struct Departure {
  const Code* code;
  ObjectId self;
  Val input;
  Val activation;  ///< By `Parked::pack`.
  std::uint64_t timestamp;
};
/// And as it comes in.
struct Arrival {
  const Code* code;
  ObjectId self;
  Val input;
  std::shared_ptr<const Parked> activation;
  std::uint64_t timestamp;
};

/// Steps against their limit. The engines and the pure operations count on it.
struct Meter {
  std::uint64_t steps = 0;
  std::uint64_t limit = no_limit;
  std::uint64_t stop = limit;  ///< Where the present turn ends: steps ≤ stop ≤ limit.
  /// Whether `count` more are allowed; counts them if so, be it past the turn's end.
  bool take(std::uint64_t count = 1) noexcept {
    if (count > limit - steps) return false;
    steps += count;
    if (steps > stop) stop = steps;
    return true;
  }
  void begin_turn(std::uint64_t count) noexcept {
    stop = count < limit - steps ? steps + count : limit;
  }
  bool is_turn_over() const noexcept { return steps == stop && stop != limit; }
};

class ExecutionImpl : public Execution {
 public:
  ExecutionImpl(World& world, const Code& program, Val input, StartOptions options);
  /// The execution in which a message from outside wakes `object`, which waits at its home
  /// (`World::post`). It has no program: its one activation is the woken one, whose reply is dropped
  /// (the execution's value is `nothing`).
  ExecutionImpl(World& world, ObjectId object, Val message, StartOptions options);
  /// One instruction for the object `self`, as if it ran on `machine`. The value is its result.
  ExecutionImpl(World& world, Op op, std::span<const Val> arguments, ObjectId self,
                const MachineId& machine, StartOptions options);
  /// A program that goes on here, at its `teleport` from the machine `from` (`packing.hpp`).
  ExecutionImpl(World& world, Arrival arrival, const MachineId& from, StartOptions options);
  ~ExecutionImpl() override;
  ExecutionImpl(const ExecutionImpl&) = delete;
  ExecutionImpl& operator=(const ExecutionImpl&) = delete;

  Status step() override { return advance(true); }
  Status run() override { return advance(false); }
  Status run(std::uint64_t steps) override;
  void deliver(Result<Val> answer) override;
  /// While it waits: carries out its instruction anew, since what stood in its way is gone.
  void repeat();

  Status status() const noexcept override { return status_; }
  const Val* value() const noexcept override { return status_ == Status::Done ? &value_ : nullptr; }
  const Error* error() const noexcept override {
    return status_ == Status::Failed ? &*error_ : nullptr;
  }
  const ExecutionStats& stats() const noexcept override;

  // For engines. Each of these may enter, resume, answer and leave activations of any engine, the
  // asking one's included; it is to go on at its top frame as long as `is_on` says so.

  /// Carries out an AVM instruction: counts the step, checks the arguments against the table, runs
  /// the handler. `arguments`: the operands in order, absent optional ones left out at the end. May
  /// be moved from. `function`: of scry_*, register_pure, update_pure. Throws std::bad_alloc at the
  /// memory limit.
  void execute(Op op, std::span<Val> arguments, const Code* function = nullptr,
               std::uint32_t post_kind = 0);
  /// The current activation ends with `ret`.
  void finish(Val output);
  /// The current activation fails, be it in an instruction or in a pure operation.
  void raise(Error error);
  /// Tells who has asked for it what came of an operation or instruction.
  void tell_outcome(Op op, const Result<Val>& outcome) const {
    if (tells_outcomes()) [[unlikely]]
      told_->on_outcome(op, outcome);
  }
  /// Whether the execution runs, and the current activation is this engine's.
  bool is_on(const Engine& engine) const noexcept {
    return status_ == Status::Running && engine_ == &engine;
  }

  /// Counts the step of an application, which comes next, unless it is refused.
  std::optional<Error> begin_apply(const Code& function, std::size_t arguments);

  Activation& current() noexcept { return activations_.back(); }
  Meter& meter() noexcept { return meter_; }
  const Limits& limits() const noexcept { return limits_; }
  /// An error on its way from an engine to where it is raised.
  std::optional<Error>& pending_error() noexcept { return error_; }
  /// Frames under way, of all engines. The program's own is at depth 0.
  std::size_t frame_count() const noexcept;
  std::uint64_t depth() const noexcept { return frame_count() - 1; }
  /// Whether there are frames of more than one engine.
  bool has_engines_beside() const noexcept { return engines_.size() > 1; }
  World& world() noexcept { return world_; }
  /// Where the current activation runs.
  const MachineId& machine() const noexcept;

  // For handlers.

  /// Whether the current activation was called by none.
  bool is_top_level() const noexcept { return activations_.size() == 1; }
  /// Whether one of its activations is the object's.
  bool is_in(ObjectId object) const noexcept;
  /// The program's activation, which stands at a `teleport` and cannot go on here afterwards. Nullopt:
  /// it cannot leave.
  std::optional<Departure> depart();
  /// While it asks another machine, and waits: the operands of its instruction.
  std::span<const Val> requested() const noexcept { return request_->arguments; }
  /// When the next event will be.
  std::uint64_t timestamp() const noexcept { return timestamp_; }
  /// Applies a pure function to its end, after `begin_apply`; its error is the result's.
  Result<Val> apply(const Code& function, std::span<const Val> arguments);

 protected:
  Engine& engine_of(const Code& code);

 private:
  friend struct Handlers;
  friend struct PlainCases;

  // What a handler, or the end of an activation, leads to.
  enum class Outcome : std::uint8_t {
    Value,  ///< Go on; `value_` is the instruction's result.
    Enter,  ///< A new activation is current.
    Resume,  ///< An activation is current that was parked, and is in `parked_`; `value_` is the result
             ///< of the `receive` that it waits in.
    Return,  ///< The activation has ended, its frames are gone; `value_` is the result of its caller's
             ///< `call`.
    Wait,    ///< Another machine's answer is under way, until `deliver`.
    End,     ///< The execution has ended.
    Raised,  ///< The instruction failed: `error_`.
  };

  // What another machine was asked for.
  struct Request {
    Op op;
    std::vector<Val, heap::Allocator<Val>> arguments;
    MachineId from;  // where the object is, as far as is known
  };

  struct Callbacks {
    std::function<void(const Failure&)> on_failure;
    std::function<void(const TraceEntry&, const CallSite&)> on_event;
    std::function<void(Op, const Result<Val>&)> on_outcome;
  };
  ExecutionImpl(World& world, StartOptions options);

  bool tells_outcomes() const noexcept { return told_ != nullptr && told_->on_outcome; }
  bool is_traced() const noexcept {
    return trace_ != nullptr || (told_ != nullptr && told_->on_event);
  }
  // `make()` gives the event; it is not called where nobody keeps the trace.
  template <typename Make>
  void trace(Make make) {
    if (is_traced()) [[unlikely]]
      record(make());
  }
  template <typename Event>
  [[gnu::noinline]] void record(Event event) {
    if (log_ == nullptr) return tell_event(std::move(event));
    log_->add(next_origin(), std::move(event));
    ++timestamp_;
  }
  PackedTrace::Origin next_origin() const noexcept {
    return {timestamp_, number_,
            transaction_ == nullptr ? Val::nothing() : transaction_controller()};
  }
  void tell_event(EventType event);
  // Maybe.
  Val transaction_controller() const noexcept;
  Status advance(bool one_turn);
  // Whatever `work` does, std::bad_alloc is `ResourceError.Memory`.
  template <typename Work>
  void guarded(Work work);
  void run_out_of_memory() noexcept;
  void follow(Outcome outcome);
  // Ends the current activation, which has succeeded; `result` is what its caller gets.
  Outcome leave(Val output, Val result) noexcept;
  Outcome fail(Error error);
  // Drops the current activation; its caller is current then.
  void pop_activation() noexcept;
  Outcome accept(Result<Val> answer);
  std::shared_ptr<const Parked> park() { return engine_->park(); }
  // Where the execution stands.
  CallSite call_site() const;
  // The chain of calls that ends there.
  std::vector<CallSite> calls(std::uint64_t& omitted) const;
  bool owns_transaction() const noexcept;
  TxId begin_transaction(Val controller);
  void abort_transaction() noexcept;
  // It is the active one no more.
  void drop_transaction() noexcept;
  void end(Status status) noexcept;

  World& world_;
  Limits limits_;
  TraceSink* trace_;
  PackedTrace* log_ = nullptr;  // where the trace goes, if it is kept in memory and told to none
  std::optional<std::uint64_t> number_;  // in a shared trace
  std::uint64_t source_;                 // the same for its events' plain origins
  std::unique_ptr<Callbacks> told_;      // most executions have none
  Status status_ = Status::Running;
  // Told of what happens, or traced other than in memory and with plain origins.
  bool is_watched_ = false;
  ByteStack<Activation> activations_;
  struct Used {
    MakeEngine make;
    std::unique_ptr<Engine> engine;
  };
  std::vector<Used> engines_;
  Engine* engine_ = nullptr;            // of the current activation
  Transaction* transaction_ = nullptr;  // that is active
  std::unique_ptr<Transaction>
      last_transaction_;  // which it is, or which has ended and is the next
  std::unique_ptr<EndedTransactions> ended_;
  std::optional<Request> request_;
  Meter meter_;
  mutable ExecutionStats stats_;  // its steps are brought up to date when it is asked for
  std::uint64_t timestamp_ = 0;
  Val value_;
  std::optional<Error> error_;
  std::shared_ptr<const Parked> parked_;
};

}  // namespace avm
