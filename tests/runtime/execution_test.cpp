#include <catch2/catch.hpp>

#include "avm/heap.hpp"
#include "runtime/script.hpp"

using namespace avm;
using test::ScriptMachine;
using Strings = std::vector<std::string>;

namespace {

constexpr auto recurse = R"(
  %n = get_input
  %m = add %n, 1
  %self = get_self
  %x = call %self, %m
  ret %n
)";

}  // namespace

// ─── limits ─────────────────────────────────────────────────────────────────────────────────────

TEST_CASE("N steps are allowed, N + 1 not") {
  ScriptMachine machine;
  machine.behavior("cell", "%m = get_input \n ret %m");
  const auto program = "%a = create_obj \"cell\" \n %x = call %a, 1 \n ret %x";
  CHECK(machine.run(program, "nothing", {.limits = {.steps = 3}}) == "just 1");
  auto execution = machine.start(program, Val::nothing(), {.limits = {.steps = 2}});
  CHECK(execution->result() == "ResourceError.Steps: the limit of 2 steps is reached");
  CHECK(execution->stats().steps == 2);
  CHECK(machine.run(program, "nothing", {.limits = {.steps = 0}}) ==
        "ResourceError.Steps: the limit of 0 steps is reached");
}

TEST_CASE("A step counts before anything else is wrong") {
  ScriptMachine machine;
  CHECK(machine.run("call 1, 1", "nothing", {.limits = {.steps = 0}}) ==
        "ResourceError.Steps: the limit of 0 steps is reached");
  auto execution = machine.start("call 1, 1");
  execution->run();
  CHECK(execution->stats().steps == 1);
}

TEST_CASE("No call catches a ResourceError") {
  ScriptMachine machine;
  machine.behavior("recurse", recurse);
  machine.run("create_obj \"recurse\"");
  machine.events();
  auto execution = machine.start("%t = begin_tx \"alice\" \n %x = call obj:0, 0 \n ret %x",
                                 Val::nothing(), {.limits = {.depth = 3}});
  CHECK(execution->result() == "ResourceError.Depth: the limit of 3 nested activations is reached");
  CHECK(execution->status() == Execution::Status::Failed);
  CHECK(execution->stats().calls == 3);
  CHECK(machine.events() ==
        Strings{"TransactionStarted tx:0 (controller alice)",
                "ErrorOccurred ResourceError.Depth: the limit of 3 nested activations is reached "
                "(controller alice)",
                "TransactionAborted tx:0 (controller alice)"});
}

TEST_CASE("An activation at depth N is allowed") {
  ScriptMachine machine;
  machine.behavior("down", R"(
    %n = get_input
    %is_last = eq %n, 0
    br %is_last, last
    %m = sub %n, 1
    %self = get_self
    %x = call %self, %m
    %x = unwrap %x
    ret %x
  last:
    ret "deep"
  )");
  machine.run("create_obj \"down\"");
  const auto run = [&](int calls) {
    return machine.run("%x = call obj:0, " + std::to_string(calls - 1) + " \n ret %x", "nothing",
                       {.limits = {.depth = 5}});
  };
  CHECK(run(5) == "just \"deep\"");
  CHECK(run(6) == "ResourceError.Depth: the limit of 5 nested activations is reached");
  CHECK(machine.run("call obj:9, 0", "nothing", {.limits = {.depth = 0}}) ==
        "ObjError.NotFound: object obj:9 does not exist");
}

