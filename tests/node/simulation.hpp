// One run of the simulation: a small cluster at work while its network and its nodes fail, all from one
// seed, and what has to be true of it afterwards.
//
// Programs on all nodes send numbered messages to ledgers, straight, through relays, by programs
// that teleport, and into mailboxes, while the ledgers move from node to node. Connections are dropped,
// nodes are cut off, killed and started again, and garbage comes in. Then all is healed, and:
//
//   answered     every program has ended, by a value or by an error that distance may bring, once;
//   once         no message is in a ledger twice; one that was answered is there, one that failed may be;
//   in order     the messages of one sender are in each ledger in the order in which they were sent;
//   one place    an object is in at most one store, and in one if nobody who had it was killed;
//   found        every node reaches every object, and all see the same;
//   at rest      nothing is under way any more.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace avm::node::test {

/// What runs were made of, added up.
struct SimulationCounts {
  std::uint64_t runs = 0;
  std::uint64_t programs = 0;
  std::uint64_t unreachable = 0;  ///< Programs that ended by it.
  std::uint64_t messages = 0;     ///< In ledgers at the end.
  std::uint64_t moves = 0;
  std::uint64_t resent = 0;
  std::uint64_t drops = 0;
  std::uint64_t cuts = 0;
  std::uint64_t kills = 0;
  std::uint64_t garbage = 0;
  std::uint64_t frames = 0;
  std::string text() const;
};

/// What is wrong, in words; nullopt: nothing.
std::optional<std::string> simulate(std::uint64_t seed, SimulationCounts& counts);

}  // namespace avm::node::test
