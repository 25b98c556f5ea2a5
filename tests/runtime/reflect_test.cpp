#include <catch2/catch.hpp>

#include "runtime/script.hpp"

using namespace avm;
using test::ScriptMachine;
using Strings = std::vector<std::string>;

namespace {

Result<Val> always(std::span<const Val>) { return Val::boolean(true); }

struct Reflecting : ScriptMachine {
  Reflecting() : ScriptMachine({"far"}) {
    behavior("cell", "%m = get_input \n set_state %m \n ret %m");
    unregistered("all", 1, always);
    unregistered("all3", 3, always);
    unregistered("of_alice", 1, [](std::span<const Val> arguments) -> Result<Val> {
      return Val::boolean(arguments[0].list_at(3) == Val::just(Val::str("alice")));
    });
    unregistered("has_state", 3, [](std::span<const Val> arguments) -> Result<Val> {
      return Val::boolean(arguments[2].list_size() != 0);
    });
    unregistered("number", 1, [](auto) -> Result<Val> { return Val::nat(1); });
    unregistered("fails", 1, [](auto) -> Result<Val> {
      return std::unexpected(Error(ErrorCode::PureError_DivisionByZero, Val::str("div")));
    });
    unregistered("exhausts", 1, [](auto) -> Result<Val> {
      return std::unexpected(Error(ErrorCode::ResourceError_Depth, Val::nat(3)));
    });
  }
};

}  // namespace

TEST_CASE("reflect") {
  Reflecting machine;
  CHECK(machine.run(R"(
    %a = create_obj "cell", "alice"
    transfer_object %a, "bob"
    move_object %a, "far"
    %x = reflect %a
    %b = create_obj "cell"
    %y = reflect %b
    %z = reflect obj:9
    ret [%x, %y, %z]
  )") == R"([just [obj:0, "far", just "alice", just "bob"], )"
         R"(just [obj:1, "local", nothing, nothing], nothing])");
  CHECK(
      machine.run("begin_tx \n %b = create_obj \"cell\", \"carol\" \n %y = reflect %b \n ret %y") ==
      R"(just [obj:2, "local", just "carol", just "carol"])");
}

TEST_CASE("scry finds objects in id order") {
  Reflecting machine;
  CHECK(machine.run("%x = scry_meta all \n ret %x") == "[]");
  machine.run("create_obj \"cell\", \"alice\" \n create_obj \"cell\", \"bob\" \n call obj:1, [1]");
  CHECK(machine.run("%x = scry_meta all \n ret %x") ==
        R"([[obj:0, [obj:0, "local", just "alice", just "alice"]], )"
        R"([obj:1, [obj:1, "local", just "bob", just "bob"]]])");
  CHECK(machine.run("%x = scry_meta of_alice \n ret %x") ==
        R"([[obj:0, [obj:0, "local", just "alice", just "alice"]]])");
  CHECK(machine.run("%x = scry_deep has_state \n ret %x") ==
        R"([[obj:1, "cell", [obj:1, "local", just "bob", just "bob"], [1]]])");
}

TEST_CASE("scry over many pages of objects is in id order") {
  Reflecting machine;
  for (int i = 0; i < 1000; ++i)
    machine.run("create_obj \"cell\"");
  const Val found = test::value(machine.run("%x = scry_meta all \n ret %x"));
  REQUIRE(found.list_size() == 1000);
  bool in_order = true;
  for (std::uint64_t i = 0; i < 1000; ++i)
    in_order &= found.list_at(i).list_at(0) == Val::object({i});
  CHECK(in_order);
}

TEST_CASE("scry sees what a call on the current machine would see") {
  Reflecting machine;
  CHECK(machine.run(R"(
    %a = create_obj "cell"
    call %a, ["home"]
    move_object %a, "far"
    fetch %a
    call %a, ["replica"]
    %here = scry_deep all3
    teleport "far"
    %there = scry_deep all3
    ret [%here, %there]
  )") == R"([[[obj:0, "cell", [obj:0, "far", nothing, nothing], ["replica"]]], )"
         R"([[obj:0, "cell", [obj:0, "far", nothing, nothing], ["home"]]]])");
}

TEST_CASE("scry sees the transaction's own view, and reads all of it") {
  Reflecting machine;
  machine.run("create_obj \"cell\" \n create_obj \"cell\" \n create_obj \"cell\"");
  SECTION("its own changes") {
    CHECK(machine.run(R"(
      begin_tx
      call obj:0, [7]
      destroy_obj obj:1
      create_obj "cell"
      %dropped = create_obj "cell"
      destroy_obj %dropped
      %x = scry_deep has_state
      %y = scry_meta all
      %n = len %y
      %s = reify_tx_state
      %s = unwrap %s
      %observed = get %s, 4
      ret [%x, %n, %observed]
    )") == R"([[[obj:0, "cell", [obj:0, "local", nothing, nothing], [7]]], 4, )"
           R"([obj:0, obj:1, obj:2, obj:3, obj:4]])");
  }
  const auto commit_after = [&](const std::string& transaction, const std::string& other) {
    auto execution = machine.start("%t = begin_tx \n scry_meta of_alice \n" + transaction +
                                   "\n %ok = commit_tx %t \n ret %ok");
    execution->step();
    machine.run(other);
    return execution->result();
  };
  const std::string write = "create_obj \"cell\"";
  SECTION("a birth is a conflict") { CHECK(commit_after(write, "create_obj \"cell\"") == "false"); }
  SECTION("so is any change") { CHECK(commit_after(write, "call obj:2, [1]") == "false"); }
  SECTION("but not for one that changed nothing") {
    CHECK(commit_after("", "create_obj \"cell\" \n call obj:2, [1]") == "true");
    CHECK(commit_after("", "destroy_obj obj:2") == "false");
    CHECK(commit_after("", "%a = create_obj \"cell\" \n destroy_obj %a") == "true");
  }
}

TEST_CASE("A predicate that does not work") {
  Reflecting machine;
  machine.run("create_obj \"cell\"");
  const std::string failed = "ReflectError.ScryPredicateFailed: the predicate of scry failed: ";
  CHECK(machine.run("scry_meta number") == failed + "it gave a nat where a bool is wanted");
  CHECK(machine.run("scry_meta fails") == failed + "PureError.DivisionByZero: div by zero");
  CHECK(machine.run("scry_deep all") == failed + "it takes 1 arguments and is given 3");
  CHECK(machine.run("scry_meta exhausts") ==
        "ResourceError.Depth: the limit of 3 nested activations is reached");
}
