// Machine: runs programs over one store of objects, Tapes as well as interaction trees.
//
//   Machine machine;
//   if (auto loaded = machine.load(tape); !loaded) …
//   MemoryTrace trace;
//   auto execution = machine.start("main", Val::nat(3), {.trace = &trace});
//   (*execution)->run();
//   if (const Val* value = (*execution)->value()) …
//
// Several executions may be under way over one machine; each `step` runs one of them up to and with
// its next AVM instruction.
//
// Threads: a machine, its executions and all values that come from them belong to one thread.
// Different machines may run on different threads; values that cross are copied (`to_json`).
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "avm/error.hpp"
#include "avm/isa.hpp"
#include "avm/tape.hpp"
#include "avm/text.hpp"
#include "avm/trace.hpp"
#include "avm/transport.hpp"

namespace avm {

/// What an execution may use up (docs, "Semantics", "Limits"). Reaching one ends it by `ResourceError`.
struct Limits {
  std::uint64_t steps = no_limit;
  std::uint64_t memory = std::uint64_t{4}
                         << 30U;    ///< Bytes on the thread's heap, of all machines on it.
  std::uint64_t depth = 1'000'000;  ///< An activation at depth N is allowed, N + 1 not.
};

/// One frame of the chain of calls, innermost first; `file` and position are set where they are known:
/// in a Tape with debug information, and in assembly text that is run as trees.
struct CallSite {
  std::string function;
  std::string file;
  SourcePosition position;
};

/// An error and where it was raised. `is_final` where it ended the execution; else a call gave
/// `nothing`. At most the innermost and the outermost 32 sites are kept; `omitted` are left out
/// between them.
struct Failure {
  const Error& error;
  std::vector<CallSite> calls;
  std::uint64_t omitted = 0;
  bool is_final = false;
};

struct StartOptions {
  TraceSink* trace = nullptr;                ///< Must outlive the execution. Null: no trace.
  std::optional<std::uint64_t> execution{};  ///< Its number in a shared trace.
  std::function<void(const Failure&)> on_failure{};
  /// Told of each event as well, and where in the code the execution stands then.
  std::function<void(const TraceEntry&, const CallSite&)> on_event{};
  /// Told what came of each of the AVM's instructions, and under `Backend::ITree` of each pure
  /// operation, and of control that fails, as well: the result (`nothing` where there is none) or the
  /// error. Limits are not told.
  std::function<void(Op, const Result<Val>&)> on_outcome{};
  Limits limits{};
};

struct ExecutionStats {
  std::uint64_t steps = 0;
  std::uint64_t calls = 0;  ///< `call` instructions that reached an object.
  std::uint64_t commits = 0;
  std::uint64_t conflicts = 0;
};

/// One run of a program.
class Execution {
 public:
  enum class Status : std::uint8_t {
    Running,
    Waiting,  ///< For another machine's answer (`deliver`).
    Done,     ///< `value` is set.
    Failed,   ///< `error` is set.
  };
  virtual ~Execution() = default;

  /// Runs up to and with the next AVM instruction, or to the end.
  virtual Status step() = 0;
  /// Runs until it ends or waits.
  virtual Status run() = 0;
  /// The same, but stops also after about so many more steps: at the next jump back, application or
  /// instruction.
  virtual Status run(std::uint64_t steps) = 0;
  /// Gives the answer that it waits for.
  virtual void deliver(Result<Val> answer) = 0;

  virtual Status status() const noexcept = 0;
  virtual const Val* value() const noexcept = 0;
  virtual const Error* error() const noexcept = 0;
  virtual const ExecutionStats& stats() const noexcept = 0;
};

/// What runs assembled code.
enum class Backend : std::uint8_t {
  Tape,   ///< The bytecode loop.
  ITree,  ///< The reference: the text's meaning as interaction trees, interpreted.
};

struct MachineOptions {
  std::string name = "local";
  std::vector<std::string> machines{};  ///< Others, made up in this process, that can be reached.
  std::uint16_t node_prefix = 0;        ///< The top 16 bits of every object id that it makes.
  bool allow_unsafe = false;
  std::uint8_t layer_max = 4;
  Backend backend = Backend::Tape;
};

/// Why a Tape was not loaded, or a program not started.
struct LoadError {
  enum class Reason : std::uint8_t { Invalid, Unsafe, Layer, NameTaken, NoSuchProgram };
  Reason reason;
  std::string message;
};

/// An object as it stands in the store, for people and tests.
struct ObjectView {
  ObjectId id;
  std::string behavior;
  MachineId machine;
  std::optional<ControllerId> creating_controller;
  std::optional<ControllerId> current_controller;
  Val state;
  bool waiting = false;
  std::vector<Val> mailbox;
};
/// `{"id","behavior","machine","creating_controller","current_controller","state","waiting","mailbox"}`,
/// cut as a value is where state and mailbox take about `bytes` bytes.
Printed print_json(const ObjectView& object, std::uint64_t bytes);
/// All of it.
std::string to_json(const ObjectView& object);

struct Assembly;
class PureFunction;
template <typename A>
class ITree;

/// A program or behavior in C++: the tree of what it does with its input or message. (`from_do` makes one
/// of a coroutine.)
using TreeBody = std::function<ITree<Val>(Val input)>;

class Machine {
 public:
  explicit Machine(const MachineOptions& options = {});
  /// With another transport than the made-up machines; it must outlive the machine.
  Machine(const MachineOptions& options, Transport& transport);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  /// Verifies `tape` and takes in its functions, all or none. A name that is taken already by a
  /// function of another hash refuses it.
  ///
  /// Under `Backend::ITree` it is disassembled, and what comes of that is read as text.
  std::expected<void, LoadError> load(Tape tape);
  /// The same for what was assembled without an error (else: `Invalid`).
  std::expected<void, LoadError> load(const Assembly& assembly);

  // Functions in C++ live beside assembled ones, and each can call the other. Unsafe instructions in
  // them are not looked for: who writes C++ is trusted.

  /// A name that is taken already refuses any of these.
  std::expected<void, LoadError> add_program(std::string_view name, TreeBody body);
  std::expected<void, LoadError> add_behavior(std::string_view name, TreeBody body);
  std::expected<void, LoadError> add_pure(const PureFunction& function);

  /// An execution of `program` that has not run yet.
  std::expected<std::unique_ptr<Execution>, LoadError> start(std::string_view program,
                                                             Val input = Val::nothing(),
                                                             StartOptions options = {});

  /// Puts a message from outside into an object's mailbox. Where the object waits, gives the
  /// execution that it wakes in.
  std::unique_ptr<Execution> post(ObjectId object, Val message, StartOptions options = {});

  /// The objects of the store, in id order.
  void for_each_object(const std::function<void(const ObjectView&)>& visit) const;
  std::uint64_t object_count() const noexcept;
  /// The id of the machine's root object: the self of programs.
  ObjectId root() const noexcept;

 private:
  friend struct MachineAccess;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace avm
