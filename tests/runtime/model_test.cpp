// Random interleavings of transactions over a small store, against a model that copies everything.
//
// The model says of each line of each program what it must give, and of each commit whether it must
// conflict. What committed is then run again one after the other, which must give the same: this asks
// nothing of the model's rule for conflicts, and shows that the rule is right.

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/script.hpp"

using namespace avm;

namespace {

using Id = std::uint64_t;

// ─── what the programs do ───────────────────────────────────────────────────────────────────────

struct Hop {
  Id id;
  bool fails;
};

/// A line of a program, or a message from outside.
struct Command {
  enum class Kind {
    Begin,
    Commit,
    Abort,
    Read,
    Chain,
    Wait,
    Create,
    Destroy,
    Transfer,
    Look,
    Post
  };
  Kind kind;
  Id id = 0;
  std::string controller;  // empty: none
  std::vector<Hop> path;   // of Chain: each writes, calls the next, and then fails or not
  std::uint64_t number = 0;
};
using Kind = Command::Kind;

constexpr Id helper = 0;

constexpr auto helper_text = R"(
  %m = get_input
  %op = get %m, 0
  %is = eq %op, "call"
  br %is, call
  %is = eq %op, "destroy"
  br %is, destroy
  %is = eq %op, "transfer"
  br %is, transfer
  %is = eq %op, "create in"
  br %is, create_in
  %x = create_obj "cell"
  ret %x
create_in:
  %c = get %m, 1
  %x = create_obj "cell", %c
  ret %x
call:
  %id = get %m, 1
  %x = get %m, 2
  %x = call %id, %x
  ret %x
destroy:
  %id = get %m, 1
  %x = destroy_obj %id
  ret %x
transfer:
  %id = get %m, 1
  %c = get %m, 2
  %x = transfer_object %id, %c
  ret %x
)";

constexpr auto cell_text = R"(
  %m = get_input
  %op = get %m, 0
  %is = eq %op, "read"
  br %is, read
  %is = eq %op, "wait"
  br %is, wait
  %fails = get %m, 1
  %path = get %m, 2
  %v = get %m, 3
  set_state [%v]
  %n = len %path
  %is = eq %n, 0
  br %is, end
  %hop = get %path, 0
  %id = fst %hop
  %next = snd %hop
  %rest = slice %path, 1, %n
  %w = add %v, 1
  call %id, ["chain", %next, %rest, %w]
end:
  br %fails, bad
  ret %v
bad:
  reject %v
read:
  %s = get_state
  ret %s
wait:
  %x = receive reply "waiting"
  %x = unwrap %x
  set_state [%x]
  ret "woken"
)";

std::string object(Id id) { return "obj:" + std::to_string(id); }
std::string boolean(bool b) { return b ? "true" : "false"; }

std::string path_text(const std::vector<Hop>& path, std::size_t from) {
  std::string text = "[";
  for (std::size_t i = from; i < path.size(); ++i) {
    if (i > from) text += ", ";
    text += "(" + object(path[i].id) + ", " + boolean(path[i].fails) + ")";
  }
  return text + "]";
}

/// The message with which hop `at` of a chain is called.
std::string chain_text(const Command& command, std::size_t at) {
  return "[\"chain\", " + boolean(command.path[at].fails) + ", " + path_text(command.path, at + 1) +
         ", " + std::to_string(command.number + at) + "]";
}

std::string line_of(const Command& command) {
  const std::string to_helper = "%r = call obj:0, ";
  switch (command.kind) {
  case Kind::Begin:
    return "%t = begin_tx" + (command.controller.empty() ? "" : " \"" + command.controller + '"');
  case Kind::Commit: return "%r = commit_tx %t";
  case Kind::Abort: return "%r = abort_tx %t";
  case Kind::Read: return to_helper + "[\"call\", " + object(command.id) + ", [\"read\"]]";
  case Kind::Wait: return to_helper + "[\"call\", " + object(command.id) + ", [\"wait\"]]";
  case Kind::Chain:
    return to_helper + "[\"call\", " + object(command.path[0].id) + ", " + chain_text(command, 0) +
           "]";
  case Kind::Create:
    return to_helper + (command.controller.empty()
                            ? "[\"create\"]"
                            : "[\"create in\", \"" + command.controller + "\"]");
  case Kind::Destroy: return to_helper + "[\"destroy\", " + object(command.id) + "]";
  case Kind::Transfer:
    return to_helper + "[\"transfer\", " + object(command.id) + ", \"" + command.controller + "\"]";
  case Kind::Look: return "%r = get_controller " + object(command.id);
  case Kind::Post: break;
  }
  return "";
}

