#include <catch2/catch.hpp>

#include "runtime/script.hpp"

using namespace avm;
using test::ScriptMachine;
using Strings = std::vector<std::string>;

namespace {

test::PureBody gives(std::uint64_t number) {
  return [number](auto) -> Result<Val> { return Val::nat(number); };
}

}  // namespace

TEST_CASE("call_pure applies a registered function") {
  ScriptMachine machine;
  machine.pure("pair", 2, [](std::span<const Val> arguments) -> Result<Val> {
    return Val::pair(arguments[0], arguments[1]);
  });
  machine.pure("fails", 0, [](auto) -> Result<Val> {
    return std::unexpected(Error(ErrorCode::PureError_DivisionByZero, Val::str("div")));
  });
  machine.pure("exhausts", 0, [](auto) -> Result<Val> {
    return std::unexpected(Error(ErrorCode::ResourceError_Memory, Val::nat(3)));
  });
  CHECK(machine.run("%x = call_pure \"pair\", 1, [2] \n ret %x") == "just (1, [2])");
  CHECK(machine.run("%x = call_pure \"pair\", 1 \n ret %x") == "nothing");
  CHECK(machine.run("%x = call_pure \"pair\", 1, 2, 3 \n ret %x") == "nothing");
  CHECK(machine.run("%x = call_pure \"ghost\" \n ret %x") == "nothing");
  CHECK(machine.run("%x = call_pure \"fails\" \n ret %x") == "nothing");
  CHECK(machine.events().empty());
  CHECK(machine.run("call_pure \"exhausts\"") ==
        "ResourceError.Memory: the limit of 3 bytes of memory is reached");
}

TEST_CASE("call_pure is possible inside a transaction") {
  ScriptMachine machine;
  machine.pure("one", 0, gives(1));
  CHECK(machine.run("begin_tx \n %x = call_pure \"one\" \n ret %x") == "just 1");
}

TEST_CASE("register_pure and update_pure") {
  ScriptMachine machine;
  machine.pure("old", 0, gives(1));
  machine.unregistered("f", 0, gives(2));
  machine.unregistered("g", 0, gives(3));
  CHECK(machine.run("%x = register_pure \"new\", f \n %y = call_pure \"new\" \n ret [%x, %y]") ==
        "[true, just 2]");
  CHECK(machine.run("register_pure \"old\", f") ==
        "PureError.AlreadyRegistered: a pure function named old is already registered");
  CHECK(machine.run("register_pure \"new\", f") ==
        "PureError.AlreadyRegistered: a pure function named new is already registered");
  CHECK(machine.run("update_pure \"ghost\", f") ==
        "PureError.NotFound: no pure function is named ghost");
  machine.events();
  CHECK(machine.run("%x = update_pure \"old\", g \n %y = call_pure \"old\" \n ret [%x, %y]") ==
        "[true, just 3]");
  CHECK(machine.events() == Strings{"FunctionUpdated old"});
  const auto old = machine.world.registry.pure_function(Val::str("old"));
  CHECK(old->version == 1);
  CHECK(old->code == &machine.code("g"));
}

TEST_CASE("Loading takes all or none") {
  ScriptMachine machine;
  machine.behavior("cell", "");
  machine.pure("f", 0, gives(1));
  Registry& registry = machine.world.registry;
  const auto code = [&](std::string_view name, FunctionKind kind,
                        std::uint8_t hash) -> const Code* {
    Code made{.name = Val::str(name), .kind = kind};
    made.hash.bytes[0] = hash;
    return &machine.codes.emplace_back(std::move(made));
  };
  const Code* first = code("a", FunctionKind::Behavior, 1);
  const Code* program = code("cell", FunctionKind::Program, 9);
  SECTION("a name that stands for another hash refuses it") {
    const FunctionKind kind = GENERATE(FunctionKind::Behavior, FunctionKind::Pure);
    const std::string name = kind == FunctionKind::Pure ? "f" : "cell";
    const std::vector<const Code*> module{first, program, code(name, kind, 7)};
    const auto loaded = registry.load(module);
    REQUIRE_FALSE(loaded.has_value());
    CHECK(loaded.error().as_str() == name);
    CHECK(registry.behavior(Val::str("a")) == nullptr);
  }
  SECTION("the same hash is fine, and the first one stays") {
    const std::vector<const Code*> module{first, program};
    REQUIRE(registry.load(module).has_value());
    const std::vector<const Code*> again{code("a", FunctionKind::Behavior, 1)};
    REQUIRE(registry.load(again).has_value());
    CHECK(registry.behavior(Val::str("a")) == first);
  }
  SECTION("after an update the new hash counts") {
    registry.update_pure(Val::str("f"), *code("other", FunctionKind::Pure, 5));
    CHECK(registry.load(std::vector{code("f", FunctionKind::Pure, 5)}).has_value());
    CHECK(registry.pure_function(Val::str("f"))->version == 1);
    const Code* original = &machine.code("f");
    CHECK_FALSE(registry.load(std::vector{original}).has_value());
  }
  SECTION("what a program has registered stays, with its hash") {
    const Code* registered = code("other", FunctionKind::Pure, 5);
    registry.register_pure(Val::str("new"), *registered);
    CHECK(registry.load(std::vector{code("new", FunctionKind::Pure, 5)}).has_value());
    CHECK_FALSE(registry.load(std::vector{code("new", FunctionKind::Pure, 6)}).has_value());
    CHECK(registry.pure_function(Val::str("new"))->code == registered);
    CHECK(registry.pure_function(Val::str("new"))->version == 0);
  }
  SECTION("behaviors and pure functions have their own names") {
    CHECK(registry.load(std::vector{code("f", FunctionKind::Behavior, 3)}).has_value());
  }
}
