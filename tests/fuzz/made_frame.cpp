#include "fuzz/made_frame.hpp"

#include <array>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "fuzz/target.hpp"
#include "machine/access.hpp"
#include "runtime/packing.hpp"

namespace avm::fuzz {
namespace {

using node::Request;

constexpr std::size_t kept_max = 40;
constexpr std::size_t list_max = 100;
constexpr unsigned depth_max = 5;

// The node's own, its peers', names of prefixes, and some that nobody has.
constexpr std::array<std::string_view, 9> machines = {
    "beta", "gamma", "delta", own_name, "node 2", "node 7", "nobody", "new\nline", ""};
constexpr std::array<std::string_view, 8> behaviors = {"does",  "echo",    "counter", "waiter",
                                                       "inbox", "failing", "endless", "unknown"};
constexpr std::array<std::string_view, 12> orders = {"call",    "move", "fetch", "freeze",
                                                     "destroy", "give", "where", "owner",
                                                     "make",    "go",   "twice", "unknown"};

// An order is [what, object, x]; programs and the behavior `does` carry it out.
constexpr std::string_view doing = R"((%m) {
  match %m, [%what, %object, %x], no
  switch %what, "call": calls, "move": moves, "fetch": fetches, "freeze": freezes, "give": gives,
                "destroy": destroys, "where": where, "owner": owner, "make": makes, "go": goes,
                "twice": twice
  ret %m
calls:
  %r = call %object, %x
  ret %r
moves:
  %r = move_object %object, %x
  ret %r
fetches:
  %r = fetch %object
  ret %r
freezes:
  %r = freeze %object
  ret %r
gives:
  %r = transfer_object %object, %x
  ret %r
destroys:
  %r = destroy_obj %object
  ret %r
where:
  %r = get_machine %object
  ret %r
owner:
  %r = get_controller %object
  ret %r
makes:
  %r = create_obj %x, "council"
  ret %r
goes:
  teleport %x
  %r = get_current_machine
  ret [%r, %what, "something that takes a block of its own"]
twice:
  %tx = begin_tx
  %r = call %object, %x
  %s = call %object, %x
  %ok = commit_tx %tx
  ret [%r, %s, %ok]
no:
  reject %m
}
)";

constexpr std::string_view behaviors_text = R"(
behavior echo(%m) {
  %from = get_sender
  %at = get_current_machine
  ret [%m, %from, %at]
}
behavior counter(%m) {
  %log = get_state
  %log = append %log, %m
  set_state %log
  ret %log
}
behavior waiter(%first) {
  %sum = [%first]
again:
  %next = receive reply %sum
  %m = unwrap %next
  %sum = append %sum, %m
  jmp again
}
behavior inbox(%m) {
again:
  %log = get_state
  %log = append %log, %m
  set_state %log
  %next = receive reply %log
  %m = unwrap %next
  jmp again
}
behavior failing(%m) {
  reject %m
}
behavior endless(%m) {
  %all = [%m]
again:
  %all = append %all, %m
  jmp again
}
program setup(%m) {
  create_obj "does"
  create_obj "echo", "council"
  %c = create_obj "counter"
  call %c, "a string that is longer than fourteen bytes"
  %w = create_obj "waiter", "council"
  call %w, [%c, "another string of more than fourteen bytes"]
  create_obj "inbox"
  ret
}
)";

/// A transport that leaves executions waiting for what they ask.
class Away final : public Transport {
 public:
  bool reachable(const MachineId&) const override { return true; }
  std::optional<MachineId> locate(ObjectId) const override { return std::nullopt; }
  Delivery ask(const MachineId&, Op, std::span<const Val>, ObjectId) override {
    return Delivery::Sent;
  }
};

}  // namespace

struct Samples {
  std::vector<Val> objects;
  std::vector<Val> replicas;
  std::vector<Val> programs;

