// NodeCore: what a cluster of two or three nodes does, without faults.
#include <catch2/catch.hpp>

#include "avm/text.hpp"
#include "node/cluster.hpp"

namespace avm::node::test {
namespace {

constexpr std::string_view source = R"(
program run(%target) {
  %x = call %target, 5
  ret %x
}
program move(%args) {
  match %args, [%what, %to], bad
  %x = move_object %what, %to
  ret %x
bad:
  reject "bad"
}
program go(%to) {
  %n = add 1, 2
  %x = teleport %to
  %m = get_current_machine
  ret [%n, %x, %m]
}
program where(%what) {
  %x = get_machine %what
  ret %x
}
program destroy(%what) {
  %x = destroy_obj %what
  ret %x
}
program fetching(%what) {
  %x = fetch %what
  ret %x
}
program freezing(%what) {
  %x = freeze %what
  ret %x
}
program give(%args) {
  match %args, [%what, %to], bad
  %x = transfer_object %what, %to
  ret %x
bad:
  reject "bad"
}
behavior echo(%m) {
  %from = get_sender
  %at = get_current_machine
  ret [%m, %from, %at]
}
behavior counter(%n) {
  %state = get_state
  match %state, [%sum], first
  jmp go
first:
  %sum = 0
go:
  %sum = add %sum, %n
  set_state [%sum]
  ret %sum
}
behavior waiter(%first) {
  %sum = %first
again:
  %next = receive reply %sum
  %n = unwrap %next
  %sum = add %sum, %n
  jmp again
}
behavior failing(%m) {
  reject %m
}
behavior pass(%m) {
  match %m, [%next, %rest], last
  %x = call %next, %rest
  ret %x
last:
  ret %m
}
; [other, n]: calls the other with n - 1, which calls back, down to 0.
behavior bouncer(%m) {
  match %m, [%other, %n], bad
  %done = eq %n, 0
  br %done, end
  %self = get_self
  %n = sub %n, 1
  %x = call %other, [%self, %n]
  %y = unwrap %x
  %y = add %y, 1
  ret %y
end:
  ret 0
bad:
  reject "bad"
}
)";

struct Fixture {
  Cluster cluster{1};
  Fixture() {
    cluster.load(source);
    cluster.add("alpha");
    cluster.add("beta");
    cluster.add("gamma");
    REQUIRE(cluster.run_until([&] {
      for (std::size_t i = 0; i < 3; ++i) {
        std::size_t connected = 0;
        for (const PeerView& peer : cluster.node(i).core().peers())
          connected += peer.connected && peer.protocol2;
        if (connected != 2) return false;
      }
      return true;
    }));
    cluster.run_for(1'000);
  }
  ObjectId create(std::string_view node, std::string_view behavior, std::string_view name = {}) {
    const auto made = cluster.node(node).core().create(behavior, name);
    REQUIRE(made);
    return *made;
  }
  // The text of what a program gives.
  std::string run(std::string_view node, std::string_view program, const Val& input) {
    std::optional<std::string> text;
    REQUIRE(cluster.node(node).core().submit(program, input, [&](const Result<Val>& result) {
      text = result ? to_text(*result) : result.error().text();
    }));
    REQUIRE(cluster.run_until([&] { return text.has_value(); }));
    return *text;
  }
  std::string call(std::string_view node, ObjectId target, const Val& input) {
    std::optional<std::string> text;
    cluster.node(node).core().call(target, input, [&](const Result<Val>& result) {
      text = result ? to_text(*result) : result.error().text();
    });
    REQUIRE(cluster.run_until([&] { return text.has_value(); }));
    return *text;
  }
};

Val list(std::initializer_list<Val> parts) { return Val::list(parts); }
Val str(std::string_view text) { return Val::str(text); }

TEST_CASE_METHOD(Fixture, "a call to another node") {
  const ObjectId echo = create("beta", "echo");
  CHECK(to_text(echo) == "obj:2.0");
  CHECK(run("alpha", "run", Val::object(echo)) ==
        R"(just [5, just obj:1.281474976710655, "beta"])");
  CHECK(call("gamma", echo, str("hi")) == R"(just ["hi", just obj:3.281474976710655, "beta"])");
  CHECK(run("alpha", "where", Val::object(echo)) == R"(just "beta")");
  // Here, and nowhere.
  CHECK(call("beta", echo, Val::nat(1)) == R"(just [1, just obj:2.281474976710655, "beta"])");
  CHECK(call("alpha", {echo.number + 5}, Val::nat(1)) ==
        "ObjError.NotFound: object obj:2.5 does not exist");
  CHECK(call("alpha", {(std::uint64_t{1} << 48U) + 9}, Val::nat(1)) ==
        "ObjError.NotFound: object obj:1.9 does not exist");
}

TEST_CASE_METHOD(Fixture, "a behavior that fails elsewhere gives nothing") {
  const ObjectId failing = create("beta", "failing");
  CHECK(run("alpha", "run", Val::object(failing)) == "nothing");
  // Also where it failed because what it called does not exist.
  const ObjectId pass = create("beta", "pass");
  const Val missing = Val::object({(std::uint64_t{3} << 48U) + 77});
  CHECK(call("alpha", pass, list({missing, Val::nat(1)})) == "nothing");
}

TEST_CASE_METHOD(Fixture, "calls back and forth, to any depth") {
  const ObjectId ping = create("alpha", "bouncer");
  const ObjectId pong = create("beta", "bouncer");
  CHECK(call("alpha", ping, list({Val::object(pong), Val::nat(300)})) == "just 300");
  // Through three nodes.
  const ObjectId a = create("alpha", "pass");
  const ObjectId b = create("beta", "pass");
  const ObjectId c = create("gamma", "pass");
  const Val message =
      list({Val::object(b), list({Val::object(c), list({Val::object(a), Val::nat(7)})})});
  CHECK(call("alpha", a, message) == "just just just just 7");
}

TEST_CASE_METHOD(Fixture, "an object that moves is found again") {
  const ObjectId counter = create("alpha", "counter");
  CHECK(call("gamma", counter, Val::nat(3)) == "just 3");
  CHECK(run("alpha", "move", list({Val::object(counter), str("beta")})) == "true");
  CHECK(call("gamma", counter, Val::nat(4)) == "just 7");
  CHECK(call("alpha", counter, Val::nat(1)) == "just 8");
  CHECK(run("gamma", "where", Val::object(counter)) == R"(just "beta")");
  // Moved by a third one, and back.
  CHECK(run("gamma", "move", list({Val::object(counter), str("gamma")})) == "true");
  CHECK(call("gamma", counter, Val::nat(1)) == "just 9");
  CHECK(run("beta", "move", list({Val::object(counter), str("alpha")})) == "true");
  CHECK(call("gamma", counter, Val::nat(1)) == "just 10");
  CHECK(run("alpha", "move", list({Val::object(counter), str("alpha")})) == "true");
  CHECK(run("alpha", "move", list({Val::object(counter), str("nowhere")})) ==
        "MachineError.Unreachable: machine nowhere cannot be reached");
}

TEST_CASE_METHOD(Fixture, "what waits in an object goes with it") {
  const ObjectId waiter = create("alpha", "waiter");
  CHECK(call("beta", waiter, Val::nat(5)) == "just 5");
  CHECK(run("beta", "move", list({Val::object(waiter), str("gamma")})) == "true");
  CHECK(call("beta", waiter, Val::nat(6)) == "just 11");
  CHECK(call("alpha", waiter, Val::nat(7)) == "just 18");
}

TEST_CASE_METHOD(Fixture, "a program goes to another node, and its value comes back") {
  CHECK(run("alpha", "go", str("beta")) == R"([3, true, "beta"])");
  CHECK(run("alpha", "go", str("alpha")) == R"([3, true, "alpha"])");
}

TEST_CASE_METHOD(Fixture, "objects elsewhere can be destroyed and given away") {
  const ObjectId echo = create("beta", "echo");
  CHECK(run("alpha", "give", list({Val::object(echo), str("ctrl")})) == "true");
  CHECK(run("gamma", "freezing", Val::object(echo)) == "just true");
  CHECK(run("alpha", "destroy", Val::object(echo)) == "true");
  CHECK(run("alpha", "destroy", Val::object(echo)) ==
        "ObjError.NotFound: object obj:2.0 does not exist");
  CHECK(run("gamma", "where", Val::object(echo)) == "nothing");
}

TEST_CASE_METHOD(Fixture, "an object that has moved and was destroyed is missing") {
  const ObjectId echo = create("alpha", "echo");
  CHECK(run("alpha", "move", list({Val::object(echo), str("beta")})) == "true");
  CHECK(run("beta", "move", list({Val::object(echo), str("gamma")})) == "true");
  CHECK(run("beta", "destroy", Val::object(echo)) == "true");
  // Before all have heard of it.
  for (const char* const node : {"beta", "alpha", "gamma"})
    CHECK(run(node, "destroy", Val::object(echo)) ==
          "ObjError.NotFound: object obj:1.0 does not exist");
}

TEST_CASE_METHOD(Fixture, "replicas are brought together") {
  const ObjectId counter = create("alpha", "counter");
  run("alpha", "give", list({Val::object(counter), str("ctrl")}));
  CHECK(call("alpha", counter, Val::nat(1)) == "just 1");
  CHECK(run("beta", "fetching", Val::object(counter)) == "true");
  CHECK(call("beta", counter, Val::nat(10)) == "just 11");
  CHECK(call("alpha", counter, Val::nat(0)) == "just 1");
  SECTION("home and replica were written") {
    CHECK(run("beta", "freezing", Val::object(counter)) ==
          "ControllerError.NotConsistent: the replicas of object obj:1.0 have diverged");
    CHECK(call("beta", counter, Val::nat(10)) == "just 21");
  }
  SECTION("the replica was written alone") {
    const ObjectId other = create("alpha", "counter");
    run("alpha", "give", list({Val::object(other), str("ctrl")}));
    run("beta", "fetching", Val::object(other));
    CHECK(call("beta", other, Val::nat(10)) == "just 10");
    CHECK(run("gamma", "freezing", Val::object(other)) == "just true");
    CHECK(call("alpha", other, Val::nat(1)) == "just 11");
    CHECK(call("beta", other, Val::nat(1)) == "just 12");
  }
}

TEST_CASE_METHOD(Fixture, "names are told") {
  const ObjectId echo = create("beta", "echo", "mirror");
  cluster.run_for(1'000);
  CHECK(cluster.node("alpha").core().find_name("mirror") == echo);
  CHECK(cluster.node("alpha").core().first_announced() == echo);
}

}  // namespace
}  // namespace avm::node::test
