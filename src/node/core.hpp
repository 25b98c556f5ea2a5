// NodeCore: a node without its sockets and clock (docs, "Nodes"; book chapter "Distributed runtime").
//
// It is a machine, a directory of where objects are, and what has been asked of whom. Frames,
// connections made and lost, and the time go in; frames to send, connections to dial and to close, and
// log lines come out (`Outside`). Executions are data: one that asks another node waits, and no
// thread waits with it. So whole clusters run in one test, in any order of events.
//
//   NodeCore core(options, outside, now);
//   core.load(tape);
//   core.add_peer("beta", …);
//   core.on_connected(1, {.peer = 0});    core.on_frame(1, json);    core.on_tick(now);
//   while (core.run(100'000)) {}          // executions that are ready, in turn
//
// Threads: one thread, with all values that come from it. Nothing here blocks. Errors: what comes from
// outside can be anything; it is answered, logged or ends its connection. std::bad_alloc out of
// `on_frame` ends the connection as well.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "avm/machine.hpp"
#include "node/frame.hpp"

namespace avm::node {

/// Names a connection, for as long as the shell has it; never used twice.
using ConnectionId = std::uint64_t;
/// A peer to dial, in the order of `add_peer`.
using PeerIndex = std::size_t;
/// Milliseconds of a clock that only goes on.
using Milliseconds = std::uint64_t;

enum class LogLevel : std::uint8_t { Debug, Info, Warning, Error };

/// A message that went over the network, for those who watch. `peer` is the other end's machine.
struct WireEvent {
  enum class What : std::uint8_t { CallSent, CallReceived, AnswerSent, AnswerReceived };
  What what;
  std::string_view peer;
  std::uint64_t request_id;
  ObjectId sender;  ///< Of the call, in its answer too.
  ObjectId target;
  const Val* value;             ///< Input or output; null where it failed.
  std::string_view error = {};  ///< Where it failed.
};

/// A trace entry of an execution here. `cause` is set where another node's call began it.
struct NodeEvent {
  const TraceEntry& entry;
  const std::string* cause_machine = nullptr;
  Cause cause{};
};

/// What a core wants done. None of these may call the core.
class Outside {
 public:
  virtual ~Outside() = default;
  /// A frame's JSON; the shell puts the length before it. In order.
  virtual void send(ConnectionId connection, std::string_view json) = 0;
  /// Once what was sent is written. The core takes it for gone: no `on_lost` follows.
  virtual void close(ConnectionId connection) = 0;
  virtual void dial(PeerIndex peer) = 0;
  virtual void log(LogLevel level, std::string_view text) = 0;
  /// Called only while `NodeCore::watch(true)`.
  virtual void event(const NodeEvent& event) = 0;
  virtual void event(const WireEvent& event) = 0;
};

struct NodeLimits {
  FrameLimits frame{};
  /// Requests of one peer under way here at once, and objects that it has offered and not settled; one
  /// more is refused. All who have not said who they are count as one.
  std::uint64_t requests = 250'000;
  /// Bytes kept for one peer: answers that it has not settled. Over it they are forgotten: a request that
  /// comes again is then answered by `Unreachable`. Where some are not sent yet, it is cut off.
  std::uint64_t peer_bytes = std::uint64_t{256} << 20U;
  /// Objects of which one peer may tell where they are; more are not noted. All who have not said who
  /// they are count as one.
  std::uint64_t announced = 1'000'000;
  std::size_t peers = 1'000;  ///< Machines known at once, as peers or by what others say.
  std::size_t name = 255;     ///< Bytes of a name that others tell: of a machine, or an object.
  /// Of executions that others begin here.
  Limits outside{.steps = 100'000'000, .memory = std::uint64_t{1} << 30U, .depth = 100'000};
  /// Of the node's own programs.
  Limits own{};
};

struct NodeOptions {
  std::string name = "node";
  std::uint16_t prefix = 0;
  std::uint64_t epoch = 0;
  std::string http{};  ///< Told to peers.
  bool allow_unsafe = false;
  Milliseconds connect_timeout = 5'000;
  Milliseconds ping_interval = 5'000;
  unsigned pings_missed = 3;        ///< So many unanswered: the peer is dead.
  Milliseconds call_timeout = 0;    ///< 0: none.
  Milliseconds redial_first = 100;  ///< Doubled after each failure, with jitter.
  Milliseconds redial_most = 10'000;
  std::uint64_t seed = 0;  ///< Of the jitter.
  NodeLimits limits{};
};

struct Connected {
  std::optional<PeerIndex> peer{};  ///< Set where it was dialled.
  std::string address{};            ///< "127.0.0.1:53124", for the log.
  /// What the certificate says; the hello must then say the same.
  std::optional<std::string> certified_name{};
};

struct PeerView {
  std::string machine;
  std::string address;
  bool connected = false;
  bool protocol2 = false;
  std::uint16_t prefix = 0;
  std::uint64_t epoch = 0;
  std::string http;
  std::uint64_t requests_out = 0;  ///< Asked of it and not answered.
  std::uint64_t requests_in = 0;   ///< Asked by it and under way here.
  std::uint64_t announced = 0;     ///< Objects known to be there.
};

struct NodeMetrics {
  std::uint64_t objects = 0;
  std::uint64_t executions = 0;  ///< Under way.
  std::uint64_t waiting = 0;     ///< Of these, for another node.
  std::uint64_t executions_started = 0;
  std::uint64_t executions_failed = 0;
  std::uint64_t frames_in = 0;
  std::uint64_t frames_out = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t frames_refused = 0;
  std::uint64_t requests_resent = 0;
  std::uint64_t unreachable = 0;
  std::uint64_t moves = 0;
  std::uint64_t directory = 0;  ///< Entries.
  std::size_t heap_bytes = 0;
};

class NodeCore {
 public:
  /// Told once, from `run` or `on_…`, and never from within the call that takes it.
  using Done = std::function<void(const Result<Val>& result)>;

