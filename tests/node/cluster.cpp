#include "node/cluster.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include <fmt/format.h>

namespace avm::node::test {
namespace {

constexpr Milliseconds tick = 100;
// Frames in flight in one direction from which on its sender is told that it is congested.
constexpr std::size_t congested_from = 200;
constexpr std::size_t congested_until = 50;

void tell(Milliseconds now, std::string_view who, std::string_view what) {
  static const bool is_wanted = std::getenv("AVM_SIMULATION_LOG") != nullptr;
  if (is_wanted) fmt::print(stderr, "{:>7} {:<6} {}\n", now, who, what);
}

}  // namespace

// ─── a node ─────────────────────────────────────────────────────────────────────────────────────

SimulatedNode::SimulatedNode(Cluster& cluster, std::string name, std::size_t index)
    : cluster_(cluster), name_(std::move(name)), index_(index) {}

void SimulatedNode::start(bool is_first) {
  NodeOptions options = cluster_.options_;
  options.name = name_;
  options.prefix = prefix();
  options.epoch = ++epoch_;
  options.seed = cluster_.chance_();
  core_ = std::make_unique<NodeCore>(options, *this, cluster_.now_);
  for (const Assembly& assembly : cluster_.assemblies_) {
    if (auto loaded = core_->load(assembly); !loaded)
      throw std::runtime_error(loaded.error().message);
  }
  if (is_first) {
    for (std::size_t i = 0; i < index_; ++i)
      dials_.push_back(cluster_.nodes_[i]->name_);
  }
  for (const std::string& peer : dials_)
    core_->add_peer(peer, peer + ":1");
  core_->watch(on_trace != nullptr || on_wire != nullptr);
}

void SimulatedNode::send(ConnectionId connection, std::string_view json) {
  cluster_.send(index_, connection, json);
}
void SimulatedNode::close(ConnectionId connection) { cluster_.close(index_, connection); }
void SimulatedNode::dial(PeerIndex peer) { cluster_.dial(index_, peer); }
void SimulatedNode::log(LogLevel, std::string_view text) {
  log_.emplace_back(text);
  tell(cluster_.now_, name_, text);
}
void SimulatedNode::event(const NodeEvent& event) {
  if (on_trace) on_trace(event);
}
void SimulatedNode::event(const WireEvent& event) {
  if (on_wire) on_wire(event);
}

// ─── the cluster ────────────────────────────────────────────────────────────────────────────────

Cluster::Cluster(std::uint64_t seed, NodeOptions options)
    : chance_(seed), options_(std::move(options)) {}
Cluster::~Cluster() = default;

void Cluster::load(std::string_view source) {
  assemblies_.push_back(assemble({"cluster.avm", std::string(source)}));
  if (!assemblies_.back().tape) throw std::runtime_error(render(assemblies_.back(), false));
}

SimulatedNode& Cluster::add(std::string name) {
  nodes_.push_back(std::make_unique<SimulatedNode>(*this, std::move(name), nodes_.size()));
  nodes_.back()->start(true);
  return *nodes_.back();
}

SimulatedNode& Cluster::node(std::string_view name) {
  return **std::ranges::find(nodes_, name, [](const auto& node) { return node->name_; });
}

bool Cluster::is_cut(std::size_t a, std::size_t b) const {
  return cuts_.contains({std::min(a, b), std::max(a, b)});
}

Milliseconds Cluster::delay(std::size_t a, std::size_t b) {
  const auto slow = slow_.find({a, b});
  return delay() + (slow == slow_.end() ? 0 : slow->second);
}

Milliseconds Cluster::delay() {
  return delays_.least + chance_() % (delays_.most - delays_.least + 1);
}

void Cluster::push(Wire& wire, std::size_t way, Frame frame) {
  Way& to = wire.ways[way];
  frame.at = std::max(to.last, now_ + delay(wire.ways[1 - way].to, to.to));
  to.last = frame.at;
  to.frames.push_back(std::move(frame));
  Way& back = wire.ways[1 - way];
  if (to.frames.size() > congested_from && !back.is_congested && back.is_open) {
    back.is_congested = true;
    nodes_[back.to]->core_->on_congested(back.id, true);
  }
}

void Cluster::send(std::size_t from, ConnectionId id, std::string_view json) {
  for (const auto& wire : wires_) {
    for (std::size_t way = 0; way < 2; ++way) {
      Way& own = wire->ways[1 - way];
      if (own.to == from && own.id == id && own.is_open)
        return push(*wire, way, {.at = 0, .json = std::string(json)});
    }
  }
}

void Cluster::close(std::size_t from, ConnectionId id) {
  for (const auto& wire : wires_) {
    for (std::size_t way = 0; way < 2; ++way) {
      Way& own = wire->ways[1 - way];
      if (own.to != from || own.id != id || !own.is_open) continue;
      own.is_open = false;
      return push(*wire, way, {.at = 0, .json = {}, .is_end = true});
    }
  }
}

void Cluster::dial(std::size_t from, PeerIndex peer) {
  const std::string& name = nodes_[from]->dials_[peer];
  const auto to = std::ranges::find(nodes_, name, [](const auto& node) { return node->name_; });
  const auto index = static_cast<std::size_t>(to - nodes_.begin());
  dialling_.push_back({now_ + delay(), from, index, peer});
}

void Cluster::finish_dial(const Dialling& dialling) {
  const auto [at, from, to, peer] = dialling;
  if (!nodes_[from]->is_alive()) return;
  if (!nodes_[to]->is_alive() || is_cut(from, to))
    return nodes_[from]->core_->on_dial_failed(peer, "nobody is there");
  Wire& wire = *wires_.emplace_back(std::make_unique<Wire>());
  wire.ways[0].to = to;
  wire.ways[1].to = from;
  for (Way& way : wire.ways)
    way.id = next_connection_++;
  const ConnectionId far = wire.ways[0].id;
  const ConnectionId near = wire.ways[1].id;
  nodes_[from]->core_->on_connected(near, {.peer = peer, .address = nodes_[to]->name_});
  nodes_[to]->core_->on_connected(far, {.address = nodes_[from]->name_});
}

void Cluster::deliver(Wire& wire, std::size_t way) {
  Way& to = wire.ways[way];
  const Frame frame = std::move(to.frames.front());
  to.frames.pop_front();
  Way& back = wire.ways[1 - way];
  if (back.is_congested && to.frames.size() < congested_until) {
    back.is_congested = false;
    if (back.is_open && nodes_[back.to]->is_alive())
      nodes_[back.to]->core_->on_congested(back.id, false);
  }
  if (!to.is_open || !nodes_[to.to]->is_alive()) return;
  if (frame.is_end) {
    to.is_open = false;
    return nodes_[to.to]->core_->on_lost(to.id, "the other side has closed it");
  }
  tell(now_, nodes_[to.to]->name_, nodes_[back.to]->name_ + ": " + frame.json);
  nodes_[to.to]->core_->on_frame(to.id, frame.json);
}

void Cluster::step() {
  // What comes first; of several at the same time any.
  Milliseconds first = next_tick_;
  std::vector<std::pair<Wire*, std::size_t>> arriving;
  std::vector<std::size_t> made;
  const auto consider = [&](Milliseconds at) {
    if (at > first) return false;
    if (at < first) {
      arriving.clear();
      made.clear();
      first = at;
    }
    return true;
  };
  for (const auto& wire : wires_) {
    for (std::size_t way = 0; way < 2; ++way) {
      if (wire->ways[way].frames.empty() || is_cut(wire->ways[0].to, wire->ways[1].to)) continue;
      if (consider(wire->ways[way].frames.front().at)) arriving.emplace_back(wire.get(), way);
    }
  }
  for (std::size_t i = 0; i < dialling_.size(); ++i) {
    if (consider(dialling_[i].at)) made.push_back(i);
  }
  now_ = std::max(now_, first);
  const std::size_t choices = arriving.size() + made.size();
  if (choices == 0) {
    next_tick_ = now_ + tick;
    for (const auto& node : nodes_) {
      if (node->is_alive()) node->core_->on_tick(now_);
    }
  } else if (const std::size_t choice = chance_() % choices; choice < arriving.size()) {
    deliver(*arriving[choice].first, arriving[choice].second);
  } else {
    const auto which = static_cast<std::ptrdiff_t>(made[choice - arriving.size()]);
    const Dialling dialling = dialling_[static_cast<std::size_t>(which)];
    dialling_.erase(dialling_.begin() + which);
    finish_dial(dialling);
  }
  std::erase_if(wires_, [](const auto& wire) {
    return std::ranges::all_of(wire->ways,
                               [](const Way& way) { return !way.is_open && way.frames.empty(); });
  });
  run_cores();
}

void Cluster::run_cores() {
  for (const auto& node : nodes_) {
    while (node->is_alive() && node->core_->run(1'000'000)) {
    }
  }
}

bool Cluster::run_until(const std::function<bool()>& condition, Milliseconds most) {
  run_cores();
  for (const Milliseconds end = now_ + most; now_ < end;) {
    if (condition()) return true;
    step();
  }
  return condition();
}

void Cluster::run_for(Milliseconds time) {
  run_until([] { return false; }, time);
}

void Cluster::drop(std::size_t a, std::size_t b) {
  for (const auto& wire : wires_) {
    for (std::size_t way = 0; way < 2; ++way) {
      Way& to = wire->ways[way];
      if (!(to.to == b && wire->ways[1 - way].to == a) &&
          !(to.to == a && wire->ways[1 - way].to == b))
        continue;
      // Some of what is under way arrives still.
      to.frames.resize(chance_() % (to.frames.size() + 1));
      if (to.is_open) push(*wire, way, {.at = 0, .json = {}, .is_end = true});
    }
  }
}

void Cluster::cut(std::size_t a, std::size_t b) { cuts_.emplace(std::min(a, b), std::max(a, b)); }
void Cluster::heal() {
  cuts_.clear();
  slow_.clear();
}

void Cluster::kill(std::size_t index) {
  tell(now_, nodes_[index]->name_, "is killed");
  for (const auto& wire : wires_) {
    for (std::size_t way = 0; way < 2; ++way) {
      if (wire->ways[way].to != index) continue;
      wire->ways[way].is_open = false;
      wire->ways[way].frames.clear();
      // What it had sent comes still, and then the end.
      push(*wire, 1 - way, {.at = 0, .json = {}, .is_end = true});
    }
  }
  nodes_[index]->core_.reset();
}

void Cluster::restart(std::size_t index) { nodes_[index]->start(false); }

void Cluster::inject(std::size_t a, std::size_t b, std::string frame) {
  for (const auto& wire : wires_) {
    for (std::size_t way = 0; way < 2; ++way) {
      if (wire->ways[way].to == b && wire->ways[1 - way].to == a)
        return push(*wire, way, {.at = 0, .json = std::move(frame)});
    }
  }
}

void Cluster::slow(std::size_t a, std::size_t b, Milliseconds more) { slow_[{a, b}] = more; }

}  // namespace avm::node::test
