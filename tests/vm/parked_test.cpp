// Activations that are put away: as values for another machine, and what of such values is taken in.
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "avm/heap.hpp"
#include "avm/instruction.hpp"
#include "machine/access.hpp"
#include "runtime/packing.hpp"
#include "tapes.hpp"

namespace avm {
namespace {

using Strings = std::vector<std::string>;
using test::finished;
using test::run;
using test::started;

// `holder` waits with a list in register 0, a number in 1, its input in 2, and nothing yet in 3 and 4; it
// gives all that, with what it was woken with. `main` makes one, calls it and gives its id; `ask` calls the
// object that it is given.
struct Holder {
  std::uint64_t at_start = 0;
  std::uint64_t at_receive = 0;
  std::uint64_t at_end = 0;
  std::uint64_t size = 0;
  Tape tape;
};
Holder holder() {
  Holder result;
  TapeBuilder builder;
  FunctionBuilder& main = builder.add(FunctionKind::Program, "main");
  main.emit(Op::load_const, {.a = 0, .constant = builder.constants().str("holder")});
  main.emit(Op::create_obj, {.a = 0, .b = 0, .c = no_register});
  main.emit(Op::load_const, {.a = 1, .constant = builder.constants().str("the holder's input")});
  main.emit(Op::call, {.a = no_register, .b = 0, .c = 1});
  main.emit(Op::drop, {.a = 1});
  main.emit(Op::ret, {.a = 0});
  FunctionBuilder& ask = builder.add(FunctionKind::Program, "ask");
  ask.emit(Op::get_input, {.a = 0});
  ask.emit(Op::call, {.a = 1, .b = 0, .c = 0});
  ask.emit(Op::drop, {.a = 0});
  ask.emit(Op::ret, {.a = 1});
  FunctionBuilder& behavior = builder.add(FunctionKind::Behavior, "holder");
  ConstantPool& constants = builder.constants();
  behavior.emit(Op::load_const, {.a = 0, .constant = constants.list({constants.list({})})});
  behavior.emit(Op::load_nat, {.a = 1, .number = 7});
  behavior.emit(Op::get_input, {.a = 2});
  result.at_receive = behavior.pc();
  behavior.emit(Op::receive, {.a = 4, .b = no_register});
  behavior.emit(Op::move, {.a = 3, .b = 4});
  behavior.emit(Op::make_list, {.a = 0, .b = 0, .c = 4});
  result.at_end = behavior.pc();
  behavior.emit(Op::ret, {.a = 0});
  result.size = behavior.pc();
  result.tape = finished(builder);
  return result;
}

/// A machine with a holder that waits, which is obj:0.
struct Waiting {
  explicit Waiting(const Holder& of) : machine(MachineOptions{}) {
    REQUIRE(machine.load(of.tape));
    REQUIRE(run(machine, "main").text() == "obj:0");
  }
  World& world() { return MachineAccess::world(machine); }
  const Code& code() { return *world().registry.behavior(Val::str("holder")); }
  const Parked& parked() { return *world().store.find({{0}})->extras->waiting; }
  std::shared_ptr<const Parked> unpack(const Val& packed, Op at = Op::receive) {
    return code().unpack(code(), packed, at);
  }
  /// Puts `parked` in the place of what waits, and calls the object.
  std::string woken(std::shared_ptr<const Parked> parked, StartOptions options = {}) {
    world().store.change(
        {{0}}, [&](ObjectData& data, Version) { data.extras.own().waiting = std::move(parked); });
    return run(machine, "ask", Val::object({0}), std::move(options)).text();
  }
  Machine machine;
};

Val place(std::uint64_t pc, const std::vector<Val>& registers) {
  return Val::list({Val::nat(pc), Val::list(registers)});
}

Val value(std::string_view text) {
  const auto parsed = parse_value(text);
  if (!parsed) FAIL("not a value: " << text);
  return *parsed;
}

// ─── what waits in an object ────────────────────────────────────────────────────────────────────

TEST_CASE("what waits goes on elsewhere as it would have here") {
  const Holder of = holder();
  Waiting here(of);
  const std::optional<Val> packed = here.parked().pack();
  REQUIRE(packed);
  CHECK(to_text(*packed) ==
        "[" + std::to_string(of.at_receive) + R"(, [[[]], 7, "the holder's input", 0, 0]])");
  CHECK(here.parked().pack() == packed);  // it is still there

  Waiting there(of);
  const auto unpacked = there.unpack(*packed);
  REQUIRE(unpacked != nullptr);
  CHECK(unpacked->pack() == packed);
  const std::string wanted = R"(just [[[]], 7, "the holder's input", just obj:0])";
  CHECK(there.woken(unpacked) == wanted);
  CHECK(there.woken(unpacked) == wanted);  // it can be resumed more than once
  CHECK(run(here.machine, "ask", Val::object({0})).text() == wanted);
}

TEST_CASE("registers hold whatever they can hold at that place") {
  const Holder of = holder();
  Waiting there(of);
  // A list may be in 0 and the input in 2, so that anything may. 1, 3 and 4 hold no blocks.
  const auto registers = std::vector<Val>{value("just (1, [2])"), value("just just nothing"),
                                          value("[[\"a string of some length\"]]"), value("obj:9"),
                                          value("\"short\"")};
  CHECK(there.woken(there.unpack(place(of.at_receive, registers))) ==
        R"(just [just (1, [2]), just just nothing, [["a string of some length"]], just obj:0])");
}

TEST_CASE("what cannot go on there is refused") {
  const Holder of = holder();
  Waiting there(of);
  const std::vector<Val> sound(5, Val::nat(1));
  REQUIRE(there.unpack(place(of.at_receive, sound)) != nullptr);

  SECTION("no place") {
    for (const char* const text :
         {"0", "[]", "nothing", "[1]", "(3, [1, 1, 1, 1, 1])", "just [3, [1, 1, 1, 1, 1]]",
          "[3, [1, 1, 1, 1, 1], 0]", "[3, 5]", "[3, nothing]", "[3, (1, 1)]"}) {
      INFO(text);
      CHECK(there.unpack(value(text)) == nullptr);
    }
    const Val registers = Val::list(sound);
    for (const char* const pc : {"true", "nothing", "just 3", "obj:3", "tx:3", "\"3\"", "[3]"}) {
      INFO(pc);
      CHECK(there.unpack(Val::list({value(pc), registers})) == nullptr);
    }
  }
  SECTION("any other word") {
    for (std::uint64_t pc = 0; pc < of.size + 10; ++pc) {
      INFO(pc);
      CHECK((there.unpack(place(pc, sound)) != nullptr) == (pc == of.at_receive));
    }
    const std::uint64_t high = std::uint64_t{1} << 32U;
    for (const std::uint64_t pc : {high, high + of.at_receive, no_limit, no_limit - 1})
      CHECK(there.unpack(place(pc, sound)) == nullptr);
  }
  SECTION("another instruction") {
    for (const Op op : {Op::teleport, Op::call, Op::ret, Op::get_input})
      CHECK(there.unpack(place(of.at_receive, sound), op) == nullptr);
    CHECK(there.unpack(place(of.at_end, sound), Op::ret) != nullptr);
  }
  SECTION("another number of registers") {
    for (const std::size_t count : {0U, 1U, 4U, 6U, 255U, 256U, 1000U}) {
      INFO(count);
      CHECK(there.unpack(place(of.at_receive, std::vector<Val>(count, Val::nat(1)))) == nullptr);
    }
  }
  SECTION("a block where none can be") {
    // The empty list is none.
    for (const char* const text :
         {"[1]", "(1, 2)", "just [1]", "just just [1]", "\"more than fourteen bytes\"",
          "just \"more than fourteen bytes\""}) {
      for (const std::size_t i : {0U, 1U, 2U, 3U, 4U}) {
        INFO(text << " in " << i);
        std::vector<Val> registers = sound;
        registers[i] = value(text);
        CHECK((there.unpack(place(of.at_receive, registers)) != nullptr) == (i == 0 || i == 2));
      }
    }
  }
}

// What comes in where a loop comes back may be what any way there leaves.
TEST_CASE("what registers can hold is asked at the very word, and of all ways to it") {
  TapeBuilder builder;
  FunctionBuilder& behavior = builder.add(FunctionKind::Behavior, "waits");
  const TapeLabel top = behavior.new_label();
  behavior.emit(Op::load_nat, {.a = 0, .number = 0});
  behavior.emit(Op::load_nat, {.a = 1, .number = 0});
  behavior.bind(top);
  const std::uint64_t first = behavior.pc();
  behavior.emit(Op::receive, {.a = 1, .b = no_register});
  behavior.emit(Op::drop, {.a = 0});
  behavior.emit(Op::move, {.a = 0, .b = 1});
  const std::uint64_t second = behavior.pc();
  behavior.emit(Op::receive, {.a = 1, .b = 0});
  behavior.emit(Op::br_nothing, {.a = 1, .label = top});
  behavior.emit(Op::drop, {.a = 1});
  const std::uint64_t third = behavior.pc();
  behavior.emit(Op::receive, {.a = 1, .b = no_register});
  behavior.emit(Op::drop, {.a = 1});
  behavior.emit(Op::ret, {.a = 0});
  Machine machine;
  REQUIRE(machine.load(finished(builder)));
  const Code& code = *MachineAccess::world(machine).registry.behavior(Val::str("waits"));
  const auto takes = [&](std::uint64_t pc, const char* a, const char* b) {
    return code.unpack(code, place(pc, {value(a), value(b)}), Op::receive) != nullptr;
  };
  // Register 0 has a message when it comes back; 1 has `nothing` then.
  CHECK(takes(first, "[1]", "0"));
  CHECK_FALSE(takes(first, "0", "[1]"));
  CHECK(takes(second, "[1]", "0"));
  CHECK_FALSE(takes(second, "0", "[1]"));
  CHECK(takes(third, "[1]", "0"));
  CHECK_FALSE(takes(third, "0", "[1]"));
}

TEST_CASE("no activation stands in code that is not reached") {
  TapeBuilder builder;
  FunctionBuilder& behavior = builder.add(FunctionKind::Behavior, "waits");
  const TapeLabel end = behavior.new_label();
  behavior.emit(Op::load_nat, {.a = 0, .number = 1});
  behavior.emit(Op::jmp, {.label = end});
  const std::uint64_t dead = behavior.pc();
  behavior.emit(Op::receive, {.a = 0, .b = no_register});
  behavior.bind(end);
  behavior.emit(Op::ret, {.a = 0});
  Machine machine;
  REQUIRE(machine.load(finished(builder)));
  const Code& code = *MachineAccess::world(machine).registry.behavior(Val::str("waits"));
  CHECK(code.unpack(code, place(dead, {Val::nat(1)}), Op::receive) == nullptr);
}

TEST_CASE("whatever comes in is refused, or goes on and gives back all that it took") {
  const Holder of = holder();
  Waiting there(of);
  const std::vector<Val> samples = {Val::nat(0),
                                    Val::nat(no_limit),
                                    Val::boolean(true),
                                    Val::nothing(),
                                    Val::str("short"),
                                    Val::str("more than fourteen bytes"),
                                    Val::empty_list(),
                                    value("[1, [2], (3, \"four\")]"),
                                    value("just [just 1]"),
                                    value("just just just 5"),
                                    value("tx:7"),
                                    value("var:7"),
                                    Val::object({~std::uint64_t{0}})};
  std::mt19937 random(1);
  const auto any_of = [&](std::size_t count) { return static_cast<std::size_t>(random()) % count; };
  there.woken(there.unpack(place(of.at_receive, std::vector<Val>(5, Val::nat(1)))));
  const std::size_t before = heap::bytes_in_use();
  unsigned taken = 0;
  for (unsigned i = 0; i < 2'000; ++i) {
    std::vector<Val> registers;
    const std::size_t count = any_of(8) == 0 ? any_of(8) : 5;
    for (std::size_t j = 0; j < count; ++j)
      registers.push_back(samples[any_of(samples.size())]);
    const std::uint64_t pc = any_of(4) == 0 ? any_of(of.size + 3) : of.at_receive;
    const Val packed = place(pc, registers);
    auto unpacked = there.unpack(packed);
    if (unpacked == nullptr) continue;
    ++taken;
    INFO("seed 1, " << i << ": " << to_text(packed));
    CHECK(unpacked->pack() == packed);
    const std::string wanted = to_text(Val::just(
        Val::list({registers[0], registers[1], registers[2], Val::just(Val::object({0}))})));
    CHECK(there.woken(std::move(unpacked)) == wanted);
  }
  CHECK(taken > 100);
  CHECK(heap::bytes_in_use() == before);
}

TEST_CASE("taking in that finds no memory throws and keeps nothing") {
  const Holder of = holder();
  Waiting there(of);
  const Val packed = *there.parked().pack();
  const std::size_t before = heap::bytes_in_use();
  unsigned failures = 0;
  for (std::size_t spare = 0;; spare += 8) {
    try {
      const heap::HeapLimit limit(before + spare);
      const auto unpacked = there.unpack(packed);
      CHECK(unpacked != nullptr);
      break;
    } catch (const std::bad_alloc&) {
      ++failures;
    }
    if (heap::bytes_in_use() != before) FAIL("something is kept");
  }
  CHECK(failures > 0);
  CHECK(heap::bytes_in_use() == before);
}

TEST_CASE("what waits in a tree stays where it is") {
  Machine machine;
  REQUIRE(machine.add_behavior("holder", [](const Val&) { return instruction::receive(); }));
  TapeBuilder builder;
  FunctionBuilder& main = builder.add(FunctionKind::Program, "main");
  main.emit(Op::load_const, {.a = 0, .constant = builder.constants().str("holder")});
  main.emit(Op::create_obj, {.a = 0, .b = 0, .c = no_register});
  main.emit(Op::call, {.a = no_register, .b = 0, .c = 0});
  main.emit(Op::ret, {.a = 0});
  REQUIRE(machine.load(finished(builder)));
  REQUIRE(run(machine, "main").text() == "obj:0");
  const World& world = MachineAccess::world(machine);
  CHECK(world.store.find({{0}})->extras->waiting->pack() == std::nullopt);
  CHECK(world.registry.behavior(Val::str("holder"))->unpack == nullptr);
  CHECK_FALSE(pack_object(world, {0}, {Val::str("far")}));
}

// ─── a program that teleports ───────────────────────────────────────────────────────────────────

/// Sends what teleports on its way, as far as its own hands.
struct Way final : Transport {
  bool reachable(const MachineId&) const override { return true; }
  std::optional<MachineId> locate(ObjectId) const override { return std::nullopt; }
  Delivery ask(const MachineId&, Op op, std::span<const Val>, ObjectId) override {
    CHECK(op == Op::teleport);
    departure = execution->depart();
    return Delivery::Sent;
  }
  ExecutionImpl* execution = nullptr;
  std::optional<Departure> departure;
};

// `main` goes to "there", and gives what it held, its input, whether it went, and where it is.
Tape traveller() {
  TapeBuilder builder;
  FunctionBuilder& main = builder.add(FunctionKind::Program, "main");
  main.emit(Op::load_const, {.a = 0, .constant = builder.constants().str("held all the way")});
  main.emit(Op::load_const, {.a = 2, .constant = builder.constants().str("there")});
  main.emit(Op::teleport, {.a = 2, .b = 2});
  main.emit(Op::get_input, {.a = 1});
  main.emit(Op::get_current_machine, {.a = 3});
  main.emit(Op::make_list, {.a = 0, .b = 0, .c = 4});
  main.emit(Op::ret, {.a = 0});
  return finished(builder);
}

TEST_CASE("a program goes on where it has gone, and ends with what it gives there") {
  Way way;
  Machine here(MachineOptions{.name = "here", .node_prefix = 3}, way);
  REQUIRE(here.load(traveller()));
  const auto execution = started(here, "main", value("[5]"));
  way.execution = static_cast<ExecutionImpl*>(execution.get());
  REQUIRE(execution->run() == Execution::Status::Waiting);
  REQUIRE(way.departure);
  CHECK(way.departure->self == here.root());
  CHECK(way.departure->input == value("[5]"));
  const Val packed = pack_program(*way.departure);

  Machine there(MachineOptions{.name = "there"});
  World& world = MachineAccess::world(there);
  const auto find = [&](const Val& name) { return MachineAccess::program(there, name); };
  const auto missing = unpack_program(world, packed, find);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().text() ==
        "MachineError.InvalidTransfer: cannot transfer to machine there: it does not know the "
        "program");
  REQUIRE(there.load(traveller()));
  Result<Arrival> arrival = unpack_program(world, packed, find);
  REQUIRE(arrival);
  arrival->timestamp = 40;
  MemoryTrace trace;
  StartOptions options;
  options.trace = &trace;
  ExecutionImpl arrived(world, std::move(*arrival), {Val::str("here")}, options);
  CHECK(arrived.run() == Execution::Status::Done);
  CHECK(to_text(*arrived.value()) == R"(["held all the way", [5], true, "there"])");
  CHECK(arrived.stats().steps == 2);
  REQUIRE(trace.entries().size() == 1);
  CHECK(trace.entries()[0].timestamp == 40);
  CHECK(trace.count("ExecutionMoved") == 1);

  execution->deliver(*arrived.value());
  CHECK(execution->status() == Execution::Status::Done);
  CHECK(*execution->value() == *arrived.value());
}

TEST_CASE("what is no program at a teleport does not arrive") {
  Way way;
  Machine here(MachineOptions{.name = "here"}, way);
  REQUIRE(here.load(traveller()));
  const auto execution = started(here, "main");
  way.execution = static_cast<ExecutionImpl*>(execution.get());
  execution->run();
  REQUIRE(way.departure);
  const World& world = MachineAccess::world(here);
  const auto find = [&](const Val& name) { return MachineAccess::program(here, name); };
  const auto arrives = [&](const Val& activation) {
    Departure changed = *way.departure;
    changed.activation = activation;
    return unpack_program(world, pack_program(changed), find).has_value();
  };
  const Val sound = way.departure->activation;
  CHECK(arrives(sound));
  const std::uint64_t at = sound.list_at(0).as_nat();
  const std::vector<Val> registers(sound.list_at(1).list_size(), Val::nat(1));
  CHECK(arrives(place(at, registers)));
  for (std::uint64_t pc = 0; pc < 20; ++pc)
    CHECK(arrives(place(pc, registers)) == (pc == at));
  CHECK_FALSE(arrives(place(at, {})));
  CHECK_FALSE(arrives(Val::empty_list()));
}

TEST_CASE("a program that C++ brings cannot leave") {
  Way way;
  Machine here(MachineOptions{.name = "here"}, way);
  REQUIRE(here.add_program("main", [](const Val&) { return instruction::teleport("there"); }));
  const auto execution = started(here, "main");
  way.execution = static_cast<ExecutionImpl*>(execution.get());
  CHECK(execution->run() == Execution::Status::Waiting);
  CHECK_FALSE(way.departure);
}

}  // namespace
}  // namespace avm
