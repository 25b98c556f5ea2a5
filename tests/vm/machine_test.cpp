// The embedding API: loading, starting, stepping, posting, and answers from another machine.
#include "tapes.hpp"

#include <ranges>

namespace avm {
namespace {

using test::finished;
using test::run;
using test::started;

// `main` gives a number; as a Tape under any name.
Tape giving(std::uint16_t number, FunctionKind kind = FunctionKind::Program,
            const std::string& name = "main") {
  TapeBuilder builder;
  FunctionBuilder& function = builder.add(kind, name);
  function.emit(Op::load_nat, {.a = 0, .number = number});
  function.emit(Op::ret, {.a = 0});
  return finished(builder);
}

// `main` creates a `keeper` and gives its id; a keeper waits, then sets its state to [message].
Tape keeper() {
  TapeBuilder builder;
  FunctionBuilder& main = builder.add(FunctionKind::Program, "main");
  main.emit(Op::load_const, {.a = 0, .constant = builder.constants().str("keeper")});
  main.emit(Op::create_obj, {.a = 0, .b = 0, .c = no_register});
  main.emit(Op::call, {.a = no_register, .b = 0, .c = 0});
  main.emit(Op::ret, {.a = 0});
  FunctionBuilder& behavior = builder.add(FunctionKind::Behavior, "keeper");
  behavior.emit(Op::receive, {.a = 0, .b = no_register});
  behavior.emit(Op::unwrap, {.a = 1, .b = 0});
  behavior.emit(Op::drop, {.a = 0});
  behavior.emit(Op::make_list, {.a = 1, .b = 1, .c = 1});
  behavior.emit(Op::set_state, {.a = 1});
  behavior.emit(Op::ret, {.a = 1});
  return finished(builder);
}

TEST_CASE("a module is taken in whole or not at all") {
  Machine machine;
  REQUIRE(machine.load(giving(1)));
  CHECK(machine.load(giving(1)));  // the same again
  const auto refused = machine.load(giving(2));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().reason == LoadError::Reason::NameTaken);
  CHECK(run(machine, "main").text() == "1");

  REQUIRE(machine.load(giving(1, FunctionKind::Pure, "f")));
  TapeBuilder builder;
  for (const auto& [name, kind] :
       {std::pair("fresh", FunctionKind::Behavior), std::pair("f", FunctionKind::Pure)}) {
    FunctionBuilder& function = builder.add(kind, name);
    function.emit(Op::load_nat, {.a = 0, .number = 9});
    function.emit(Op::ret, {.a = 0});
  }
  CHECK_FALSE(machine.load(finished(builder)));
  CHECK(machine.load(giving(3, FunctionKind::Behavior, "fresh")));
}

TEST_CASE("a tape that does not verify, is unsafe or too high is refused") {
  Machine machine(MachineOptions{.layer_max = 0});
  Tape bad = giving(1);
  bad.functions[0].code = {make_word(Op::load_nat, 7), make_word(Op::ret, 0)};
  CHECK(machine.load(bad).error().reason == LoadError::Reason::Invalid);

  Tape unsafe = giving(1);
  unsafe.functions[0].is_unsafe = true;
  unsafe.functions[0].hash = content_hashes(unsafe)[0];
  CHECK(machine.load(unsafe).error().reason == LoadError::Reason::Unsafe);

  TapeBuilder builder;
  FunctionBuilder& main = builder.add(FunctionKind::Program, "main");
  main.emit(Op::begin_tx, {.a = 0, .b = no_register});
  main.emit(Op::ret, {.a = 0});
  CHECK(machine.load(finished(builder)).error().reason == LoadError::Reason::Layer);
}

TEST_CASE("only programs can be started") {
  Machine machine;
  REQUIRE(machine.load(keeper()));
  CHECK(machine.start("keeper").error().reason == LoadError::Reason::NoSuchProgram);
  CHECK(machine.start("nobody").error().message == "no program is named 'nobody'");
}

TEST_CASE("a turn goes up to and with the next instruction") {
  Machine machine;
  REQUIRE(machine.load(keeper()));
  const auto execution = started(machine, "main");
  CHECK(execution->step() == Execution::Status::Running);
  CHECK(machine.object_count() == 1);  // create_obj
  CHECK(execution->stats().steps == 1);
  CHECK(execution->step() == Execution::Status::Running);  // call
  CHECK(execution->stats().steps == 2);
  CHECK(execution->step() == Execution::Status::Running);  // receive, which waits
  CHECK(execution->stats().steps == 3);
  CHECK(execution->step() == Execution::Status::Done);
  CHECK(to_text(*execution->value()) == "obj:0");
  CHECK(execution->step() == Execution::Status::Done);  // there is nothing left to do
}

TEST_CASE("a message from outside wakes an object in an execution of its own") {
  Machine machine;
  REQUIRE(machine.load(keeper()));
  CHECK(machine.post(ObjectId{0}, Val::nat(1)) == nullptr);  // held until it is born
  REQUIRE(run(machine, "main").text() == "obj:0");
  std::vector<std::string> states;
  const auto look = [&] {
    states.clear();
    machine.for_each_object(
        [&](const ObjectView& object) { states.push_back(to_text(object.state)); });
  };
  look();
  CHECK(states == std::vector<std::string>{"[1]"});

  REQUIRE(run(machine, "main").text() == "obj:1");  // waits
  const auto woken = machine.post(ObjectId{1}, Val::nat(5));
  REQUIRE(woken != nullptr);
  CHECK(woken->run() == Execution::Status::Done);
  look();
  CHECK(states == std::vector<std::string>{"[1]", "[5]"});
}

TEST_CASE("a chain of calls is told from the inside out") {
  TapeBuilder builder;
  builder.add_file("chain.avm");
  FunctionBuilder& main = builder.add(FunctionKind::Program, "main");
  FunctionBuilder& inner = builder.add(FunctionKind::Pure, "inner");
  main.describe(0, {1, 9});
  main.line({2, 5});
  main.emit(Op::load_nat, {.a = 0, .number = 1});
  main.line({3, 5});
  main.emit(Op::apply, {.a = 0, .b = 0, .c = 1, .function = inner.index()});
  main.emit(Op::ret, {.a = 0});
  inner.set_parameters(1);
  inner.describe(0, {6, 6});
  inner.line({7, 5});
  inner.emit(Op::sub_imm, {.a = 0, .b = 0, .c = 2});
  inner.emit(Op::ret, {.a = 0});

  std::vector<std::string> told;
  StartOptions options;
  options.on_failure = [&](const Failure& failure) {
    told.push_back(failure.error.text());
    for (const CallSite& site : failure.calls) {
      told.push_back(site.function + " " + site.file + ":" + std::to_string(site.position.line));
    }
    CHECK(failure.is_final);
  };
  run(finished(builder), Val::nothing(), options);
  CHECK(told ==
        std::vector<std::string>{"PureError.Overflow: sub leaves the range of Nat (0 to 2^64-1)",
                                 "inner chain.avm:7", "main chain.avm:3"});
}

// Says that every machine is there, and keeps what it is asked.
class Elsewhere final : public Transport {
 public:
  bool reachable(const MachineId&) const override { return true; }
  std::optional<MachineId> locate(ObjectId) const override { return std::nullopt; }
  Delivery ask(const MachineId&, Op op, std::span<const Val> arguments, ObjectId) override {
    asked.push_back(std::string(op_info(op).name) + ' ' + to_text(arguments[1]));
    return op == Op::call ? Delivery::Sent : Delivery::Here;
  }

