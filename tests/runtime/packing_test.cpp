// Objects, replicas and programs as values: what goes out comes in as it was, and nothing else comes in.
#include <catch2/catch.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/packing.hpp"
#include "runtime/script.hpp"

using namespace avm;
using test::ScriptMachine;
using test::value;
using Strings = std::vector<std::string>;

namespace {

/// An activation that is known by a number.
struct Numbered final : Parked {
  explicit Numbered(std::uint64_t n) : number(n) {}
  std::optional<Val> pack() const override { return Val::list({Val::nat(number)}); }
  std::uint64_t number;
};

/// Takes `[number]`, but for 13.
std::shared_ptr<const Parked> unpack_numbered(const Code&, const Val& packed, Op at) {
  if (!packed.is_list() || packed.list_size() != 1) return nullptr;
  const Val number = packed.list_at(0);
  if (!number.is_nat() || number.as_nat() == 13) return nullptr;
  return std::make_shared<Numbered>(number.as_nat() + (at == Op::receive ? 0 : 1000));
}

/// A machine with the behaviors `cell`, whose activations cannot go elsewhere, and `mover`, whose can.
struct Packing : ScriptMachine {
  Packing() : ScriptMachine({"far", "away"}) {
    behavior("cell", "%m = receive \n ret %m");
    behavior("mover", "%m = receive \n ret %m");
    for (Code& code : codes) {
      if (code.name.as_str() == "mover") code.unpack = &unpack_numbered;
    }
  }
  std::string hash(const std::string& name) const { return '"' + code(name).hash.hex() + '"'; }
  void change(SlotKey key, const std::function<void(ObjectData&)>& change) {
    world.store.change(key, [&](ObjectData& data, Version) { change(data); });
  }
};

std::string text_of(const Result<Val>& result) {
  return result ? to_text(*result) : result.error().text();
}

std::string refusal(const std::string& why, const std::string& machine = "local") {
  return "MachineError.InvalidTransfer: cannot transfer to machine " + machine + ": " + why;
}

const MachineId far{Val::str("far")};

/// A value of each kind, and of some that look alike.
std::vector<Val> samples() {
  std::vector<Val> values;
  for (const char* const text : {"0",
                                 "18446744073709551615",
                                 "true",
                                 "\"\"",
                                 "\"cell\"",
                                 "[]",
                                 "[[]]",
                                 "[1, 2, 3]",
                                 "[nothing, 1]",
                                 "[just 1, 1]",
                                 "[\"far\", true]",
                                 "(1, 2)",
                                 "nothing",
                                 "just 1",
                                 "just \"alice\"",
                                 "just just \"alice\"",
                                 "just []",
                                 "just [7]",
                                 "just [13]",
                                 "just obj:1",
                                 "obj:0",
                                 "obj:281474976710655",
                                 "tx:1",
                                 "var:0"})
    values.push_back(value(text));
  return values;
}

std::vector<Val> elements(const Val& list) {
  std::vector<Val> result;
  for (std::uint64_t i = 0; i < list.list_size(); ++i)
    result.push_back(list.list_at(i));
  return result;
}

Val with(const Val& list, std::uint64_t index, const Val& element) {
  std::vector<Val> changed = elements(list);
  changed.at(index) = element;
  return Val::list(changed);
}

Val longer(const Val& list) {
  std::vector<Val> changed = elements(list);
  changed.push_back(Val::nothing());
  return Val::list(changed);
}

Val shorter(const Val& list) {
  std::vector<Val> changed = elements(list);
  changed.pop_back();
  return Val::list(changed);
}

}  // namespace

// ─── objects ────────────────────────────────────────────────────────────────────────────────────

