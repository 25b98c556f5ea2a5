#include "node/core_impl.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "avm/assemble.hpp"
#include "avm/text.hpp"
#include "runtime/object_view.hpp"

namespace avm::node {
namespace {

constexpr std::uint64_t slice = 20'000;  // steps of one execution before the next one's turn

}  // namespace

NodeCore::Impl::Impl(NodeOptions node_options, Outside& out, Milliseconds start)
    : options(std::move(node_options)),
      outside(out),
      now(start),
      machine({.name = options.name,
               .node_prefix = options.prefix,
               .allow_unsafe = options.allow_unsafe},
              *this),
      world(MachineAccess::world(machine)),
      chance(options.seed),
      decoder(options.limits.frame),
      directory(options.limits.announced) {
  world.store.keep_changes();
}

// ─── jobs ───────────────────────────────────────────────────────────────────────────────────────

Job& NodeCore::Impl::add_job() {
  auto job = std::make_unique<Job>();
  job->id = next_job++;
  return *jobs.emplace(job->id, std::move(job)).first->second;
}

Job& NodeCore::Impl::add_job(Message message) {
  Job& job = add_job();
  job.asked = std::make_unique<Asked>(std::move(message));
  return job;
}

Job* NodeCore::Impl::find_job(JobId id) noexcept {
  const auto found = jobs.find(id);
  return found == jobs.end() ? nullptr : found->second.get();
}

StartOptions NodeCore::Impl::start_options(Job& job, const Limits& limits) {
  StartOptions start{.limits = limits};
  start.execution = job.id;
  if (is_watched) start.trace = &sink;
  return start;
}

void NodeCore::Impl::start(Job& job, Op op, const MachineId& as_on) {
  Asked& asked = *job.asked;
  StartOptions start = start_options(job, options.limits.outside);
  if (asked.message.is_call()) {
    // The behavior that was called fails last of all that fail in it.
    start.on_failure = [&asked](const Failure& failure) {
      asked.failure = std::make_unique<Error>(failure.error);
    };
  }
  job.execution.emplace(world, op, asked.message.arguments, asked.message.sender, as_on,
                        std::move(start));
  ++counts.executions_started;
  // The execution has its own; only whom it is about is still asked for.
  asked.message.arguments.resize(1);
  asked.message.arguments.shrink_to_fit();
}

void NodeCore::Impl::begin(Job& job) {
  Message& message = job.asked->message;
  if (message.request == Request::teleport) return begin_arrival(job);
  const ObjectId object = *message.object();
  if (hold(object, job)) return;
  const bool here = is_here(object);
  const bool is_relayed = job.asked->peer || job.asked->connection != 0;
  if (message.is_ordered()) {
    const auto known = is_relayed ? std::optional(message.moves) : std::nullopt;
    if (const Route* route = find_route(message.sender, object, known))
      return pass_on(job, route->peer, route->moves);
  }
  if (!here && !(message.is_call() && replicas_here.contains(object.number))) {
    const std::optional<Directory::Place> place = place_of(object);
    if (place && message.moves != 0 && place->moves <= message.moves) {
      // It was to come, and has not, since its node cannot tell us.
      if (const auto offer = offers.find(object.number); offer != offers.end())
        return reply(job, std::unexpected(unreachable(offer->second.from)));
      // It had come here, and is gone. If it is still somewhere then its home knows.
      if (is_of_here(object)) return reply(job, std::unexpected(missing(object)));
      if (directory.find(object)) return reply(job, std::unexpected(unreachable(place->peer)));
      return pass_on(job, place->peer, message.moves);
    }
    if (place) return pass_on(job, place->peer, std::max(place->moves, is_relayed ? 1U : 0U));
  }
  if (message.is_call()) return start(job, Op::call, {world.machine});
  switch (*message.request) {
  case Request::destroy_obj: return start(job, Op::destroy_obj, {world.machine});
  case Request::reflect:
    if (!options.allow_unsafe) {
      const Error denied(ErrorCode::ReflectError_ReflectionDenied, Val::object(object));
      return reply(job, std::unexpected(refusal(denied)));
    }
    return start(job, Op::reflect, {world.machine});
  case Request::get_machine: return start(job, Op::get_machine, {world.machine});
  case Request::get_controller: return start(job, Op::get_controller, {world.machine});
  case Request::transfer_object: return start(job, Op::transfer_object, {world.machine});
  case Request::freeze: return start(job, Op::freeze, {world.machine});
  case Request::fetch: {
    const MachineId reader{message.arguments[1]};
    if (!admits(reader)) return reply(job, std::unexpected(unable("it knows too many machines")));
    message.arguments.resize(1);
    return start(job, Op::fetch, reader);
  }
  case Request::move_object: return start(job, Op::move_object, {world.machine});
  case Request::post: return begin_post(job);
  default: return reply(job, std::unexpected(Refusal{"this is not for an object"}));
  }
}

void NodeCore::Impl::begin_post(Job& job) {
  const ObjectId object = *job.asked->message.object();
  const Val message = job.asked->message.arguments[1];
  const bool may_come = is_of_here(object) && object != world.root();
  if (!is_here(object) && !may_come) return reply(job, std::unexpected(missing(object)));
  if (world.post(object, message)) {
    Job& woken = add_job();
    woken.execution.emplace(world, object, message, start_options(woken, options.limits.outside));
    woken.under_way = std::exchange(job.under_way, nullptr);
    ++counts.executions_started;
    ready.push_back(woken.id);
  }
  reply(job, Val::boolean(true));
}

void NodeCore::Impl::run_turn(Job& job, std::uint64_t steps) {
  const JobId id = job.id;
  current = &job;
  const bool was_held = std::exchange(job.is_held, false);
  if (!job.execution) {
    begin(job);
  } else if (was_held) {
    job.execution->repeat();
  }
  // The job may be gone by now.
  Job* const still = find_job(id);
  if (still != nullptr && still->execution) {
    switch (still->execution->run(steps)) {
    case Execution::Status::Running: ready.push_back(id); break;
    case Execution::Status::Waiting: break;
    case Execution::Status::Done:
    case Execution::Status::Failed: finish(*still); break;
    }
  }
  current = nullptr;
  announce_changes();
}

Answer NodeCore::Impl::answer_of(Job& job) {
  const ExecutionImpl& execution = *job.execution;
  if (const Error* error = execution.error()) return std::unexpected(refusal(*error));
  const Val& value = *execution.value();
  if (!job.asked) return value;
  const Message& message = job.asked->message;
  if (message.is_call() && !job.done) {
    if (value.is_just()) return value.unwrapped();
    // The caller gets `nothing`, whatever it was: only an error of the call itself goes over as such.
    const Error* failure = job.asked->failure.get();
    return std::unexpected(Refusal{failure == nullptr ? "the call failed" : failure->text()});
  }
  if (message.request == Request::fetch && value == Val::boolean(true)) {
    const ObjectData* data = world.store.find({*message.object()});
    if (data == nullptr || !data->exists()) return Val::boolean(false);
    Result<Val> packed = pack_replica(*data, world.machine);
    if (!packed) return std::unexpected(refusal(packed.error()));
    return *packed;
  }
  return value;
}

void NodeCore::Impl::finish(Job& job) {
  if (job.execution->status() == Execution::Status::Failed) ++counts.executions_failed;
  reply(job, answer_of(job));
}

Result<Val> NodeCore::Impl::result_of(const Job& job, const Answer& answer) const {
  if (answer) return *answer;
  const std::optional<Error>& error = answer.error().error;
  if (error) return std::unexpected(*error);
  if (job.asked && job.asked->message.is_call()) return Val::nothing();
  const std::string_view text = answer.error().text;
  const std::string_view why = is_utf8(text) ? text : std::string_view();
  return std::unexpected(
      Error(ErrorCode::MachineError_InvalidTransfer, world.machine.name, Val::str(why)));
}

void NodeCore::Impl::reply(Job& job, Answer answer) {
  // Who asked must not meet a job that has ended.
  const auto node = std::move(jobs.find(job.id)->second);
  jobs.erase(node->id);
  if (node->under_way != nullptr) --*node->under_way;
  if (node->done) return node->done(result_of(*node, answer));
  if (!node->asked) return;
  const Asked& asked = *node->asked;
  Peer* const peer = asked.peer ? peers[*asked.peer].get() : nullptr;
  if (is_watched) {
    tell_wire(WireEvent::What::AnswerSent, peer == nullptr ? std::string_view() : peer->machine,
              asked.request_id, asked.message, asked.message.arguments, answer ? &*answer : nullptr,
              answer ? std::string_view() : answer.error().text);
  }
  if (peer != nullptr && asked.connection == 0)
    return keep_answer(*peer, asked.request_id, std::move(answer));
  // To the connection of the machine that asked, or back the way that the call came. Who has said hello
  // since has other ids.
  const bool is_found = peer != nullptr && !peer->protocol2 && peer->connection;
  if (Connection* connection = find_connection(is_found ? *peer->connection : asked.connection)) {
    // It knows errors as texts alone.
    if (!answer) answer.error().error.reset();
    if (!send(*connection, CallResponse{asked.request_id, std::move(answer)})) {
      const std::string why = unable("the answer is more than is taken there").text;
      send(*connection, CallResponse{asked.request_id, std::unexpected(Refusal{why})});
    }
  }
}

// ─── objects ────────────────────────────────────────────────────────────────────────────────────

bool NodeCore::Impl::is_here(ObjectId object) const noexcept {
  const ObjectData* data = world.store.find({object});
  return data != nullptr && data->exists();
}

std::uint32_t NodeCore::Impl::moves_of(ObjectId object) const noexcept {
  const auto found = moves_here.find(object.number);
  return found == moves_here.end() ? 0 : found->second;
}

void NodeCore::Impl::note_id(ObjectId object) noexcept {
  // Nobody has made so many: who says so would leave this node no ids.
  constexpr std::uint64_t most = std::uint64_t{1} << 47U;
  const std::uint64_t number = object.number & 0xFFFF'FFFF'FFFFU;
  if (is_of_here(object) && number < most)
    world.next_object = std::max(world.next_object, number + 1);
}

void NodeCore::Impl::announce_changes() {
  for (const ObjectId object : world.store.take_changes()) {
    if (is_here(object)) {
      announce(object);
    } else if (!moves.contains(object.number) && !directory.find(object)) {
      moves_here.erase(object.number);
      if (const auto name = names_of.find(object.number); name != names_of.end()) {
        names.erase(name->second);
        names_of.erase(name);
      }
      broadcast(DestroyNotify{object});
    }
  }
}

void NodeCore::Impl::announce(ObjectId object) {
  const auto name = names_of.find(object.number);
  broadcast(CreateNotify{.object = object,
                         .machine = options.name,
                         .moves = moves_of(object),
                         .name = name == names_of.end() ? std::string() : name->second});
}

void NodeCore::Impl::broadcast(const Frame& frame) {
  for (auto& [id, connection] : connections) {
    if (!connection.peer || peers[*connection.peer]->connection != id) continue;
    send(connection, frame);
  }
}

// ─── trace ──────────────────────────────────────────────────────────────────────────────────────

void NodeCore::Impl::Sink::record(const TraceEntry& entry) {
  NodeEvent event{entry};
  const Job* job = entry.execution ? impl.find_job(*entry.execution) : nullptr;
  const Asked* const asked = job == nullptr ? nullptr : job->asked.get();
  if (asked != nullptr && asked->peer && asked->message.trace.execution != 0) {
    event.cause_machine = &impl.peers[*asked->peer]->machine;
    event.cause = asked->message.trace;
  }
  impl.outside.event(event);
}

void NodeCore::Impl::tell_wire(WireEvent::What what, std::string_view peer, std::uint64_t id,
                               const Message& message, std::span<const Val> arguments,
                               const Val* value, std::string_view error) {
  if (!message.is_call()) return;
  outside.event(WireEvent{what, peer, id, message.sender, arguments[0].as_object(), value, error});
}

void NodeCore::Impl::log(LogLevel level, std::string_view text) {
  constexpr std::size_t most = 1'000;
  if (text.size() <= most) return outside.log(level, bare(text));
  outside.log(level, bare(text.substr(0, utf8_prefix(text.substr(0, most)))) + "…");
}

// ─── the core ───────────────────────────────────────────────────────────────────────────────────

NodeCore::NodeCore(NodeOptions options, Outside& outside, Milliseconds now)
    : impl_(std::make_unique<Impl>(std::move(options), outside, now)) {}
NodeCore::~NodeCore() = default;

std::expected<void, LoadError> NodeCore::load(Tape tape) {
  return impl_->machine.load(std::move(tape));
}

std::expected<void, LoadError> NodeCore::load(const Assembly& assembly) {
  return impl_->machine.load(assembly);
}

bool NodeCore::run(std::uint64_t steps) {
  Impl& impl = *impl_;
  impl.go_on();
  // Each turn counts something, so that many short ones end too.
  constexpr std::uint64_t turn = 50;
  for (std::uint64_t used = 0; used < steps && !impl.ready.empty();) {
    Job* const job = impl.find_job(impl.ready.front());
    impl.ready.pop_front();
    if (job == nullptr) continue;
    const std::uint64_t before = !job->execution ? 0 : job->execution->stats().steps;
    const JobId id = job->id;
    impl.run_turn(*job, std::min(slice, steps - used));
    const Job* const after = impl.find_job(id);
    const bool is_known = after != nullptr && after->execution;
    used += turn + (is_known ? after->execution->stats().steps - before : 0);
    impl.go_on();
  }
  return !impl.ready.empty();
}

std::expected<void, LoadError> NodeCore::submit(std::string_view program, Val input, Done done) {
  Impl& impl = *impl_;
  const Code* code = MachineAccess::program(impl.machine, Val::str(program));
  if (code == nullptr) {
    return std::unexpected(LoadError{LoadError::Reason::NoSuchProgram,
                                     fmt::format("no program is named '{}'", program)});
  }
  Job& job = impl.add_job();
  job.done = std::move(done);
  job.execution.emplace(impl.world, *code, std::move(input),
                        impl.start_options(job, impl.options.limits.own));
  ++impl.counts.executions_started;
  impl.ready.push_back(job.id);
  return {};
}

void NodeCore::call(ObjectId target, Val input, Done done) {
  Job& job = impl_->add_job(
      {.arguments = {Val::object(target), std::move(input)}, .sender = impl_->world.root()});
  job.done = std::move(done);
  impl_->ready.push_back(job.id);
}

void NodeCore::post(ObjectId target, Val message, Done done) {
  Job& job = impl_->add_job({.request = Request::post,
                             .arguments = {Val::object(target), std::move(message)},
                             .sender = impl_->world.root()});
  job.done = std::move(done);
  impl_->ready.push_back(job.id);
}

Result<ObjectId> NodeCore::create(std::string_view behavior, std::string_view name) {
  Impl& impl = *impl_;
  const std::vector<Val> arguments{Val::str(behavior)};
  Job& job = impl.add_job();
  ExecutionImpl execution(impl.world, Op::create_obj, arguments, impl.world.root(),
                          impl.world.machine, impl.start_options(job, impl.options.limits.own));
  execution.run();
  impl.jobs.erase(job.id);
  if (execution.error() != nullptr) return std::unexpected(*execution.error());
  const ObjectId object = execution.value()->as_object();
  if (!name.empty()) {
    impl.names.insert_or_assign(std::string(name), object);
    impl.names_of.insert_or_assign(object.number, std::string(name));
  }
  impl.announce_changes();
  return object;
}

std::optional<ObjectId> NodeCore::find_name(std::string_view name) const {
  const std::string key(name);
  if (const auto own = impl_->names.find(key); own != impl_->names.end()) return own->second;
  const auto found = impl_->announced_names.find(key);
  if (found == impl_->announced_names.end()) return std::nullopt;
  return found->second;
}

std::optional<ObjectId> NodeCore::first_announced() const { return impl_->first_announced; }
const NodeOptions& NodeCore::options() const noexcept { return impl_->options; }
ObjectId NodeCore::root() const noexcept { return impl_->world.root(); }

void NodeCore::for_each_object(const std::function<void(const ObjectView&)>& visit) const {
  impl_->machine.for_each_object(visit);
}

std::optional<ObjectView> NodeCore::find_object(ObjectId object) const {
  if (!impl_->is_here(object)) return std::nullopt;
  return view_object(impl_->world, object);
}

std::optional<std::string> NodeCore::located(ObjectId object) const {
  const auto place = impl_->directory.find(object);
  if (!place) return std::nullopt;
  return impl_->peers[place->peer]->machine;
}

std::vector<PeerView> NodeCore::peers() const {
  std::vector<PeerView> views;
  for (PeerId id = 0; id < impl_->peers.size(); ++id) {
    const Peer& peer = *impl_->peers[id];
    views.push_back({.machine = peer.machine,
                     .address = peer.address,
                     .connected = peer.connection.has_value(),
                     .protocol2 = peer.protocol2,
                     .prefix = peer.prefix,
                     .epoch = peer.epoch,
                     .http = peer.http,
                     .requests_out = peer.outgoing.size(),
                     .requests_in = peer.under_way,
                     .announced = impl_->directory.count(id)});
  }
  return views;
}

NodeMetrics NodeCore::metrics() const {
  NodeMetrics metrics = impl_->counts;
  metrics.objects = impl_->world.store.object_count();
  metrics.executions = impl_->jobs.size();
  for (const auto& peer : impl_->peers)
    metrics.waiting += peer->outgoing.size();
  metrics.directory = impl_->directory.size();
  metrics.heap_bytes = heap::bytes_in_use();
  return metrics;
}

void NodeCore::watch(bool on) { impl_->is_watched = on; }

void NodeCore::begin_stop() { impl_->is_stopping = true; }

bool NodeCore::is_idle() const { return impl_->jobs.empty() && impl_->completions.empty(); }

void NodeCore::finish_stop() {
  Impl& impl = *impl_;
  std::vector<JobId> left;
  for (const auto& [id, job] : impl.jobs)
    left.push_back(id);
  std::ranges::sort(left);
  for (const JobId id : left) {
    const Error error(ErrorCode::MachineError_Unreachable, impl.world.machine.name);
    if (Job* job = impl.find_job(id)) impl.reply(*job, std::unexpected(impl.refusal(error)));
  }
  const auto strangers = std::ranges::count_if(
      impl.world.store.ids(), [&](ObjectId object) { return !impl.is_of_here(object); });
  if (strangers > 0)
    impl.log(LogLevel::Warning,
             fmt::format("objects of other nodes that end with this one: {}", strangers));
  // Nobody waits for answers any more.
  for (const auto& peer : impl.peers)
    peer->outgoing.clear();
  impl.routes.clear();
  std::vector<ConnectionId> open;
  for (const auto& [id, connection] : impl.connections)
    open.push_back(id);
  for (const ConnectionId id : open) {
    Connection& connection = *impl.find_connection(id);
    if (connection.peer && impl.peers[*connection.peer]->protocol2)
      impl.send(connection, Goodbye{"the node is stopping", true});
    impl.cut(id, "stopping", false);
  }
}

}  // namespace avm::node
