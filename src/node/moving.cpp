// Objects and programs that go to other nodes, and replicas of objects.
//
// A move has two steps. The object is offered: it leaves the store here, and the other node keeps it apart.
// Once the other node has said that it can have it, the move is decided, here and at once; that it is
// settled is then told for as long as both nodes live. So the object is never in two places, and in none
// only as long as the move is under way. What concerns it meanwhile waits.
#include <algorithm>
#include <utility>

#include "node/core_impl.hpp"
#include "node/planted_fault.hpp"

namespace avm::node {

bool NodeCore::Impl::is_running(ObjectId object) const {
  return std::ranges::any_of(jobs, [&](const auto& entry) {
    return entry.second->execution && entry.second->execution->is_in(object);
  });
}

bool NodeCore::Impl::hold(ObjectId object, Job& job) {
  std::vector<JobId>* held = nullptr;
  if (const auto move = moves.find(object.number); move != moves.end()) held = &move->second.held;
  if (const auto replica = collected.find(object.number); replica != collected.end())
    held = &replica->second.held;
  if (held == nullptr) return false;
  held->push_back(job.id);
  job.is_held = true;
  return true;
}

void NodeCore::Impl::release(std::vector<JobId> held) {
  if (planted(NodeFault::order_swapped)) std::ranges::reverse(held);
  // Each goes on in its turn: one of them may stand in the way of those behind it.
  ready.insert(ready.end(), held.begin(), held.end());
}

void NodeCore::Impl::tick_held() {
  for (auto& [object, replica] : collected) {
    const Peer& home = *peers[replica.home];
    if (replica.held.empty() || home.connection || now - home.away_since < options.connect_timeout)
      continue;
    for (const JobId id : std::exchange(replica.held, {})) {
      Job* const job = find_job(id);
      if (job == nullptr) continue;
      job->is_held = false;
      if (!job->execution) {
        reply(*job, std::unexpected(unreachable(replica.home)));
      } else {
        deliver(*job, std::unexpected(*unreachable(replica.home).error));
      }
    }
  }
}

// ─── moves ──────────────────────────────────────────────────────────────────────────────────────

Delivery NodeCore::Impl::begin_move(Job& job, ObjectId object, const MachineId& to) {
  const auto refuse = [&](Error error) {
    completions.push_back(
        {{Next::What::Deliver, job.id},
         {.request = Request::move_object, .arguments = {Val::object(object), to.name}},
         0,
         std::unexpected(refusal(std::move(error)))});
    return Delivery::Sent;
  };
  const auto because = [&](const char* why) {
    return refuse(Error(ErrorCode::MachineError_InvalidTransfer, to.name, Val::str(why)));
  };
  const auto peer = add_machine(to.name.as_str());
  if (!peer) return refuse(Error(ErrorCode::MachineError_Unreachable, to.name));
  if (freezes.contains(object.number)) return because("the object is being frozen");
  if (is_running(object)) return because("calls of the object are under way");
  Result<Val> packed = pack_object(world, object, to);
  if (!packed) return refuse(packed.error());

  Move move{.to = *peer,
            .job = job.id,
            .moves = moves_of(object) + 1,
            .data = *world.store.find({object}),
            .replicas = {},
            .held = {}};
  world.store.for_each_replica(object, [&](SlotKey key, const ObjectData& replica) {
    move.replicas.emplace_back(key.place, replica);
  });
  if (!planted(NodeFault::in_two_places)) world.store.remove(object);
  // The replica of this very machine stays.
  const Place own = Machines::own;
  for (const auto& [place, replica] : move.replicas) {
    if (place != own) continue;
    world.store.change({object, own}, [&](ObjectData& data, Version) { data = replica; });
    replicas_here[object.number] = *peer;
  }
  Message offer{.request = Request::take_object,
                .arguments = {Val::object(object), std::move(*packed), Val::nat(move.moves)},
                .sender = world.root()};
  moves.emplace(object.number, std::move(move));
  request(*peer, std::move(offer), {Next::What::Offered, object.number});
  return Delivery::Sent;
}

void NodeCore::Impl::go_on_with_move(ObjectId object, const Answer& answer) {
  auto node = moves.extract(object.number);
  if (node.empty()) return;
  Move& move = node.mapped();
  const PeerId to = move.to;
  const JobId job_id = move.job;
  std::vector<JobId> held = std::move(move.held);
  Result<Val> result =
      meaning_of({.request = Request::take_object, .arguments = {}, .sender = {}}, to, answer);
  Message settlement{
      .request = Request::settle_object,
      .arguments = {Val::object(object), Val::nat(move.moves), Val::boolean(result.has_value())},
      .sender = world.root()};
  if (result) {
    ++counts.moves;
    moves_here.erase(object.number);
    if (const auto name = names_of.find(object.number); name != names_of.end()) {
      announced_names.insert_or_assign(name->second, object);
      names.erase(name->second);
      names_of.erase(name);
    }
    directory.note(object, {to, move.moves});
  } else {
    if (!planted(NodeFault::lost_in_move)) put_back(object, std::move(move));
  }
  request(to, std::move(settlement), {}, true);
  Job* const job = find_job(job_id);
  if (job != nullptr && job->execution) deliver(*job, std::move(result));
  release(std::move(held));
}

void NodeCore::Impl::put_back(ObjectId object, Move move) {
  world.store.change({object}, [&](ObjectData& data, Version) { data = std::move(move.data); });
  for (auto& [place, replica] : move.replicas) {
    if (place == Machines::own) {
      replicas_here.erase(object.number);
      continue;
    }
    world.store.change({object, place},
                       [&](ObjectData& data, Version) { data = std::move(replica); });
  }
}

Answer NodeCore::Impl::take_object(PeerId from, const Message& message) {
  const ObjectId object = *message.object();
  Result<UnpackedObject> unpacked = unpack_object(world, message.arguments[1]);
  if (!unpacked) return std::unexpected(refusal(unpacked.error()));
  if (World::is_root(object) || is_here(object) || moves.contains(object.number) ||
      offers.contains(object.number) || is_stopping ||
      peers[from]->offers >= options.limits.requests ||
      message.arguments[2].as_nat() >= std::numeric_limits<std::uint32_t>::max()) {
    return std::unexpected(unable("it cannot take the object now"));
  }
  for (const UnpackedObject::Replica& replica : unpacked->replicas) {
    if (!admits(replica.machine)) return std::unexpected(unable("it knows too many machines"));
  }
  if (planted(NodeFault::mailbox_left)) unpacked->data.extras.own().mailbox = Mailbox();
  Offer offer{from, static_cast<std::uint32_t>(message.arguments[2].as_nat()),
              std::move(*unpacked)};
  if (planted(NodeFault::early_adoption)) {
    adopt(object, std::move(offer));
  } else {
    offers.emplace(object.number, std::move(offer));
    ++peers[from]->offers;
  }
  return Val::boolean(true);
}

Answer NodeCore::Impl::settle_object(PeerId from, const Message& message) {
  const ObjectId object = *message.object();
  const auto found = offers.find(object.number);
  if (found == offers.end() || found->second.from != from ||
      found->second.moves != message.arguments[1].as_nat()) {
    return Val::boolean(false);
  }
  Offer offer = std::move(found->second);
  offers.erase(found);
  --peers[from]->offers;
  if (message.arguments[2].as_bool()) adopt(object, std::move(offer));
  return Val::boolean(true);
}

void NodeCore::Impl::adopt(ObjectId object, Offer offer) {
  const Place own = world.machines.number(world.machine);
  offer.object.data.machine = own;
  moves_here[object.number] = offer.moves;
  directory.forget(object);
  note_id(object);
  Version written = 0;
  world.store.change({object}, [&](ObjectData& data, Version version) {
    data = std::move(offer.object.data);
    data.written_at = written = version;
  });
  const bool has_own_replica = replicas_here.erase(object.number) != 0;
  for (const UnpackedObject::Replica& replica : offer.object.replicas) {
    const SlotKey key{object, world.machines.number(replica.machine)};
    const Version fetched = replica.is_current ? written : 0;
    if (key.place == own && has_own_replica) {
      // What it has been since it was fetched stays.
      const ObjectData& present = *world.store.find(key);
      const bool was_written = present.written_at != present.extras->fetched_at;
      ExtrasPointer extras =
          present.extras.with([&](Extras& changed) { changed.fetched_at = fetched; });
      world.store.change(key, [&](ObjectData& data, Version version) {
        data.extras = std::move(extras);
        data.written_at = was_written ? version : fetched;
      });
      continue;
    }
    ObjectData shadow = replica_of(*world.store.find({object}));
    shadow.written_at = shadow.extras.own().fetched_at = fetched;
    world.store.change(key, [&](ObjectData& data, Version) { data = std::move(shadow); });
  }
  for (const auto& [key, ways] : routes)
    world.has_detours |= key.second == object.number;
  announce_changes();
}

// ─── programs ───────────────────────────────────────────────────────────────────────────────────

void NodeCore::Impl::begin_teleport(Job& job, const MachineId& to) {
  const auto peer = add_machine(to.name.as_str());
  const std::optional<Departure> departure = peer ? job.execution->depart() : std::nullopt;
  Message message{.request = Request::teleport, .arguments = {}, .sender = world.root()};
  if (!departure) {
    const Error error = peer ? Error(ErrorCode::MachineError_InvalidTransfer, to.name,
                                     Val::str("the program is not a Tape's"))
                             : Error(ErrorCode::MachineError_Unreachable, to.name);
    completions.push_back(
        {{Next::What::Deliver, job.id}, std::move(message), 0, std::unexpected(refusal(error))});
    return;
  }
  message.arguments = {pack_program(*departure), job.execution->machine().name};
  message.trace = Cause{job.id, job.execution->timestamp()};
  request(*peer, std::move(message), {Next::What::Deliver, job.id});
}

void NodeCore::Impl::begin_arrival(Job& job) {
  const auto find = [this](const Val& name) { return MachineAccess::program(machine, name); };
  Result<Arrival> arrival = unpack_program(world, job.asked->message.arguments[0], find);
  if (!arrival) return reply(job, std::unexpected(refusal(arrival.error())));
  const MachineId from{job.asked->message.arguments[1]};
  job.asked->message.arguments.clear();
  job.execution.emplace(world, std::move(*arrival), from,
                        start_options(job, options.limits.outside));
  ++counts.executions_started;
}

// ─── replicas ───────────────────────────────────────────────────────────────────────────────────

Result<Val> NodeCore::Impl::take_replica(ObjectId object, PeerId home, const Answer& answer) {
  if (*answer == Val::boolean(false)) return *answer;
  Result<ObjectData> replica = unpack_replica(world, *answer);
  if (!replica) return std::unexpected(std::move(replica.error()));
  // It may have come home meanwhile, or have been fetched by another program.
  if (is_here(object) || replicas_here.contains(object.number)) return Val::boolean(true);
  const auto at = directory.find(object);
  replica->machine = world.machines.number(peers[at ? at->peer : home]->id);
  replica->extras.own();
  const SlotKey key{object, world.machines.number(world.machine)};
  world.store.change(key, [&](ObjectData& data, Version version) {
    data = std::move(*replica);
    data.written_at = data.extras.own().fetched_at = version;
  });
  replicas_here[object.number] = at ? at->peer : home;
  return Val::boolean(true);
}

void NodeCore::Impl::drop_replica(ObjectId object) {
  if (replicas_here.erase(object.number) != 0) {
    world.store.change({object, world.machines.number(world.machine)},
                       [](ObjectData& data, Version) { data = ObjectData(); });
  }
  if (auto node = collected.extract(object.number)) release(std::move(node.mapped().held));
}

// The home of an object that is to be frozen asks all replicas what has become of them; until it says
// what comes of it they are out of use.
Delivery NodeCore::Impl::begin_freeze(Job& job, ObjectId object) {
  const auto under_way = freezes.find(object.number);
  if (under_way != freezes.end()) {
    if (under_way->second.job == job.id && under_way->second.unanswered == 0) return Delivery::Here;
    under_way->second.held.push_back(job.id);
    job.is_held = true;
    return Delivery::Sent;
  }
  Freeze freeze{.job = job.id};
  const Place own = Machines::own;
  world.store.for_each_replica(object, [&](SlotKey key, const ObjectData&) {
    if (key.place == own) return;
    const auto peer = add_machine(world.machines.name(key.place).name.as_str());
    if (peer) freeze.asked.push_back(*peer);
  });
  if (freeze.asked.empty()) return Delivery::Here;
  freeze.unanswered = freeze.asked.size();
  const std::vector<PeerId> asked = freeze.asked;
  freezes.emplace(object.number, std::move(freeze));
  for (const PeerId peer : asked) {
    request(peer,
            {.request = Request::collect_replica,
             .arguments = {Val::object(object)},
             .sender = world.root()},
            {Next::What::Collected, object.number});
  }
  return Delivery::Sent;
}

void NodeCore::Impl::go_on_with_freeze(ObjectId object, PeerId peer, const Answer& answer) {
  const auto found = freezes.find(object.number);
  if (found == freezes.end()) return;
  Freeze& freeze = found->second;
  const bool is_sound = answer && (answer->is_nothing() || answer->is_just());
  if (!is_sound)
    freeze.has_failed = true;
  else if (answer->is_just())
    freeze.written.emplace_back(peer, answer->unwrapped());
  if (--freeze.unanswered != 0) return;

  for (const auto& [from, packed] : freeze.written) {
    Result<ObjectData> replica = unpack_replica(world, packed);
    const Place place = world.machines.find(peers[from]->id);
    const ObjectData* shadow = world.store.find({object, place});
    if (!replica || shadow == nullptr || !shadow->exists()) {
      freeze.has_failed = true;
      continue;
    }
    ExtrasPointer extras =
        shadow->extras.with([&](Extras& changed) { changed.waiting = replica->extras->waiting; });
    world.store.change({object, place}, [&](ObjectData& data, Version version) {
      data.state = std::move(replica->state);
      data.extras = std::move(extras);
      data.written_at = version;
    });
  }
  Job* const job = find_job(freeze.job);
  const bool can_go_on = job != nullptr && job->execution;
  if (can_go_on && freeze.has_failed) {
    deliver(*job,
            std::unexpected(Error(ErrorCode::ControllerError_FreezeFailed, Val::object(object))));
  } else if (can_go_on) {
    current = job;
    job->execution->repeat();
    current = nullptr;
    ready.push_back(job->id);
  }
  // The instruction has removed all of them, or none.
  const Place own = Machines::own;
  bool are_kept = false;
  world.store.for_each_replica(
      object, [&](SlotKey key, const ObjectData&) { are_kept |= key.place != own; });
  auto node = freezes.extract(object.number);
  for (const PeerId asked : node.mapped().asked) {
    request(asked,
            {.request = Request::release_replica,
             .arguments = {Val::object(object), Val::boolean(are_kept)},
             .sender = world.root()},
            {}, true);
  }
  release(std::move(node.mapped().held));
}

Answer NodeCore::Impl::collect_replica(PeerId home, const Message& message) {
  const ObjectId object = *message.object();
  if (!replicas_here.contains(object.number)) return Val::nothing();
  if (collected.contains(object.number) || is_running(object)) {
    return std::unexpected(
        refusal(Error(ErrorCode::ControllerError_FreezeFailed, Val::object(object))));
  }
  const SlotKey key{object, world.machines.number(world.machine)};
  const ObjectData replica = *world.store.find(key);
  Answer answer = Val::nothing();
  if (replica.written_at != replica.extras->fetched_at) {
    Result<Val> packed = pack_replica(replica, world.machine);
    if (!packed) return std::unexpected(refusal(packed.error()));
    answer = Val::just(std::move(*packed));
  }
  world.store.change(key, [](ObjectData& data, Version) { data = ObjectData(); });
  collected.emplace(object.number, Collected{home, replica, {}});
  replicas_here.erase(object.number);
  return answer;
}

Answer NodeCore::Impl::release_replica(PeerId home, const Message& message) {
  const ObjectId object = *message.object();
  auto node = collected.extract(object.number);
  if (node.empty()) return Val::boolean(false);
  if (message.arguments[1].as_bool()) {
    ObjectData& kept = node.mapped().data;
    const bool was_written = kept.written_at != kept.extras.own().fetched_at;
    world.store.change({object, world.machines.number(world.machine)},
                       [&](ObjectData& data, Version version) {
                         data = std::move(kept);
                         data.extras.own().fetched_at = was_written ? 0 : version;
                         data.written_at = version;
                       });
    replicas_here[object.number] = home;
  }
  release(std::move(node.mapped().held));
  return Val::boolean(true);
}

void NodeCore::Impl::forget_moves(PeerId peer) {
  std::erase_if(offers, [&](const auto& entry) { return entry.second.from == peer; });
  peers[peer]->offers = 0;
  // The homes of these replicas are gone.
  std::vector<ObjectId> orphans;
  for (const auto& [object, home] : replicas_here) {
    if (home == peer) orphans.push_back({object});
  }
  for (const auto& [object, replica] : collected) {
    if (replica.home == peer) orphans.push_back({object});
  }
  for (const ObjectId orphan : orphans)
    drop_replica(orphan);
}

}  // namespace avm::node