// ─── the model ──────────────────────────────────────────────────────────────────────────────────

struct Thing {
  bool exists = false;
  bool waits = false;
  std::string state = "[]";
  std::string controller;
  std::vector<std::string> mailbox;
};
using Things = std::map<Id, Thing>;

struct World1 {
  Things things;
  std::map<Id, std::uint64_t> changed_at;
  std::uint64_t version = 0;
  Id next_id = 0;
  int active = 0;

  void touch(Id id) { changed_at[id] = version; }
};

struct Failure1 {};  // an error was raised

/// An execution in the model.
class Player {
 public:
  explicit Player(World1& world) : world_(world) {}

  bool in_transaction() const { return tx_.has_value(); }
  /// In this replay each object made gets the next of these ids.
  void force_ids(std::vector<Id> ids) { forced_ = std::move(ids); }

  std::string play(const Command& command) {
    switch (command.kind) {
    case Kind::Begin:
      tx_.emplace();
      tx_->snapshot = tx_->now.view = world_.things;
      tx_->version = world_.version;
      tx_->controller = command.controller;
      ++world_.active;
      return "";
    case Kind::Commit: return boolean(commit());
    case Kind::Abort:
      tx_.reset();
      --world_.active;
      return "nothing";
    case Kind::Look: {
      const Thing* thing = look(command.id);
      if (thing == nullptr || thing->controller.empty()) return "nothing";
      return "just \"" + thing->controller + '"';
    }
    default: break;
    }
    const auto result = guarded(helper, [&] { return help(command); });
    return result ? "just " + *result : "nothing";
  }

  void wake(Id id, const std::string& message) {
    change(id).waits = false;
    change(id).state = "[" + message + "]";
  }

  /// Whether the transaction has anything to commit.
  bool has_changes() const {
    for (const Id id : tx_->now.written) {
      if (!tx_->now.created.contains(id) || tx_->now.view.at(id).exists) return true;
    }
    return !tx_->now.destroyed.empty();
  }

 private:
  // What a call that fails takes back.
  struct Undoable {
    Things view;
    std::set<Id> written;
    std::set<Id> mailbox_written;
    std::set<Id> created;
    std::set<Id> destroyed;
  };
  struct Tx {
    Undoable now;
    Things snapshot;
    std::uint64_t version;
    std::string controller;
    std::set<Id> read;
    std::set<Id> mailbox_read;
    std::map<Id, std::string> first_controller;
  };

  Things& things() { return tx_ ? tx_->now.view : world_.things; }

  Thing* look(Id id) {
    if (tx_) tx_->read.insert(id);
    const auto found = things().find(id);
    return found == things().end() || !found->second.exists ? nullptr : &found->second;
  }

  Thing& change(Id id) {
    if (tx_) {
      tx_->now.written.insert(id);
    } else {
      ++world_.version;
      world_.touch(id);
    }
    return things()[id];
  }

  void use(Id id, const std::string& controller) {
    if (!tx_) return;
    const std::string& first = tx_->first_controller.try_emplace(id, controller).first->second;
    if (first.empty()) return;
    if (tx_->controller.empty()) tx_->controller = first;
    if (first != tx_->controller) throw Failure1();
  }

  template <typename Body>
  std::optional<std::string> guarded(Id id, Body body) {
    const Thing* thing = look(id);
    if (thing == nullptr) throw Failure1();
    use(id, thing->controller);
    const std::optional<Undoable> before = tx_ ? std::optional(tx_->now) : std::nullopt;
    try {
      return body();
    } catch (const Failure1&) {
      if (before) tx_->now = *before;
      return std::nullopt;
    }
  }