  std::vector<std::string> asked;
};

// `main` moves a new object to "far" and calls it.
Tape far_call() {
  TapeBuilder builder;
  FunctionBuilder& main = builder.add(FunctionKind::Program, "main");
  main.emit(Op::load_const, {.a = 0, .constant = builder.constants().str("there")});
  main.emit(Op::create_obj, {.a = 0, .b = 0, .c = no_register});
  main.emit(Op::load_const, {.a = 1, .constant = builder.constants().str("far")});
  main.emit(Op::move_object, {.a = no_register, .b = 0, .c = 1});
  main.emit(Op::call, {.a = 1, .b = 0, .c = 1});
  main.emit(Op::ret, {.a = 1});
  FunctionBuilder& there = builder.add(FunctionKind::Behavior, "there");
  there.emit(Op::load_nat, {.a = 0, .number = 1});
  there.emit(Op::ret, {.a = 0});
  return finished(builder);
}

TEST_CASE("events of calls bear their execution's number, whatever it is") {
  TapeBuilder builder;
  FunctionBuilder& main = builder.add(FunctionKind::Program, "main");
  main.emit(Op::load_const, {.a = 0, .constant = builder.constants().str("cell")});
  main.emit(Op::create_obj, {.a = 0, .b = 0, .c = no_register});
  for (int i = 0; i < 3; ++i)
    main.emit(Op::call, {.a = no_register, .b = 0, .c = 0});
  main.emit(Op::ret, {.a = 0});
  FunctionBuilder& cell = builder.add(FunctionKind::Behavior, "cell");
  cell.emit(Op::get_input, {.a = 0});
  cell.emit(Op::make_list, {.a = 0, .b = 0, .c = 1});
  cell.emit(Op::set_state, {.a = 0});
  cell.emit(Op::drop, {.a = 0});
  cell.emit(Op::get_self, {.a = 0});
  cell.emit(Op::ret, {.a = 0});
  Machine machine;
  REQUIRE(machine.load(finished(builder)));
  for (const std::optional<std::uint64_t> number :
       std::initializer_list<std::optional<std::uint64_t>>{std::nullopt, 0, 1, no_limit - 2,
                                                           no_limit - 1, no_limit}) {
    MemoryTrace trace;
    trace.record({0, event::StateUpdated{}, std::nullopt, std::nullopt});
    run(machine, "main", Val::nothing(), {.trace = &trace, .execution = number});
    std::uint64_t timestamp = 0;
    for (const TraceEntry& entry : trace.entries() | std::views::drop(1)) {
      CHECK(entry.execution == number);
      CHECK(entry.timestamp == timestamp++);
    }
    CHECK(timestamp == 7);
  }
}

TEST_CASE("an execution waits for another machine's answer") {
  Elsewhere elsewhere;
  Machine machine(MachineOptions{}, elsewhere);
  REQUIRE(machine.load(far_call()));
  const auto answered = [&](Result<Val> answer) {
    auto execution = started(machine, "main");
    REQUIRE(execution->run() == Execution::Status::Waiting);
    CHECK(execution->run() == Execution::Status::Waiting);
    execution->deliver(std::move(answer));
    execution->run();
    return test::Ran{std::move(execution)}.text();
  };
  CHECK(answered(Val::just(Val::nat(7))) == "just 7");
  CHECK(elsewhere.asked == std::vector<std::string>{"move_object \"far\"", "call \"far\""});
  CHECK(answered(Val::nothing()) == "nothing");
  CHECK(answered(std::unexpected(Error(ErrorCode::MachineError_Unreachable, Val::str("far")))) ==
        "MachineError.Unreachable: machine far cannot be reached");
}

}  // namespace
}  // namespace avm
