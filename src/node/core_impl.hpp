// The inside of NodeCore. What it does is in four files: `core.cpp` (jobs and clients), `links.cpp`
// (connections and peers), `requests.cpp` (what is asked and answered), `moving.cpp` (moves, teleports,
// replicas).
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "machine/access.hpp"
#include "node/core.hpp"
#include "node/directory.hpp"
#include "node/peer.hpp"
#include "runtime/execution.hpp"
#include "runtime/packing.hpp"

namespace avm::node {

/// What a peer or a client has asked for.
struct Asked {
  Message message;  ///< Once the execution is made its arguments are the object alone.
  std::optional<PeerId> peer{};
  ConnectionId connection = 0;  ///< Of a peer that is not known by name, or without protocol 2.
  std::uint64_t request_id = 0;
  std::unique_ptr<Error> failure{};  ///< Of the behavior that a call reached.
};

/// A program of this node, or what was asked of it, until it has ended.
struct Job {
  JobId id = 0;
  bool is_held = false;                      ///< Waits for an object's move or freeze.
  std::optional<ExecutionImpl> execution{};  ///< None yet, or for a request that is passed on.
  std::unique_ptr<Asked> asked{};  ///< Null: a program, or what a message from outside has woken.
  NodeCore::Done done{};           ///< Of a client.
  std::uint64_t* under_way = nullptr;  ///< Where it is counted, if another node has asked for it.
};

/// An object on its way to another node: it is not in the store.
struct Move {
  PeerId to = 0;
  JobId job = 0;
  std::uint32_t moves = 0;  ///< The number of this move.
  ObjectData data;
  std::vector<std::pair<Place, ObjectData>> replicas;
  std::vector<JobId> held;
};

/// An object that a peer has offered, and has not yet settled.
struct Offer {
  PeerId from = 0;
  std::uint32_t moves = 0;
  UnpackedObject object;
};

/// A freeze that asks the replicas of an object of ours.
struct Freeze {
  JobId job = 0;
  std::size_t unanswered = 0;
  bool has_failed = false;
  std::vector<std::pair<PeerId, Val>> written;  ///< Packed replicas.
  std::vector<PeerId> asked;
  std::vector<JobId> held;
};

/// A replica here that its home has collected, and has not yet released.
struct Collected {
  PeerId home = 0;
  ObjectData data;
  std::vector<JobId> held;
};

struct NodeCore::Impl final : Transport {
  Impl(NodeOptions node_options, Outside& out, Milliseconds start);

  // ─── jobs: core.cpp ───────────────────────────────────────────────────────────────────────────

  Job& add_job();
  Job& add_job(Message message);
  Job* find_job(JobId id) noexcept;
  /// Turns what was asked into an execution, or passes it on, or puts it off.
  void begin(Job& job);
  void begin_post(Job& job);
  void start(Job& job, Op op, const MachineId& as_on);
  StartOptions start_options(Job& job, const Limits& limits);
  void run_turn(Job& job, std::uint64_t steps);
  void finish(Job& job);
  /// What an execution's end means for who asked.
  Answer answer_of(Job& job);
  /// Tells who asked, and forgets the job.
  void reply(Job& job, Answer answer);
  /// What a client's call gives.
  Result<Val> result_of(const Job& job, const Answer& answer) const;
  /// Tells peers of objects that came and went.
  void announce_changes();
  void announce(ObjectId object);
  void broadcast(const Frame& frame);
  bool is_here(ObjectId object) const noexcept;
  /// Whether this node is the home of ids like this.
  bool is_of_here(ObjectId object) const noexcept { return object.number >> 48U == options.prefix; }
  std::uint32_t moves_of(ObjectId object) const noexcept;
  /// Others know this id. One of this node is not given out again: it may be of an earlier life.
  void note_id(ObjectId object) noexcept;

  // ─── connections and peers: links.cpp ─────────────────────────────────────────────────────────

