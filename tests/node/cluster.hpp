// A cluster of nodes inside one test: real cores, a made-up network and clock, all from one seed.
//
// The network keeps the order of what is sent in one direction of a connection, and delays it as it
// likes. Connections can be dropped (what was under way is lost from some frame on), nodes cut off from
// each other, killed and started again.
//
//   Cluster cluster(seed);
//   cluster.load(source);
//   cluster.add("alpha"); cluster.add("beta");      // each dials those before it
//   cluster.node("alpha").submit("main", …);
//   cluster.run_until([&] { return …; });
//
// AVM_SIMULATION_LOG=1 prints what each node is sent and what it says.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "avm/assemble.hpp"
#include "node/core.hpp"

namespace avm::node::test {

class Cluster;

/// A node of the cluster: its core, which comes and goes, and what it wants done.
class SimulatedNode final : public Outside {
 public:
  SimulatedNode(Cluster& cluster, std::string name, std::size_t index);

  bool is_alive() const noexcept { return core_ != nullptr; }
  NodeCore& core() noexcept { return *core_; }
  const std::string& name() const noexcept { return name_; }
  std::uint16_t prefix() const noexcept { return static_cast<std::uint16_t>(index_ + 1); }
  const std::vector<std::string>& log_lines() const noexcept { return log_; }

  void send(ConnectionId connection, std::string_view json) override;
  void close(ConnectionId connection) override;
  void dial(PeerIndex peer) override;
  void log(LogLevel level, std::string_view text) override;
  void event(const NodeEvent& event) override;
  void event(const WireEvent& event) override;

  /// Told of each trace entry and each call on the wire, where set.
  std::function<void(const NodeEvent&)> on_trace{};
  std::function<void(const WireEvent&)> on_wire{};

 private:
  friend class Cluster;
  void start(bool is_first);

  Cluster& cluster_;
  std::string name_;
  std::size_t index_;
  std::uint64_t epoch_ = 0;
  std::unique_ptr<NodeCore> core_;
  std::vector<std::string> log_;
  std::vector<std::string> dials_;  // by PeerIndex
};

class Cluster {
 public:
  struct Delays {
    Milliseconds least = 1;
    Milliseconds most = 20;
  };

  explicit Cluster(std::uint64_t seed, NodeOptions options = {});
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  /// What all nodes know, those to come and those that are started again.
  void load(std::string_view source);
  void load(const Assembly& assembly) { assemblies_.push_back(assembly); }
  /// A node that dials all those before it.
  SimulatedNode& add(std::string name);
  SimulatedNode& node(std::string_view name);
  SimulatedNode& node(std::size_t index) { return *nodes_[index]; }
  std::size_t size() const noexcept { return nodes_.size(); }
  Milliseconds now() const noexcept { return now_; }
  std::mt19937_64& chance() noexcept { return chance_; }
  void set_delays(Delays delays) noexcept { delays_ = delays; }

  /// The next thing happens: a frame arrives, a connection is made or lost, time goes on. Afterwards all
  /// cores run what they have ready.
  void step();
  /// False where it has not come true in so much time.
  bool run_until(const std::function<bool()>& condition, Milliseconds most = 60'000);
  void run_for(Milliseconds time);

  // What goes wrong.

  /// All connections between the two, as if a cable was pulled and put back.
  void drop(std::size_t a, std::size_t b);
  /// Nothing passes between the two until `heal`; nobody is told.
  void cut(std::size_t a, std::size_t b);
  void heal();
  void kill(std::size_t index);
  void restart(std::size_t index);
  /// A frame that is none, or one out of place, from a to b.
  void inject(std::size_t a, std::size_t b, std::string frame);
  /// What b is sent by a comes late.
  void slow(std::size_t a, std::size_t b, Milliseconds delay);

 private:
  friend class SimulatedNode;
  struct Frame {
    Milliseconds at;
    std::string json;
    bool is_end = false;  // the other side has closed the connection
  };
  // One direction of a connection, by its receiver.
  struct Way {
    std::size_t to = 0;
    ConnectionId id = 0;  // as the receiver names it
    std::deque<Frame> frames;
    Milliseconds last = 0;
    bool is_open = true;  // the receiver has it
    bool is_congested = false;
  };
  struct Wire {
    std::array<Way, 2> ways;
  };
  struct Dialling {
    Milliseconds at;
    std::size_t from;
    std::size_t to;
    PeerIndex peer;
  };

  void send(std::size_t from, ConnectionId id, std::string_view json);
  void close(std::size_t from, ConnectionId id);
  void dial(std::size_t from, PeerIndex peer);
  void finish_dial(const Dialling& dialling);
  void deliver(Wire& wire, std::size_t way);
  void push(Wire& wire, std::size_t way, Frame frame);
  bool is_cut(std::size_t a, std::size_t b) const;
  Milliseconds delay();
  Milliseconds delay(std::size_t a, std::size_t b);  // with what makes b's frames late
  void run_cores();

  std::mt19937_64 chance_;
  NodeOptions options_;
  Delays delays_;
  Milliseconds now_ = 0;
  Milliseconds next_tick_ = 0;
  std::vector<Assembly> assemblies_;
  std::vector<std::unique_ptr<SimulatedNode>> nodes_;
  std::vector<std::unique_ptr<Wire>> wires_;
  std::vector<Dialling> dialling_;
  std::set<std::pair<std::size_t, std::size_t>> cuts_;
  std::map<std::pair<std::size_t, std::size_t>, Milliseconds> slow_;
  ConnectionId next_connection_ = 1;
};

}  // namespace avm::node::test