  static std::string maybe(const std::optional<std::string>& text) {
    return text ? "just " + *text : "nothing";
  }

  std::string help(const Command& command) {
    switch (command.kind) {
    case Kind::Read: return maybe(guarded(command.id, [&] { return read(command.id); }));
    case Kind::Wait: return maybe(guarded(command.id, [&] { return wait(command.id); }));
    case Kind::Chain: return maybe(chain(command, 0));
    case Kind::Create: return create(command.controller);
    case Kind::Destroy: return destroy(command.id);
    case Kind::Transfer: {
      const Thing* thing = look(command.id);
      if (thing == nullptr) throw Failure1();
      use(command.id, thing->controller);
      change(command.id).controller = command.controller;
      return "true";
    }
    default: return "";
    }
  }

  std::optional<std::string> woken(Id id, const std::string& message) {
    if (!look(id)->waits) return std::nullopt;
    wake(id, message);
    return "\"woken\"";
  }

  std::string read(Id id) {
    if (auto result = woken(id, "[\"read\"]")) return *result;
    return look(id)->state;
  }

  std::string wait(Id id) {
    if (auto result = woken(id, "[\"wait\"]")) return *result;
    if (tx_) tx_->mailbox_read.insert(id);
    if (look(id)->mailbox.empty()) {
      change(id).waits = true;
      return "\"waiting\"";
    }
    if (tx_) tx_->now.mailbox_written.insert(id);
    Thing& thing = change(id);
    const std::string message = thing.mailbox.front();
    thing.mailbox.erase(thing.mailbox.begin());
    change(id).state = "[" + message + "]";
    return "\"woken\"";
  }

  std::optional<std::string> chain(const Command& command, std::size_t at) {
    const Id id = command.path[at].id;
    return guarded(id, [&] {
      if (auto result = woken(id, chain_text(command, at))) return *result;
      change(id).state = "[" + std::to_string(command.number + at) + "]";
      if (at + 1 < command.path.size()) chain(command, at + 1);
      if (command.path[at].fails) throw Failure1();
      return std::to_string(command.number + at);
    });
  }

  std::string create(const std::string& given) {
    const Id id = forced_.empty() ? world_.next_id++ : forced_.front();
    if (!forced_.empty()) forced_.erase(forced_.begin());
    const std::string controller = given.empty() && tx_ ? tx_->controller : given;
    use(id, controller);
    Thing& thing = change(id);
    thing.exists = true;
    thing.controller = controller;
    if (tx_) tx_->now.created.insert(id);
    return object(id);
  }

  std::string destroy(Id id) {
    const Thing* thing = look(id);
    if (thing == nullptr || (tx_ && tx_->now.destroyed.contains(id))) throw Failure1();
    use(id, thing->controller);
    if (!tx_) {
      change(id) = Thing();
    } else if (tx_->now.created.contains(id)) {
      tx_->now.view[id] = Thing();
    } else {
      tx_->now.destroyed.insert(id);
    }
    return "true";
  }

  bool conflicts() const {
    const bool has_written = has_changes();
    for (const Id id : tx_->read) {
      const auto changed = world_.changed_at.find(id);
      const bool is_changed = changed != world_.changed_at.end() && changed->second > tx_->version;
      const bool is_own = tx_->now.created.contains(id) && !tx_->mailbox_read.contains(id);
      const auto before = tx_->snapshot.find(id);
      const bool is_gone =
          before != tx_->snapshot.end() && before->second.exists && !world_.things.at(id).exists;
      if (has_written ? is_changed && !is_own : is_gone) return true;
    }
    return false;
  }

  bool commit() {
    const bool succeeds = !conflicts();
    if (succeeds && has_changes()) {
      ++world_.version;
      for (const Id id : tx_->now.written) {
        const Thing& thing = tx_->now.view.at(id);
        if (tx_->now.created.contains(id) && !thing.exists) continue;
        std::vector<std::string> mailbox = std::move(world_.things[id].mailbox);
        world_.things[id] = thing;
        if (!tx_->now.mailbox_written.contains(id)) world_.things[id].mailbox = std::move(mailbox);
        world_.touch(id);
      }
      for (const Id id : tx_->now.destroyed) {
        world_.things[id] = Thing();
        world_.touch(id);
      }
    }
    tx_.reset();
    --world_.active;
    return succeeds;
  }