TEST_CASE("An object goes over with all that it has") {
  Packing machine;
  machine.run("%a = create_obj \"mover\", \"alice\" \n transfer_object %a, \"bob\"");
  machine.post(0, "[1]");
  const Place there = machine.world.machines.number(far);
  const Place away = machine.world.machines.number({Val::str("away")});
  machine.change({{0}}, [](ObjectData& data) {
    data.state = value("[1, \"two\"]");
    data.extras.own().mailbox.push({value("just obj:7"), Val::nat(2)});
    data.extras.own().waiting = std::make_shared<Numbered>(5);
    data.written_at = 10;
  });
  machine.change({{0}, there}, [&](ObjectData& data) {
    data.behavior = &machine.code("mover");
    data.extras.own().fetched_at = 10;
  });
  machine.change({{0}, away}, [&](ObjectData& data) {
    data.behavior = &machine.code("mover");
    data.extras.own().fetched_at = 9;
  });
  const Result<Val> packed = pack_object(machine.world, {0}, far);
  CHECK(
      text_of(packed) ==
      "[\"mover\", " + machine.hash("mover") +
          R"(, [1, "two"], just "alice", just "bob", [[nothing, [1]], [just obj:7, 2]], just [5], )"
          R"([["far", true], ["away", false]]])");

  Packing other;
  const Result<UnpackedObject> unpacked = unpack_object(other.world, *packed);
  REQUIRE(unpacked);
  const ObjectData& data = unpacked->data;
  CHECK(data.behavior == &other.code("mover"));
  CHECK(data.state == value("[1, \"two\"]"));
  CHECK(data.extras->creating_controller == value("just \"alice\""));
  CHECK(data.extras->current_controller == value("just \"bob\""));
  REQUIRE(data.extras->mailbox.messages().size() == 2);
  CHECK(data.extras->mailbox.messages()[0].sender.is_nothing());
  CHECK(data.extras->mailbox.messages()[0].value == value("[1]"));
  CHECK(data.extras->mailbox.messages()[1].sender == value("just obj:7"));
  CHECK(data.extras->mailbox.messages()[1].value == Val::nat(2));
  REQUIRE(data.extras->waiting != nullptr);
  CHECK(static_cast<const Numbered&>(*data.extras->waiting).number == 5);
  REQUIRE(unpacked->replicas.size() == 2);
  CHECK(unpacked->replicas[0].machine == far);
  CHECK(unpacked->replicas[0].is_current);
  CHECK(unpacked->replicas[1].machine == MachineId{Val::str("away")});
  CHECK_FALSE(unpacked->replicas[1].is_current);
}

TEST_CASE("An object that has nothing goes over too") {
  Packing machine;
  machine.run("create_obj \"cell\"");
  const Result<Val> packed = pack_object(machine.world, {0}, far);
  CHECK(text_of(packed) ==
        "[\"cell\", " + machine.hash("cell") + ", [], nothing, nothing, [], nothing, []]");
  const Result<UnpackedObject> unpacked = unpack_object(machine.world, *packed);
  REQUIRE(unpacked);
  CHECK(unpacked->data.extras->waiting == nullptr);
  CHECK(unpacked->data.extras->mailbox.empty());
  CHECK(unpacked->replicas.empty());
}

TEST_CASE("What waits and is not a Tape's keeps its object where it is") {
  Packing machine;
  machine.run("%a = create_obj \"cell\" \n call %a, 0");
  CHECK(text_of(pack_object(machine.world, {0}, far)) ==
        refusal("what waits in it is not a Tape's", "far"));
  CHECK(text_of(pack_replica(*machine.world.store.find({{0}}), far)) ==
        refusal("what waits in it is not a Tape's", "far"));
}

