// What instructions ask of other machines, by a made-up transport, and what comes of the answers.
#include <catch2/catch.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "avm/heap.hpp"
#include "runtime/script.hpp"

using namespace avm;
using test::ScriptMachine;
using Status = Execution::Status;
using Strings = std::vector<std::string>;

namespace {

/// Knows objects from 100 on to be on `far`, and from 200 on to be on `cut`, which cannot be reached. What
/// it is asked is kept, and answered later if at all.
struct Network final : Transport {
  bool reachable(const MachineId& machine) const override { return machine.name.as_str() != "cut"; }
  std::optional<MachineId> locate(ObjectId object) const override {
    if (object.number < 100 || World::is_root(object)) return std::nullopt;
    return MachineId{Val::str(object.number < 200 ? "far" : "cut")};
  }
  Delivery ask(const MachineId& machine, Op op, std::span<const Val> arguments,
               ObjectId sender) override {
    std::string line(machine.name.as_str());
    line += ": " + std::string(op_info(op).name);
    for (const Val& argument : arguments)
      line += ' ' + to_text(argument);
    asked.push_back(line + " from " + to_text(sender));
    if (on_ask) on_ask();
    return delivery;
  }
  /// What it was asked since this was last looked at.
  Strings sent() { return std::exchange(asked, {}); }

  Delivery delivery = Delivery::Sent;
  std::function<void()> on_ask;
  Strings asked;
};

/// A machine on that network, with the behaviors
///   cell   [v]: puts v into its state; anything else: gives its state
///   does   carries out the line that it is made with
struct Networked : ScriptMachine {
  Networked() : Networked(std::make_unique<Network>()) {}
  explicit Networked(std::unique_ptr<Network> made) : ScriptMachine(*made), network(*made) {
    made_up = std::move(made);
    behavior("cell", R"(
      %m = get_input
      %k = kind %m
      %is_write = eq %k, "list"
      br %is_write, write
      %s = get_state
      ret %s
    write:
      set_state %m
      ret %m
    )");
  }
  /// Puts an object, or a replica on the own machine of one that lives on `far`, into the store.
  void put(std::uint64_t object, const std::string& name, bool is_replica = false) {
    const Place own = world.machines.number(world.machine);
    const Place home = is_replica ? world.machines.number({Val::str("far")}) : own;
    world.store.change({{object}, is_replica ? own : home_place},
                       [&](ObjectData& data, Version version) {
                         data.behavior = &code(name);
                         data.machine = home;
                         data.written_at = data.extras.own().fetched_at = version;
                       });
  }

  Network& network;
};

const std::string root = "obj:281474976710655";

/// An instruction about an object, which stands as `#` in it.
struct Asking {
  std::string line;  // with a result, where there is one, in %x
  std::string name;
  std::string answer;   // that makes sense
  Strings events;       // when it has come
  std::string missing;  // what comes of it where there is no such object
};

std::string about(const std::string& text, std::uint64_t object) {
  const auto at = text.find('#');
  if (at == std::string::npos) return text;
  return text.substr(0, at) + "obj:" + std::to_string(object) + text.substr(at + 1);
}

// Each that can be about an object elsewhere.
std::vector<Asking> askings() {
  return {
      {"call #, [5]",
       "call",
       "just [6]",
       {"ObjectCalled # [5] -> [6]"},
       "ObjError.NotFound: object # does not exist"},
      {"destroy_obj #",
       "destroy_obj",
       "true",
       {"ObjectDestroyed #"},
       "ObjError.NotFound: object # does not exist"},
      {"reflect #", "reflect", "just [1]", {}, "nothing"},
      {"get_machine #", "get_machine", "just \"far\"", {}, "nothing"},
      {"move_object #, \"third\"",
       "move_object",
       "true",
       {"ObjectMoved # far -> third"},
       "ObjError.NotFound: object # does not exist"},
      {"fetch #", "fetch", "true", {"ObjectFetched # local"}, "false"},
      {"get_controller #", "get_controller", "just \"alice\"", {}, "nothing"},
      {"transfer_object #, \"bob\"",
       "transfer_object",
       "true",
       {},
       "ControllerError.NotAvailable: object # is not available"},
      {"freeze #", "freeze", "just true", {}, "just false"},
  };
}

/// The request, as the network tells it.
std::string request(const Asking& asking, std::uint64_t object, const std::string& sender) {
  std::string text = about(asking.line, object);
  if (const auto comma = text.find(','); comma != std::string::npos) text.erase(comma, 1);
  return "far: " + text + " from " + sender;
}

std::string program(const Asking& asking, std::uint64_t object) {
  return "%x = " + about(asking.line, object) + " \n ret %x";
}

}  // namespace