  Samples() {
    Away away;
    Machine machine({.name = "beta", .node_prefix = 2}, away);
    require(machine.load(node_program()).has_value());
    require((*machine.start("setup"))->run() == Execution::Status::Done);
    World& world = MachineAccess::world(machine);
    require(!world.post({world.prefix | 4U}, Val::str("a message that is in the mailbox")));
    for (const ObjectId id : world.store.ids()) {
      objects.push_back(*pack_object(world, id, world.machine));
      replicas.push_back(*pack_replica(*world.store.find({id}), world.machine));
    }
    const Val input = Val::list({Val::str("go"), Val::object({world.prefix}), Val::str(own_name)});
    ExecutionImpl program(world, *MachineAccess::program(machine, Val::str("act")), input, {});
    require(program.run() == Execution::Status::Waiting);
    programs.push_back(pack_program(*program.depart()));
  }
};

FrameMaker::FrameMaker(Choices& choices)
    : choices_(choices), samples_([]() -> const Samples& {
        static const Samples made;
        return made;
      }()) {}

const Assembly& node_program() {
  static const Assembly assembly = [] {
    Assembly made = assemble(
        {"node.avm", fmt::format("program act{}behavior does{}{}", doing, doing, behaviors_text)});
    if (!made.tape) fail(render(made, false));
    return made;
  }();
  return assembly;
}

// ─── values ─────────────────────────────────────────────────────────────────────────────────────

void FrameMaker::keep(const Val& value) {
  if (kept_.size() < kept_max) kept_.push_back(value);
}

std::uint64_t FrameMaker::any_number() {
  if (choices_.one_in(8)) return choices_.number();
  return choices_.below(8);
}

// Mostly the one of before: much comes of what happens to one object.
ObjectId FrameMaker::object() {
  if (choices_.below(2) == 0) return latest_;
  const std::uint64_t prefix = choices_.one_in(32) ? choices_.byte() : 1 + choices_.below(3);
  std::uint64_t number = choices_.below(4);
  if (choices_.one_in(32)) number = 0xFFFF'FFFF'FFFFU - choices_.below(3);
  latest_ = {prefix << 48U | number};
  return latest_;
}

std::string FrameMaker::machine() {
  if (choices_.one_in(32)) return fmt::format("machine {}", choices_.byte());
  return std::string(choices_.of(machines));
}