  World1& world_;
  std::optional<Tx> tx_;
  std::vector<Id> forced_;
};

bool is_dropped(const World1& world, Id id) {
  const auto found = world.things.find(id);
  const bool exists = found != world.things.end() && found->second.exists;
  return !exists && id < world.next_id && world.active == 0;
}

void post(World1& world, const Command& command) {
  Thing& thing = world.things[command.id];
  if (thing.exists && thing.waits) {
    Player(world).wake(command.id, std::to_string(command.number));
    return;
  }
  thing.mailbox.push_back(std::to_string(command.number));
  ++world.version;
  world.touch(command.id);
}

std::string dump(const World1& world) {
  std::string text;
  for (const auto& [id, thing] : world.things) {
    if (!thing.exists || id == helper) continue;
    text += object(id) + " " + thing.state + " " + thing.controller + (thing.waits ? " waits" : "");
    for (const std::string& message : thing.mailbox)
      text += " " + message;
    text += "\n";
  }
  return text;
}

std::string dump(const test::ScriptMachine& machine) {
  std::string text;
  for_each_object(machine.world, [&](const ObjectView& view) {
    if (view.id.number == helper) return;
    text += to_text(view.id) + " " + to_text(view.state) + " " +
            (view.current_controller ? std::string(view.current_controller->name.as_str()) : "") +
            (view.waiting ? " waits" : "");
    for (const Val& message : view.mailbox)
      text += " " + to_text(message);
    text += "\n";
  });
  return text;
}

// ─── random programs ────────────────────────────────────────────────────────────────────────────

/// From `least` to below `end`, also in RapidCheck's first, small cases.
std::uint64_t random_number(std::uint64_t least, std::uint64_t end) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(least, end));
}

Id random_id() { return random_number(1, 8); }

std::string random_controller() {
  return *rc::gen::element<std::string>("", "", "", "alice", "bob");
}

Command random_command(bool in_transaction) {
  using rc::gen::weightedElement;
  Command command{};
  command.kind = in_transaction ? *weightedElement<Kind>({{3, Kind::Commit},
                                                          {1, Kind::Abort},
                                                          {3, Kind::Read},
                                                          {6, Kind::Chain},
                                                          {2, Kind::Wait},
                                                          {2, Kind::Create},
                                                          {1, Kind::Destroy},
                                                          {1, Kind::Transfer},
                                                          {1, Kind::Look},
                                                          {1, Kind::Post}})
                                : *weightedElement<Kind>({{8, Kind::Begin},
                                                          {1, Kind::Read},
                                                          {1, Kind::Chain},
                                                          {1, Kind::Wait},
                                                          {1, Kind::Create},
                                                          {1, Kind::Destroy},
                                                          {1, Kind::Transfer},
                                                          {1, Kind::Look},
                                                          {1, Kind::Post}});
  command.id = random_id();
  command.controller = random_controller();
  if (command.kind == Kind::Transfer && command.controller.empty()) command.controller = "carol";
  command.number = random_number(0, 1000);
  const auto hops = random_number(1, 5);
  for (std::uint64_t i = 0; i < hops; ++i)
    command.path.push_back({random_id(), *rc::gen::weightedElement<bool>({{3, false}, {1, true}})});
  return command;
}

/// What has to happen again, one after the other.
struct Unit {
  std::vector<Command> commands;
  std::vector<std::string> results;
  std::vector<Id> ids;   // of the objects that it made
  bool is_void = false;  // did not commit
};

void replay(const Things& at_first, const std::vector<Unit>& units, const std::string& expected) {
  World1 world;
  world.things = at_first;
  for (const Unit& unit : units) {
    if (unit.is_void) continue;
    Player player(world);
    player.force_ids(unit.ids);
    for (std::size_t i = 0; i < unit.commands.size(); ++i) {
      if (unit.commands[i].kind == Kind::Post) {
        post(world, unit.commands[i]);
      } else {
        RC_ASSERT(player.play(unit.commands[i]) == unit.results[i]);
      }
    }
  }
  RC_ASSERT(dump(world) == expected);
}