// ─── asking ─────────────────────────────────────────────────────────────────────────────────────

TEST_CASE("Each instruction about an object asks where it is, and gives the answer") {
  const auto asking = GENERATE(from_range(askings()));
  CAPTURE(asking.line);
  Networked machine;
  auto execution = machine.start(program(asking, 100));
  CHECK(execution->run() == Status::Waiting);
  CHECK(machine.network.sent() == Strings{request(asking, 100, root)});
  // It waits, however it is told to go on, and takes no steps.
  CHECK(execution->run() == Status::Waiting);
  CHECK(execution->run(5) == Status::Waiting);
  CHECK(execution->step() == Status::Waiting);
  CHECK(execution->value() == nullptr);
  CHECK(execution->error() == nullptr);
  CHECK(execution->stats().steps == 1);
  CHECK(machine.network.sent().empty());
  CHECK(machine.events().empty());

  execution->deliver(test::value(asking.answer));
  CHECK(execution->status() == Status::Running);
  execution->deliver(Val::nat(99));  // nobody waits for it
  CHECK(execution->result() == asking.answer);
  CHECK(execution->stats().steps == 1);
  CHECK(execution->stats().calls == (asking.name == "call" ? 1 : 0));
  Strings events;
  for (const std::string& event : asking.events)
    events.push_back(about(event, 100));
  CHECK(machine.events() == events);
  execution->deliver(Val::nat(99));
  CHECK(to_text(*execution->value()) == asking.answer);
  CHECK(machine.world.store.version() == 0);
}

TEST_CASE("The answer that there is no such object logs nothing") {
  Networked machine;
  auto execution = machine.start("%x = fetch obj:100 \n ret %x");
  execution->run();
  execution->deliver(Val::boolean(false));
  CHECK(execution->result() == "false");
  CHECK(machine.events().empty());
}

TEST_CASE("The object that asks is the sender, and not the program") {
  const auto asking = GENERATE(from_range(askings()));
  CAPTURE(asking.line);
  Networked machine;
  machine.behavior("asks", program(asking, 100));
  auto execution = machine.start("%a = create_obj \"asks\" \n %x = call %a, 0 \n ret %x");
  CHECK(execution->run() == Status::Waiting);
  CHECK(machine.network.sent() == Strings{request(asking, 100, "obj:0")});
  execution->deliver(test::value(asking.answer));
  CHECK(execution->result() == "just " + asking.answer);
}