TEST_CASE("What is no object is refused, and why is said") {
  Packing machine;
  const Val sound =
      value("[\"mover\", " + machine.hash("mover") +
            R"(, [1], just "alice", nothing, [[nothing, 1]], just [5], [["far", true]]])");
  const auto unpacked = [&](const Val& packed) {
    const Result<UnpackedObject> result = unpack_object(machine.world, packed);
    return result ? std::string("taken") : result.error().text();
  };
  CHECK(unpacked(sound) == "taken");
  const std::string no_object = refusal("what came is not an object");
  for (const Val& sample : samples())
    CHECK(unpacked(sample) == no_object);
  CHECK(unpacked(longer(sound)) == no_object);
  CHECK(unpacked(shorter(sound)) == no_object);

  const auto [index, element, why] = GENERATE(table<std::uint64_t, std::string, std::string>({
      {0, "\"nobody\"", "it does not know the behavior"},
      {0, "\"cell\"", "its behavior of that name is another one"},
      {1, "\"\"", "its behavior of that name is another one"},
      {2, "just []", "what came is not an object"},
      {3, "\"alice\"", "what came is not an object"},
      {3, "just 1", "what came is not an object"},
      {3, "just just \"alice\"", "what came is not an object"},
      {4, "just nothing", "what came is not an object"},
      {4, "just obj:1", "what came is not an object"},
      {5, "[1]", "what came is not a mailbox"},
      {5, "[[nothing, 1], [nothing]]", "what came is not a mailbox"},
      {5, "[[nothing, 1, 2]]", "what came is not a mailbox"},
      {5, "[[obj:1, 1]]", "what came is not a mailbox"},
      {5, "[[just 1, 1]]", "what came is not a mailbox"},
      {5, "[[just just obj:1, 1]]", "what came is not a mailbox"},
      {6, "just 5", "what waits in it cannot go on there"},
      {6, "just [13]", "what waits in it cannot go on there"},
      {6, "just just [5]", "what waits in it cannot go on there"},
      {7, "[\"far\"]", "what came is not a list of replicas"},
      {7, "[[\"far\", true], [\"far\"]]", "what came is not a list of replicas"},
      {7, "[[\"far\", 1]]", "what came is not a list of replicas"},
      {7, "[[1, true]]", "what came is not a list of replicas"},
      {7, "[[\"far\", true, true]]", "what came is not a list of replicas"},
  }));
  CAPTURE(index, element);
  CHECK(unpacked(with(sound, index, value(element))) == refusal(why));
}

TEST_CASE("Where the code cannot take activations in, only an object that does not wait comes in") {
  Packing machine;
  const Val idle =
      value("[\"cell\", " + machine.hash("cell") + ", [], nothing, nothing, [], nothing, []]");
  CHECK(unpack_object(machine.world, idle));
  const Result<UnpackedObject> refused =
      unpack_object(machine.world, with(idle, 6, value("just [5]")));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text() == refusal("what waits in it cannot go on there"));
}

TEST_CASE("An object whose parts are anything is refused or sound") {
  Packing machine;
  const Val sound =
      value("[\"mover\", " + machine.hash("mover") + ", [], nothing, nothing, [], nothing, []]");
  unsigned taken = 0;
  for (std::uint64_t i = 0; i < 8; ++i) {
    for (const Val& sample : samples()) {
      INFO(i << ": " << to_text(sample));
      const Result<UnpackedObject> object = unpack_object(machine.world, with(sound, i, sample));
      if (!object) {
        CHECK(object.error().code == ErrorCode::MachineError_InvalidTransfer);
        continue;
      }
      ++taken;
      const ObjectData& data = object->data;
      CHECK(data.state.is_list());
      for (const Val& controller :
           {data.extras->creating_controller, data.extras->current_controller})
        CHECK((controller.is_nothing() || controller.unwrapped().is_str()));
      for (const Message& message : data.extras->mailbox.messages())
        CHECK((message.sender.is_nothing() || message.sender.unwrapped().is_object()));
    }
  }
  CHECK(taken > 10);
}

// ─── replicas ───────────────────────────────────────────────────────────────────────────────────

TEST_CASE("A replica goes over with its content and its controllers") {
  Packing machine;
  ObjectData data{.behavior = &machine.code("mover"), .state = value("[1, [2]]")};
  data.extras.own().creating_controller = value("just \"alice\"");
  data.extras.own().waiting = std::make_shared<Numbered>(6);
  const Result<Val> packed = pack_replica(data, far);
  CHECK(text_of(packed) ==
        "[\"mover\", " + machine.hash("mover") + R"(, [1, [2]], just "alice", nothing, just [6]])");
  Packing other;
  const Result<ObjectData> unpacked = unpack_replica(other.world, *packed);
  REQUIRE(unpacked);
  CHECK(unpacked->behavior == &other.code("mover"));
  CHECK(unpacked->state == data.state);
  CHECK(unpacked->extras->creating_controller == data.extras->creating_controller);
  CHECK(unpacked->extras->current_controller == data.extras->current_controller);
  CHECK(unpacked->extras->mailbox.empty());
  REQUIRE(unpacked->extras->waiting != nullptr);
  CHECK(static_cast<const Numbered&>(*unpacked->extras->waiting).number == 6);
}