  NodeCore(NodeOptions options, Outside& outside, Milliseconds now);
  ~NodeCore();
  NodeCore(const NodeCore&) = delete;
  NodeCore& operator=(const NodeCore&) = delete;

  // What it runs.

  std::expected<void, LoadError> load(Tape tape);
  std::expected<void, LoadError> load(const Assembly& assembly);

  // Peers and connections.

  /// A peer to stay connected with. `machine` is its name as far as it is known before its hello.
  PeerIndex add_peer(std::string machine, std::string address);
  void on_connected(ConnectionId connection, Connected what);
  void on_dial_failed(PeerIndex peer, std::string_view why);
  void on_frame(ConnectionId connection, std::string_view json);
  /// The other side has closed it, or it broke, or what came was no frame (`why` says so).
  void on_lost(ConnectionId connection, std::string_view why);
  /// While the shell holds many bytes that are not yet written the core sends nothing more there.
  void on_congested(ConnectionId connection, bool is_congested);
  void on_tick(Milliseconds now);

  /// Runs executions that are ready, for about `steps` steps in all. Whether more are ready.
  bool run(std::uint64_t steps);

  // Clients: the command line and the HTTP side.

  /// Starts a program with `input`.
  std::expected<void, LoadError> submit(std::string_view program, Val input, Done done);
  /// Calls an object, wherever it is, from the root object: `just output` or `nothing`.
  void call(ObjectId target, Val input, Done done);
  /// A message into an object's mailbox, wherever it is. `true`.
  void post(ObjectId target, Val message, Done done);
  /// Makes an object of a behavior, and tells peers its name. `nothing` for `name`: it has none.
  Result<ObjectId> create(std::string_view behavior, std::string_view name = {});

  /// An object by the name that it was made under, here or at a peer.
  std::optional<ObjectId> find_name(std::string_view name) const;
  /// The first object that a peer has announced, root objects aside (for the demo).
  std::optional<ObjectId> first_announced() const;

  // What there is to be seen.

  const NodeOptions& options() const noexcept;
  ObjectId root() const noexcept;
  void for_each_object(const std::function<void(const ObjectView&)>& visit) const;
  std::optional<ObjectView> find_object(ObjectId object) const;
  /// Where the directory has an object that is not here.
  std::optional<std::string> located(ObjectId object) const;
  std::vector<PeerView> peers() const;
  NodeMetrics metrics() const;
  void watch(bool on);

  // Stopping.

  /// Takes no new requests from now on: those are refused.
  void begin_stop();
  /// Whether nothing is under way for anybody.
  bool is_idle() const;
  /// Fails what is still under way, says goodbye, and closes all connections.
  void finish_stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace avm::node