TEST_CASE("An error for an answer is raised where the instruction stands") {
  const auto asking = GENERATE(from_range(askings()));
  CAPTURE(asking.line);
  const Error error(ErrorCode::MachineError_Unreachable, Val::str("far"));
  Networked machine;
  SECTION("in a program, which ends") {
    auto execution = machine.start(program(asking, 100));
    execution->run();
    execution->deliver(std::unexpected(error));
    CHECK(execution->result() == error.text());
    CHECK(machine.events() == Strings{"ErrorOccurred " + error.text()});
  }
  SECTION("in a behavior, whose call gives nothing") {
    machine.behavior("asks", program(asking, 100));
    machine.put(1, "asks");
    auto execution = machine.start("%x = call obj:1, 0 \n %y = call obj:1, 0 \n ret [%x, %y]");
    execution->run();
    execution->deliver(std::unexpected(error));
    CHECK(execution->run() == Status::Waiting);
    execution->deliver(test::value(asking.answer));
    CHECK(execution->result() == "[nothing, just " + asking.answer + "]");
    CHECK(machine.events()[1] == "ObjectCalled obj:1 0 -> failed");
  }
  SECTION("a limit that is reached there ends all") {
    machine.behavior("asks", program(asking, 100));
    machine.put(1, "asks");
    auto execution = machine.start("%x = call obj:1, 0 \n ret %x");
    execution->run();
    execution->deliver(std::unexpected(Error(ErrorCode::ResourceError_Steps, Val::nat(5))));
    CHECK(execution->result() == "ResourceError.Steps: the limit of 5 steps is reached");
  }
}

TEST_CASE("Where the transport has seen to it, the instruction carries on by itself") {
  const auto asking = GENERATE(from_range(askings()));
  CAPTURE(asking.line);
  Networked machine;
  machine.network.delivery = Delivery::Here;
  CHECK(machine.run(program(asking, 100)) == about(asking.missing, 100));
  CHECK(machine.network.sent() == Strings{request(asking, 100, root)});
}

TEST_CASE("Of what no machine has nobody is asked") {
  const auto asking = GENERATE(from_range(askings()));
  const bool in_transaction = GENERATE(false, true);
  CAPTURE(asking.line, in_transaction);
  Networked machine;
  const bool is_refused = in_transaction && (asking.name == "move_object" ||
                                             asking.name == "fetch" || asking.name == "freeze");
  CHECK(machine.run((in_transaction ? "begin_tx \n" : "") + program(asking, 9)) ==
        (is_refused
             ? "TxError.InvalidDuringTx: " + asking.name + " is not possible inside a transaction"
             : about(asking.missing, 9)));
  CHECK(machine.network.sent().empty());
}

TEST_CASE("A machine that cannot be reached is not asked") {
  const auto asking = GENERATE(from_range(askings()));
  CAPTURE(asking.line);
  Networked machine;
  CHECK(machine.run(program(asking, 200)) ==
        "MachineError.Unreachable: machine cut cannot be reached");
  CHECK(machine.network.sent().empty());
}

TEST_CASE("Inside a transaction no other machine is asked") {
  const auto asking = GENERATE(from_range(askings()));
  // That it is in a transaction comes before that it cannot be reached.
  const std::uint64_t object = GENERATE(as<std::uint64_t>{}, 100, 200);
  CAPTURE(asking.line, object);
  Networked machine;
  const std::string refused =
      "TxError.InvalidDuringTx: " + asking.name + " is not possible inside a transaction";
  SECTION("by the one who began it") {
    CHECK(machine.run("begin_tx \n" + program(asking, object)) == refused);
  }
  SECTION("by an object that is called inside") {
    machine.behavior("asks", program(asking, object));
    machine.put(1, "asks");
    CHECK(machine.run("%t = begin_tx \n %x = call obj:1, 0 \n %ok = commit_tx %t \n "
                      "ret [%x, %ok]") == "[nothing, true]");
    CHECK(machine.events()[1] == "ErrorOccurred " + refused);
  }
  CHECK(machine.network.sent().empty());
  CHECK(machine.run("%t = begin_tx \n abort_tx %t \n ret 1") == "1");
  CHECK_FALSE(machine.world.store.has_snapshots());
}

