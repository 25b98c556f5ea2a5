// What a node knows of its peers and connections, and what is under way between them.
//
// Exactly once: a request keeps its id until it is answered, and is sent again on each new connection.
// The peer remembers what it was asked, and what it answered, until it is told that the answer came
// ("settled"). Connections lose only what was sent last, and requests are sent in the order of
// their ids, so that they are taken in that order too.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "node/core.hpp"
#include "node/directory.hpp"

namespace avm::node {

/// Numbers what a node has under way: executions, and what is still to become one.
using JobId = std::uint64_t;

/// What another node is asked for.
struct Message {
  std::optional<Request> request{};  ///< Nullopt: a call.
  /// Of a call: target and input. Of one that an execution waits for they are with the execution, until
  /// it is answered.
  std::vector<Val> arguments;
  ObjectId sender;
  Cause trace{};            ///< Of an execution that has none: of execution 0.
  std::uint32_t moves = 0;  ///< As in `RequestExtras`.

  bool is_call() const noexcept { return !request.has_value(); }
  /// Whether it has to come behind those of the same sender that were sent before it.
  bool is_ordered() const noexcept { return is_call() || request == Request::post; }
  /// The object that it concerns; none where it is about an execution.
  std::optional<ObjectId> object() const noexcept;
};

/// What is done with an answer.
struct Next {
  enum class What : std::uint8_t {
    Nothing,
    Deliver,    ///< The job's execution waits for it.
    PassOn,     ///< Whoever the job is for waits for it.
    Offered,    ///< A move goes on.
    Collected,  ///< A freeze goes on.
  };
  What what = What::Nothing;
  std::uint64_t number = 0;  ///< Of a job, or of the object of a move or freeze.
};

/// A request that a peer has not answered.
struct Outgoing {
  Message message;
  Next next;
  Milliseconds since = 0;
  bool is_durable = false;  ///< Waits for the peer however long that takes.
  bool was_sent = false;    ///< On any connection.
};

/// A request of a peer that it has not settled.
struct Incoming {
  std::optional<Answer> answer{};  ///< Nullopt while it is under way.
  std::size_t bytes = 0;           ///< That the answer takes, its frame and what is around it.
};
/// Of these bytes, what is around it.
inline constexpr std::size_t answer_overhead = 200;

struct Connection {
  ConnectionId id = 0;
  Connected what;
  std::optional<PeerId> peer{};
  bool has_spoken = false;  ///< Its first frame has come.
  bool is_refused = false;  ///< By this side or the other, which said why.
  bool is_congested = false;
  bool is_spare = false;  ///< There is another one with the same peer.
  Milliseconds pinged_at = 0;
  unsigned unanswered_pings = 0;
  std::vector<ObjectId>
      to_tell{};  ///< Objects here of which the peer is still to be told; last first.
};

struct Peer {
  std::string machine;
  MachineId id;  ///< The same as a value.
  std::string address{};
  std::optional<ConnectionId> connection{};
  bool protocol2 = false;
  std::uint64_t epoch = 0;
  std::vector<std::uint64_t> past_epochs{};  ///< The last of them, before it was restarted.
  std::uint16_t prefix = 0;
  FrameLimits limits{};
  std::string http{};
  Milliseconds away_since = 0;  ///< Where there is no connection.

  std::map<std::uint64_t, Outgoing> outgoing{};
  std::uint64_t next_request = 1;
  std::uint64_t next_to_send = 1;  ///< Those below went out on the present connection.

  std::map<std::uint64_t, Incoming> incoming{};
  std::uint64_t settled = 0;  ///< Requests below are done with.
  /// Requests up to this one that are not in `incoming` had answers, which are forgotten.
  std::optional<std::uint64_t> forgotten{};
  std::uint64_t offers = 0;        ///< Objects that it has offered, and not settled.
  std::uint64_t under_way = 0;     ///< Requests without an answer, those of its earlier epochs too.
  std::uint64_t answer_bytes = 0;  ///< Of all answers in `incoming`.
  std::deque<std::uint64_t> to_answer{};  ///< Answers that are still to be sent.

  std::uint64_t lowest_outstanding() const noexcept {
    return outgoing.empty() ? next_request : outgoing.begin()->first;
  }
};

/// A peer that is to be dialled.
struct Dial {
  std::string expected;  ///< The machine's name as far as it is known.
  std::string address;
  std::optional<PeerId> peer{};  ///< Who answered last.
  bool is_under_way = false;     ///< Dialling, or connected by it.
  unsigned failures = 0;
  Milliseconds next = 0;
};

}  // namespace avm::node
