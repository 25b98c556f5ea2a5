// Connections and peers: who is who, which connection counts, what is sent when.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "avm/text.hpp"
#include "node/core_impl.hpp"
#include "node/planted_fault.hpp"

namespace avm::node {
namespace {

constexpr std::size_t past_epochs_max = 16;  // that are remembered of a peer

// Until a peer's hello it is taken for one that knows the book's frames alone, and takes no more.
constexpr FrameLimits old_limits{.bytes = std::size_t{16} << 20U, .nesting = 60};

}  // namespace

Connection* NodeCore::Impl::find_connection(ConnectionId id) noexcept {
  const auto found = connections.find(id);
  return found == connections.end() ? nullptr : &found->second;
}

std::optional<PeerId> NodeCore::Impl::peer_id(std::string_view name) const {
  const auto found = peers_by_name.find(std::string(name));
  if (found == peers_by_name.end()) return std::nullopt;
  return found->second;
}

Peer* NodeCore::Impl::find_peer(std::string_view name) noexcept {
  const auto id = peer_id(name);
  return id ? peers[*id].get() : nullptr;
}

std::optional<PeerId> NodeCore::Impl::add_machine(std::string_view name) {
  if (const auto known = peer_id(name)) return known;
  if (name.size() > options.limits.name) {
    log(LogLevel::Warning,
        fmt::format("a machine's name of {} bytes is not noted: {}", name.size(), quoted(name)));
    return std::nullopt;
  }
  if (peers.size() == options.limits.peers) {
    log(LogLevel::Warning,
        fmt::format("no more than {} machines are known at once (--max-peers); {} is not",
                    options.limits.peers, quoted(name)));
    return std::nullopt;
  }
  auto peer = std::make_unique<Peer>();
  peer->machine = name;
  peer->id = {Val::str(name)};
  peer->limits = old_limits;
  peer->away_since = now;
  const auto id = static_cast<PeerId>(peers.size());
  peers.push_back(std::move(peer));
  peers_by_name.emplace(std::string(name), id);
  return id;
}

bool NodeCore::Impl::admits(const MachineId& name) {
  return name == world.machine || add_machine(name.name.as_str()).has_value();
}

PeerIndex NodeCore::add_peer(std::string machine, std::string address) {
  impl_->dials.push_back(
      {.expected = std::move(machine), .address = std::move(address), .next = impl_->now});
  return impl_->dials.size() - 1;
}

// ─── connections come and go ────────────────────────────────────────────────────────────────────

void NodeCore::on_connected(ConnectionId id, Connected what) {
  Impl& impl = *impl_;
  if (what.peer) impl.dials[*what.peer].is_under_way = true;
  Connection& connection =
      impl.connections.emplace(id, Connection{.id = id, .what = std::move(what)}).first->second;
  connection.pinged_at = impl.now;
  Hello hello{.machine = impl.options.name,
              .epoch = impl.options.epoch,
              .prefix = impl.options.prefix,
              .limits = impl.options.limits.frame,
              .http = impl.options.http};
  impl.send(connection, CreateNotify{.object = impl.world.root(),
                                     .machine = impl.options.name,
                                     .hello = std::move(hello)});
  // One that has been dialled can be spoken with at once; what it is shows with its first frame.
  if (connection.what.peer) {
    const Dial& dial = impl.dials[*connection.what.peer];
    impl.log(LogLevel::Debug, fmt::format("connected to {}", dial.address));
  }
}

void NodeCore::on_dial_failed(PeerIndex peer, std::string_view why) {
  Impl& impl = *impl_;
  Dial& dial = impl.dials[peer];
  dial.is_under_way = false;
  ++dial.failures;
  if (dial.failures == 1)
    impl.log(LogLevel::Info, fmt::format("{} cannot be reached yet: {}", dial.address, why));
}

void NodeCore::on_lost(ConnectionId connection, std::string_view why) {
  impl_->lose(connection, why, false);
  impl_->go_on();
}

void NodeCore::on_congested(ConnectionId id, bool is_congested) {
  Connection* connection = impl_->find_connection(id);
  if (connection == nullptr) return;
  connection->is_congested = is_congested;
  if (!is_congested && connection->peer) impl_->pump(*impl_->peers[*connection->peer]);
  impl_->go_on();
}

void NodeCore::Impl::lose(ConnectionId id, std::string_view why, bool is_dead) {
  const auto found = connections.find(id);
  if (found == connections.end()) return;
  const Connection connection = std::move(found->second);
  connections.erase(found);
  if (connection.what.peer) {
    Dial& dial = dials[*connection.what.peer];
    dial.is_under_way = false;
    if (connection.has_spoken && !connection.is_refused) {
      dial.failures = 0;
      dial.next = now;
    } else {
      ++dial.failures;
    }
  }
  if (!connection.peer) {
    log(connection.is_spare ? LogLevel::Debug : LogLevel::Info,
        fmt::format("connection with {} closed: {}", connection.what.address, why));
    return;
  }
  Peer& peer = *peers[*connection.peer];
  if (peer.connection != id) return;
  peer.connection.reset();
  peer.away_since = now;
  log(LogLevel::Info, fmt::format("connection with {} lost: {}", peer.machine, why));
  // Without ids that it remembers nothing can be sent again.
  if (is_dead || !peer.protocol2) fail_requests(*connection.peer, false);
}

void NodeCore::Impl::cut(ConnectionId id, std::string_view why, bool tell_peer) {
  Connection* connection = find_connection(id);
  if (connection == nullptr) return;
  if (tell_peer && connection->peer && peers[*connection->peer]->protocol2)
    send(*connection, Goodbye{std::string(why), false});
  outside.close(id);
  lose(id, why, false);
}

// ─── who it is ──────────────────────────────────────────────────────────────────────────────────

void NodeCore::Impl::on_hello(Connection& connection, const Hello& hello) {
  const ConnectionId id = connection.id;
  const auto refuse = [&](const std::string& why) {
    log(LogLevel::Error, fmt::format("{}: {}", connection.what.address, why));
    send(connection, Goodbye{why, false});
    connection.is_refused = true;
    cut(id, why, false);
  };
  if (hello.machine.size() > options.limits.name || hello.http.size() > options.limits.name)
    return refuse(fmt::format("its name is longer than {} bytes", options.limits.name));
  const auto certified = connection.what.certified_name;
  if (certified && *certified != hello.machine) {
    return refuse(fmt::format("it calls itself {}, but its certificate is for {}",
                              quoted(hello.machine), quoted(*certified)));
  }
  if (hello.machine == options.name)
    return refuse(
        fmt::format("both nodes are named {}; --name gives another name", quoted(options.name)));
  if (hello.prefix == options.prefix) {
    return refuse(fmt::format("{} and {} have the same node id, {}; --node-id gives another one",
                              quoted(options.name), quoted(hello.machine), options.prefix));
  }
  for (const auto& other : peers) {
    if (other->protocol2 && other->connection && other->prefix == hello.prefix &&
        other->machine != hello.machine) {
      return refuse(fmt::format("{} and {} have the same node id, {}; --node-id gives another one",
                                quoted(other->machine), quoted(hello.machine), hello.prefix));
    }
  }
  const auto peer_number = add_machine(hello.machine);
  if (!peer_number) return refuse("too many machines are known");
  Peer& peer = *peers[*peer_number];

  // What a node had sent before it was killed can come after its next life has begun.
  if (std::ranges::find(peer.past_epochs, hello.epoch) != peer.past_epochs.end() &&
      !planted(NodeFault::past_life_counts))
    return cut(id, "it comes from an earlier life of its node", false);
  const bool is_new_epoch = peer.protocol2 && peer.epoch != hello.epoch;
  if (is_new_epoch && !planted(NodeFault::restart_unseen)) on_other_epoch(*peer_number);
  const bool was_known = peer.protocol2;
  peer.protocol2 = true;
  peer.epoch = hello.epoch;
  peer.prefix = hello.prefix;
  peer.limits = {std::min(hello.limits.bytes, options.limits.frame.bytes),
                 std::min(hello.limits.nesting, options.limits.frame.nesting)};
  peer.http = hello.http;
  if (connection.what.peer) dials[*connection.what.peer].peer = peer_number;

  if (peer.connection && *peer.connection != id && was_known && !is_new_epoch) {
    // Both have dialled. The one that the node of the smaller prefix has dialled stays, on both sides;
    // of two that the same node has dialled the newer one.
    const Connection& present = *find_connection(*peer.connection);
    const bool ours_stays = options.prefix < hello.prefix;
    const bool present_is_ours = present.what.peer.has_value();
    const bool new_is_ours = connection.what.peer.has_value();
    if (present_is_ours != new_is_ours && present_is_ours == ours_stays) {
      log(LogLevel::Debug, fmt::format("a second connection with {} is not needed", peer.machine));
      connection.is_spare = true;
      return cut(id, "there is a connection already", false);
    }
  }
  if (peer.connection && *peer.connection != id) {
    const ConnectionId old = *peer.connection;
    peer.connection.reset();
    cut(old, "there is a newer connection", false);
  }
  log(LogLevel::Info,
      fmt::format("{} {} at {}", was_known ? "again connected with" : "connected with",
                  peer.machine, find_connection(id)->what.address));
  attach(*find_connection(id), *peer_number);
}

void NodeCore::Impl::on_old_peer(Connection& connection, std::string_view name) {
  if (connection.peer) return;
  if (connection.what.peer) name = dials[*connection.what.peer].expected;
  if (name.empty() || name == options.name) return;
  const std::optional<std::string>& certified = connection.what.certified_name;
  if (certified && name != *certified) return;
  const Peer* known = find_peer(name);
  // A name that a peer with a hello bears is not given away.
  if (known != nullptr && (known->protocol2 || known->connection)) return;
  const auto peer = add_machine(name);
  if (!peer) return;
  if (connection.what.peer) dials[*connection.what.peer].peer = peer;
  log(LogLevel::Info, fmt::format("connected with {} at {}, which knows the book's frames alone",
                                  name, connection.what.address));
  attach(connection, *peer);
}

void NodeCore::Impl::attach(Connection& connection, PeerId id) {
  Peer& peer = *peers[id];
  connection.peer = id;
  peer.connection = connection.id;
  peer.address = connection.what.address;
  if (!planted(NodeFault::request_lost)) peer.next_to_send = 1;
  // What it asks again is answered again.
  peer.to_answer.clear();
  for (const ObjectId object : world.store.ids())
    connection.to_tell.push_back(object);
  std::ranges::reverse(connection.to_tell);
  if (peer.protocol2) {
    // Whoever waited for a node of this prefix has found it.
    const auto unknown = peer_id(fmt::format("node {}", peer.prefix));
    // There may be a machine that is really named so.
    if (unknown && !peers[*unknown]->protocol2) adopt_requests(*unknown, id);
  }
  pump(peer);
}

void NodeCore::Impl::adopt_requests(PeerId from, PeerId to) {
  Peer& source = *peers[from];
  Peer& peer = *peers[to];
  for (auto& [id, outgoing] : source.outgoing)
    peer.outgoing.emplace(peer.next_request++, std::move(outgoing));
  source.outgoing.clear();
  for (auto& [key, ways] : routes) {
    for (Route& route : ways) {
      if (route.peer == from) route.peer = to;
    }
  }
}

void NodeCore::Impl::on_other_epoch(PeerId id) {
  Peer& peer = *peers[id];
  log(LogLevel::Warning, fmt::format("{} was restarted", peer.machine));
  fail_requests(id, true);
  if (peer.past_epochs.size() == past_epochs_max) peer.past_epochs.erase(peer.past_epochs.begin());
  peer.past_epochs.push_back(peer.epoch);
  peer.incoming.clear();
  peer.to_answer.clear();
  peer.settled = 0;
  peer.forgotten.reset();
  peer.answer_bytes = 0;
  // Nobody waits for what it had asked. What runs goes on, and counts still: it may have changed
  // something already.
  for (auto& [number, job] : jobs) {
    if (job->asked && job->asked->peer == id) {
      job->asked->peer.reset();
      job->asked->connection = 0;
    }
  }
  directory.forget_all(id);
  std::erase_if(announced_names,
                [&](const auto& entry) { return entry.second.number >> 48U == peer.prefix; });
  forget_moves(id);
}

// ─── frames ─────────────────────────────────────────────────────────────────────────────────────

void NodeCore::on_frame(ConnectionId id, std::string_view json) {
  Impl& impl = *impl_;
  Connection* connection = impl.find_connection(id);
  if (connection == nullptr) return;
  ++impl.counts.frames_in;
  impl.counts.bytes_in += json.size() + 4;
  try {
    const heap::HeapLimit limit(impl.options.limits.own.memory);
    if (auto frame = impl.decoder.decode(json)) {
      impl.take_frame(*connection, *frame);
    } else {
      ++impl.counts.frames_refused;
      impl.log(LogLevel::Warning, fmt::format("{}: what came is no frame: {}",
                                              connection->what.address, frame.error()));
      impl.cut(id, "what came is no frame");
    }
  } catch (const std::bad_alloc&) {
    impl.log(LogLevel::Error, "no memory for what came");
    impl.cut(id, "no memory", false);
  }
  impl.go_on();
}

// The connection may be gone afterwards.
void NodeCore::Impl::take_frame(Connection& connection, Frame& frame) {
  const bool is_first = !std::exchange(connection.has_spoken, true);
  connection.unanswered_pings = 0;
  if (auto* notify = std::get_if<CreateNotify>(&frame)) {
    if (notify->hello && is_first) return on_hello(connection, *notify->hello);
    return on_create_notify(connection, *notify);
  }
  if (is_first && connection.what.peer) on_old_peer(connection, {});
  Peer* const peer = connection.peer ? peers[*connection.peer].get() : nullptr;
  if (auto* call = std::get_if<Call>(&frame)) {
    on_old_peer(connection, call->sender_machine);
    Message message{.request = std::nullopt,
                    .arguments = {Val::object(call->target), std::move(call->input)},
                    .sender = call->sender,
                    .trace = call->extras.trace.value_or(Cause{}),
                    .moves = call->extras.moves};
    on_request(connection, call->request_id, std::move(message), call->sender_machine,
               call->extras.settled);
  } else if (auto* response = std::get_if<CallResponse>(&frame)) {
    on_answer(connection, *response);
  } else if (auto* asked = std::get_if<Ask>(&frame)) {
    Message message{.request = asked->request,
                    .arguments = std::move(asked->arguments),
                    .sender = asked->sender,
                    .trace = asked->extras.trace.value_or(Cause{}),
                    .moves = asked->extras.moves};
    on_request(connection, asked->request_id, std::move(message), asked->sender_machine,
               asked->extras.settled);
  } else if (auto* gone = std::get_if<DestroyNotify>(&frame)) {
    directory.forget(gone->object);
    if (first_announced == gone->object) first_announced.reset();
    drop_replica(gone->object);
  } else if (auto* ping = std::get_if<Ping>(&frame)) {
    if (peer != nullptr) settle(*peer, ping->settled);
    send(connection, Pong{.nonce = ping->nonce});
  } else if (auto* pong = std::get_if<Pong>(&frame)) {
    if (peer != nullptr) settle(*peer, pong->settled);
  } else if (auto* goodbye = std::get_if<Goodbye>(&frame)) {
    log(goodbye->stopping ? LogLevel::Info : LogLevel::Warning,
        fmt::format("{} says goodbye: {}",
                    peer != nullptr ? peer->machine : connection.what.address, goodbye->reason));
    connection.is_refused = !goodbye->stopping;
    if (goodbye->stopping && peer != nullptr) fail_requests(*connection.peer, true);
  } else if (auto* unknown = std::get_if<Unknown>(&frame)) {
    log(LogLevel::Warning, fmt::format("{}: a frame of type {} is not known here",
                                       connection.what.address, quoted(unknown->type)));
  }
}

void NodeCore::Impl::on_create_notify(Connection& connection, const CreateNotify& notify) {
  const ObjectId object = notify.object;
  on_old_peer(connection, notify.machine);
  if (World::is_root(object) || is_here(object) || notify.machine == options.name) return;
  note_id(object);
  const auto at = add_machine(notify.machine);
  if (!at || !directory.note(object, {*at, notify.moves}, connection.peer)) return;
  if (!first_announced) first_announced = object;
  if (!notify.name.empty() && notify.name.size() <= options.limits.name &&
      announced_names.size() < options.limits.announced)
    announced_names.insert_or_assign(notify.name, object);
}

bool NodeCore::Impl::send(Connection& connection, const Frame& frame) {
  buffer.clear();
  const bool fits =
      encode(frame, connection.peer ? peers[*connection.peer]->limits : old_limits, buffer);
  if (fits) send_buffer(connection);
  return fits;
}

void NodeCore::Impl::send_buffer(Connection& connection) {
  ++counts.frames_out;
  counts.bytes_out += buffer.size() + 4;
  outside.send(connection.id, buffer);
}

void NodeCore::Impl::pump(Peer& peer) {
  if (!peer.connection) return;
  Connection& connection = *find_connection(*peer.connection);
  while (!peer.to_answer.empty() && !connection.is_congested) {
    const std::uint64_t id = peer.to_answer.front();
    peer.to_answer.pop_front();
    const auto found = peer.incoming.find(id);
    if (found == peer.incoming.end() || !found->second.answer) continue;
    send_answer(connection, id, found->second);
    if (planted(NodeFault::forgets_too_soon)) peer.incoming.erase(found);
  }
  while (!connection.is_congested) {
    const auto next = peer.outgoing.lower_bound(peer.next_to_send);
    if (next == peer.outgoing.end()) break;
    peer.next_to_send = next->first + 1;
    send_request(connection, next->first, next->second);
  }
  while (!connection.to_tell.empty() && !connection.is_congested) {
    const ObjectId object = connection.to_tell.back();
    connection.to_tell.pop_back();
    if (!is_here(object)) continue;
    const auto name = names_of.find(object.number);
    send(connection, CreateNotify{.object = object,
                                  .machine = options.name,
                                  .moves = moves_of(object),
                                  .name = name == names_of.end() ? std::string() : name->second});
  }
}

// ─── time ───────────────────────────────────────────────────────────────────────────────────────

void NodeCore::on_tick(Milliseconds time) {
  Impl& impl = *impl_;
  impl.now = time;
  impl.tick_connections();
  for (PeerId id = 0; id < impl.peers.size(); ++id)
    impl.tick_requests(*impl.peers[id], id);
  impl.tick_held();
  if (!impl.is_stopping) impl.tick_dials();
  impl.go_on();
}

void NodeCore::Impl::tick_connections() {
  std::vector<ConnectionId> dead;
  for (auto& [id, connection] : connections) {
    if (!connection.peer || !peers[*connection.peer]->protocol2) continue;
    if (now - connection.pinged_at < options.ping_interval) continue;
    connection.pinged_at = now;
    if (connection.unanswered_pings == options.pings_missed) {
      dead.push_back(id);
      continue;
    }
    ++connection.unanswered_pings;
    Peer& peer = *peers[*connection.peer];
    send(connection, Ping{.nonce = chance(), .settled = peer.lowest_outstanding()});
  }
  for (const ConnectionId id : dead) {
    outside.close(id);
    lose(id, fmt::format("{} pings were not answered", options.pings_missed), true);
  }
}

void NodeCore::Impl::tick_requests(Peer& peer, PeerId id) {
  if (peer.outgoing.empty() || planted(NodeFault::never_unreachable)) return;
  std::vector<std::uint64_t> late;
  for (const auto& [number, outgoing] : peer.outgoing) {
    const Milliseconds since = std::max(outgoing.since, peer.away_since);
    const bool is_away = !peer.connection && now - since >= options.connect_timeout;
    const bool is_slow = options.call_timeout != 0 && now - outgoing.since >= options.call_timeout;
    if ((is_away || is_slow) && (!outgoing.is_durable || planted(NodeFault::settlement_dropped))) {
      late.push_back(number);
    } else if (!outgoing.is_durable) {
      break;  // those after it were asked later
    }
  }
  for (const std::uint64_t number : late) {
    ++counts.unreachable;
    complete(id, number, std::unexpected(unreachable(id)));
  }
}

bool NodeCore::Impl::is_connected(const Dial& dial) const {
  const auto peer = dial.peer ? dial.peer : peer_id(dial.expected);
  return peer && peers[*peer]->connection.has_value();
}

void NodeCore::Impl::tick_dials() {
  for (PeerIndex i = 0; i < dials.size(); ++i) {
    Dial& dial = dials[i];
    if (dial.is_under_way || now < dial.next || is_connected(dial)) continue;
    dial.is_under_way = true;
    Milliseconds pause = options.redial_first;
    for (unsigned j = 0; j < dial.failures && pause < options.redial_most; ++j)
      pause *= 2;
    pause = std::min(pause, options.redial_most);
    // Nodes that were cut off together do not all come back in the same moment.
    dial.next = now + pause / 2 + chance() % (pause / 2 + 1);
    outside.dial(i);
  }
}

}  // namespace avm::node