TEST_CASE("What is wrong with the operands comes before anybody is asked") {
  Networked machine;
  CHECK(machine.run("move_object obj:100, 1") ==
        "PureError.TypeMismatch: move_object wants str, got nat");
  CHECK(machine.run("%x = move_object obj:9, \"cut\"") ==
        "ObjError.NotFound: object obj:9 does not exist");
  machine.put(1, "cell");
  CHECK(machine.run("%x = move_object obj:1, \"cut\"") ==
        "MachineError.Unreachable: machine cut cannot be reached");
  CHECK(machine.network.sent().empty());
}

TEST_CASE("An execution that waits can be given up") {
  Networked machine;
  machine.behavior("asks", "%l = get_input \n %x = call obj:100, %l \n ret %x");
  machine.put(1, "asks");
  CountedTrace trace;
  const std::size_t before = heap::bytes_in_use();
  {
    auto execution =
        machine.start("%x = call obj:1, [[1], [2]] \n ret %x", Val::nothing(), {.trace = &trace});
    CHECK(execution->run() == Status::Waiting);
    CHECK(heap::bytes_in_use() > before);
  }
  CHECK(machine.network.sent() == Strings{"far: call obj:100 [[1], [2]] from obj:1"});
  CHECK(heap::bytes_in_use() == before);
}

TEST_CASE("Several executions wait at once, and go on in any order") {
  Networked machine;
  machine.behavior("asks", "%m = get_input \n %x = call obj:100, %m \n ret %x");
  machine.put(1, "asks");
  std::vector<std::unique_ptr<test::ScriptExecution>> executions;
  for (int i = 0; i < 5; ++i) {
    executions.push_back(machine.start("%x = call obj:1, " + std::to_string(i) + " \n ret %x"));
    CHECK(executions.back()->run() == Status::Waiting);
  }
  for (const std::size_t i : {3U, 0U, 4U, 1U, 2U}) {
    executions[i]->deliver(Val::just(Val::nat(10 * i)));
    CHECK(executions[i]->result() == "just just " + std::to_string(10 * i));
  }
}

// ─── teleport ───────────────────────────────────────────────────────────────────────────────────

TEST_CASE("A program that has gone to another machine ends with what it gives there") {
  Networked machine;
  auto execution = machine.start("%ok = teleport \"far\" \n ret \"not here\"");
  CHECK(execution->run() == Status::Waiting);
  CHECK(machine.network.sent() == Strings{"far: teleport \"far\" from " + root});
  REQUIRE(execution->requested().size() == 1);
  CHECK(to_text(execution->requested()[0]) == "\"far\"");
  SECTION("a value") {
    execution->deliver(test::value("[1, 2]"));
    CHECK(execution->status() == Status::Done);
    CHECK(execution->result() == "[1, 2]");
    CHECK(machine.events().empty());
  }
  SECTION("an error") {
    execution->deliver(
        std::unexpected(Error(ErrorCode::MachineError_InvalidTransfer, Val::str("far"),
                              Val::str("it does not know the program"))));
    CHECK(execution->result() ==
          "MachineError.InvalidTransfer: cannot transfer to machine far: it does not know the "
          "program");
  }
  execution->deliver(Val::nat(7));
  CHECK(execution->status() != Status::Running);
}

TEST_CASE("To teleport to the own machine asks nobody") {
  Networked machine;
  CHECK(machine.run("%ok = teleport \"local\" \n ret %ok") == "true");
  CHECK(machine.network.sent().empty());
  CHECK(machine.events() == Strings{"ExecutionMoved local -> local"});
  CHECK(machine.run("begin_tx \n teleport \"far\"").starts_with("MachineError.TeleportDuringTx"));
  CHECK(machine.network.sent().empty());
}

// ─── what the own machine is asked ──────────────────────────────────────────────────────────────

