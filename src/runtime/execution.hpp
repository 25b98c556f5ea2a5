// ExecutionBase: what both backends share of an execution.
//
// A backend decides which instruction comes next and moves values between registers and arguments.
// What an instruction does is a handler, written once, over this class. The rest of an execution is
// here too: its activations, transaction, limits and trace.
//
// An activation is plain data. Its context is here (`Activation`), its registers and place in the
// code are the backend's. Activations of pure functions have no context and are the backend's alone.
//
// The backend's part of the protocol:
//   1. `execute(op, arguments…)` for each AVM instruction. The Outcome says how to go on.
//   2. `finish(value)` where a behavior or the program ends with `ret`.
//   3. `raise(error)` where anything fails, be it an instruction or a pure operation. It asks for
//      `calls`, so that the frames must be there still.
// Each gives an Outcome:
//   Value   go on; `take_value()` is the instruction's result
//   Enter   a new activation is current: run `current().code` from its top
//   Resume  a new activation is current: restore `take_parked()`; `take_value()` is the result of
//           the `receive` that it waits in
//   Return  the current activation has ended and its caller is current: drop its frames, pure ones
//           above it included; `take_value()` is the result of the caller's `call`
//   Wait    another machine's answer is under way: the status is Waiting until `deliver`, which goes
//           on with the Outcome of `accept`, as if `execute` had given it now
//   End     the execution has ended
//   Raised  (from `execute` only) the instruction failed: `take_error()` goes to `raise`
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
#include "runtime/ended_transactions.hpp"

namespace avm {

struct World;
class Transaction;

/// A function as the runtime knows it. `body` is the backend's.
struct Code {
  Val name;
  FunctionKind kind = FunctionKind::Program;
  bool is_unsafe = false;
  std::uint8_t parameters = 0;
  Hash hash;
  const void* body = nullptr;
};

/// The backend's part of an activation that waits in `receive`: data, which may be resumed more than once.
class Parked {
 public:
  virtual ~Parked() = default;
};

struct Activation {
  const Code* code = nullptr;
  ObjectId self;
  Val input;                    ///< The latest message.
  Val sender = Val::nothing();  ///< Maybe; of the latest message.
  MachineId machine;

  // For the event of the call that began it, and for undoing what it did.
  Val call_input = {};
  bool has_savepoint = false;  ///< In the transaction, where one was active.
};

/// Steps against their limit. Both backends and the pure operations count on it.
struct Meter {
  std::uint64_t steps = 0;
  std::uint64_t limit = no_limit;
  /// Whether `count` more are allowed; counts them if so.
  bool take(std::uint64_t count = 1) noexcept {
    if (count > limit - steps) return false;
    steps += count;
    return true;
  }
};

class ExecutionBase : public Execution {
 public:
  enum class Outcome : std::uint8_t { Value, Enter, Resume, Return, Wait, End, Raised };

  ExecutionBase(World& world, const Code& program, Val input, StartOptions options);
  /// The execution in which a message from outside wakes `object`, which waits at its home
  /// (`World::post`). It has no program: its one activation is the woken one, whose reply is dropped
  /// (the execution's value is `nothing`). The backend goes on as after the Outcome Resume, with
  /// `take_parked` and `take_value`.
  ExecutionBase(World& world, ObjectId object, Val message, StartOptions options);
  ~ExecutionBase() override;
  ExecutionBase(const ExecutionBase&) = delete;
  ExecutionBase& operator=(const ExecutionBase&) = delete;

  Status status() const noexcept override { return status_; }
  const Val* value() const noexcept override { return status_ == Status::Done ? &value_ : nullptr; }
  const Error* error() const noexcept override {
    return status_ == Status::Failed ? &*error_ : nullptr;
  }
  const ExecutionStats& stats() const noexcept override;

  // For handlers.
  World& world() noexcept { return world_; }
  Activation& current() noexcept { return activations_.back(); }
  /// Whether the current activation was called by none.
  bool is_top_level() const noexcept { return activations_.size() == 1; }
  Meter& meter() noexcept { return meter_; }
  const Limits& limits() const noexcept { return options_.limits; }

 protected:
  /// Counts the step, checks the arguments against the table, runs the handler.
  /// `arguments`: the operands in order, absent optional ones left out at the end. May be moved from.
  /// `function`: of scry_*, register_pure, update_pure. Throws std::bad_alloc at the memory limit.
  Outcome execute(Op op, std::span<Val> arguments, const Code* function = nullptr,
                  std::uint32_t post_kind = 0);
  Outcome finish(Val output);
  Outcome raise(Error error);
  /// While the status is Waiting: takes in the other machine's answer, which is what the instruction
  /// gives: of a call `just output` or `nothing`, of the others what they would give here. Gives
  /// Value or Raised.
  Outcome accept(Result<Val> answer);

  Val take_value() noexcept { return std::move(value_); }
  Error take_error() noexcept { return std::move(*error_); }
  std::shared_ptr<const Parked> take_parked() noexcept { return std::move(parked_); }

  // What the backend gives.
  /// Activations under way, the program's own not counted, pure ones included.
  virtual std::uint64_t depth() const noexcept = 0;
  /// The backend's part of the current activation, as data.
  virtual std::shared_ptr<const Parked> park() = 0;
  /// Applies a pure function to its end. Counts its step and depth; its error is the result's.
  virtual Result<Val> apply(const Code& function, std::span<const Val> arguments) = 0;
  /// The chain of calls that ends where the execution stands.
  virtual std::vector<CallSite> calls(std::uint64_t& omitted) const = 0;

 private:
  friend struct Handlers;

  // What another machine was asked for.
  struct Request {
    Op op;
    ObjectId id;
    Val input = {};       // of a call
    MachineId from = {};  // of a move
    MachineId to = {};    // of a move, and of a fetch
  };

  bool is_traced() const noexcept { return options_.trace != nullptr; }
  // `make()` gives the event; it is not called where nobody keeps the trace.
  template <typename Make>
  void trace(Make make) {
    if (is_traced()) [[unlikely]]
      record(make());
  }
  void record(EventType event);
  // Ends the current activation, which has succeeded; `result` is what its caller gets.
  Outcome leave(Val output, Val result) noexcept;
  bool owns_transaction() const noexcept;
  void abort_transaction() noexcept;
  void end(Status status) noexcept;

  World& world_;
  StartOptions options_;
  Status status_ = Status::Running;
  std::vector<Activation, heap::Allocator<Activation>> activations_;
  std::unique_ptr<Transaction> transaction_;
  EndedTransactions ended_;
  std::optional<Request> request_;
  Meter meter_;
  mutable ExecutionStats stats_;  // its steps are brought up to date when it is asked for
  std::uint64_t timestamp_ = 0;
  Val value_;
  std::optional<Error> error_;
  std::shared_ptr<const Parked> parked_;
};

}  // namespace avm
