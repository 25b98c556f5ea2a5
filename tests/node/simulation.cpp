#include "node/simulation.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "avm/text.hpp"
#include "node/cluster.hpp"

namespace avm::node::test {
namespace {

constexpr std::string_view source = R"(
; A message is [kind, node, number]. The ticket of a node numbers its messages.
program straight(%args) {
  match %args, [%ticket, %ledger, %kind, %node], bad
  %just = call %ticket, 0
  %n = unwrap %just
  %x = call %ledger, [%kind, %node, %n]
  ret [%n, %x]
bad:
  reject "bad"
}
program relayed(%args) {
  match %args, [%ticket, %relays, %ledger, %node], bad
  %just = call %ticket, 0
  %n = unwrap %just
  match %relays, [%first, %second], bad
  %x = call %first, [%second, [%ledger, ["relayed", %node, %n]]]
  ret [%n, %x]
bad:
  reject "bad"
}
program travelling(%args) {
  match %args, [%ticket, %to, %ledger, %node], bad
  %just = call %ticket, 0
  %n = unwrap %just
  teleport %to
  %x = call %ledger, ["travelled", %node, %n]
  ret [%n, %x]
bad:
  reject "bad"
}
program moving(%args) {
  match %args, [%what, %to], bad
  %x = move_object %what, %to
  ret %x
bad:
  reject "bad"
}
program bouncing(%args) {
  match %args, [%one, %other, %n], bad
  %x = call %one, [%other, %n]
  ret %x
bad:
  reject "bad"
}
program fetching(%what) {
  %x = fetch %what
  ret %x
}
program freezing(%what) {
  %x = freeze %what
  ret %x
}
program giving(%what) {
  %x = transfer_object %what, "council"
  ret %x
}
program reading(%what) {
  %x = call %what, "read"
  ret %x
}
behavior ticket(%m) {
  %state = get_state
  match %state, [%n], first
  jmp go
first:
  %n = 0
go:
  %next = add %n, 1
  set_state [%next]
  ret %n
}
behavior ledger(%m) {
  %log = get_state
  %is_read = eq %m, "read"
  br %is_read, read
  %log = append %log, %m
  set_state %log
  ret %m
read:
  ret %log
}
; Messages come into its mailbox as well, and it keeps them as a ledger does.
behavior inbox(%m) {
again:
  %log = get_state
  %is_read = eq %m, "read"
  br %is_read, read
  %log = append %log, %m
  set_state %log
read:
  %log = get_state
  %next = receive reply %log
  %m = unwrap %next
  jmp again
}
behavior relay(%m) {
  match %m, [%next, %rest], bad
  %x = call %next, %rest
  %y = unwrap %x
  ret %y
bad:
  reject "bad"
}
behavior bouncer(%m) {
  match %m, [%other, %n], bad
  %done = eq %n, 0
  br %done, end
  %self = get_self
  %n = sub %n, 1
  %x = call %other, [%self, %n]
  %y = unwrap %x
  %y = add %y, 1
  ret %y
end:
  ret 0
bad:
  reject "bad"
}
)";

const Assembly& assembly() {
  static const Assembly made = assemble({"simulation.avm", std::string(source)});
  return made;
}

enum class Kind : std::uint8_t { Straight, Relayed, Travelling, Posted, Moving, Bouncing, Other };

struct Sent {
  Kind kind;
  std::size_t node;
  std::uint64_t epoch;  // of its node, when it began
  ObjectId ledger{};
  std::optional<std::uint64_t> number;  // of a post
  std::optional<Result<Val>> result;
  unsigned told = 0;
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : cluster_(seed), chance_(cluster_.chance()) {}

  std::optional<std::string> run(SimulationCounts& counts);

 private:
  static constexpr std::size_t node_count = 3;

  void set_up();
  void act();
  void fail(SimulationCounts& counts);
  void mend();
  std::optional<std::string> cut_off();
  /// For people.
  std::string under_way();
  void submit(Kind kind, std::size_t node, std::string_view program, Val input,
              ObjectId ledger = {});
  void send_straight(std::size_t node, ObjectId ledger);
  void post(std::size_t node, ObjectId inbox);
  void kill(std::size_t node);
  std::size_t any_node() { return chance_() % node_count; }
  bool are_all_told() const;
  bool is_at_rest();
  bool can_be_lost(ObjectId object) const { return maybe_lost_.contains(object.number); }

