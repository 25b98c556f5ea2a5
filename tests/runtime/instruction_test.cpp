// Executions that are one instruction and no more, as a node runs them for others.
#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <vector>

#include "avm/heap.hpp"
#include "runtime/instruction_engine.hpp"
#include "runtime/script.hpp"

using namespace avm;
using test::ScriptExecution;
using test::ScriptMachine;
using Status = Execution::Status;
using Strings = std::vector<std::string>;

namespace {

/// A machine `local` beside `far`; obj:0 is a cell under `alice`, obj:1 waits, obj:2 fails when it is called,
/// obj:3 asks about its context.
struct Asked : ScriptMachine {
  Asked() : ScriptMachine({"far"}) {
    behavior("cell", "%m = get_input \n set_state [%m] \n ret %m");
    behavior("waits", "%m = receive reply \"waiting\" \n %s = get_sender \n ret [%m, %s]");
    behavior("fails", "%t = begin_tx \n %m = get_input \n reject %m");
    behavior("context", "%c = reify_context \n ret %c");
    run("create_obj \"cell\", \"alice\" \n create_obj \"waits\" \n create_obj \"fails\" \n"
        "create_obj \"context\"");
    events();
  }
  /// By an object that lives elsewhere.
  std::unique_ptr<ScriptExecution> ask(Op op, std::string_view operands, StartOptions options = {},
                                       const std::string& as_on = "local") {
    const Val list = test::value('[' + std::string(operands) + ']');
    std::vector<Val> values;
    for (std::uint64_t i = 0; i < list.list_size(); ++i)
      values.push_back(list.list_at(i));
    if (options.trace == nullptr) options.trace = &trace;
    return std::make_unique<ScriptExecution>(world, op, std::span<const Val>(values), sender,
                                             MachineId{Val::str(as_on)}, std::move(options));
  }

  ObjectId sender{9000};
};

}  // namespace

TEST_CASE("An execution of one instruction gives its result, and takes its steps") {
  struct Row {
    Op op;
    std::string operands;
    std::string result;
    std::uint64_t steps;
    Strings events;
  };
  const auto row = GENERATE(values<Row>({
      {Op::call, "obj:0, 7", "just 7", 3, {"StateUpdated obj:0", "ObjectCalled obj:0 7 -> 7"}},
      {Op::call,
       "obj:2, 7",
       "nothing",
       3,
       {"TransactionStarted tx:0",
        "ErrorOccurred ObjError.RejectedCall: object obj:2 rejected the "
        "call: 7",
        "TransactionAborted tx:0", "ObjectCalled obj:2 7 -> failed"}},
      {Op::call,
       "obj:7, 7",
       "ObjError.NotFound: object obj:7 does not exist",
       1,
       {"ErrorOccurred ObjError.NotFound: object obj:7 does not exist"}},
      {Op::call,
       "1, 7",
       "PureError.TypeMismatch: call wants object, got nat",
       1,
       {"ErrorOccurred PureError.TypeMismatch: call wants object, got nat"}},
      {Op::destroy_obj, "obj:0", "true", 1, {"ObjectDestroyed obj:0"}},
      {Op::reflect, "obj:0", R"(just [obj:0, "local", just "alice", just "alice"])", 1, {}},
      {Op::get_machine, "obj:0", "just \"local\"", 1, {}},
      {Op::get_machine, "obj:7", "nothing", 1, {}},
      {Op::get_controller, "obj:0", "just \"alice\"", 1, {}},
      {Op::transfer_object, "obj:0, \"bob\"", "true", 1, {"ObjectTransferred obj:0 alice -> bob"}},
      {Op::move_object, "obj:0, \"far\"", "true", 1, {"ObjectMoved obj:0 local -> far"}},
      {Op::freeze, "obj:0", "just true", 1, {"ObjectFrozen obj:0 alice"}},
      {Op::fetch, "obj:0", "true", 1, {}},
  }));
  CAPTURE(op_info(row.op).name, row.operands);
  Asked machine;
  auto execution = machine.ask(row.op, row.operands);
  CHECK(execution->status() == Status::Running);
  CHECK(machine.events().empty());
  CHECK(execution->result() == row.result);
  CHECK(execution->stats().steps == row.steps);
  CHECK(machine.events() == row.events);
  CHECK(execution->run() != Status::Running);
  CHECK(execution->stats().steps == row.steps);
}

TEST_CASE("It is carried out for the object that asks, on the machine that it names") {
  Asked machine;
  CHECK(machine.ask(Op::call, "obj:3, 5")->result() ==
        R"(just [obj:3, 5, just obj:9000, "local", nothing])");
  CHECK(machine.ask(Op::call, "obj:1, 5")->result() == "just \"waiting\"");
  CHECK(machine.ask(Op::call, "obj:1, 6")->result() == "just [just 6, just obj:9000]");
  machine.events();
  // As if it ran there.
  CHECK(machine.ask(Op::fetch, "obj:0", {}, "far")->result() == "true");
  CHECK(machine.events() == Strings{"ObjectFetched obj:0 far"});
  CHECK(machine.ask(Op::fetch, "obj:0", {}, "far")->result() == "true");
  CHECK(machine.events().empty());
  const SlotKey replica{{0}, machine.world.machines.find({Val::str("far")})};
  REQUIRE(machine.world.store.find(replica) != nullptr);
  CHECK(machine.world.store.find(replica)->exists());
  auto execution = machine.ask(Op::call, "obj:0, 5");
  CHECK(execution->is_in(machine.sender));
  CHECK_FALSE(execution->is_in({0}));
}

