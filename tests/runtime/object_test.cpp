#include <catch2/catch.hpp>

#include "runtime/script.hpp"

using namespace avm;
using test::ScriptMachine;
using Strings = std::vector<std::string>;

namespace {

constexpr auto counter = R"(
  %s = get_state
  %n = len %s
  %s = append %s, %n
  set_state %s
  ret %s
)";

// Waits for one message more than it is told, and gives them all.
constexpr auto waiter = R"(
  %first = get_input
  %m = receive reply ["waiting", %first]
  %second = unwrap %m
  %from = get_sender
  ret [%first, %second, %from]
)";

}  // namespace

TEST_CASE("create_obj makes an object with a fresh id, the empty state and no controller") {
  ScriptMachine machine;
  machine.behavior("counter", counter);
  CHECK(machine.run(R"(
    %a = create_obj "counter"
    %b = create_obj "counter", "alice"
    ret [%a, %b]
  )") == "[obj:0, obj:1]");
  CHECK(machine.events() == Strings{"ObjectCreated obj:0 counter", "ObjectCreated obj:1 counter"});
  CHECK(machine.dump() ==
        R"({"id":0,"behavior":"counter","machine":"local","creating_controller":null,)"
        R"("current_controller":null,"state":{"List":[]},"waiting":false,"mailbox":[]})"
        "\n"
        R"({"id":1,"behavior":"counter","machine":"local","creating_controller":"alice",)"
        R"("current_controller":"alice","state":{"List":[]},"waiting":false,"mailbox":[]})"
        "\n");
  CHECK(machine.world.store.object_count() == 2);
}

TEST_CASE("The ids of a node bear its prefix") {
  ScriptMachine machine({}, 9002);
  machine.behavior("counter", counter);
  CHECK(machine.run("%a = create_obj \"counter\" \n ret %a") == "obj:9002.0");
  CHECK(machine.run("%a = create_obj \"counter\" \n ret %a") == "obj:9002.1");
  CHECK(machine.run("%s = get_self \n ret %s") == "obj:9002.281474976710655");
}

TEST_CASE("create_obj of an unknown behavior raises BehaviorNotFound") {
  ScriptMachine machine;
  CHECK(machine.run("create_obj \"ghost\"") ==
        "ObjError.BehaviorNotFound: no behavior is named ghost");
  CHECK(machine.events() ==
        Strings{"ErrorOccurred ObjError.BehaviorNotFound: no behavior is named ghost"});
}

TEST_CASE("call gives just the output, and keeps state from call to call") {
  ScriptMachine machine;
  machine.behavior("counter", counter);
  CHECK(machine.run(R"(
    %a = create_obj "counter"
    %x = call %a, 1
    %y = call %a, "two"
    ret [%x, %y]
  )") == "[just [0], just [0, 1]]");
  CHECK(machine.events() == Strings{"ObjectCreated obj:0 counter", "StateUpdated obj:0",
                                    "ObjectCalled obj:0 1 -> [0]", "StateUpdated obj:0",
                                    "ObjectCalled obj:0 \"two\" -> [0, 1]"});
}

TEST_CASE("A behavior that ends without ret gives just nothing") {
  ScriptMachine machine;
  machine.behavior("idle", "");
  CHECK(machine.run("%a = create_obj \"idle\" \n %x = call %a, 1 \n ret %x") == "just nothing");
}

TEST_CASE("call gives nothing where the behavior fails") {
  ScriptMachine machine;
  machine.behavior("grumpy", "reject 13");
  machine.behavior("broken", "%x = add 1, true \n ret %x");
  CHECK(machine.run(R"(
    %a = create_obj "grumpy"
    %b = create_obj "broken"
    %x = call %a, 1
    %y = call %b, 2
    ret [%x, %y]
  )") == "[nothing, nothing]");
  CHECK(machine.events() ==
        Strings{"ObjectCreated obj:0 grumpy", "ObjectCreated obj:1 broken",
                "ErrorOccurred ObjError.RejectedCall: object obj:0 rejected the call: 13",
                "ObjectCalled obj:0 1 -> failed",
                "ErrorOccurred PureError.TypeMismatch: add wants nat, got bool",
                "ObjectCalled obj:1 2 -> failed"});
}

TEST_CASE("An error at the top level ends the execution") {
  ScriptMachine machine;
  machine.behavior("counter", counter);
  auto execution = machine.start("%x = call obj:7, 1 \n create_obj \"counter\"");
  CHECK(execution->result() == "ObjError.NotFound: object obj:7 does not exist");
  CHECK(execution->status() == Execution::Status::Failed);
  CHECK(execution->value() == nullptr);
  CHECK(machine.world.store.object_count() == 0);
}

TEST_CASE("A call inside a behavior that finds no object fails that behavior") {
  ScriptMachine machine;
  machine.behavior("lost", "%x = call obj:7, 1 \n ret %x");
  CHECK(machine.run("%a = create_obj \"lost\" \n %x = call %a, 1 \n ret %x") == "nothing");
  CHECK(machine.events() == Strings{"ObjectCreated obj:0 lost",
                                    "ErrorOccurred ObjError.NotFound: object obj:7 does not exist",
                                    "ObjectCalled obj:0 1 -> failed"});
}

TEST_CASE("Ping and pong call each other: an object has several activations at once") {
  ScriptMachine machine;
  machine.behavior("ping", R"(
    %m = get_input
    %n = get %m, 0
    %pong = get %m, 1
    %over = ge %n, 3
    br %over, done
    %n = add %n, 1
    %r = call %pong, %n
    %r = unwrap %r
    ret %r
  done:
    ret ["done", %n]
  )");
  machine.behavior("pong", R"(
    %n = get_input
    %self = get_self
    %ping = get_sender
    %ping = unwrap %ping
    %r = call %ping, [%n, %self]
    %r = unwrap %r
    ret %r
  )");
  CHECK(machine.run(R"(
    %ping = create_obj "ping"
    %pong = create_obj "pong"
    %r = call %ping, [0, %pong]
    ret %r
  )") == R"(just ["done", 3])");
  CHECK(machine.trace.count("ObjectCalled") == 7);
}

TEST_CASE("What an activation knows of itself is as before after a call") {
  ScriptMachine machine;
  machine.behavior("show", R"(
    %c = reify_context
    ret %c
  )");
  machine.behavior("outer", R"(
    %before = reify_context
    %inner = get_input
    %x = call %inner, "hello"
    %after = reify_context
    %same = eq %before, %after
    ret [%same, %x]
  )");
  CHECK(machine.run(R"(
    %inner = create_obj "show"
    %outer = create_obj "outer"
    %x = call %outer, %inner
    ret %x
  )") == R"(just [true, just [obj:0, "hello", just obj:1, "local", nothing]])");
}

TEST_CASE("The program's own context") {
  ScriptMachine machine;
  CHECK(machine.run("%c = reify_context \n ret %c", "[1, 2]") ==
        R"([obj:281474976710655, [1, 2], nothing, "local", nothing])");
  CHECK(machine.run("%i = get_input \n ret %i") == "nothing");
  CHECK(machine.run("%s = get_state \n ret %s") == "[]");
  CHECK(machine.run("%s = get_sender \n ret %s") == "nothing");
  CHECK(machine.run("%m = get_current_machine \n ret %m") == R"("local")");
  CHECK(machine.run("set_state []") ==
        "IntrospectError.ContextUnavailable: set_state is not available here");
}

TEST_CASE("No object has the root's id") {
  ScriptMachine machine({"far"});
  const std::string missing = "ObjError.NotFound: object obj:281474976710655 does not exist";
  CHECK(machine.run("%s = get_self \n call %s, 1") == missing);
  CHECK(machine.run("%s = get_self \n destroy_obj %s") == missing);
  CHECK(machine.run("%s = get_self \n move_object %s, \"far\"") == missing);
  CHECK(machine.run("%s = get_self \n %r = fetch %s \n ret %r") == "false");
  CHECK(machine.run("%s = get_self \n %r = freeze %s \n ret %r") == "just false");
  CHECK(machine.run("%s = get_self \n %r = reflect %s \n ret %r") == "nothing");
  CHECK(machine.run("%s = get_self \n transfer_object %s, \"alice\"") ==
        "ControllerError.NotAvailable: object obj:281474976710655 is not available");
}

TEST_CASE("The sender of a call from a program is the root object") {
  ScriptMachine machine;
  machine.behavior("who", "%s = get_sender \n ret %s");
  CHECK(machine.run("%a = create_obj \"who\" \n %x = call %a, 1 \n ret %x") ==
        "just just obj:281474976710655");
}

TEST_CASE("destroy_obj takes the object away at once outside a transaction") {
  ScriptMachine machine;
  machine.behavior("counter", counter);
  CHECK(machine.run("%a = create_obj \"counter\" \n %r = destroy_obj %a \n ret %r") == "true");
  CHECK(machine.events() == Strings{"ObjectCreated obj:0 counter", "ObjectDestroyed obj:0"});
  CHECK(machine.world.store.object_count() == 0);
  CHECK(machine.dump().empty());
  CHECK(machine.run("destroy_obj obj:0") == "ObjError.NotFound: object obj:0 does not exist");
  CHECK(machine.run("%a = create_obj \"counter\" \n ret %a") == "obj:1");
}

TEST_CASE("The activation of a destroyed object runs on, without state or mailbox") {
  ScriptMachine machine;
  const std::string missing = "ErrorOccurred ObjError.NotFound: object obj:0 does not exist";
  const std::string use = GENERATE("get_state", "set_state [1]", "receive");
  machine.behavior("suicide", "%s = get_self \n destroy_obj %s \n %i = get_input \n " + use);
  CHECK(machine.run("%a = create_obj \"suicide\" \n %x = call %a, 1 \n ret %x") == "nothing");
  CHECK(machine.events() == Strings{"ObjectCreated obj:0 suicide", "ObjectDestroyed obj:0", missing,
                                    "ObjectCalled obj:0 1 -> failed"});

  machine.behavior("ends", "%s = get_self \n destroy_obj %s \n %i = get_input \n ret %i");
  CHECK(machine.run("%a = create_obj \"ends\" \n %x = call %a, 5 \n ret %x") == "just 5");
}

// ─── receive ────────────────────────────────────────────────────────────────────────────────────

TEST_CASE("receive in a called behavior gives the caller its reply, and the next call wakes it") {
  ScriptMachine machine;
  machine.behavior("waiter", waiter);
  machine.behavior("forward", "%m = get_input \n %r = call obj:0, %m \n ret %r");
  CHECK(machine.run(R"(
    %w = create_obj "waiter"
    %f = create_obj "forward"
    %x = call %w, 1
    %y = call %f, 2
    %z = call %w, 3
    ret [%x, %y, %z]
  )") == R"([just ["waiting", 1], just just [1, 2, just obj:1], just ["waiting", 3]])");
  CHECK(machine.events() == Strings{"ObjectCreated obj:0 waiter", "ObjectCreated obj:1 forward",
                                    R"(ObjectCalled obj:0 1 -> ["waiting", 1])",
                                    "MessageReceived obj:0 2",
                                    "ObjectCalled obj:0 2 -> [1, 2, just obj:1]",
                                    "ObjectCalled obj:1 2 -> just [1, 2, just obj:1]",
                                    R"(ObjectCalled obj:0 3 -> ["waiting", 3])"});
  CHECK(machine.field(0, "waiting") == "true");
}

TEST_CASE("A plain receive replies nothing") {
  ScriptMachine machine;
  machine.behavior("plain", "%m = receive \n ret %m");
  CHECK(machine.run(R"(
    %a = create_obj "plain"
    %x = call %a, 1
    %y = call %a, 2
    ret [%x, %y]
  )") == "[just nothing, just just 2]");
}

TEST_CASE("A woken activation has the latest message and its sender") {
  ScriptMachine machine;
  machine.behavior("latest", R"(
    %old = get_input
    receive
    %new = get_input
    %from = get_sender
    ret [%old, %new, %from]
  )");
  machine.behavior("forward", "%m = get_input \n %r = call obj:0, %m \n ret %r");
  CHECK(machine.run(R"(
    %a = create_obj "latest"
    %f = create_obj "forward"
    call %a, 1
    %x = call %f, 2
    ret %x
  )") == "just just [1, 2, just obj:1]");
}

TEST_CASE("A woken activation that fails is gone: the next call starts from the top") {
  ScriptMachine machine;
  machine.behavior("fragile", "%m = receive reply \"top\" \n reject %m");
  CHECK(machine.run(R"(
    %a = create_obj "fragile"
    %x = call %a, 1
    %y = call %a, 2
    %z = call %a, 3
    ret [%x, %y, %z]
  )") == R"([just "top", nothing, just "top"])");
}

TEST_CASE("A second activation that would wait raises AlreadyWaiting") {
  ScriptMachine machine;
  // It calls itself once; the inner activation waits, the outer one would too.
  machine.behavior("twice", R"(
    %m = get_input
    %is_inner = eq %m, "inner"
    br %is_inner, inner
    %self = get_self
    call %self, "inner"
  inner:
    %x = receive reply %m
    ret ["woken", %m, %x]
  )");
  CHECK(machine.run(R"(
    %a = create_obj "twice"
    %x = call %a, "outer"
    %y = call %a, 7
    ret [%x, %y]
  )") == R"([nothing, just ["woken", "inner", just 7]])");
  CHECK(
      machine.events() ==
      Strings{"ObjectCreated obj:0 twice", R"(ObjectCalled obj:0 "inner" -> "inner")",
              "ErrorOccurred ObjError.AlreadyWaiting: object obj:0 already has an activation that "
              "waits in receive",
              R"(ObjectCalled obj:0 "outer" -> failed)", "MessageReceived obj:0 7",
              R"(ObjectCalled obj:0 7 -> ["woken", "inner", just 7])"});
}

TEST_CASE("destroy_obj takes the waiting activation and the mailbox along") {
  ScriptMachine machine;
  machine.behavior("waiter", waiter);
  machine.run("%a = create_obj \"waiter\" \n call %a, 1 \n destroy_obj %a");
  CHECK(machine.post(0, "2") == nullptr);
  CHECK(machine.dump().empty());
}

TEST_CASE("Messages from outside lie in the mailbox, first in first out") {
  ScriptMachine machine;
  machine.behavior("reader", R"(
    %a = receive reply "empty"
    %from = get_sender
    ret [%a, %from]
  )");
  machine.run("create_obj \"reader\"");
  CHECK(machine.post(0, "1") == nullptr);
  CHECK(machine.post(0, "[2]") == nullptr);
  CHECK(machine.field(0, "mailbox") == R"([{"Nat":1},{"List":[{"Nat":2}]}])");
  machine.events();
  CHECK(machine.run(R"(
    %x = call obj:0, "a"
    %y = call obj:0, "b"
    %z = call obj:0, "c"
    ret [%x, %y, %z]
  )") == R"([just [just 1, nothing], just [just [2], nothing], just "empty"])");
  CHECK(machine.events() ==
        Strings{"MessageReceived obj:0 1", R"(ObjectCalled obj:0 "a" -> [just 1, nothing])",
                "MessageReceived obj:0 [2]", R"(ObjectCalled obj:0 "b" -> [just [2], nothing])",
                R"(ObjectCalled obj:0 "c" -> "empty")"});
}

TEST_CASE("A message for an id not yet born is held for it") {
  ScriptMachine machine;
  machine.behavior("reader", "%a = receive \n ret %a");
  CHECK(machine.post(1, "\"early\"") == nullptr);
  CHECK(machine.world.store.object_count() == 0);
  CHECK(machine.run(R"(
    %a = create_obj "reader"
    %b = create_obj "reader"
    %x = call %a, 1
    %y = call %b, 2
    ret [%x, %y]
  )") == R"([just nothing, just just "early"])");
}

TEST_CASE("A message wakes a waiting object in an execution of its own") {
  ScriptMachine machine;
  machine.behavior("waiter", R"(
    %a = receive reply "first"
    %from = get_sender
    set_state [%a, %from]
    %b = receive reply "dropped"
    set_state [%b]
    ret "dropped too"
  )");
  machine.run("%a = create_obj \"waiter\" \n call %a, 0");
  machine.events();

  auto woken = machine.post(0, "1");
  REQUIRE(woken != nullptr);
  // The activation is taken: another message has to lie in the mailbox.
  CHECK(machine.field(0, "waiting") == "false");
  CHECK(woken->status() == Execution::Status::Running);
  CHECK(woken->result() == "nothing");
  CHECK(machine.field(0, "state") == R"({"List":[{"Just":{"Nat":1}},"Nothing"]})");
  CHECK(machine.field(0, "waiting") == "true");
  CHECK(machine.events() == Strings{"MessageReceived obj:0 1", "StateUpdated obj:0"});

  auto again = machine.post(0, "2");
  REQUIRE(again != nullptr);
  CHECK(machine.post(0, "3") == nullptr);
  CHECK(again->result() == "nothing");
  CHECK(machine.field(0, "waiting") == "false");
  CHECK(machine.field(0, "mailbox") == R"([{"Nat":3}])");
}

TEST_CASE("A woken activation that fails ends its execution") {
  ScriptMachine machine;
  machine.behavior("fragile", "%a = receive \n %t = begin_tx \n reject %a");
  machine.run("%a = create_obj \"fragile\" \n call %a, 0");
  machine.events();
  auto woken = machine.post(0, "1");
  CHECK(woken->result() == "ObjError.RejectedCall: object obj:0 rejected the call: just 1");
  CHECK(machine.events() ==
        Strings{"MessageReceived obj:0 1", "TransactionStarted tx:0",
                "ErrorOccurred ObjError.RejectedCall: object obj:0 rejected the call: just 1",
                "TransactionAborted tx:0"});
}

TEST_CASE("A woken activation calls and transacts as any") {
  ScriptMachine machine;
  machine.behavior("counter", counter);
  machine.behavior("driver", R"(
    %m = receive
    %t = begin_tx
    %x = call obj:0, 1
    commit_tx %t
    set_state [%x]
  )");
  machine.run(R"(
    create_obj "counter"
    %d = create_obj "driver"
    call %d, 0
  )");
  CHECK(machine.post(1, "5")->result() == "nothing");
  CHECK(machine.field(1, "state") == R"({"List":[{"Just":{"List":[{"Nat":0}]}}]})");
}

TEST_CASE("receive at the top level gives nothing, or what was posted for the root") {
  ScriptMachine machine;
  CHECK(machine.run("%m = receive \n ret %m") == "nothing");
  CHECK(machine.post(0xFFFF'FFFF'FFFF, "9") == nullptr);
  CHECK(machine.run("%a = receive \n %b = receive \n %i = get_input \n ret [%a, %b, %i]") ==
        "[just 9, nothing, 9]");
  CHECK(machine.events() == Strings{"MessageReceived obj:281474976710655 9"});
}

TEST_CASE("A message for an object that is gone for good is dropped") {
  ScriptMachine machine;
  machine.behavior("idle", "");
  machine.run("%a = create_obj \"idle\" \n destroy_obj %a");
  const auto version = machine.world.store.version();
  CHECK(machine.post(0, "1") == nullptr);
  CHECK(machine.world.store.version() == version);
}