TEST_CASE("The own machine is asked before replicas are looked at") {
  Networked machine;
  machine.put(1, "cell");
  CHECK(machine.run("transfer_object obj:1, \"alice\"") == "nothing");
  machine.events();
  SECTION("and lets it carry on") {
    machine.network.delivery = Delivery::Here;
    CHECK(machine.run("%x = freeze obj:1 \n ret %x") == "just true");
    CHECK(machine.network.sent() == Strings{"local: freeze obj:1 from " + root});
  }
  SECTION("and says later what comes of it") {
    auto execution = machine.start("%x = freeze obj:1 \n ret %x");
    CHECK(execution->run() == Status::Waiting);
    execution->deliver(
        std::unexpected(Error(ErrorCode::ControllerError_FreezeFailed, Val::object({1}))));
    CHECK(execution->result() == "ControllerError.FreezeFailed: object obj:1 cannot be frozen");
  }
  SECTION("and repeats it") {
    auto execution = machine.start("%x = freeze obj:1 \n ret %x");
    CHECK(execution->run() == Status::Waiting);
    machine.network.delivery = Delivery::Here;
    execution->repeat();
    CHECK(execution->result() == "just true");
    CHECK(machine.events() == Strings{"ObjectFrozen obj:1 alice"});
  }
  SECTION("but not about one without a controller") {
    machine.put(2, "cell");
    CHECK(machine.run("%x = freeze obj:2 \n ret %x") == "nothing");
    CHECK(machine.network.sent().empty());
  }
}

TEST_CASE("A call to an object of this store asks the transport only where there are detours") {
  Networked machine;
  machine.put(1, "cell");
  const std::string program = "%x = call obj:1, [5] \n ret %x";
  CHECK(machine.run(program) == "just [5]");
  CHECK(machine.network.sent().empty());

  machine.world.has_detours = true;
  SECTION("which knows of none for this one") {
    machine.network.delivery = Delivery::Here;
    CHECK(machine.run(program) == "just [5]");
    CHECK(machine.network.sent() == Strings{"local: call obj:1 [5] from " + root});
  }
  SECTION("and answers later") {
    auto execution = machine.start(program);
    CHECK(execution->run() == Status::Waiting);
    execution->deliver(Val::just(Val::nat(8)));
    CHECK(execution->result() == "just 8");
    CHECK(execution->stats().calls == 1);
  }
  SECTION("and may have changed the object meanwhile") {
    machine.network.delivery = Delivery::Here;
    machine.behavior("other", "ret \"other\"");
    machine.network.on_ask = [&] { machine.put(1, "other"); };
    CHECK(machine.run(program) == "just \"other\"");
  }
  SECTION("and not inside a transaction") {
    CHECK(machine.run("%t = begin_tx \n %x = call obj:1, [6] \n %ok = commit_tx %t \n "
                      "ret [%x, %ok]") == "[just [6], true]");
    CHECK(machine.network.sent().empty());
  }
  SECTION("and not about what cannot be used") {
    machine.run("transfer_object obj:1, \"alice\"");
    CHECK(machine.run("begin_tx \"bob\" \n" + program).starts_with("ControllerError"));
    CHECK(machine.network.sent().empty());
  }
}

// ─── repeating ──────────────────────────────────────────────────────────────────────────────────

TEST_CASE("An instruction that waits is repeated, which is no step") {
  Networked machine;
  auto execution = machine.start("%x = call obj:100, [5] \n %y = len [1, 2] \n ret [%x, %y]");
  execution->repeat();  // it does not wait
  CHECK(machine.network.sent().empty());
  CHECK(execution->run() == Status::Waiting);
  CHECK(machine.network.sent() == Strings{"far: call obj:100 [5] from " + root});
  SECTION("it asks again") {
    execution->repeat();
    CHECK(execution->status() == Status::Waiting);
    CHECK(machine.network.sent() == Strings{"far: call obj:100 [5] from " + root});
    execution->deliver(test::value("just 1"));
    CHECK(execution->result() == "[just 1, 2]");
  }
  SECTION("the object has come meanwhile") {
    machine.put(100, "cell");
    execution->repeat();
    CHECK(execution->status() == Status::Running);
    CHECK(machine.network.sent().empty());
    CHECK(execution->result() == "[just [5], 2]");
    CHECK(machine.events() == Strings{"StateUpdated obj:100", "ObjectCalled obj:100 [5] -> [5]"});
    CHECK(execution->stats().steps == 3);  // call, and the cell's get_input and set_state
  }
  SECTION("a replica has come meanwhile") {
    machine.put(100, "cell", true);
    execution->repeat();
    CHECK(execution->result() == "[just [5], 2]");
  }
  SECTION("the object is gone meanwhile") {
    machine.network.delivery = Delivery::Here;
    execution->repeat();
    CHECK(execution->result() == "ObjError.NotFound: object obj:100 does not exist");
    machine.network.sent();
  }
  execution->repeat();  // it has ended
  CHECK(machine.network.sent().empty());
}

