// What is asked of others and by others, and the answers.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "avm/text.hpp"
#include "node/core_impl.hpp"
#include "node/planted_fault.hpp"

namespace avm::node {
namespace {

// An instruction that is carried out where the object is.
std::optional<Request> request_of(Op op) {
  switch (op) {
  case Op::destroy_obj: return Request::destroy_obj;
  case Op::reflect: return Request::reflect;
  case Op::get_machine: return Request::get_machine;
  case Op::get_controller: return Request::get_controller;
  case Op::transfer_object: return Request::transfer_object;
  case Op::freeze: return Request::freeze;
  case Op::fetch: return Request::fetch;
  case Op::move_object: return Request::move_object;
  default: return std::nullopt;
  }
}

// The instruction behind a request, for what it may be answered with.
std::optional<Op> op_of(Request request) {
  switch (request) {
  case Request::destroy_obj: return Op::destroy_obj;
  case Request::reflect: return Op::reflect;
  case Request::get_machine: return Op::get_machine;
  case Request::get_controller: return Op::get_controller;
  case Request::transfer_object: return Op::transfer_object;
  case Request::freeze: return Op::freeze;
  case Request::move_object: return Op::move_object;
  default: return std::nullopt;
  }
}

// How many arguments a request has, and of which kinds.
bool is_sound(const Message& message) {
  const auto& arguments = message.arguments;
  const auto is = [&](std::size_t i, Kind kind) {
    return i < arguments.size() && arguments[i].kind() == kind;
  };
  switch (*message.request) {
  case Request::destroy_obj:
  case Request::reflect:
  case Request::get_machine:
  case Request::get_controller:
  case Request::freeze:
  case Request::collect_replica: return arguments.size() == 1 && is(0, Kind::Object);
  case Request::transfer_object:
  case Request::move_object:
  case Request::fetch: return arguments.size() == 2 && is(0, Kind::Object) && is(1, Kind::Str);
  case Request::teleport: return arguments.size() == 2 && is(0, Kind::List) && is(1, Kind::Str);
  case Request::post: return arguments.size() == 2 && is(0, Kind::Object);
  case Request::take_object:
    return arguments.size() == 3 && is(0, Kind::Object) && is(1, Kind::List) && is(2, Kind::Nat);
  case Request::settle_object:
    return arguments.size() == 3 && is(0, Kind::Object) && is(1, Kind::Nat) && is(2, Kind::Bool);
  case Request::release_replica:
    return arguments.size() == 2 && is(0, Kind::Object) && is(1, Kind::Bool);
  }
  return false;
}

}  // namespace

std::optional<ObjectId> Message::object() const noexcept {
  if (arguments.empty() || !arguments[0].is_object()) return std::nullopt;
  return arguments[0].as_object();
}

Refusal NodeCore::Impl::refusal(Error error) const {
  std::string text = error.text();
  return {std::move(text), std::move(error)};
}

Refusal NodeCore::Impl::unreachable(PeerId peer) const {
  return refusal(Error(ErrorCode::MachineError_Unreachable, peers[peer]->id.name));
}

Refusal NodeCore::Impl::missing(ObjectId object) const {
  return refusal(Error(ErrorCode::ObjError_NotFound, Val::object(object)));
}

Refusal NodeCore::Impl::unable(std::string_view why) const {
  return refusal(Error(ErrorCode::MachineError_InvalidTransfer, world.machine.name, Val::str(why)));
}

// ─── asking ─────────────────────────────────────────────────────────────────────────────────────

bool NodeCore::Impl::reachable(const MachineId& name) const {
  const auto known = peer_id(name.name.as_str());
  if (known) return true;
  return std::ranges::any_of(dials,
                             [&](const Dial& dial) { return dial.expected == name.name.as_str(); });
}

std::optional<Directory::Place> NodeCore::Impl::place_of(ObjectId object) {
  if (World::is_root(object)) return std::nullopt;
  if (const auto known = directory.find(object)) return known;
  if (is_of_here(object)) return std::nullopt;
  const auto prefix = static_cast<std::uint16_t>(object.number >> 48U);
  for (PeerId id = 0; id < peers.size(); ++id) {
    if (peers[id]->protocol2 && peers[id]->prefix == prefix) return Directory::Place{id, 0};
  }
  // It may come yet.
  const auto unknown = add_machine(fmt::format("node {}", prefix));
  if (!unknown) return std::nullopt;
  return Directory::Place{*unknown, 0};
}

std::optional<MachineId> NodeCore::Impl::locate(ObjectId object) const {
  if (const auto move = moves.find(object.number); move != moves.end())
    return peers[move->second.to]->id;
  // What it may add, a machine that nobody has heard of, is none of the machine's business.
  const auto place = const_cast<Impl*>(this)->place_of(object);
  if (!place) return std::nullopt;
  return peers[place->peer]->id;
}

Delivery NodeCore::Impl::ask(const MachineId& to, Op op, std::span<const Val> arguments,
                             ObjectId sender) {
  Job& job = *current;
  if (op == Op::teleport) {
    begin_teleport(job, to);
    return Delivery::Sent;
  }
  const ObjectId object = arguments[0].as_object();
  if (op == Op::freeze && is_here(object)) return begin_freeze(job, object);
  if (op == Op::move_object && is_here(object)) return begin_move(job, object, to);
  if (hold(object, job)) return Delivery::Sent;

  Message message{.request = request_of(op),
                  .arguments = {},
                  .sender = sender,
                  .trace = {job.id, job.execution->timestamp()}};
  if (op != Op::call) message.arguments.assign(arguments.begin(), arguments.end());
  if (op == Op::fetch) message.arguments.push_back(job.execution->machine().name);
  if (op == Op::call) {
    const Message* const asked = job.asked ? &job.asked->message : nullptr;
    const bool is_own = asked != nullptr && asked->is_call() && asked->object() == object &&
                        asked->sender == sender;
    const Route* route =
        is_own && is_here(object) ? nullptr : find_route(sender, object, std::nullopt);
    if (route == nullptr && is_here(object)) return Delivery::Here;
    if (route != nullptr) {
      message.moves = route->moves;
      request(route->peer, std::move(message), {Next::What::Deliver, job.id});
      return Delivery::Sent;
    }
  }
  const auto place = place_of(object);
  if (!place) {
    completions.push_back(
        {{Next::What::Deliver, job.id}, std::move(message), 0, std::unexpected(missing(object))});
    return Delivery::Sent;
  }
  message.moves = place->moves;
  request(place->peer, std::move(message), {Next::What::Deliver, job.id});
  return Delivery::Sent;
}

void NodeCore::Impl::request(PeerId to, Message message, Next next, bool is_durable) {
  Peer& peer = *peers[to];
  if (message.is_ordered()) add_route(message, arguments_of(message, next)[0].as_object(), to);
  peer.outgoing.emplace_hint(
      peer.outgoing.end(), peer.next_request++,
      Outgoing{
          .message = std::move(message), .next = next, .since = now, .is_durable = is_durable});
  pump(peer);
}

std::span<const Val> NodeCore::Impl::arguments_of(const Message& message, Next next) {
  if (!message.arguments.empty() || next.what != Next::What::Deliver) return message.arguments;
  return find_job(next.number)->execution->requested();
}

bool NodeCore::Impl::send_request(Connection& connection, std::uint64_t id, Outgoing& outgoing) {
  Peer& peer = *peers[*connection.peer];
  const Message& message = outgoing.message;
  const std::span<const Val> arguments = arguments_of(message, outgoing.next);
  RequestExtras extras;
  if (peer.protocol2) {
    extras.settled = peer.lowest_outstanding();
    if (message.trace.execution != 0) extras.trace = message.trace;
    extras.moves = message.moves;
  }
  if (outgoing.was_sent) ++counts.requests_resent;
  buffer.clear();
  bool fits = false;
  if (message.is_call()) {
    fits = encode_call(id, arguments[0].as_object(), arguments[1], message.sender, options.name,
                       extras, peer.limits, buffer);
  } else if (peer.protocol2) {
    fits =
        encode(Ask{*message.request, id, message.arguments, message.sender, options.name, extras},
               peer.limits, buffer);
  }
  if (!fits) {
    const char* const why = message.is_call() || peer.protocol2
                                ? "what is to be sent is more than it takes"
                                : "it knows calls alone";
    complete(*connection.peer, id,
             std::unexpected(refusal(
                 Error(ErrorCode::MachineError_InvalidTransfer, peer.id.name, Val::str(why)))));
    return false;
  }
  if (is_watched && !outgoing.was_sent) {
    tell_wire(WireEvent::What::CallSent, peer.machine, id, message, arguments,
              message.is_call() ? &arguments[1] : nullptr);
  }
  outgoing.was_sent = true;
  send_buffer(connection);
  return true;
}

// ─── being asked ────────────────────────────────────────────────────────────────────────────────

void NodeCore::Impl::on_request(Connection& connection, std::uint64_t id, Message message,
                                std::string_view asking, std::optional<std::uint64_t> settled) {
  const ConnectionId connection_id = connection.id;
  if (!message.is_call() && !is_sound(message)) {
    ++counts.frames_refused;
    log(LogLevel::Warning, fmt::format("{}: a {} with wrong arguments", connection.what.address,
                                       request_name(*message.request)));
    return cut(connection_id, "wrong arguments");
  }
  const std::optional<PeerId> from = connection.peer;
  const bool is_protocol2 = from && peers[*from]->protocol2;
  if (is_watched) {
    tell_wire(WireEvent::What::CallReceived, from ? peers[*from]->machine : std::string_view(), id,
              message, message.arguments, message.is_call() ? &message.arguments[1] : nullptr);
  }
  const auto not_here = [&] {
    return refusal(Error(ErrorCode::MachineError_Unreachable, world.machine.name));
  };
  std::uint64_t& under_way = from ? peers[*from]->under_way : strangers_under_way;
  const bool is_refused = is_stopping || under_way >= options.limits.requests;
  if (!is_protocol2) {
    if (!message.is_call()) return cut(connection_id, "a request before the hello");
    if (is_refused) {
      send(connection, CallResponse{id, std::unexpected(Refusal{not_here().text})});
      return;
    }
    const std::optional<PeerId> named = peer_id(asking);
    message.trace = {};
    message.moves = 0;
    Job& job = add_job(std::move(message));
    job.asked->peer = named ? named : from;
    job.asked->connection = connection_id;
    job.asked->request_id = id;
    job.under_way = &++under_way;
    return ready.push_back(job.id);
  }

  Peer& peer = *peers[*from];
  settle(peer, settled);
  if (id < peer.settled) return;
  const auto [known, is_new] = peer.incoming.try_emplace(id);
  if (!is_new && !planted(NodeFault::request_repeated)) {
    if (!known->second.answer || planted(NodeFault::answer_lost)) return;
    peer.to_answer.push_back(id);
    return pump(peer);
  }
  // What was answered once is not carried out again.
  if (is_new && peer.forgotten && id <= *peer.forgotten)
    return keep_answer(peer, id, std::unexpected(not_here()));
  if (!message.is_call()) {
    if (auto answer = answer_at_once(*from, message))
      return keep_answer(peer, id, std::move(*answer));
  }
  if (is_refused) return keep_answer(peer, id, std::unexpected(not_here()));
  Job& job = add_job(std::move(message));
  job.asked->peer = from;
  job.asked->request_id = id;
  job.under_way = &++under_way;
  ready.push_back(job.id);
}

std::optional<Answer> NodeCore::Impl::answer_at_once(PeerId from, Message& message) try {
  // What the other node has decided must not fail here.
  const bool is_decided =
      message.request == Request::settle_object || message.request == Request::release_replica;
  const heap::HeapLimit limit(is_decided ? no_limit : options.limits.own.memory);
  switch (*message.request) {
  case Request::take_object: return take_object(from, message);
  case Request::settle_object: return settle_object(from, message);
  case Request::collect_replica: return collect_replica(from, message);
  case Request::release_replica: return release_replica(from, message);
  default: return std::nullopt;
  }
} catch (const std::bad_alloc&) {
  return std::unexpected(
      refusal(Error(ErrorCode::ResourceError_Memory, Val::nat(options.limits.own.memory))));
}

void NodeCore::Impl::settle(Peer& peer, std::optional<std::uint64_t> settled) {
  if (!settled || *settled <= peer.settled) return;
  const std::uint64_t before = std::exchange(peer.settled, *settled);
  // What is left from before has been given up by the peer, and is under way here.
  for (auto first = peer.incoming.lower_bound(before);
       first != peer.incoming.end() && first->first < peer.settled;) {
    if (!first->second.answer) {
      ++first;
      continue;
    }
    peer.answer_bytes -= first->second.bytes;
    first = peer.incoming.erase(first);
  }
}

void NodeCore::Impl::keep_answer(Peer& peer, std::uint64_t id, Answer answer) {
  const auto under_way = peer.incoming.find(id);
  if (under_way == peer.incoming.end() || under_way->second.answer) return;
  if (id < peer.settled) {
    peer.incoming.erase(under_way);
    return;
  }
  under_way->second.answer = std::move(answer);
  peer.to_answer.push_back(id);
  pump(peer);
  const auto kept = peer.incoming.find(id);
  if (kept == peer.incoming.end()) return;
  if (kept->second.bytes == 0) write_answer(peer, id, kept->second);  // it is not sent yet
  if (peer.answer_bytes > options.limits.peer_bytes) forget_answers(peer);
}

void NodeCore::Impl::send_answer(Connection& connection, std::uint64_t id, Incoming& incoming) {
  if (write_answer(*peers[*connection.peer], id, incoming)) send_buffer(connection);
}

bool NodeCore::Impl::write_answer(Peer& peer, std::uint64_t id, Incoming& incoming) {
  buffer.clear();
  const Answer& answer = *incoming.answer;
  bool fits = answer ? encode_answer(id, *answer, peer.limits, buffer)
                     : encode(CallResponse{id, answer}, peer.limits, buffer);
  if (!fits) {
    const Error error(ErrorCode::MachineError_InvalidTransfer, peer.id.name,
                      Val::str("the answer is more than it takes"));
    incoming.answer = std::unexpected(refusal(error));
    fits = encode(CallResponse{id, *incoming.answer}, peer.limits, buffer);
  }
  peer.answer_bytes -= incoming.bytes;
  incoming.bytes = answer_overhead + buffer.size();
  peer.answer_bytes += incoming.bytes;
  return fits;
}

void NodeCore::Impl::forget_answers(Peer& peer) {
  log(LogLevel::Warning,
      fmt::format("{} does not settle its answers; they are forgotten", peer.machine));
  const bool are_all_sent = peer.to_answer.empty();
  const std::uint64_t last = peer.incoming.rbegin()->first;
  peer.forgotten = std::max(peer.forgotten.value_or(last), last);
  std::erase_if(peer.incoming, [](const auto& entry) { return entry.second.answer.has_value(); });
  peer.to_answer.clear();
  peer.answer_bytes = 0;
  // It waits for those; on another connection it is told that they are gone.
  if (!are_all_sent && peer.connection) cut(*peer.connection, "answers are not taken");
}

// ─── answers ────────────────────────────────────────────────────────────────────────────────────

void NodeCore::Impl::on_answer(Connection& connection, CallResponse& response) {
  if (!connection.peer) return;
  complete(*connection.peer, response.request_id, std::move(response.result));
}

void NodeCore::Impl::complete(PeerId from, std::uint64_t id, Answer answer) {
  Peer& peer = *peers[from];
  const auto found = peer.outgoing.find(id);
  if (found == peer.outgoing.end()) return;
  Outgoing outgoing = std::move(found->second);
  peer.outgoing.erase(found);
  const std::span<const Val> arguments = arguments_of(outgoing.message, outgoing.next);
  if (outgoing.message.arguments.empty())
    outgoing.message.arguments.assign(arguments.begin(), arguments.end());
  if (outgoing.message.is_ordered()) drop_route(outgoing.message);
  if (is_watched) {
    tell_wire(WireEvent::What::AnswerReceived, peer.machine, id, outgoing.message,
              outgoing.message.arguments, answer ? &*answer : nullptr,
              answer ? std::string_view() : answer.error().text);
  }
  completions.push_back({outgoing.next, std::move(outgoing.message), from, std::move(answer)});
}

void NodeCore::Impl::fail_requests(PeerId id, bool durable_too) {
  Peer& peer = *peers[id];
  std::vector<std::uint64_t> failed;
  for (const auto& [number, outgoing] : peer.outgoing) {
    if (outgoing.was_sent && (durable_too || !outgoing.is_durable)) failed.push_back(number);
  }
  for (const std::uint64_t number : failed) {
    ++counts.unreachable;
    complete(id, number, std::unexpected(unreachable(id)));
  }
}

void NodeCore::Impl::go_on() {
  while (!completions.empty()) {
    Completion completion = std::move(completions.front());
    completions.pop_front();
    go_on(completion.next, completion.message, completion.peer, std::move(completion.answer));
  }
  announce_changes();
}

void NodeCore::Impl::go_on(Next next, const Message& message, PeerId from, Answer answer) {
  Job* const job = find_job(next.number);
  switch (next.what) {
  case Next::What::Nothing: return;
  case Next::What::Offered: return go_on_with_move({next.number}, answer);
  case Next::What::Collected: return go_on_with_freeze({next.number}, from, answer);
  case Next::What::PassOn:
    if (job == nullptr) return;
    if (job->done) {
      const Result<Val> result = meaning_of(message, from, answer);
      answer = result ? Answer(*result) : Answer(std::unexpected(refusal(result.error())));
    }
    return reply(*job, std::move(answer));
  case Next::What::Deliver:
    if (job == nullptr || !job->execution) return;
    return deliver(*job, meaning_of(message, from, answer));
  }
}

void NodeCore::Impl::deliver(Job& job, Result<Val> result) {
  job.execution->deliver(std::move(result));
  ready.push_back(job.id);
}

Result<Val> NodeCore::Impl::meaning_of(const Message& message, PeerId from, const Answer& answer) {
  const Peer& peer = *peers[from];
  if (!answer) {
    const std::optional<Error>& error = answer.error().error;
    if (!message.is_call()) {
      if (error) return std::unexpected(*error);
      return std::unexpected(Error(ErrorCode::MachineError_InvalidTransfer, peer.id.name,
                                   Val::str("it gave no reason")));
    }
    const Val target = message.arguments[0];
    if (!error) {
      constexpr std::string_view missing = "object not found:";
      if (!peer.protocol2 && answer.error().text.starts_with(missing))
        return std::unexpected(Error(ErrorCode::ObjError_NotFound, target));
      return Val::nothing();
    }
    const std::string_view family = error_info(error->code).family;
    const bool is_missing = error->code == ErrorCode::ObjError_NotFound && error->data[0] == target;
    if (is_missing || family == "TxError" || family == "MachineError" || family == "ResourceError")
      return std::unexpected(*error);
    return Val::nothing();
  }
  if (message.is_call()) return Val::just(*answer);
  if (message.request == Request::fetch)
    return take_replica(message.arguments[0].as_object(), from, answer);
  const auto op = op_of(*message.request);
  const KindSet kinds = op ? op_info(*op).result : any_kind;
  const bool is_step = message.request == Request::post || message.request == Request::take_object;
  const bool makes_sense = is_step ? *answer == Val::boolean(true)
                                   : kinds == 0 || (kinds & kind_bit(answer->kind())) != 0;
  if (!makes_sense) {
    return std::unexpected(Error(ErrorCode::MachineError_InvalidTransfer, peer.id.name,
                                 Val::str("its answer makes no sense")));
  }
  return *answer;
}

// ─── ways ───────────────────────────────────────────────────────────────────────────────────────

const NodeCore::Impl::Route* NodeCore::Impl::find_route(ObjectId sender, ObjectId target,
                                                        std::optional<std::uint32_t> known) {
  if (planted(NodeFault::detour_overtaken)) return nullptr;
  const auto found = routes.find({sender.number, target.number});
  if (found == routes.end()) return nullptr;
  for (const Route& route : found->second) {
    if (!known || route.moves > *known) return &route;
  }
  return nullptr;
}

void NodeCore::Impl::add_route(const Message& message, ObjectId target, PeerId peer) {
  std::vector<Route>& ways = routes[{message.sender.number, target.number}];
  const std::uint32_t moved = message.moves;
  auto at = std::ranges::lower_bound(ways, moved, {}, &Route::moves);
  if (at == ways.end() || at->moves != moved) at = ways.insert(at, {peer, moved, 0});
  ++at->count;
}

void NodeCore::Impl::drop_route(const Message& message) {
  const auto found = routes.find({message.sender.number, message.object()->number});
  if (found == routes.end()) return;
  std::vector<Route>& ways = found->second;
  const auto at = std::ranges::find(ways, message.moves, &Route::moves);
  if (at == ways.end() || --at->count != 0) return;
  ways.erase(at);
  if (ways.empty()) routes.erase(found);
  if (routes.empty()) world.has_detours = false;
}

void NodeCore::Impl::pass_on(Job& job, PeerId to, std::uint32_t moved) {
  const ObjectId object = *job.asked->message.object();
  // Who asked is told where the object went.
  if (job.asked->peer && peers[*job.asked->peer]->connection) {
    if (const auto place = directory.find(object)) {
      Connection& connection = *find_connection(*peers[*job.asked->peer]->connection);
      send(connection, CreateNotify{.object = object,
                                    .machine = peers[place->peer]->machine,
                                    .moves = place->moves});
    }
  }
  Message message = job.asked->message;
  message.trace = {};
  message.moves = moved;
  job.asked->message.arguments.resize(1);
  request(to, std::move(message), {Next::What::PassOn, job.id});
}

}  // namespace avm::node