/// How many commits there were of each sort.
struct Seen {
  unsigned conflicts = 0;
  unsigned reads = 0;
  unsigned changes = 0;
};

void run_randomly(Seen& seen) {
  test::ScriptMachine machine;
  machine.behavior("helper", helper_text);
  machine.behavior("cell", cell_text);
  World1 world;
  std::vector<Unit> units;

  constexpr std::size_t players_count = 3;
  std::vector<Player> players(players_count, Player(world));
  std::vector<std::unique_ptr<test::ScriptExecution>> executions;
  std::vector<std::size_t> open_units(players_count);

  // The programs come as they are run: what is possible depends on what was done.
  const auto turns = random_number(0, 80);
  std::vector<std::pair<std::size_t, Command>> plan;
  std::vector<std::string> texts(players_count);
  std::vector<bool> in_transaction(players_count);
  for (std::size_t i = 0; i < turns; ++i) {
    const auto who = random_number(0, players_count);
    Command command = random_command(in_transaction[who]);
    if (command.kind == Kind::Begin) in_transaction[who] = true;
    if (command.kind == Kind::Commit || command.kind == Kind::Abort) in_transaction[who] = false;
    if (command.kind != Kind::Post) texts[who] += line_of(command) + "\n";
    plan.emplace_back(who, std::move(command));
  }
  for (const std::string& text : texts)
    executions.push_back(machine.start(text));

  machine.run("create_obj \"helper\" \n create_obj \"cell\" \n create_obj \"cell\", \"alice\"");
  for (const std::string controller : {"", "", "alice"}) {
    Thing thing;
    thing.exists = true;
    thing.controller = controller;
    world.things[world.next_id++] = thing;
  }
  const Things at_first = world.things;

  for (const auto& [who, command] : plan) {
    if (command.kind == Kind::Post) {
      const bool dropped = is_dropped(world, command.id);
      if (!dropped) {
        post(world, command);
        units.push_back({{command}, {""}, {}, false});
      }
      if (auto woken = machine.post(command.id, std::to_string(command.number))) woken->result();
      RC_ASSERT(dump(machine) == dump(world));
      continue;
    }
    Player& player = players[who];
    const Id made_before = world.next_id;
    // What changes nothing stands before all that happened since it began.
    const bool stays_first = command.kind == Kind::Commit && !player.has_changes();
    const bool was_in_transaction = player.in_transaction();
    const std::string expected = player.play(command);
    const std::string actual = executions[who]->run_program_line();
    RC_LOG() << who << ": " << line_of(command) << "  ->  " << actual << "\n";
    if (command.kind != Kind::Begin) RC_ASSERT(actual == expected);
    RC_ASSERT(dump(machine) == dump(world));

    if (!was_in_transaction) {
      open_units[who] = units.size();
      units.push_back({});
    }
    Unit& unit = units[open_units[who]];
    unit.commands.push_back(command);
    unit.results.push_back(expected);
    for (Id id = made_before; id < world.next_id; ++id)
      unit.ids.push_back(id);
    if (was_in_transaction && !player.in_transaction()) {
      const bool committed = command.kind == Kind::Commit && expected == "true";
      if (committed && !stays_first) units.push_back(unit);
      if (!committed || !stays_first) units[open_units[who]].is_void = true;
      seen.conflicts += command.kind == Kind::Commit && !committed;
      seen.reads += committed && stays_first;
      seen.changes += committed && !stays_first;
    }
  }
  for (std::size_t who = 0; who < players_count; ++who) {
    if (players[who].in_transaction()) units[open_units[who]].is_void = true;
  }
  replay(at_first, units, dump(world));
}

}  // namespace

TEST_CASE("Transactions do what the model says, and are serializable") {
  Seen seen;
  CHECK(rc::check([&] { run_randomly(seen); }));
  CHECK(seen.conflicts > 50);
  CHECK(seen.reads > 50);
  CHECK(seen.changes > 50);
}