TEST_CASE("Each instruction that asks can be repeated once the object is here") {
  const auto asking = GENERATE(from_range(askings()));
  CAPTURE(asking.line);
  // As it would be without having asked.
  std::string wanted;
  Strings events;
  {
    Networked machine;
    machine.put(100, "cell");
    machine.network.delivery = Delivery::Here;
    wanted = machine.run(program(asking, 100));
    events = machine.events();
  }
  Networked machine;
  auto execution = machine.start(program(asking, 100));
  CHECK(execution->run() == Status::Waiting);
  machine.put(100, "cell");
  machine.network.delivery = Delivery::Here;
  execution->repeat();
  CHECK(execution->result() == wanted);
  CHECK(machine.events() == events);
}

TEST_CASE("Repeating that finds no memory ends the execution, and the store is as it was") {
  unsigned failures = 0;
  for (std::size_t spare = 0;; spare += 16) {
    Networked machine;
    const std::size_t limit = heap::bytes_in_use() + 1'000'000;
    auto execution = machine.start("%x = destroy_obj obj:100 \n ret %x", Val::nothing(),
                                   {.limits = {.memory = limit}});
    REQUIRE(execution->run() == Status::Waiting);
    machine.put(100, "cell");
    machine.put(100, "cell", true);
    // Others on the same heap take what is left.
    const std::size_t taken = limit - heap::bytes_in_use() - spare;
    void* const block = heap::allocate(taken);
    execution->repeat();
    heap::release(block, taken);
    if (execution->status() == Status::Running) {
      CHECK(execution->result() == "true");
      CHECK_FALSE(machine.world.store.has_replicas());
      break;
    }
    ++failures;
    if (execution->result() != Error(ErrorCode::ResourceError_Memory, Val::nat(limit)).text())
      FAIL(execution->result());
    if (!machine.world.store.has_replicas() || machine.world.store.object_count() != 1)
      FAIL("changed");
  }
  CHECK(failures > 0);
}

// ─── replicas without a home ────────────────────────────────────────────────────────────────────

