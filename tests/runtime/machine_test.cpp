#include <catch2/catch.hpp>

#include "runtime/script.hpp"

using namespace avm;
using test::ScriptMachine;
using Strings = std::vector<std::string>;

namespace {

/// A machine `local` with `far` and `away` beside it, and the behaviors
///   cell   [v]: puts v into its state; anything else: gives its state and machine
///   waits  waits, and gives what it was woken with
struct Machines3 : ScriptMachine {
  Machines3() : ScriptMachine({"far", "away"}) {
    behavior("cell", R"(
      %m = get_input
      %k = kind %m
      %is_write = eq %k, "list"
      br %is_write, write
      %s = get_state
      %here = get_current_machine
      ret [%s, %here]
    write:
      set_state %m
      ret %m
    )");
    behavior("waits", "%m = receive reply \"waiting\" \n %m = unwrap %m \n ret %m");
  }
};

const std::string unreachable = "MachineError.Unreachable: machine nowhere cannot be reached";

}  // namespace

TEST_CASE("get_machine") {
  Machines3 machine;
  CHECK(machine.run(R"(
    %a = create_obj "cell"
    %x = get_machine %a
    move_object %a, "far"
    %y = get_machine %a
    %z = get_machine obj:9
    begin_tx
    %b = create_obj "cell"
    %w = get_machine %b
    ret [%x, %y, %z, %w]
  )") == R"([just "local", just "far", nothing, just "local"])");
}

TEST_CASE("teleport moves the execution, and what it makes then lives there") {
  Machines3 machine;
  CHECK(machine.run(R"(
    %ok = teleport "far"
    %here = get_current_machine
    %a = create_obj "cell"
    %where = get_machine %a
    %again = teleport "far"
    teleport "local"
    ret [%ok, %here, %where, %again]
  )") == R"([true, "far", just "far", true])");
  CHECK(machine.events() == Strings{"ExecutionMoved local -> far", "ObjectCreated obj:0 cell",
                                    "ExecutionMoved far -> far", "ExecutionMoved far -> local"});
  CHECK(machine.run("teleport \"nowhere\"") == unreachable);
}

TEST_CASE("Only the program's own activation can teleport") {
  Machines3 machine;
  machine.behavior("jumper", "%m = get_input \n teleport %m");
  machine.run("%a = create_obj \"jumper\" \n call %a, \"far\" \n call %a, \"nowhere\"");
  CHECK(machine.events() ==
        Strings{"ObjectCreated obj:0 jumper",
                "ErrorOccurred MachineError.InvalidTransfer: cannot transfer to machine far: calls "
                "are under way",
                R"(ObjectCalled obj:0 "far" -> failed)", "ErrorOccurred " + unreachable,
                R"(ObjectCalled obj:0 "nowhere" -> failed)"});
  machine.behavior("wakes", "receive \n teleport \"far\"");
  machine.run("%a = create_obj \"wakes\" \n call %a, 0");
  CHECK(machine.post(1, "1")->result() ==
        "MachineError.InvalidTransfer: cannot transfer to machine far: calls are under way");
}

TEST_CASE("move_object takes state, mailbox and what waits along") {
  Machines3 machine;
  machine.run(
      "%a = create_obj \"cell\" \n call %a, [1] \n %w = create_obj \"waits\" \n call %w, 0");
  machine.post(0, "5");
  machine.events();
  CHECK(machine.run(R"(
    %x = move_object obj:0, "far"
    %y = move_object obj:0, "far"
    %z = move_object obj:1, "away"
    %read = call obj:0, 0
    %woken = call obj:1, 7
    ret [%x, %y, %z, %read, %woken]
  )") == R"([true, true, true, just [[1], "far"], just 7])");
  CHECK(machine.events() ==
        Strings{"ObjectMoved obj:0 local -> far", "ObjectMoved obj:0 far -> far",
                "ObjectMoved obj:1 local -> away", R"(ObjectCalled obj:0 0 -> [[1], "far"])",
                "MessageReceived obj:1 7", "ObjectCalled obj:1 7 -> 7"});
  CHECK(machine.field(0, "machine") == "\"far\"");
  CHECK(machine.field(0, "mailbox") == R"([{"Nat":5}])");
  CHECK(machine.run("move_object obj:9, \"nowhere\"") ==
        "ObjError.NotFound: object obj:9 does not exist");
  CHECK(machine.run("move_object obj:0, \"nowhere\"") == unreachable);
}

TEST_CASE("A call to an object elsewhere runs there, and what it makes lives there") {
  Machines3 machine;
  machine.behavior("maker", "%a = create_obj \"cell\" \n %here = get_current_machine \n "
                            "%where = get_machine %a \n ret [%here, %where]");
  CHECK(machine.run(R"(
    %m = create_obj "maker"
    move_object %m, "far"
    %x = call %m, 0
    %here = get_current_machine
    ret [%x, %here]
  )") == R"([just ["far", just "far"], "local"])");
}

TEST_CASE("A woken object runs on its machine") {
  Machines3 machine;
  machine.behavior("where", "receive \n %m = get_current_machine \n set_state [%m]");
  machine.run("%a = create_obj \"where\" \n move_object %a, \"far\" \n call %a, 0");
  CHECK(machine.post(0, "1")->result() == "nothing");
  CHECK(machine.field(0, "state") == R"({"List":[{"Str":"far"}]})");
}

// ─── replicas ───────────────────────────────────────────────────────────────────────────────────

TEST_CASE("Calls run on the replica that was fetched, and its changes stay there until freeze") {
  Machines3 machine;
  CHECK(machine.run(R"(
    %a = create_obj "cell", "alice"
    call %a, ["home"]
    move_object %a, "far"
    %f = fetch %a
    %again = fetch %a
    %before = call %a, 0
    call %a, ["replica"]
    %here = call %a, 0
    teleport "far"
    %at_home = call %a, 0
    %no_need = fetch %a
    %where = get_machine %a
    teleport "local"
    %frozen = freeze %a
    %after = call %a, 0
    ret [%f, %again, %before, %here, %at_home, %no_need, %where, %frozen, %after]
  )") == R"([true, true, just [["home"], "local"], just [["replica"], "local"], )"
         R"(just [["home"], "far"], true, just "far", just true, just [["replica"], "far"]])");
  CHECK(machine.trace.count("ObjectFetched") == 1);
  CHECK(machine.trace.count("ObjectFrozen") == 1);
  CHECK_FALSE(machine.world.store.has_replicas());
}

TEST_CASE("fetch of what does not exist") {
  Machines3 machine;
  CHECK(machine.run("%x = fetch obj:0 \n ret %x") == "false");
  CHECK(machine.events().empty());
}

TEST_CASE("freeze without replicas, without a controller, without an object") {
  Machines3 machine;
  CHECK(machine.run(R"(
    %a = create_obj "cell", "alice"
    %b = create_obj "cell"
    %x = freeze %a
    %y = freeze %b
    %z = freeze obj:9
    ret [%x, %y, %z]
  )") == "[just true, nothing, just false]");
  CHECK(machine.events() == Strings{"ObjectCreated obj:0 cell", "ObjectCreated obj:1 cell",
                                    "ObjectFrozen obj:0 alice"});
}

TEST_CASE("freeze takes the one copy that was written since it was fetched") {
  Machines3 machine;
  const std::string setup = R"(
    %a = create_obj "cell", "alice"
    call %a, ["first"]
    move_object %a, "far"
    fetch %a
    teleport "away"
    fetch %a
  )";
  // From here the execution is on `away`; `local` has a replica too, and `far` is the home.
  const std::string finish = R"(
    %f = freeze %a
    teleport "far"
    %home = call %a, 0
    teleport "local"
    %other = call %a, 0
    ret [%f, %home, %other]
  )";
  const std::string not_consistent =
      "ControllerError.NotConsistent: the replicas of object obj:0 have diverged";
  SECTION("none was") {
    CHECK(machine.run(setup + finish) ==
          R"([just true, just [["first"], "far"], just [["first"], "far"]])");
  }
  SECTION("this replica") {
    CHECK(machine.run(setup + "call %a, [\"away\"]" + finish) ==
          R"([just true, just [["away"], "far"], just [["away"], "far"]])");
  }
  SECTION("an equal value counts") {
    CHECK(machine.run(setup + "call %a, [\"first\"] \n teleport \"far\" \n call %a, [\"first\"]" +
                      finish) == not_consistent);
  }
  SECTION("the other replica") {
    CHECK(machine.run(setup + "teleport \"local\" \n call %a, [\"local\"]" + finish) ==
          R"([just true, just [["local"], "far"], just [["local"], "far"]])");
  }
  SECTION("the home") {
    CHECK(machine.run(setup + "teleport \"far\" \n call %a, [\"far\"]" + finish) ==
          R"([just true, just [["far"], "far"], just [["far"], "far"]])");
  }
  SECTION("two replicas") {
    CHECK(machine.run(setup + "call %a, [1] \n teleport \"local\" \n call %a, [2]" + finish) ==
          not_consistent);
  }
  SECTION("a replica and the home: nothing is changed") {
    machine.run(setup + "call %a, [1] \n teleport \"far\" \n call %a, [2]");
    CHECK(machine.run("freeze obj:0") == not_consistent);
    CHECK(machine.run(R"(
      %local = call obj:0, 0
      teleport "far"
      %far = call obj:0, 0
      teleport "away"
      %away = call obj:0, 0
      ret [%local, %far, %away]
    )") == R"([just [["first"], "local"], just [[2], "far"], just [[1], "away"]])");
  }
  SECTION("a replica that was fetched after the home was written") {
    CHECK(machine.run(R"(
      %a = create_obj "cell", "alice"
      move_object %a, "far"
      fetch %a
      teleport "far"
      call %a, ["home"]
      teleport "away"
      fetch %a
      call %a, ["away"]
    )" + finish) == R"([just true, just [["away"], "far"], just [["away"], "far"]])");
  }
}

TEST_CASE("What waits on a replica is its own, until freeze") {
  Machines3 machine;
  CHECK(machine.run(R"(
    %a = create_obj "waits", "alice"
    call %a, 0
    move_object %a, "far"
    fetch %a
    %here = call %a, "here"
    %start = call %a, 0
    teleport "far"
    %there = call %a, "there"
    ret [%here, %start, %there]
  )") == R"([just "here", just "waiting", just "there"])");
  machine.run("freeze obj:0");
  CHECK(machine.events().back() ==
        "ErrorOccurred ControllerError.NotConsistent: the replicas of object obj:0 have diverged");
}

TEST_CASE("A replica's mailbox is empty: messages come to the home") {
  Machines3 machine;
  machine.behavior("reader", "%m = receive reply \"empty\" \n ret %m");
  machine.run("%a = create_obj \"reader\", \"alice\" \n move_object %a, \"far\"");
  machine.post(0, "1");
  CHECK(machine.run("fetch obj:0 \n %x = call obj:0, 0 \n teleport \"far\" \n %y = call obj:0, 0 \n"
                    "ret [%x, %y]") == R"([just "empty", just just 1])");
  // The replica's waiting activation comes home beside a message that is there already. Whoever posts
  // next wakes it with the first of them.
  machine.post(0, "2");
  machine.run("freeze obj:0");
  CHECK(machine.field(0, "waiting") == "true");
  machine.events();
  CHECK(machine.post(0, "3")->result() == "nothing");
  CHECK(machine.events() == Strings{"MessageReceived obj:0 2"});
  CHECK(machine.field(0, "mailbox") == R"([{"Nat":3}])");
}

TEST_CASE("Controller and place of a replica are read at home; destroying takes it along") {
  Machines3 machine;
  CHECK(machine.run(R"(
    %a = create_obj "cell", "alice"
    move_object %a, "far"
    fetch %a
    transfer_object %a, "bob"
    move_object %a, "away"
    %c = get_controller %a
    %m = get_machine %a
    destroy_obj %a
    %gone = get_machine %a
    ret [%c, %m, %gone]
  )") == R"([just "bob", just "away", nothing])");
  CHECK_FALSE(machine.world.store.has_replicas());
  CHECK(machine.run("call obj:0, 0") == "ObjError.NotFound: object obj:0 does not exist");
}

TEST_CASE("A replica in a transaction") {
  Machines3 machine;
  machine.run("%a = create_obj \"cell\", \"alice\" \n move_object %a, \"far\" \n fetch %a");
  SECTION("a call on it is no call to another machine") {
    CHECK(machine.run(R"(
      %t = begin_tx
      call obj:0, [1]
      %x = call obj:0, 0
      %ok = commit_tx %t
      %y = call obj:0, 0
      %f = freeze obj:0
      ret [%x, %ok, %y, %f]
    )") == R"([just [[1], "local"], true, just [[1], "local"], just true])");
    CHECK(machine.field(0, "state") == R"({"List":[{"Nat":1}]})");
  }
  SECTION("an abort drops its changes") {
    CHECK(machine.run("%t = begin_tx \n call obj:0, [1] \n abort_tx %t \n %x = call obj:0, 0 \n"
                      "ret %x") == R"(just [[], "local"])");
  }
  SECTION("destroying the object takes replicas along, at the commit") {
    CHECK(machine.run("%t = begin_tx \n call obj:0, [1] \n destroy_obj obj:0 \n"
                      "%ok = commit_tx %t \n ret %ok") == "true");
    CHECK_FALSE(machine.world.store.has_replicas());
    CHECK(machine.world.store.object_count() == 0);
  }
  SECTION("the controller is the home's") {
    CHECK(machine.run("begin_tx \"bob\" \n call obj:0, 0") ==
          "ControllerError.CrossControllerTx: object obj:0 belongs to controller alice, which this "
          "transaction is not under");
  }
  SECTION("a change of it by another execution is a conflict") {
    auto transaction =
        machine.start("%t = begin_tx \n call obj:0, [1] \n %ok = commit_tx %t \n ret %ok");
    transaction->step();
    transaction->step();
    machine.run("call obj:0, [2]");
    CHECK(transaction->result() == "false");
  }
  SECTION("so is freeze, and fetch") {
    auto transaction =
        machine.start("%t = begin_tx \n call obj:0, [1] \n %ok = commit_tx %t \n ret %ok");
    transaction->step();
    transaction->step();
    machine.run("freeze obj:0");
    CHECK(transaction->result() == "false");
  }
  SECTION("a change of the home alone is none of a transaction that reads a replica's content") {
    // But the read set knows ids, and the home is part of what the id names.
    auto transaction =
        machine.start("%t = begin_tx \n call obj:0, [1] \n %ok = commit_tx %t \n ret %ok");
    transaction->step();
    transaction->step();
    machine.run("teleport \"far\" \n call obj:0, [2]");
    CHECK(transaction->result() == "false");
  }
}

TEST_CASE("A replica that was fetched since a transaction began is not in its view") {
  Machines3 machine;
  machine.run("create_obj \"cell\", \"alice\"");
  // On `far`, while the object's home is `local`.
  auto reader = machine.start(R"(
    teleport "far"
    %t = begin_tx
    %x = reflect obj:0
    call obj:0, 0
  )");
  for (int i = 0; i < 3; ++i)
    reader->step();
  machine.run("teleport \"far\" \n fetch obj:0");
  CHECK(reader->result() == "TxError.InvalidDuringTx: call is not possible inside a transaction");
}

TEST_CASE("A replica that is gone since a transaction began is still in its view") {
  Machines3 machine;
  machine.run("%a = create_obj \"cell\", \"alice\" \n move_object %a, \"far\" \n fetch %a \n"
              "call %a, [\"replica\"]");
  auto reader = machine.start("%t = begin_tx \n %x = call obj:0, 0 \n %ok = commit_tx %t \n"
                              "ret [%x, %ok]");
  reader->step();
  machine.run("freeze obj:0");
  // It changed nothing, and the object is there still.
  CHECK(reader->result() == R"([just [["replica"], "local"], true])");
  CHECK_FALSE(machine.world.store.has_replicas());
}

// ─── a transport that answers later ─────────────────────────────────────────────────────────────

namespace {

struct SlowTransport final : Transport {
  bool reachable(const MachineId& machine) const override { return machine.name.as_str() != "cut"; }
  std::optional<MachineId> locate(ObjectId object) const override {
    if (object.number < 100) return std::nullopt;
    return MachineId{Val::str(object.number == 100 ? "cut" : "far")};
  }
  Delivery ask(const MachineId& machine, Op op, std::span<const Val> arguments,
               ObjectId sender) override {
    std::string text(op_info(op).name);
    for (const Val& argument : arguments)
      text += ' ' + to_text(argument);
    sent.push_back(std::string(machine.name.as_str()) + ": " + text + " from " + to_text(sender));
    return delivery;
  }
  Delivery delivery = Delivery::Here;
  Strings sent;
};

}  // namespace

TEST_CASE("An execution waits for another machine's answer") {
  SlowTransport transport;
  ScriptMachine machine(transport);
  machine.behavior("cell", "%m = get_input \n ret %m");
  machine.run("%a = create_obj \"cell\" \n move_object %a, \"far\" \n create_obj \"cell\"");
  transport.sent.clear();
  machine.events();
  transport.delivery = Delivery::Sent;

  SECTION("call") {
    const auto [answer, result, event] = GENERATE(table<std::string, std::string, std::string>({
        {"just 7", "just 7", "ObjectCalled obj:0 [5] -> 7"},
        {"nothing", "nothing", "ObjectCalled obj:0 [5] -> failed"},
    }));
    auto execution = machine.start("%x = call obj:0, [5] \n %y = call obj:1, 6 \n ret [%x, %y]");
    CHECK(execution->run() == Execution::Status::Waiting);
    CHECK(execution->step() == Execution::Status::Waiting);
    CHECK(transport.sent == Strings{"far: call obj:0 [5] from obj:281474976710655"});
    CHECK(machine.events().empty());
    execution->deliver(test::value(answer));
    CHECK(execution->result() == "[" + result + ", just 6]");
    CHECK(machine.events() == Strings{event, "ObjectCalled obj:1 6 -> 6"});
    CHECK(execution->stats().calls == 2);
  }
  SECTION("call that fails on the way") {
    machine.behavior("forward", "%m = get_input \n %x = call obj:0, %m \n ret %x");
    machine.run("create_obj \"forward\"");
    machine.events();
    auto execution = machine.start("%x = call obj:2, 5 \n ret %x");
    CHECK(execution->run() == Execution::Status::Waiting);
    execution->deliver(
        std::unexpected(Error(ErrorCode::MachineError_Unreachable, Val::str("far"))));
    CHECK(execution->result() == "nothing");
    CHECK(machine.events() ==
          Strings{"ErrorOccurred MachineError.Unreachable: machine far cannot be reached",
                  "ObjectCalled obj:2 5 -> failed"});
  }
  SECTION("move_object") {
    auto execution = machine.start("%x = move_object obj:1, \"far\" \n ret %x");
    CHECK(execution->run() == Execution::Status::Waiting);
    CHECK(transport.sent == Strings{"far: move_object obj:1 \"far\" from obj:281474976710655"});
    execution->deliver(Val::boolean(true));
    CHECK(execution->result() == "true");
    CHECK(machine.events() == Strings{"ObjectMoved obj:1 local -> far"});
  }
  SECTION("fetch") {
    auto execution = machine.start("%x = fetch obj:0 \n ret %x");
    CHECK(execution->run() == Execution::Status::Waiting);
    CHECK(transport.sent == Strings{"far: fetch obj:0 from obj:281474976710655"});
    execution->deliver(Val::boolean(true));
    CHECK(execution->result() == "true");
    CHECK(machine.events() == Strings{"ObjectFetched obj:0 local"});
  }
}

TEST_CASE("A machine that cannot be reached") {
  SlowTransport transport;
  ScriptMachine machine(transport);
  machine.behavior("cell", "%m = get_input \n ret %m");
  machine.run("%a = create_obj \"cell\" \n move_object %a, \"far\"");
  machine.world.store.change({{0}}, [&](ObjectData& data, Version) {
    data.machine = machine.world.machines.number({Val::str("cut")});
  });
  const std::string cut = "MachineError.Unreachable: machine cut cannot be reached";
  CHECK(machine.run("call obj:0, 1") == cut);
  CHECK(machine.run("fetch obj:0") == cut);
  CHECK(machine.run("teleport \"cut\"") == cut);
  CHECK(machine.run("begin_tx \n call obj:0, 1") ==
        "TxError.InvalidDuringTx: call is not possible inside a transaction");
}