TEST_CASE("A hundred thousand nested calls") {
  ScriptMachine machine;
  machine.behavior("recurse", recurse);
  machine.run("create_obj \"recurse\"");
  const std::string program = GENERATE("call obj:0, 0", "begin_tx \n call obj:0, 0");
  CountedTrace trace;
  CHECK(machine.run(program, "nothing", {.trace = &trace, .limits = {.depth = 100'000}}) ==
        "ResourceError.Depth: the limit of 100000 nested activations is reached");
}

// ─── the trace ──────────────────────────────────────────────────────────────────────────────────

TEST_CASE("Timestamps count from 0 in each execution") {
  ScriptMachine machine;
  machine.behavior("cell", "%m = get_input \n set_state %m");
  const auto times = [&](std::optional<std::uint64_t> number) {
    MemoryTrace trace;
    machine.run("%a = create_obj \"cell\" \n call %a, [1] \n call %a, 2", "nothing",
                {.trace = &trace, .execution = number});
    std::vector<std::uint64_t> result;
    for (const TraceEntry& entry : trace.entries()) {
      CHECK(entry.execution == number);
      result.push_back(entry.timestamp);
    }
    return result;
  };
  CHECK(times(std::nullopt) == std::vector<std::uint64_t>{0, 1, 2, 3, 4});
  for (const std::uint64_t number :
       {std::uint64_t{0}, std::uint64_t{7}, no_limit - 2, no_limit - 1, no_limit})
    CHECK(times(number) == std::vector<std::uint64_t>{0, 1, 2, 3, 4});
}

TEST_CASE("Instructions that only read log nothing") {
  ScriptMachine machine({"far"});
  machine.behavior("cell", "");
  machine.pure("f", 1, [](auto) -> Result<Val> { return Val::boolean(true); });
  machine.run("create_obj \"cell\"");
  machine.events();
  machine.run(R"(
    get_self
    get_input
    get_state
    get_sender
    get_current_machine
    reify_context
    reify_tx_state
    reflect obj:0
    scry_meta f
    scry_deep f
    call_pure "f", 1
    get_machine obj:0
    get_current_controller
    get_controller obj:0
    receive
  )");
  // `f` takes one argument, scry_deep gives three.
  CHECK(machine.events() ==
        Strings{"ErrorOccurred ReflectError.ScryPredicateFailed: the predicate of scry failed: it "
                "takes 1 arguments and is given 3"});
}

TEST_CASE("Without a sink nothing is traced") {
  ScriptMachine machine;
  machine.behavior("cell", "reject 1");
  const Code program{.name = Val::str("main"),
                     .engine = &test::ScriptEngine::make,
                     .body = &machine.scripts.emplace_back()};
  test::ScriptExecution execution(machine.world, program, Val::nothing(), {});
  CHECK(execution.result() == "nothing");
  CHECK(machine.events().empty());
}

TEST_CASE("Failures are told, with the chain of calls") {
  ScriptMachine machine;
  machine.behavior("inner", "%x = get 1, 0");
  machine.behavior("outer", "call obj:0, 1 \n call obj:9, 1");
  machine.run("create_obj \"inner\" \n create_obj \"outer\"");
  Strings told;
  machine.run("%x = call obj:1, 1 \n call obj:8, 1", "nothing",
              {.on_failure = [&](const Failure& f) {
                std::string line(f.error.name());
                for (const CallSite& site : f.calls)
                  line += ' ' + site.function;
                told.push_back(line + (f.is_final ? " final" : ""));
              }});
  CHECK(told == Strings{"PureError.TypeMismatch inner outer main", "ObjError.NotFound outer main",
                        "ObjError.NotFound main final"});
}

TEST_CASE("What an execution counts") {
  ScriptMachine machine;
  machine.behavior("cell", "%m = get_input \n set_state %m");
  machine.run("create_obj \"cell\"");
  auto execution = machine.start(R"(
    call obj:0, [1]
    %t = begin_tx
    call obj:0, [2]
    call obj:0, 2
    commit_tx %t
    %t = begin_tx
    call obj:0, [3]
    commit_tx %t
    call obj:9, 1
  )");
  for (int i = 0; i < 15; ++i)
    execution->step();
  machine.run("call obj:0, [9]");
  execution->run();
  const ExecutionStats& stats = execution->stats();
  CHECK(stats.calls == 4);
  CHECK(stats.commits == 1);
  CHECK(stats.conflicts == 1);
  CHECK(stats.steps == 17);
}

TEST_CASE("An ended execution does not go on, and holds nothing but its result") {
  ScriptMachine machine;
  auto execution = machine.start("%i = get_input \n ret 5", test::value("[1, 2, 3]"));
  CHECK(execution->run() == Execution::Status::Done);
  CHECK(execution->step() == Execution::Status::Done);
  CHECK(to_text(*execution->value()) == "5");
  CHECK(execution->error() == nullptr);
}

// ─── every instruction that is not there yet ────────────────────────────────────────────────────

TEST_CASE("Layer 4 raises NotImplemented") {
  ScriptMachine machine;
  const auto [line, error] = GENERATE(table<std::string, std::string>({
      {"new_var [1, 2]", "FdError.NotImplemented: new_var"},
      {"narrow var:0, [1]", "FdError.NotImplemented: narrow"},
      {"label var:0", "FdError.NotImplemented: label"},
      {"post neq, var:0, var:1, 2", "FdError.NotImplemented: post"},
      {"reify_constraints", "FdError.NotImplemented: reify_constraints"},
      {"choose [1, 2]", "NondetError.NotImplemented: choose"},
      {"require true", "NondetError.NotImplemented: require"},
  }));
  CHECK(machine.run(line) == error + " is not implemented");
}

// ─── kinds, and which error comes first ─────────────────────────────────────────────────────────

TEST_CASE("A wrong kind of operand is named") {
  ScriptMachine machine;
  machine.unregistered("f", 0, [](auto) -> Result<Val> { return Val::nat(1); });
  const auto [line, wanted] = GENERATE(table<std::string, std::string>({
      {"create_obj 1", "create_obj wants str, got nat"},
      {"create_obj \"x\", [1]", "create_obj wants str, got list"},
      {"destroy_obj \"x\"", "destroy_obj wants object, got str"},
      {"call nothing, 1", "call wants object, got nothing"},
      {"set_state just []", "set_state wants list, got just"},
      {"reflect true", "reflect wants object, got bool"},
      {"begin_tx 1", "begin_tx wants str, got nat"},
      {"commit_tx obj:0", "commit_tx wants tx, got object"},
      {"abort_tx (1, 2)", "abort_tx wants tx, got pair"},
      {"call_pure 1, 2", "call_pure wants str, got nat"},
      {"update_pure 1, f", "update_pure wants str, got nat"},
      {"register_pure 1, f", "register_pure wants str, got nat"},
      {"get_machine 1", "get_machine wants object, got nat"},
      {"teleport 1", "teleport wants str, got nat"},
      {"move_object 1, 1", "move_object wants object, got nat"},
      {"move_object obj:0, 1", "move_object wants str, got nat"},
      {"fetch tx:1", "fetch wants object, got tx"},
      {"get_controller 1", "get_controller wants object, got nat"},
      {"transfer_object obj:0, 1", "transfer_object wants str, got nat"},
      {"freeze var:1", "freeze wants object, got var"},
      {"new_var 1", "new_var wants list, got nat"},
      {"narrow 1, 1", "narrow wants var, got nat"},
      {"label 1", "label wants var, got nat"},
      {"choose 1", "choose wants list, got nat"},
      {"require 1", "require wants bool, got nat"},
  }));
  CHECK(machine.run(line) == "PureError.TypeMismatch: " + wanted);
}

TEST_CASE("The first of several errors") {
  ScriptMachine machine({"far"});
  machine.behavior("cell", "%m = get_input \n ret %m");
  machine.unregistered("f", 0, [](auto) -> Result<Val> { return Val::nat(1); });
  machine.run("create_obj \"cell\", \"alice\" \n %b = create_obj \"cell\", \"bob\" \n "
              "move_object %b, \"far\"");
  const std::string during = "TxError.InvalidDuringTx";
  const auto [line, error] = GENERATE_COPY(table<std::string, std::string>({
      // A wrong kind comes before that it is in a transaction.
      {"teleport 1", "PureError.TypeMismatch"},
      {"begin_tx 1", "PureError.TypeMismatch"},
      {"fetch 1", "PureError.TypeMismatch"},
      {"move_object obj:9, 1", "PureError.TypeMismatch"},
      // That it is in a transaction before what is missing, taken or out of reach.
      {"teleport \"nowhere\"", "MachineError.TeleportDuringTx"},
      {"move_object obj:9, \"nowhere\"", during},
      {"register_pure \"x\", f", during},
      {"update_pure \"x\", f", during},
      // Before the controller.
      {"call obj:1, 1", during},
      // What is missing before the controller.
      {"create_obj \"ghost\", \"bob\"", "ObjError.BehaviorNotFound"},
      {"call obj:9, 1", "ObjError.NotFound"},
      {"destroy_obj obj:9", "ObjError.NotFound"},
      {"transfer_object obj:9, \"bob\"", "ControllerError.NotAvailable"},
      // The controller.
      {"destroy_obj obj:1", "ControllerError.CrossControllerTx"},
      {"transfer_object obj:1, \"alice\"", "ControllerError.UnauthorizedTransfer"},
  }));
  const std::string text = machine.run("begin_tx \"alice\" \n" + line);
  CHECK(text.substr(0, text.find(':')) == error);
}

TEST_CASE("What is destroyed already comes before the controller") {
  ScriptMachine machine;
  machine.behavior("cell", "");
  machine.run("create_obj \"cell\"");
  // The object has no controller when it is first used, so that any transaction can destroy it; the
  // second time only that counts.
  CHECK(machine.run("begin_tx \"alice\" \n destroy_obj obj:0 \n transfer_object obj:0, \"bob\" \n"
                    "destroy_obj obj:0") ==
        "ObjError.AlreadyDestroyed: object obj:0 is already marked for destruction");
}

// ─── memory ─────────────────────────────────────────────────────────────────────────────────────

// Runs a program under each limit from the least on which it changes something, up to where it
// succeeds: whatever allocation fails, it ends with ResourceError.Memory, the store is sound, and
// what comes after works.
TEST_CASE("Whatever allocation fails, the store is as it was") {
  const auto setup = [](ScriptMachine& machine) {
    machine.behavior("cell", "%m = get_input \n set_state %m \n ret %m");
    machine.behavior("waits", "%m = receive reply just just just 1 \n ret %m");
    machine.behavior("reader", "%m = receive \n ret %m");
    machine.run(R"(
      create_obj "cell", "alice"
      create_obj "waits"
      create_obj "waits"
      create_obj "reader"
      call obj:2, 0
      move_object obj:0, "far"
      fetch obj:0
    )");
    machine.post(3, "just just just just just just just just just just just just just just just 1");
  };
  const std::string long_text = "\"a text that does not fit into a value\"";
  const std::string justs =
      "just just just just just just just just just just just just just just just 1";
  const std::string line = GENERATE_COPY(
      std::string("create_obj \"cell\""), "destroy_obj obj:0", "call obj:0, [" + long_text + "]",
      "call obj:1, " + justs, "call obj:2, " + justs, std::string("call obj:3, 0"),
      std::string("move_object obj:0, \"away\""), std::string("freeze obj:0"),
      std::string("teleport \"away\" \n fetch obj:0"), "transfer_object obj:0, " + long_text,
      std::string("%t = begin_tx \n create_obj \"cell\" \n call obj:0, [1] \n call obj:2, 1 \n "
                  "call obj:1, 1 \n destroy_obj obj:2 \n commit_tx %t"));
  CAPTURE(line);
  std::string before;
  std::string after;
  {
    ScriptMachine machine({"far", "away"});
    setup(machine);
    before = machine.dump();
    machine.run(line);
    after = machine.dump();
  }
  // A snapshot that another execution holds makes the store keep older contents.
  const bool has_snapshot = GENERATE(false, true);
  unsigned failures = 0;
  for (std::size_t spare = 0;; spare += 8) {
    ScriptMachine machine({"far", "away"});
    setup(machine);
    auto other = machine.start("%t = begin_tx \n %x = reflect obj:0 \n %ok = commit_tx %t");
    if (has_snapshot) other->step();
    auto execution =
        machine.start(line, Val::nothing(), {.limits = {.memory = heap::bytes_in_use() + spare}});
    const std::string result = execution->result();
    other->run();
    if (execution->status() == Execution::Status::Done) {
      CHECK(machine.dump() == after);
      break;
    }
    ++failures;
    if (execution->error()->code != ErrorCode::ResourceError_Memory) FAIL(result);
    // Each of the lines changes the store in one step, its last; what is not in a transaction may
    // have been done before the allocation that failed.
    const std::string now = machine.dump();
    if (now != before && now != after) FAIL(now);
    CHECK_FALSE(machine.world.store.has_snapshots());
    execution.reset();
    if (machine.run("%a = create_obj \"cell\" \n %x = call %a, [1] \n ret %x") != "just [1]") {
      FAIL("the machine does not work any more");
    }
    if (spare > 200'000) FAIL("no limit is enough");
  }
  CHECK(failures > 0);
}