TEST_CASE("A replica serves calls without its home") {
  Networked machine;
  machine.behavior("waits", "%m = receive reply \"waiting\" \n ret %m");
  machine.put(100, "cell", true);
  machine.put(101, "waits", true);
  SECTION("state and what waits are its own") {
    CHECK(machine.run(R"(
      %a = call obj:100, [1]
      %b = call obj:100, 0
      %c = call obj:101, 2
      %d = call obj:101, 3
      ret [%a, %b, %c, %d]
    )") == R"([just [1], just [1], just "waiting", just just 3])");
    CHECK(machine.world.store.object_count() == 0);
    CHECK(machine.dump().empty());
  }
  SECTION("in a transaction too") {
    CHECK(machine.run(R"(
      %t = begin_tx
      call obj:100, [1]
      call obj:101, 2
      abort_tx %t
      %t = begin_tx
      %a = call obj:100, 0
      call obj:100, [4]
      %b = call obj:101, 3
      %ok = commit_tx %t
      %c = call obj:100, 0
      %d = call obj:101, 5
      ret [%a, %b, %ok, %c, %d]
    )") == R"([just [], just "waiting", true, just [4], just just 5])");
  }
  SECTION("it is fetched already") {
    CHECK(machine.run("%x = fetch obj:100 \n ret %x") == "true");
    CHECK(machine.events().empty());
  }
  SECTION("with messages for its home in between") {
    machine.behavior("reader", "%m = receive reply \"empty\" \n ret %m");
    machine.put(102, "reader", true);
    machine.post(102, "7");
    CHECK(machine.run("%x = call obj:102, 0 \n ret %x") == "just \"empty\"");
  }
  SECTION("and another machine's is not seen from here") {
    machine.world.store.change(
        {{103}, machine.world.machines.number({Val::str("third")})},
        [&](ObjectData& data, Version) { data.behavior = &machine.code("cell"); });
    auto execution = machine.start("%x = call obj:103, 0 \n ret %x");
    CHECK(execution->run() == Status::Waiting);
    CHECK(machine.network.sent() == Strings{"far: call obj:103 0 from " + root});
    return;
  }
  CHECK(machine.network.sent().empty());
}

TEST_CASE("A replica that does not know where its home is serves calls all the same") {
  Networked machine;
  machine.put(100, "cell", true);
  machine.world.store.change({{100}, machine.world.machines.number(machine.world.machine)},
                             [](ObjectData& data, Version) { data.machine = 0; });
  CHECK(machine.run("%x = call obj:100, [1] \n %y = fetch obj:100 \n ret [%x, %y]") ==
        "[just [1], true]");
}

TEST_CASE("What is read and decided at home is asked for there, whatever the replica says") {
  const auto asking = GENERATE(from_range(askings()));
  if (asking.name == "call" || asking.name == "fetch") return;
  CAPTURE(asking.line);
  Networked machine;
  machine.put(100, "cell", true);
  SECTION("outside a transaction") {
    auto execution = machine.start(program(asking, 100));
    CHECK(execution->run() == Status::Waiting);
    CHECK(machine.network.sent() == Strings{request(asking, 100, root)});
    execution->deliver(test::value(asking.answer));
    CHECK(execution->result() == asking.answer);
  }
  SECTION("but not inside one") {
    CHECK(machine.run("begin_tx \n" + program(asking, 100)) ==
          "TxError.InvalidDuringTx: " + asking.name + " is not possible inside a transaction");
    CHECK(machine.network.sent().empty());
  }
  SECTION("and where nobody knows of a home the object is missing") {
    machine.put(9, "cell", true);
    CHECK(machine.run(program(asking, 9)) == about(asking.missing, 9));
    CHECK(machine.network.sent().empty());
  }
}

TEST_CASE("Replicas without a home are none of the objects that are looked at") {
  Networked machine;
  machine.pure("all", 1, [](auto) -> Result<Val> { return Val::boolean(true); });
  machine.pure("deep", 3, [](auto) -> Result<Val> { return Val::boolean(true); });
  machine.put(100, "cell", true);
  machine.put(1, "cell");
  const std::string begin = GENERATE("", "begin_tx \n");
  CHECK(machine.run(begin + "%x = scry_meta all \n ret %x") ==
        R"([[obj:1, [obj:1, "local", nothing, nothing]]])");
  CHECK(machine.run(begin + "%x = scry_deep deep \n %n = len %x \n ret %n") == "1");
}

TEST_CASE("A change of a replica without a home is a conflict for who used it") {
  Networked machine;
  machine.put(100, "cell", true);
  auto transaction =
      machine.start("%t = begin_tx \n call obj:100, [1] \n %ok = commit_tx %t \n ret %ok");
  transaction->step();
  transaction->step();
  machine.run("call obj:100, [2]");
  CHECK(transaction->result() == "false");
  CHECK(machine.run("%x = call obj:100, 0 \n ret %x") == "just [2]");
}