Val FrameMaker::value(unsigned depth) {
  switch (choices_.below(depth < depth_max ? 16 : 8)) {
  case 0:
  case 1: return Val::object(object());
  case 2: return Val::nat(any_number());
  case 3: return Val::str(machine());
  case 4: return Val::str(choices_.of(behaviors));
  case 5: return Val::boolean(choices_.below(2) == 1);
  case 6: return Val::nothing();
  case 7: return kept_.empty() ? Val::empty_list() : choices_.of(kept_);
  case 8: return Val::just(value(depth + 1));
  case 9: {
    Val first = value(depth + 1);
    return Val::pair(std::move(first), value(depth + 1));
  }
  case 10: return Val::str(std::string(choices_.below(1'000), 'x'));
  case 11: {
    // Deeper than a peer may take it.
    Val deep = Val::nothing();
    for (unsigned i = choices_.byte(); i > 0; --i)
      deep = Val::list({std::move(deep)});
    return deep;
  }
  case 12: return kept_.empty() ? order() : changed(choices_.of(kept_));
  case 13: {
    std::vector<Val> elements;
    for (unsigned left = choices_.below(5); left > 0; --left)
      elements.push_back(value(depth + 1));
    return Val::list(elements);
  }
  default: return order();
  }
}

Val FrameMaker::order() {
  const std::string_view what = choices_.of(orders);
  Val x = Val::str(what == "make" ? std::string(choices_.of(behaviors)) : machine());
  if (what == "call" || what == "twice") x = value(depth_max - 2);
  return order(what, object(), std::move(x));
}

Val FrameMaker::order(std::string_view what, ObjectId object, Val x) {
  return Val::list({Val::str(what), Val::object(object), std::move(x)});
}

Val FrameMaker::replica() { return sample(samples_.replicas); }

Val FrameMaker::sample(const std::vector<Val>& from) {
  const Val& whole = choices_.of(from);
  return choices_.one_in(3) ? changed(whole) : whole;
}

// One part of it is another value.
Val FrameMaker::changed(const Val& whole, unsigned depth) {
  if (depth == depth_max) return value(depth);
  if (whole.is_just() && choices_.below(4) != 0)
    return Val::just(changed(whole.unwrapped(), depth + 1));
  if (!whole.is_list() || whole.list_size() > list_max) return value(depth);
  std::vector<Val> elements;
  for (std::uint64_t i = 0; i < whole.list_size(); ++i)
    elements.push_back(whole.list_at(i));
  const unsigned what = choices_.below(8);
  if (elements.empty() || what == 0) {
    elements.push_back(value(depth + 1));
  } else if (what == 1) {
    elements.pop_back();
  } else {
    Val& part = elements[choices_.below(elements.size())];
    part = changed(part, depth + 1);
  }
  return Val::list(elements);
}

// ─── frames ─────────────────────────────────────────────────────────────────────────────────────

node::CreateNotify FrameMaker::hello(Speaker& speaker) {
  const unsigned who = choices_.below(4);
  const std::uint16_t prefix =
      choices_.one_in(8) ? choices_.byte() : static_cast<std::uint16_t>(2 + who);
  speaker.name = choices_.one_in(8) ? machine() : std::string(machines[who]);
  node::Hello hello{.machine = speaker.name, .epoch = choices_.below(3), .prefix = prefix};
  if (choices_.one_in(8)) hello.limits.bytes = any_number() * 100;
  if (choices_.one_in(8)) hello.limits.nesting = static_cast<std::uint32_t>(any_number());
  if (choices_.one_in(16)) hello.protocol = choices_.byte();
  return FrameMaker::hello(std::move(hello));
}

node::CreateNotify FrameMaker::hello(node::Hello hello) {
  return {.object = {std::uint64_t{hello.prefix} << 48U | 0xFFFF'FFFF'FFFFU},
          .machine = hello.machine,
          .hello = std::move(hello)};
}

node::Ask FrameMaker::fetch(Speaker& speaker, ObjectId object) {
  return {.request = Request::fetch,
          .request_id = speaker.next_request++,
          .arguments = {Val::object(object), Val::str(speaker.name)},
          .sender = object,
          .sender_machine = speaker.name};
}

std::uint64_t FrameMaker::request_id(Speaker& speaker) {
  if (choices_.one_in(32)) return choices_.number();
  if (choices_.one_in(8)) return choices_.below(8);
  return speaker.next_request++;
}

node::RequestExtras FrameMaker::extras(const Speaker& speaker) {
  node::RequestExtras extras;
  if (choices_.below(4) == 0) extras.settled = speaker.next_request - choices_.below(4);
  if (choices_.one_in(64)) extras.settled = choices_.number();
  if (choices_.below(8) == 0) extras.trace = {any_number(), any_number()};
  if (choices_.below(8) == 0) extras.moves = static_cast<std::uint32_t>(any_number());
  return extras;
}

node::Call FrameMaker::call(Speaker& speaker) {
  return {.request_id = request_id(speaker),
          .target = object(),
          .input = value(),
          .sender = object(),
          .sender_machine = choices_.below(4) == 0 ? machine() : speaker.name,
          .extras = extras(speaker)};
}

std::vector<Val> FrameMaker::arguments(Request request, const Speaker& speaker) {
  std::vector<Val> arguments;
  if (choices_.one_in(16)) {
    for (unsigned left = choices_.below(5); left > 0; --left)
      arguments.push_back(value());
    return arguments;
  }
  if (request == Request::teleport) {
    arguments.push_back(sample(samples_.programs));
    arguments.push_back(Val::str(machine()));
    return arguments;
  }
  std::pair<ObjectId, std::uint64_t> about{object(), choices_.below(4)};
  if (request == Request::settle_object && !offered_.empty()) about = choices_.of(offered_);
  if (request == Request::take_object) offered_.push_back(about);
  arguments.push_back(Val::object(about.first));
  switch (request) {
  case Request::fetch:
    arguments.push_back(Val::str(choices_.below(4) == 0 ? machine() : speaker.name));
    break;
  case Request::transfer_object:
  case Request::move_object: arguments.push_back(Val::str(machine())); break;
  case Request::post: arguments.push_back(value()); break;
  case Request::take_object:
    arguments.push_back(sample(samples_.objects));
    arguments.push_back(Val::nat(about.second));
    break;
  case Request::settle_object:
    arguments.push_back(Val::nat(about.second));
    arguments.push_back(Val::boolean(choices_.below(4) != 0));
    break;
  case Request::release_replica: arguments.push_back(Val::boolean(choices_.below(2) == 1)); break;
  default: break;
  }
  return arguments;
}

node::Ask FrameMaker::ask(Speaker& speaker) {
  const auto request = static_cast<Request>(choices_.below(node::request_count));
  return {.request = request,
          .request_id = request_id(speaker),
          .arguments = arguments(request, speaker),
          .sender = object(),
          .sender_machine = speaker.name,
          .extras = extras(speaker)};
}

Val FrameMaker::answer_value(const Asked& asked) {
  if (!asked.request || choices_.one_in(8)) return value();
  switch (*asked.request) {
  case Request::reflect:
  case Request::get_machine:
  case Request::get_controller: return Val::just(Val::str(machine()));
  case Request::freeze: return Val::just(Val::boolean(choices_.below(2) == 0));
  case Request::fetch: return choices_.below(4) == 0 ? Val::boolean(false) : replica();
  case Request::collect_replica:
    return choices_.below(4) == 0 ? Val::nothing() : Val::just(replica());
  case Request::teleport: return value();
  default: return Val::boolean(choices_.below(8) != 0);
  }
}

node::Refusal FrameMaker::refusal() {
  if (choices_.below(4) == 0) return {.text = fmt::format("object not found: {}", object().number)};
  const auto errors = static_cast<unsigned>(all_errors().size());
  Error error(static_cast<ErrorCode>(choices_.below(errors)));
  for (std::size_t i = 0; i < error_info(error.code).data_names.size(); ++i)
    error.data[i] = value(depth_max - 1);
  return {.text = std::string(error.name()), .error = std::move(error)};
}

node::Frame FrameMaker::answer(Speaker& speaker) {
  Asked asked{.id = any_number(), .request = std::nullopt};
  if (!speaker.asked.empty()) {
    const auto which = choices_.below(speaker.asked.size());
    asked = speaker.asked[which];
    if (!choices_.one_in(16)) speaker.asked.erase(speaker.asked.begin() + which);
  }
  if (choices_.below(4) == 0) return node::CallResponse{asked.id, std::unexpected(refusal())};
  return node::CallResponse{asked.id, answer_value(asked)};
}

node::CreateNotify FrameMaker::announcement() {
  node::CreateNotify announcement{
      .object = object(), .machine = machine(), .moves = static_cast<std::uint32_t>(any_number())};
  if (choices_.below(4) == 0) announcement.name = machine();
  return announcement;
}

node::Frame FrameMaker::frame(Speaker& speaker) {
  switch (choices_.below(20)) {
  case 0:
  case 1:
  case 2:
  case 3: return call(speaker);
  case 4:
  case 5:
  case 6:
  case 7:
  case 8:
  case 9: return ask(speaker);
  case 10:
  case 11:
  case 12:
  case 13: return answer(speaker);
  case 14:
  case 15: return announcement();
  case 16: return node::DestroyNotify{object()};
  case 17:
    if (choices_.below(2) == 0) return node::Pong{any_number(), extras(speaker).settled};
    return node::Ping{any_number(), extras(speaker).settled};
  case 18:
    if (choices_.below(4) == 0) return hello(speaker);
    return node::Goodbye{.reason = machine(), .stopping = choices_.below(2) == 0};
  default: return node::Unknown{machine()};
  }
}

}  // namespace avm::fuzz