TEST_CASE("It takes a turn for the instruction, those of what it calls, and one to end") {
  Asked machine;
  auto execution = machine.ask(Op::call, "obj:0, 7");
  CHECK(execution->step() == Status::Running);  // call
  CHECK(execution->step() == Status::Running);  // get_input
  CHECK(machine.field(0, "state") == R"({"List":[]})");
  CHECK(execution->step() == Status::Running);  // set_state
  CHECK(machine.field(0, "state") == R"({"List":[{"Nat":7}]})");
  CHECK(execution->step() == Status::Done);
  CHECK(execution->stats().steps == 3);

  auto short_one = machine.ask(Op::get_machine, "obj:0");
  CHECK(short_one->run(0) == Status::Running);
  CHECK(short_one->stats().steps == 0);
  CHECK(short_one->run(5) == Status::Done);
}

TEST_CASE("Its limits are an execution's") {
  Asked machine;
  CHECK(machine.ask(Op::get_machine, "obj:0", {.limits = {.steps = 0}})->result() ==
        "ResourceError.Steps: the limit of 0 steps is reached");
  CHECK(machine.ask(Op::call, "obj:0, 7", {.limits = {.steps = 2}})->result() ==
        "ResourceError.Steps: the limit of 2 steps is reached");
  CHECK(machine.ask(Op::call, "obj:0, 7", {.limits = {.depth = 0}})->result() ==
        "ResourceError.Depth: the limit of 0 nested activations is reached");
  CHECK(machine.ask(Op::call, "obj:0, 7", {.limits = {.depth = 1}})->result() == "just 7");
}

TEST_CASE("Whatever allocation fails in it, the store is sound") {
  const auto [op, operands] = GENERATE(table<Op, std::string>({
      {Op::call, "obj:0, \"a text that does not fit into a value\""},
      {Op::destroy_obj, "obj:0"},
      {Op::move_object, "obj:0, \"far\""},
      {Op::transfer_object, "obj:0, \"a controller of a long name\""},
  }));
  CAPTURE(operands);
  std::string after;
  {
    Asked machine;
    machine.ask(op, operands)->run();
    after = machine.dump();
  }
  unsigned failures = 0;
  for (std::size_t spare = 0;; spare += 8) {
    Asked machine;
    const std::string before = machine.dump();
    auto execution =
        machine.ask(op, operands, {.limits = {.memory = heap::bytes_in_use() + spare}});
    if (execution->run() == Status::Done) {
      CHECK(machine.dump() == after);
      break;
    }
    ++failures;
    if (execution->error()->code != ErrorCode::ResourceError_Memory) FAIL(execution->result());
    const std::string now = machine.dump();
    if (now != before && now != after) FAIL(now);
    if (spare > 200'000) FAIL("no limit is enough");
  }
  CHECK(failures > 0);
}

TEST_CASE("Failures inside are told with the instruction as the outermost place") {
  Asked machine;
  machine.behavior("forward", "%m = get_input \n call obj:2, %m \n call obj:7, %m");
  machine.run("create_obj \"forward\"");
  Strings told;
  Strings outcomes;
  StartOptions options;
  options.on_failure = [&](const Failure& failure) {
    std::string line(failure.error.name());
    for (const CallSite& site : failure.calls)
      line += ' ' + site.function;
    told.push_back(line + (failure.is_final ? " final" : ""));
  };
  options.on_outcome = [&](Op op, const Result<Val>& outcome) {
    outcomes.push_back(std::string(op_info(op).name) + ' ' +
                       (outcome ? to_text(*outcome) : std::string(outcome.error().name())));
  };
  CHECK(machine.ask(Op::call, "obj:4, 1", options)->result() == "nothing");
  CHECK(told ==
        Strings{"ObjError.RejectedCall fails forward call", "ObjError.NotFound forward call"});
  CHECK(outcomes == Strings{"get_input 1", "begin_tx tx:0", "get_input 1", "call nothing",
                            "call ObjError.NotFound", "call nothing"});
  told.clear();
  CHECK(machine.ask(Op::destroy_obj, "obj:7", options)->status() == Status::Running);
  CHECK(told.empty());
  machine.ask(Op::destroy_obj, "obj:7", options)->run();
  CHECK(told == Strings{"ObjError.NotFound destroy_obj final"});
}

TEST_CASE("An ended one holds its result and nothing else, and a given up one nothing") {
  Asked machine;
  CountedTrace trace;
  // The names of instructions are made once in a thread, and a store keeps room for snapshots.
  machine.ask(Op::call, "obj:2, 1", {.trace = &trace})->run();
  const std::string text(1000, 'x');
  const std::size_t before = heap::bytes_in_use();
  {
    auto execution = machine.ask(Op::call, "obj:3, [\"" + text + "\"]", {.trace = &trace});
    execution->step();
    CHECK(heap::bytes_in_use() > before + text.size());
  }
  CHECK(heap::bytes_in_use() == before);
  {
    auto execution = machine.ask(Op::call, "obj:2, \"" + text + "\"", {.trace = &trace});
    CHECK(execution->run() == Status::Done);
    CHECK(heap::bytes_in_use() < before + text.size());
  }
  CHECK(heap::bytes_in_use() == before);
}

TEST_CASE("No instruction that applies a function can be run by itself") {
  Asked machine;
  auto execution = machine.ask(Op::get_machine, "obj:0");
  InstructionEngine engine(*execution);
  const Code& function =
      machine.unregistered("f", 0, [](auto) -> Result<Val> { return Val::nat(1); });
  const Result<Val> result = engine.apply(function, {});
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::PureError_NotFound);
  CHECK(engine.park() == nullptr);
  CHECK(engine.frame_count() == 0);
}
