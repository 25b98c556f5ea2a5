// Pure functions in C++: applied, registered, called by name, asked to choose objects.
#include <stdexcept>

#include "itree/trees.hpp"

namespace avm {
namespace {

using namespace test;
using namespace instruction;

using Arguments = std::span<const Val>;

const PureFunction& twice() {
  static const PureFunction function("twice", 1, [](Arguments x) { return add(x[0], x[0]); });
  return function;
}

PureFunction giving(const std::string& name, ITree<Val> tree, std::uint8_t parameters = 0) {
  return {name, parameters, [tree = std::move(tree)](Arguments) { return tree; }};
}

// The value, or the error; with one failure for each call that failed.
Strings told(Machine& machine, const std::string& program, Val input = Val::nothing()) {
  Strings lines;
  StartOptions options;
  options.on_failure = [&](const Failure& failure) {
    std::string line = failure.error.text();
    for (const CallSite& site : failure.calls)
      line += " < " + site.function;
    lines.push_back(line);
  };
  const Ran ran = run(machine, program, std::move(input), options);
  if (ran.execution->value() != nullptr) lines.push_back(ran.text());
  return lines;
}

TEST_CASE("a pure function is applied") {
  CHECK(end_of(apply(twice(), 21)) == "42");
  CHECK(end_of(bind(apply(twice(), 1), [](const Val& x) { return apply(twice(), x); })) == "4");
  const PureFunction none("none", 0, [](Arguments) { return ret(Val::str("no arguments")); });
  CHECK(end_of(apply(none)) == "\"no arguments\"");
  const PureFunction listed("listed", 3,
                            [](Arguments x) { return ret(list_of(x[2], x[0], x[1])); });
  CHECK(end_of(apply(listed, 1, "b", true)) == "[true, 1, \"b\"]");
}

TEST_CASE("an application is a step") {
  const auto main = outcomes_of(apply(twice(), 21)).front();
  // and the get_input that gives the program its input
  CHECK(main.steps == 2);
  CHECK(end_of(apply(twice(), 21), with({.steps = 2})) == "42");
  CHECK(end_of(apply(twice(), 21), with({.steps = 1})) ==
        "ResourceError.Steps: the limit of 1 steps is reached");
}

TEST_CASE("the number of arguments has to be right") {
  CHECK(end_of(apply(twice())) == "PureError.NotFound: no pure function is named twice");
  CHECK(end_of(apply(twice(), 1, 2)) == "PureError.NotFound: no pure function is named twice");
}

// down(n) applies itself until n is 0.
ITree<Val> down(std::uint64_t n) {
  const PureFunction function("down", 1, [](Arguments x) {
    const std::uint64_t left = x[0].as_nat();
    if (left == 0) return ret(Val::nat(0));
    return bind(down(left - 1), [](const Val& below) { return add(below, 1); });
  });
  return apply(function, n);
}

TEST_CASE("pure functions apply each other deep, and depth is counted") {
  CHECK(end_of(down(100'000)) == "100000");
  CHECK(end_of(down(9), with({.depth = 10})) == "9");
  CHECK(end_of(down(10), with({.depth = 10})) ==
        "ResourceError.Depth: the limit of 10 nested activations is reached");
}

TEST_CASE("a function lives as long as it is applied") {
  // Nobody but the event has the function, and the event is gone once it is answered.
  const auto short_lived = [](const ITree<Val>& tree) {
    return bind(get_self(), [tree](const Val&) {
      return apply(
          giving("short_lived", bind(tau(ret(Val())), [tree](const Val&) { return tree; })));
    });
  };
  CHECK(end_of(short_lived(ret(Val::nat(5)))) == "5");
  CHECK(end_of(short_lived(get_self())) ==
        "PureError.TypeMismatch: get_self wants no pure function, got short_lived");
  Machine machine;
  taken_in(machine.add_program("main", [&](const Val&) { return short_lived(fst(1)); }));
  CHECK(told(machine, "main") ==
        Strings{"PureError.TypeMismatch: fst wants pair, got nat < short_lived < main"});
}

TEST_CASE("an AVM instruction inside of a pure function is refused") {
  const PureFunction bad = giving("bad", map(get_self(), [](Val x) { return x; }));
  const std::string refused = "PureError.TypeMismatch: get_self wants no pure function, got bad";
  CHECK(end_of(apply(bad)) == refused);
  const PureFunction outer("outer", 0, [&](Arguments) { return apply(bad); });
  CHECK(end_of(apply(outer)) == refused);
  CHECK(end_of(bind(register_pure("bad", bad), [](const Val&) { return call_pure("bad"); })) ==
        "nothing");
  // Nothing of it was done.
  const PureFunction creates = giving("creates", create_obj("cell"));
  const auto outcomes = outcomes_of(
      bind(register_pure("creates", creates), [](const Val&) { return call_pure("creates"); }));
  CHECK(outcomes.front().store.empty());
}

TEST_CASE("errors, rejects and exceptions in a pure function are its caller's") {
  const auto [tree, error] = GENERATE(table<ITree<Val>, std::string>(
      {{sub(1, 2), "PureError.Overflow: sub leaves the range of Nat (0 to 2^64-1)"},
       {reject(Val::str("no")), "ObjError.RejectedCall: object obj:0 rejected the call: no"},
       {raise(Error(ErrorCode::PureError_DivisionByZero, Val::str("x"))),
        "PureError.DivisionByZero: x by zero"},
       {bind(ret(Val()), [](const Val&) -> ITree<Val> { throw std::runtime_error("thrown"); }),
        "ObjError.RejectedCall: object obj:0 rejected the call: thrown"},
       {bind(ret(Val()), [](const Val&) -> ITree<Val> { throw 42; }),
        "ObjError.RejectedCall: object obj:0 rejected the call: an exception"}}));
  Machine machine(MachineOptions{.allow_unsafe = true});
  const PureFunction inner = giving("inner", tree);
  const PureFunction outer("outer", 0, [&](Arguments) { return apply(inner); });
  taken_in(machine.add_pure(outer));
  taken_in(machine.add_behavior("applies", [&](const Val&) { return apply(outer); }));
  taken_in(machine.add_behavior("asks", [&](const Val&) { return call_pure("outer"); }));
  load(machine, R"(
program main {
    %a = create_obj "applies"
    %x = call %a, 1
    %b = create_obj "asks"
    %y = call %b, 1
    %z = call_pure "outer"
    ret [%x, %y, %z]
}
)");
  CHECK(told(machine, "main") ==
        Strings{error + " < inner < outer < applies < main", "[nothing, just nothing, nothing]"});
}

TEST_CASE("a body that throws when it is asked for its tree") {
  const PureFunction throws("throws", 1, [](Arguments x) -> ITree<Val> {
    if (x[0] == Val::nat(1)) throw std::runtime_error("one");
    if (x[0] == Val::nat(2)) throw std::bad_alloc();
    return ret(x[0]);
  });
  const auto named = [&](std::uint64_t n) {
    return end_of(
        bind(register_pure("throws", throws), [n](const Val&) { return call_pure("throws", n); }));
  };
  CHECK(named(0) == "just 0");
  CHECK(named(1) == "nothing");
  CHECK(named(2) == "ResourceError.Memory: the limit of 4294967296 bytes of memory is reached");
  CHECK(end_of(apply(throws, 1)) ==
        "ObjError.RejectedCall: object obj:281474976710655 rejected the call: one");
  CHECK(end_of(apply(throws, 2)) ==
        "ResourceError.Memory: the limit of 4294967296 bytes of memory is reached");
}

TEST_CASE("limits end the execution from inside of a pure function that is called by name") {
  struct Loop {
    static ITree<Val> forever() {
      return bind(tau(ret(Val())), [](const Val&) { return forever(); });
    }
  };
  const PureFunction loops = giving("loops", Loop::forever());
  const auto called = bind(register_pure("loops", loops), [](const Val&) {
    return bind(call_pure("loops"), [](const Val&) { return ret(Val::str("went on")); });
  });
  CHECK(end_of(called, with({.steps = 1'000})) ==
        "ResourceError.Steps: the limit of 1000 steps is reached");
}

// ─── registered ─────────────────────────────────────────────────────────────────────────────────

TEST_CASE("functions are registered, updated and called by name") {
  const auto named = [](const char* name) { return call_pure(name, 5); };
  const ITree<Val> tree = bind(named("f"), [=](const Val& before) {
    return bind(register_pure("f", twice()), [=](const Val& is_new) {
      return bind(named("f"), [=](const Val& first) {
        const PureFunction thrice("thrice", 1, [](Arguments x) { return mul(x[0], 3); });
        return bind(update_pure("f", thrice), [=](const Val& is_known) {
          return bind(named("f"), [=](const Val& second) {
            return map(call_pure("f"), [=](const Val& wrong) {
              return list_of(before, is_new, first, is_known, second, wrong);
            });
          });
        });
      });
    });
  });
  const auto outcomes = outcomes_of(tree);
  CHECK(outcomes.front().end == "[nothing, true, just 10, true, just 15, nothing]");
  CHECK(outcomes.front().events.size() == 1);  // FunctionUpdated
  CHECK(end_of(update_pure("f", twice())) == "PureError.NotFound: no pure function is named f");
  CHECK(end_of(bind(register_pure("f", twice()), [](const Val&) {
          return register_pure("f", twice());
        })) == "PureError.AlreadyRegistered: a pure function named f is already registered");
}

TEST_CASE("a function that is registered lives as long as its machine") {
  Machine machine;
  taken_in(machine.add_program("register", [](const Val&) {
    return register_pure("f", giving("short_lived", ret(Val::str("still there"))));
  }));
  load(machine, R"(
program main {
    %x = call_pure "f"
    ret %x
}
)");
  CHECK(run(machine, "register").text() == "true");
  CHECK(run(machine, "main").text() == "just \"still there\"");
  CHECK(run(machine, "main").text() == "just \"still there\"");
}

TEST_CASE("assembled functions and those of C++ are called by either") {
  const Backend backend = GENERATE(Backend::Tape, Backend::ITree);
  Machine machine(MachineOptions{.backend = backend});
  taken_in(machine.add_pure(twice()));
  load(machine, std::string(helpers) + R"(
program main(%x) {
    %y = call_pure "twice", %x
    %z = call_pure "twice", "not a number"
    %w = call_pure "twice"
    ret [%y, %z, %w]
}
)");
  taken_in(machine.add_program("cpp", [](const Val& x) {
    return bind(call_pure("sum", x, 1), [](const Val& sum) {
      return map(call_pure("twice", sum.unwrapped()),
                 [sum](const Val& both) { return list_of(sum, both); });
    });
  }));
  CHECK(run(machine, "main", Val::nat(4)).text() == "[just 8, nothing, nothing]");
  CHECK(run(machine, "cpp", Val::nat(4)).text() == "[just 5, just 10]");
}

TEST_CASE("a name that is taken refuses a function of another machine's") {
  Machine machine;
  load(machine, helpers);
  taken_in(machine.add_pure(twice()));
  CHECK(machine.add_pure(twice()));  // the same again
  const auto refused = machine.add_pure(giving("twice", ret(Val()), 1));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().reason == LoadError::Reason::NameTaken);
  CHECK(refused.error().message == "another function is named 'twice' already");
  CHECK_FALSE(machine.add_pure(giving("sum", ret(Val()), 2)));
  CHECK_FALSE(machine.load(assembled("pure twice(%x) {\n    ret %x\n}\n")));
}

// ─── scry ───────────────────────────────────────────────────────────────────────────────────────

ITree<Val> three_objects() {
  return bind(create_obj("cell"), [](const Val& id) {
    return bind(call(id, 5), [](const Val&) {
      return bind(create_obj("echo", "alice"), [](const Val&) { return create_obj("cell"); });
    });
  });
}

TEST_CASE("scry chooses objects by a function of C++") {
  const PureFunction controlled("controlled", 1,
                                [](Arguments x) { return is_just(x[0].list_at(2)); });
  CHECK(end_of(bind(three_objects(), [=](const Val&) { return scry_meta(controlled); })) ==
        "[[obj:1, [obj:1, \"local\", just \"alice\", just \"alice\"]]]");
  const PureFunction untouched("untouched", 3, [](Arguments x) {
    return bind(eq(x[0], "cell"), [state = x[2]](const Val& is_cell) {
      return bind(eq(state, Val::empty_list()),
                  [is_cell](const Val& is_empty) { return and_(is_cell, is_empty); });
    });
  });
  CHECK(end_of(bind(three_objects(), [=](const Val&) { return scry_deep(untouched); })) ==
        "[[obj:2, \"cell\", [obj:2, \"local\", nothing, nothing], []]]");
}

TEST_CASE("a predicate that fails, or says no Bool") {
  const auto scried = [](const ITree<Val>& tree, std::uint8_t parameters = 1) {
    return end_of(bind(create_obj("cell"),
                       [=](const Val&) { return scry_meta(giving("asked", tree, parameters)); }));
  };
  const std::string failed = "ReflectError.ScryPredicateFailed: the predicate of scry failed: ";
  CHECK(scried(ret(Val::nat(1))) == failed + "it gave a nat where a bool is wanted");
  CHECK(scried(fst(1)) == failed + "PureError.TypeMismatch: fst wants pair, got nat");
  CHECK(scried(get_self()) ==
        failed + "PureError.TypeMismatch: get_self wants no pure function, got asked");
  CHECK(scried(ret(Val::boolean(true)), 2) == failed + "it takes 2 arguments and is given 1");
  CHECK(scried(bind(ret(Val()),
                    [](const Val&) -> ITree<Val> { throw std::runtime_error("thrown"); })) ==
        failed + "ObjError.RejectedCall: object obj:281474976710655 rejected the call: "
                 "thrown");
}

}  // namespace
}  // namespace avm