TEST_CASE("What is no replica is refused, and why is said") {
  Packing machine;
  const Val sound =
      value("[\"mover\", " + machine.hash("mover") + R"(, [1], just "alice", nothing, just [5]])");
  const auto unpacked = [&](const Val& packed) {
    const Result<ObjectData> result = unpack_replica(machine.world, packed);
    return result ? std::string("taken") : result.error().text();
  };
  CHECK(unpacked(sound) == "taken");
  const std::string no_replica = refusal("what came is not a replica");
  for (const Val& sample : samples())
    CHECK(unpacked(sample) == no_replica);
  CHECK(unpacked(longer(sound)) == no_replica);
  CHECK(unpacked(shorter(sound)) == no_replica);
  const auto [index, element, why] = GENERATE(table<std::uint64_t, std::string, std::string>({
      {0, "\"nobody\"", "it does not know the behavior"},
      {0, "nothing", "what came is not a replica"},
      {1, "\"0\"", "its behavior of that name is another one"},
      {1, "0", "what came is not a replica"},
      {2, "(1, 2)", "what came is not a replica"},
      {3, "just 1", "what came is not a replica"},
      {4, "just just \"x\"", "what came is not a replica"},
      {5, "[5]", "what came is not a replica"},
      {5, "just [13]", "what waits in it cannot go on there"},
  }));
  CAPTURE(index, element);
  CHECK(unpacked(with(sound, index, value(element))) == refusal(why));
}

// ─── programs ───────────────────────────────────────────────────────────────────────────────────

TEST_CASE("A program goes over with its place, and what is no program is refused") {
  Packing machine;
  const Code& mover = machine.code("mover");
  const Code& cell = machine.code("cell");
  const auto find = [&](const Val& name) -> const Code* {
    if (name == mover.name) return &mover;
    return name == cell.name ? &cell : nullptr;
  };
  const ObjectId self{0x1234'FFFF'FFFF'FFFFU};
  const Val sound = pack_program({&mover, self, value("[1]"), value("[5]"), 77});
  CHECK(to_text(sound) ==
        "[\"mover\", " + machine.hash("mover") + ", obj:4660.281474976710655, [1], [5], 77]");
  const Result<Arrival> arrival = unpack_program(machine.world, sound, find);
  REQUIRE(arrival);
  CHECK(arrival->code == &mover);
  CHECK(arrival->self == self);
  CHECK(arrival->input == value("[1]"));
  CHECK(arrival->timestamp == 77);
  // It stands at a teleport, and not at a receive.
  CHECK(static_cast<const Numbered&>(*arrival->activation).number == 1005);

  const auto unpacked = [&](const Val& packed) {
    const Result<Arrival> result = unpack_program(machine.world, packed, find);
    return result ? std::string("taken") : result.error().text();
  };
  const std::string no_program = refusal("what came is not a program");
  for (const Val& sample : samples()) {
    CHECK(unpacked(sample) == no_program);
    CHECK(unpacked(with(sound, 3, sample)) == "taken");  // the input is anything
  }
  CHECK(unpacked(longer(sound)) == no_program);
  CHECK(unpacked(shorter(sound)) == no_program);
  const auto [index, element, why] = GENERATE(table<std::uint64_t, std::string, std::string>({
      {0, "\"nobody\"", "it does not know the program"},
      {0, "\"cell\"", "its program of that name is another one"},
      {0, "just \"mover\"", "what came is not a program"},
      {1, "\"0\"", "its program of that name is another one"},
      {2, "obj:0", "what came is not a program"},
      {2, "obj:281474976710654", "what came is not a program"},
      {2, "1", "what came is not a program"},
      {4, "5", "what came is not a program"},
      {4, "just [5]", "what came is not a program"},
      {4, "[13]", "it cannot go on there"},
      {4, "[]", "it cannot go on there"},
      {5, "nothing", "what came is not a program"},
  }));
  CAPTURE(index, element);
  CHECK(unpacked(with(sound, index, value(element))) == refusal(why));
}

TEST_CASE("A program whose code cannot take activations in does not come in") {
  Packing machine;
  const Code& cell = machine.code("cell");
  const Val packed = pack_program({&cell, machine.world.root(), Val::nat(1), value("[5]"), 0});
  const Result<Arrival> refused =
      unpack_program(machine.world, packed, [&](const Val&) { return &cell; });
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text() == refusal("it cannot go on there"));
}