  Connection* find_connection(ConnectionId id) noexcept;
  Peer* find_peer(std::string_view machine) noexcept;
  std::optional<PeerId> peer_id(std::string_view machine) const;
  /// Nullopt: there are too many.
  std::optional<PeerId> add_machine(std::string_view machine);
  /// For a machine that the store is to have a number for: numbers are not given back.
  bool admits(const MachineId& machine);
  void take_frame(Connection& connection, Frame& frame);
  void on_create_notify(Connection& connection, const CreateNotify& notify);
  void on_hello(Connection& connection, const Hello& hello);
  /// A connection on which a peer without protocol 2 is spoken with.
  void on_old_peer(Connection& connection, std::string_view machine);
  void attach(Connection& connection, PeerId peer);
  void on_other_epoch(PeerId peer);
  void adopt_requests(PeerId from, PeerId to);
  void lose(ConnectionId connection, std::string_view why, bool is_dead);
  /// From this side.
  void cut(ConnectionId connection, std::string_view why, bool tell_peer = true);
  void tick_connections();
  void tick_dials();
  void tick_requests(Peer& peer, PeerId id);
  bool is_connected(const Dial& dial) const;
  /// False: it is more than the other side takes.
  bool send(Connection& connection, const Frame& frame);
  void send_buffer(Connection& connection);
  /// Sends what waits for a peer, as far as it goes.
  void pump(Peer& peer);

  // ─── requests and answers: requests.cpp ───────────────────────────────────────────────────────

  bool reachable(const MachineId& machine) const override;
  std::optional<MachineId> locate(ObjectId object) const override;
  Delivery ask(const MachineId& machine, Op op, std::span<const Val> arguments,
               ObjectId sender) override;

  /// Where an object that is not here may be.
  std::optional<Directory::Place> place_of(ObjectId object);
  void request(PeerId peer, Message message, Next next, bool is_durable = false);
  /// Of a request that was sent, wherever they are.
  std::span<const Val> arguments_of(const Message& message, Next next);
  bool send_request(Connection& connection, std::uint64_t id, Outgoing& outgoing);
  void on_request(Connection& connection, std::uint64_t id, Message message,
                  std::string_view asking, std::optional<std::uint64_t> settled);
  /// What needs no execution. Nullopt: it is for a job.
  std::optional<Answer> answer_at_once(PeerId peer, Message& message);
  void on_answer(Connection& connection, CallResponse& response);
  void settle(Peer& peer, std::optional<std::uint64_t> settled);
  /// Keeps it until it is settled, and sends it as soon as it can be sent. May cut the peer off.
  void keep_answer(Peer& peer, std::uint64_t id, Answer answer);
  void send_answer(Connection& connection, std::uint64_t id, Incoming& incoming);
  /// Into the buffer. False: not even that it is too large can be said.
  bool write_answer(Peer& peer, std::uint64_t id, Incoming& incoming);
  void forget_answers(Peer& peer);
  /// Takes a request off the list: it was answered, or is given up.
  void complete(PeerId peer, std::uint64_t id, Answer answer);
  void fail_requests(PeerId peer, bool durable_too);
  void go_on();
  void go_on(Next next, const Message& message, PeerId peer, Answer answer);
  void deliver(Job& job, Result<Val> result);
  /// What an answer is to the execution that waits for it.
  Result<Val> meaning_of(const Message& message, PeerId peer, const Answer& answer);
  /// A way that calls of a sender to an object are on, by the object's move number so many.
  ///
  /// A call goes behind those of the same sender that were sent before it, wherever the object is by now.
  /// One that has come back to this node, since the object has, knows of a later move than when it
  /// left: so it is not sent after itself.
  struct Route {
    PeerId peer = 0;
    std::uint32_t moves = 0;
    std::uint32_t count = 0;
  };
  /// The way of calls that are to be in front of one that knows of `known` moves; of one that begins here
  /// all are.
  const Route* find_route(ObjectId sender, ObjectId target, std::optional<std::uint32_t> known);
  void add_route(const Message& message, ObjectId target, PeerId peer);
  void drop_route(const Message& message);
  void pass_on(Job& job, PeerId peer, std::uint32_t moves);
  Refusal refusal(Error error) const;
  Refusal unreachable(PeerId peer) const;
  Refusal missing(ObjectId object) const;
  /// `MachineError.InvalidTransfer` of this machine.
  Refusal unable(std::string_view why) const;