  std::optional<std::string> check(SimulationCounts& counts);
  std::optional<std::string> check_results();
  std::optional<std::string> check_places();
  /// As they stand in ledgers.
  std::set<std::string> answered_messages() const;
  std::optional<std::string> check_ledgers(SimulationCounts& counts);
  std::optional<std::string> check_found();

  Cluster cluster_;
  std::mt19937_64& chance_;
  std::vector<ObjectId> tickets_, ledgers_, inboxes_, relays_, bouncers_, registers_;
  std::array<std::uint64_t, node_count> lives_{};
  std::array<std::uint64_t, node_count> posted_{};
  std::vector<std::unique_ptr<Sent>> sent_;
  std::set<std::uint64_t> maybe_lost_;
  bool has_killed_ = false;
};

void Simulation::set_up() {
  cluster_.load(assembly());
  cluster_.set_delays({1, 1 + chance_() % 60});
  for (const char* name : {"alpha", "beta", "gamma"})
    cluster_.add(name);
  const auto make = [&](std::size_t node, std::string_view behavior) {
    return *cluster_.node(node).core().create(behavior);
  };
  for (std::size_t i = 0; i < node_count; ++i)
    tickets_.push_back(make(i, "ticket"));
  for (std::size_t i = 0; i < 2; ++i) {
    ledgers_.push_back(make(any_node(), "ledger"));
    relays_.push_back(make(any_node(), "relay"));
    bouncers_.push_back(make(any_node(), "bouncer"));
  }
  inboxes_.push_back(make(any_node(), "inbox"));
  registers_.push_back(make(any_node(), "ledger"));
  cluster_.run_for(500 + chance_() % 1'000);
  submit(Kind::Other, any_node(), "giving", Val::object(registers_[0]));
}

void Simulation::submit(Kind kind, std::size_t node, std::string_view program, Val input,
                        ObjectId ledger) {
  if (!cluster_.node(node).is_alive()) return;
  Sent& sent = *sent_.emplace_back(std::make_unique<Sent>());
  sent.kind = kind;
  sent.node = node;
  sent.epoch = lives_[node];
  sent.ledger = ledger;
  (void)cluster_.node(node).core().submit(program, std::move(input),
                                          [&sent](const Result<Val>& result) {
                                            ++sent.told;
                                            sent.result = result;
                                          });
}

void Simulation::send_straight(std::size_t node, ObjectId ledger) {
  submit(Kind::Straight, node, "straight",
         Val::list({Val::object(tickets_[node]), Val::object(ledger), Val::str("straight"),
                    Val::nat(node)}),
         ledger);
}

void Simulation::post(std::size_t node, ObjectId inbox) {
  if (!cluster_.node(node).is_alive()) return;
  Sent& sent = *sent_.emplace_back(std::make_unique<Sent>());
  sent.kind = Kind::Posted;
  sent.node = node;
  sent.epoch = lives_[node];
  sent.ledger = inbox;
  sent.number = posted_[node]++;
  const Val message = Val::list({Val::str("posted"), Val::nat(node), Val::nat(*sent.number)});
  cluster_.node(node).core().post(inbox, message, [&sent](const Result<Val>& result) {
    ++sent.told;
    sent.result = result;
  });
}

void Simulation::act() {
  const std::size_t node = any_node();
  const Val ticket = Val::object(tickets_[node]);
  const ObjectId ledger = ledgers_[chance_() % ledgers_.size()];
  const auto name = [&](std::size_t i) { return Val::str(cluster_.node(i).name()); };
  switch (chance_() % 16) {
  case 0:
  case 1:
  case 2:
  case 3: {
    // Several at once of one sender to one receiver.
    for (std::size_t i = 1 + chance_() % 4; i > 0; --i)
      send_straight(node, ledger);
    break;
  }
  case 4:
  case 5:
    submit(Kind::Relayed, node, "relayed",
           Val::list({ticket, Val::list({Val::object(relays_[0]), Val::object(relays_[1])}),
                      Val::object(ledger), Val::nat(node)}),
           ledger);
    break;
  case 6:
    submit(Kind::Travelling, node, "travelling",
           Val::list({ticket, name(any_node()), Val::object(ledger), Val::nat(node)}), ledger);
    break;
  case 7:
  case 8: post(node, inboxes_[0]); break;
  case 9:
  case 10:
  case 11:
  case 12: {
    ObjectId what = ledger;
    if (chance_() % 4 == 0) what = inboxes_[0];
    if (chance_() % 8 == 0) what = relays_[chance_() % 2];
    submit(Kind::Moving, node, "moving", Val::list({Val::object(what), name(any_node())}));
    break;
  }
  case 13:
    submit(Kind::Bouncing, node, "bouncing",
           Val::list({Val::object(bouncers_[0]), Val::object(bouncers_[1]), Val::nat(6)}));
    break;
  case 14: submit(Kind::Other, node, "fetching", Val::object(registers_[0])); break;
  default:
    submit(Kind::Other, node, chance_() % 2 == 0 ? "freezing" : "reading",
           Val::object(registers_[0]));
    break;
  }
}

void Simulation::kill(std::size_t node) {
  std::set<std::uint64_t> elsewhere;
  for (std::size_t i = 0; i < node_count; ++i) {
    if (i == node || !cluster_.node(i).is_alive()) continue;
    cluster_.node(i).core().for_each_object(
        [&](const ObjectView& object) { elsewhere.insert(object.id.number); });
  }
  // What it has, and what is on its way, maybe to it.
  for (const auto* objects : {&tickets_, &ledgers_, &inboxes_, &relays_, &bouncers_, &registers_}) {
    for (const ObjectId object : *objects) {
      if (!elsewhere.contains(object.number)) maybe_lost_.insert(object.number);
    }
  }
  cluster_.kill(node);
  ++lives_[node];
  has_killed_ = true;
}

void Simulation::fail(SimulationCounts& counts) {
  const std::size_t a = any_node();
  const std::size_t b = (a + 1 + chance_() % (node_count - 1)) % node_count;
  switch (chance_() % 12) {
  case 0:
  case 1:
  case 2:
  case 3:
    ++counts.drops;
    cluster_.drop(a, b);
    break;
  case 4:
  case 5:
    ++counts.cuts;
    cluster_.cut(a, b);
    break;
  case 6:
  case 7: cluster_.heal(); break;
  case 8: cluster_.slow(a, b, 200 + chance_() % 2'000); break;
  case 9: {
    ++counts.garbage;
    constexpr std::array<const char*, 5> garbage = {
        "", "{}", "\xff\xfe", R"({"type":"call","request_id":-1})",
        R"({"type":"settle_object","request_id":1,"arguments":[],"sender":0,"sender_machine":"x"})"};
    cluster_.inject(a, b, garbage[chance_() % garbage.size()]);
    break;
  }
  default:
    if (!cluster_.node(a).is_alive()) {
      cluster_.restart(a);
    } else if (chance_() % 3 == 0) {
      ++counts.kills;
      const bool comes_late = chance_() % 4 == 0;
      if (comes_late) {
        // What it asks, and asks again, arrives when its next life has begun.
        for (const ObjectId ledger : {ledgers_[0], ledgers_[0], ledgers_[1]})
          send_straight(a, ledger);
        cluster_.run_for(chance_() % 60);
        cluster_.slow(a, b, 1'000 + chance_() % 1'000);
        cluster_.drop(a, b);
        cluster_.run_for(200 + chance_() % 400);
      }
      kill(a);
      if (comes_late) {
        cluster_.slow(a, b, 0);
        cluster_.run_for(chance_() % 50);
        cluster_.restart(a);
      }
    }
    break;
  }
}

void Simulation::mend() {
  cluster_.heal();
  for (std::size_t i = 0; i < node_count; ++i) {
    if (!cluster_.node(i).is_alive()) cluster_.restart(i);
  }
}

bool Simulation::are_all_told() const {
  return std::ranges::all_of(sent_, [&](const auto& sent) {
    return sent->told != 0 || sent->epoch != lives_[sent->node];
  });
}

bool is_connected(const NodeCore& core, const std::string& machine) {
  return std::ranges::any_of(core.peers(), [&](const PeerView& peer) {
    return peer.machine == machine && peer.connected && peer.protocol2;
  });
}

bool Simulation::is_at_rest() {
  for (std::size_t i = 0; i < node_count; ++i) {
    const NodeCore& core = cluster_.node(i).core();
    if (!core.is_idle() || core.metrics().waiting != 0) return false;
    // A node that was started again is told of objects that others have of it.
    for (std::size_t j = 0; j < node_count; ++j) {
      if (j != i && !is_connected(core, cluster_.node(j).name())) return false;
    }
  }
  return true;
}

std::string Simulation::under_way() {
  std::string what;
  for (std::size_t i = 0; i < node_count; ++i) {
    NodeCore& core = cluster_.node(i).core();
    what += fmt::format("; {} has {} under way", core.options().name, core.metrics().executions);
    for (const PeerView& peer : core.peers()) {
      what += fmt::format(", {} asked of {}{}", peer.requests_out, peer.machine,
                          peer.connected ? "" : " (away)");
    }
  }
  return what;
}

// A node that nobody reaches: what is asked of it, and by it, comes to an end.
std::optional<std::string> Simulation::cut_off() {
  mend();
  const std::size_t node = any_node();
  for (std::size_t i = 0; i < node_count; ++i) {
    if (i != node) cluster_.cut(node, i);
  }
  for (std::size_t i = 0; i < node_count; ++i) {
    send_straight(i, ledgers_[0]);
  }
  if (!cluster_.run_until([&] { return are_all_told(); }, 60'000))
    return "a call to a node that is cut off does not end" + under_way();
  return std::nullopt;
}

std::optional<std::string> Simulation::run(SimulationCounts& counts) {
  if (!assembly().tape) return render(assembly(), false);
  set_up();
  const std::uint64_t rounds = 10 + chance_() % 40;
  // Some runs have no faults, some many.
  const std::uint64_t fault_share = chance_() % 4;
  for (std::uint64_t i = 0; i < rounds; ++i) {
    act();
    if (chance_() % 12 < fault_share) fail(counts);
    if (chance_() % 3 != 0) cluster_.run_for(chance_() % 200);
    if (chance_() % 16 == 0) cluster_.run_for(chance_() % 8'000);
  }
  if (chance_() % 8 == 0) {
    if (auto wrong = cut_off()) return wrong;
  }
  mend();
  const bool is_over = cluster_.run_until([&] { return are_all_told() && is_at_rest(); }, 120'000);
  if (!is_over) {
    return (are_all_told() ? "something is under way for ever"
                           : "a program, or a post, has not been answered") +
           under_way();
  }
  // What announcements are under way arrive.
  cluster_.run_for(3'000);
  ++counts.runs;
  for (std::size_t i = 0; i < node_count; ++i) {
    const NodeMetrics metrics = cluster_.node(i).core().metrics();
    counts.moves += metrics.moves;
    counts.resent += metrics.requests_resent;
    counts.frames += metrics.frames_in;
  }
  return check(counts);
}

std::optional<std::string> Simulation::check(SimulationCounts& counts) {
  for (const auto& sent : sent_) {
    ++counts.programs;
    if (sent->result && !*sent->result &&
        sent->result->error().code == ErrorCode::MachineError_Unreachable)
      ++counts.unreachable;
  }
  if (auto wrong = check_results()) return wrong;
  if (auto wrong = check_places()) return wrong;
  if (auto wrong = check_ledgers(counts)) return wrong;
  return check_found();
}

std::optional<std::string> Simulation::check_results() {
  for (const auto& sent : sent_) {
    if (sent->told > 1) return "a program was told of its end twice";
    if (!sent->result) continue;
    if (!*sent->result) {
      const Error& error = sent->result->error();
      const bool is_distance = error.code == ErrorCode::MachineError_Unreachable;
      const bool is_loss = error.code == ErrorCode::ObjError_NotFound && has_killed_;
      // What a relay or a moving object can say.
      const bool is_refusal =
          error.code == ErrorCode::MachineError_InvalidTransfer && sent->kind == Kind::Moving;
      const bool is_copy =
          sent->kind == Kind::Other && (error.code == ErrorCode::ControllerError_NotConsistent ||
                                        error.code == ErrorCode::ControllerError_FreezeFailed ||
                                        error.code == ErrorCode::ControllerError_NotAvailable);
      // The ticket of a node that was killed and started again is gone.
      const bool is_ticketless = error.name().starts_with("PureError") && has_killed_;
      if (!is_distance && !is_loss && !is_refusal && !is_copy && !is_ticketless)
        return "a program ended by " + error.text();
      continue;
    }
    const Val& value = **sent->result;
    if (sent->kind == Kind::Bouncing && value.is_just() && value.unwrapped() != Val::nat(6))
      return "a chain of calls gave " + to_text(value);
    if (sent->kind == Kind::Straight && value.list_at(1).is_nothing())
      return "a call straight to a ledger gave nothing";
  }
  return std::nullopt;
}

std::optional<std::string> Simulation::check_places() {
  std::map<std::uint64_t, unsigned> places;
  for (std::size_t i = 0; i < node_count; ++i) {
    cluster_.node(i).core().for_each_object(
        [&](const ObjectView& object) { ++places[object.id.number]; });
  }
  for (const auto& [object, count] : places) {
    if (count > 1) return to_text(ObjectId{object}) + " is in " + std::to_string(count) + " places";
  }
  for (const auto* objects : {&tickets_, &ledgers_, &inboxes_, &relays_, &bouncers_, &registers_}) {
    for (const ObjectId object : *objects) {
      if (places[object.number] == 0 && !can_be_lost(object))
        return to_text(object) + " is nowhere";
    }
  }
  return std::nullopt;
}

std::set<std::string> Simulation::answered_messages() const {
  std::set<std::string> messages;
  for (const auto& sent : sent_) {
    if (!sent->result || !*sent->result) continue;
    const char* kind = nullptr;
    switch (sent->kind) {
    case Kind::Straight: kind = "straight"; break;
    case Kind::Relayed: kind = "relayed"; break;
    case Kind::Travelling: kind = "travelled"; break;
    case Kind::Posted: kind = "posted"; break;
    default: continue;
    }
    Val number;
    if (sent->number) {
      number = Val::nat(*sent->number);
    } else {
      const Val& value = **sent->result;
      if (value.list_at(1).is_nothing()) continue;  // a relay that could not reach it
      number = value.list_at(0);
    }
    messages.insert(to_text(Val::list({Val::str(kind), Val::nat(sent->node), number})));
  }
  return messages;
}

std::optional<std::string> Simulation::check_ledgers(SimulationCounts& counts) {
  const std::set<std::string> answered = answered_messages();
  // Where each message is: by kind, node and number.
  std::map<std::string, std::uint64_t> seen;
  for (const auto* objects : {&ledgers_, &inboxes_}) {
    for (const ObjectId object : *objects) {
      Val log = Val::empty_list();
      for (std::size_t i = 0; i < node_count; ++i) {
        if (const auto view = cluster_.node(i).core().find_object(object)) {
          log = view->state;
          if (!view->mailbox.empty() && view->waiting)
            return to_text(object) + " waits, and has messages";
          for (const Val& message : view->mailbox)
            log = Val::list([&] {
              std::vector<Val> all;
              for (std::uint64_t j = 0; j < log.list_size(); ++j)
                all.push_back(log.list_at(j));
              all.push_back(message);
              return all;
            }());
        }
      }
      std::map<std::uint64_t, std::uint64_t> last;  // of each node, of those sent straight
      for (std::uint64_t i = 0; i < log.list_size(); ++i) {
        const Val message = log.list_at(i);
        if (message == Val::str("read")) continue;
        ++counts.messages;
        if (++seen[to_text(message)] > 1)
          return "the message " + to_text(message) + " was taken twice";
        const bool is_ordered =
            message.list_at(0) == Val::str("straight") || message.list_at(0) == Val::str("posted");
        // One that was given up may come late.
        if (!is_ordered || has_killed_ || !answered.contains(to_text(message))) continue;
        const std::uint64_t node = message.list_at(1).as_nat();
        const std::uint64_t number = message.list_at(2).as_nat();
        if (const auto before = last.find(node); before != last.end() && before->second >= number)
          return fmt::format("{}: message {} of node {} came after {}", to_text(object), number,
                             node, before->second);
        last[node] = number;
      }
    }
  }
  if (has_killed_) return std::nullopt;
  for (const std::string& message : answered) {
    if (!seen.contains(message)) return "the message " + message + " was answered, and is nowhere";
  }
  return std::nullopt;
}

std::optional<std::string> Simulation::check_found() {
  for (const auto* objects : {&ledgers_, &inboxes_}) {
    for (const ObjectId object : *objects) {
      std::optional<std::string> first;
      for (std::size_t i = 0; i < node_count; ++i) {
        std::optional<std::string> answer;
        cluster_.node(i).core().call(object, Val::str("read"), [&](const Result<Val>& result) {
          answer = result ? to_text(*result) : result.error().text();
        });
        if (!cluster_.run_until([&] { return answer.has_value(); }, 60'000))
          return "a call to " + to_text(object) + " is not answered after all";
        if (!answer->starts_with("just")) {
          if (!can_be_lost(object)) return to_text(object) + " is not found: " + *answer;
          answer = "lost";
        }
        if (first && *first != *answer)
          return "nodes see " + to_text(object) + " differently: " + *first + " and " + *answer;
        first = answer;
      }
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> simulate(std::uint64_t seed, SimulationCounts& counts) {
  return Simulation(seed).run(counts);
}

std::string SimulationCounts::text() const {
  return fmt::format(
      "{} runs: {} programs, {} of them unreachable; {} messages taken, {} moves, {} requests sent "
      "again, {} frames; {} drops, {} cuts, {} kills, {} frames of garbage",
      runs, programs, unreachable, messages, moves, resent, frames, drops, cuts, kills, garbage);
}

}  // namespace avm::node::test