  // ─── moves: moving.cpp ────────────────────────────────────────────────────────────────────────

  /// Whether the job has to wait until the object's move or freeze is settled.
  bool hold(ObjectId object, Job& job);
  void release(std::vector<JobId> held);
  /// Fails what waits for replicas whose home is away.
  void tick_held();
  Delivery begin_move(Job& job, ObjectId object, const MachineId& to);
  void go_on_with_move(ObjectId object, const Answer& answer);
  void put_back(ObjectId object, Move move);
  Answer take_object(PeerId from, const Message& message);
  Answer settle_object(PeerId from, const Message& message);
  void adopt(ObjectId object, Offer offer);
  void begin_teleport(Job& job, const MachineId& to);
  void begin_arrival(Job& job);
  /// The answer to a `fetch`.
  Result<Val> take_replica(ObjectId object, PeerId home, const Answer& answer);
  Delivery begin_freeze(Job& job, ObjectId object);
  void go_on_with_freeze(ObjectId object, PeerId peer, const Answer& answer);
  Answer collect_replica(PeerId home, const Message& message);
  Answer release_replica(PeerId home, const Message& message);
  void drop_replica(ObjectId object);
  bool is_running(ObjectId object) const;
  /// What was under way with a peer that is gone for good.
  void forget_moves(PeerId peer);

  // ─── trace ────────────────────────────────────────────────────────────────────────────────────

  struct Sink final : TraceSink {
    explicit Sink(Impl& owner) : impl(owner) {}
    void record(const TraceEntry& entry) override;
    Impl& impl;
  };
  void tell_wire(WireEvent::What what, std::string_view peer, std::uint64_t id,
                 const Message& message, std::span<const Val> arguments, const Val* value,
                 std::string_view error = {});
  /// One line of bounded length, whatever is in the text: names and reasons in it come from peers.
  void log(LogLevel level, std::string_view text);

  NodeOptions options;
  Outside& outside;
  Milliseconds now;
  Machine machine;
  World& world;
  Sink sink{*this};
  bool is_watched = false;
  bool is_stopping = false;
  std::mt19937_64 chance;

  std::vector<std::unique_ptr<Peer>> peers;
  std::uint64_t strangers_under_way = 0;  // requests of those who have not said who they are
  std::unordered_map<std::string, PeerId> peers_by_name;
  std::unordered_map<ConnectionId, Connection> connections;
  std::vector<Dial> dials;
  FrameDecoder decoder;
  std::string buffer;

  Directory directory;
  std::unordered_map<std::uint64_t, std::uint32_t> moves_here;  // of objects that have moved
  std::unordered_map<std::string, ObjectId> names;
  std::unordered_map<std::uint64_t, std::string> names_of;  // of objects here
  std::unordered_map<std::string, ObjectId> announced_names;
  std::optional<ObjectId> first_announced;

  boost::unordered_flat_map<JobId, std::unique_ptr<Job>> jobs;
  JobId next_job = 1;
  std::deque<JobId> ready;
  Job* current = nullptr;
  struct Completion {
    Next next;
    Message message;
    PeerId peer;
    Answer answer;
  };
  std::deque<Completion> completions;
  // By sender and target; of several ways the one by the earliest move first.
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<Route>> routes;

  std::unordered_map<std::uint64_t, Move> moves;
  std::unordered_map<std::uint64_t, Offer> offers;
  std::unordered_map<std::uint64_t, Freeze> freezes;
  std::unordered_map<std::uint64_t, Collected> collected;
  std::unordered_map<std::uint64_t, PeerId> replicas_here;  // and where their homes are

  NodeMetrics counts;
};

}  // namespace avm::node
