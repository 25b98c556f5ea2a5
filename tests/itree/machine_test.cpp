// Machines that have Tapes, assembled trees and trees of C++, which call each other.
#include "avm/dsl.hpp"
#include "itree/mixed.hpp"

namespace avm {
namespace {

using namespace test;
using namespace instruction;

TEST_CASE("it makes no difference who is assembled and who is in C++") {
  Machine tapes;
  load_scene(tapes, {});
  const Outcome wanted = outcome_of(tapes, "main", Val::nat(9));
  // That the scene is what it is meant to be.
  const std::string root = to_text(tapes.root());
  const auto passed = [&](const std::string& answer) {
    return "just [\"passed\", " + answer + ", just " + root + "]";
  };
  CHECK(wanted.end ==
        "[" + passed("just []") + ", " + passed("nothing") + ", " +
            passed(R"(just ["passed", just ["passed", just [9], just obj:1], just obj:0])") +
            ", nothing, " + passed("nothing") + R"(, just ["waiting", 1], )" +
            passed(R"(just [just "woken, then undone", "woken, then undone", just obj:1])") + ", " +
            passed(R"(just ["waiting", 2])") + ", nothing, " +
            passed(R"(just [just "woken", "woken", just obj:1])") +
            R"(, just ["waiting", 3], just ["waiting", 4], true])");
  for (const Mix& mix : all_mixes()) {
    CAPTURE(static_cast<int>(mix.backend), mix.main, mix.a, mix.b);
    Machine machine(MachineOptions{.backend = mix.backend});
    load_scene(machine, mix);
    CHECK(outcome_of(machine, "main", Val::nat(9)) == wanted);
  }
}

TEST_CASE("a turn is one instruction, whoever runs it") {
  Machine tapes;
  load_scene(tapes, {});
  const auto turns = [](Machine& machine) {
    const auto execution = started(machine, "main", Val::nat(9));
    std::vector<std::uint64_t> steps;
    while (execution->step() == Execution::Status::Running)
      steps.push_back(execution->stats().steps);
    CHECK(execution->status() == Execution::Status::Done);
    return steps;
  };
  const auto wanted = turns(tapes);
  CHECK(wanted.size() > 50);
  // Here no step is taken but by instructions.
  for (std::size_t i = 0; i < wanted.size(); ++i)
    CHECK(wanted[i] == i + 1);
  for (const Mix& mix : all_mixes()) {
    CAPTURE(static_cast<int>(mix.backend), mix.main, mix.a, mix.b);
    Machine machine(MachineOptions{.backend = mix.backend});
    load_scene(machine, mix);
    CHECK(turns(machine) == wanted);
  }
}

TEST_CASE("an execution that is given up in its middle leaves nothing") {
  const NothingLeaks nothing_leaks;
  for (const Mix& mix : all_mixes()) {
    for (const unsigned turns : {0U, 3U, 10U, 25U, 45U}) {
      Machine machine(MachineOptions{.backend = mix.backend});
      load_scene(machine, mix);
      const auto execution = started(machine, "main", Val::nat(9));
      for (unsigned i = 0; i < turns; ++i)
        execution->step();
    }
  }
}

TEST_CASE("a limit of steps is met at the same instruction, whoever runs it") {
  for (const std::uint64_t limit : {0, 1, 7, 20, 21, 22, 40}) {
    const StartOptions options = with({.steps = limit});
    Machine tapes;
    load_scene(tapes, {});
    const Outcome wanted = outcome_of(tapes, "main", Val::nat(9), options);
    CHECK(wanted.steps == limit);
    for (const Mix& mix : all_mixes()) {
      CAPTURE(static_cast<int>(mix.backend), mix.main, mix.a, mix.b);
      Machine machine(MachineOptions{.backend = mix.backend});
      load_scene(machine, mix);
      CHECK(outcome_of(machine, "main", Val::nat(9), options) == wanted);
    }
  }
}

TEST_CASE("a message from outside wakes what waits, whoever it is") {
  for (const Mix& mix : all_mixes()) {
    CAPTURE(static_cast<int>(mix.backend), mix.main, mix.a, mix.b);
    Machine machine(MachineOptions{.backend = mix.backend});
    load_scene(machine, mix);
    run(machine, "main");
    for (const std::uint64_t id : {0, 1}) {
      MemoryTrace trace;
      const auto woken = machine.post(ObjectId{id}, Val::str("posted"), {.trace = &trace});
      REQUIRE(woken != nullptr);
      CHECK(woken->run() == Execution::Status::Done);
      CHECK(*woken->value() == Val::nothing());
      CHECK(trace.count("MessageReceived") == 1);
      // Nobody waits any more: it is kept.
      CHECK(machine.post(ObjectId{id}, Val::str("kept")) == nullptr);
      CHECK(store_of(machine)[id].find(R"("waiting":false,"mailbox":[{"Str":"kept"}])") !=
            std::string::npos);
    }
  }
}

// ─── names ──────────────────────────────────────────────────────────────────────────────────────

TEST_CASE("names that are taken are refused") {
  Machine machine;
  const auto body = [](Val x) { return ret(std::move(x)); };
  const auto other = [](const Val&) { return ret(Val::str("other")); };
  const auto refused = [](const std::expected<void, LoadError>& loaded,
                          const std::string& message) {
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().reason == LoadError::Reason::NameTaken);
    CHECK(loaded.error().message == message);
  };
  taken_in(machine.add_program("p", body));
  taken_in(machine.add_behavior("f", body));
  load(machine, "program q {\n    ret 1\n}\nbehavior g {\n    ret 1\n}\n");
  for (const char* name : {"p", "q"})
    refused(machine.add_program(name, other),
            "another program is named '" + std::string(name) + "' already");
  for (const char* name : {"f", "g"})
    refused(machine.add_behavior(name, other),
            "another function is named '" + std::string(name) + "' already");
  // The very same body counts as another: nobody can tell.
  CHECK_FALSE(machine.add_program("p", body));
  refused(machine.load(assembled("program p {\n    ret 1\n}\nbehavior new {\n    ret 1\n}\n")),
          "another program is named 'p' already");
  refused(machine.load(assembled("behavior f {\n    ret 1\n}\n")),
          "another function is named 'f' already");
  // All or none; and what was there is still there.
  taken_in(machine.add_behavior("new", body));
  CHECK(run(machine, "p", Val::nat(5)).text() == "5");
  CHECK(run(machine, "q").text() == "1");
  // Programs, behaviors and pure functions have their own names.
  taken_in(machine.add_behavior("p", body));
  taken_in(machine.add_program("f", body));
  CHECK(machine.start("g").error().reason == LoadError::Reason::NoSuchProgram);
}

TEST_CASE("unsafe instructions in C++ are not looked for") {
  Machine machine(MachineOptions{.allow_unsafe = false, .layer_max = 0});
  taken_in(machine.add_program("main", [](const Val&) { return reify_tx_state(); }));
  CHECK(run(machine, "main").text() == "nothing");
}

// ─── deep calls, and how they are told ──────────────────────────────────────────────────────────

// Both call the other with n - 1; at 0 they fail where `is_bad`: [n, other, own, is bad].
constexpr const char* down_text = R"(
behavior down_asm(%m) {
    match %m, [%n, %other, %own, %bad], wrong
    %left = minus_one(%n, %bad)
    br_nothing %left, end
    %left = unwrap %left
    %x = call %other, [%left, %own, %other, %bad]
    %x = unwrap %x
    ret %x
end:
    ret "bottom"
wrong:
    reject %m
}
pure minus_one(%n, %bad) {
    %is_end = eq %n, 0
    br %is_end, end
    %n = sub %n, 1
    ret just %n
end:
    br %bad, fail
    ret nothing
fail:
    %x = sub 0, 1
    ret %x
}
)";

ITree<Val> down_cpp(const Val& m) {
  const std::uint64_t n = m.list_at(0).as_nat();
  const PureFunction check("check", 2, [](std::span<const Val> x) -> ITree<Val> {
    if (x[0] == Val::nat(0) && x[1].as_bool()) return sub(0, 1);
    return ret(x[0]);
  });
  return bind(apply(check, n, m.list_at(3)), [m](const Val& left) -> ITree<Val> {
    if (left == Val::nat(0)) return ret(Val::str("bottom"));
    const Val next = list_of(left.as_nat() - 1, m.list_at(2), m.list_at(1), m.list_at(3));
    return bind(call(m.list_at(1), next), [](const Val& answer) { return unwrap(answer); });
  });
}

struct Deep {
  explicit Deep(Backend backend = Backend::Tape) : machine(MachineOptions{.backend = backend}) {
    load(machine, down_text);
    taken_in(machine.add_behavior("down_cpp", down_cpp));
    taken_in(machine.add_program("main", [](const Val& x) {
      return bind(create_obj("down_asm"), [x](const Val& a) {
        return bind(create_obj("down_cpp"),
                    [x, a](const Val& b) { return call(a, list_of(x.first(), b, a, x.second())); });
      });
    }));
  }
  Ran down(std::uint64_t n, bool is_bad, StartOptions options = {}) {
    return run(machine, "main", Val::pair(Val::nat(n), Val::boolean(is_bad)), std::move(options));
  }
  Machine machine;
};

TEST_CASE("calls from one to the other nest deep") {
  const Backend backend = GENERATE(Backend::Tape, Backend::ITree);
  const NothingLeaks nothing_leaks;
  Deep deep(backend);
  CHECK(deep.down(100'000, false).text() == "just \"bottom\"");
}

TEST_CASE("depth is that of all engines together") {
  const Backend backend = GENERATE(Backend::Tape, Backend::ITree);
  Deep deep(backend);
  // main at 0, object n at 1, object 0 at n + 1, the function that it applies at n + 2.
  for (const std::uint64_t n : {0, 1, 2, 9, 10, 50'000}) {
    CAPTURE(n);
    CHECK(deep.down(n, false, with({.depth = n + 2})).text() == "just \"bottom\"");
    CHECK(deep.down(n, false, with({.depth = n + 1})).text() ==
          "ResourceError.Depth: the limit of " + std::to_string(n + 1) +
              " nested activations is reached");
    CHECK(deep.down(n, false, with({.depth = n})).text() == "ResourceError.Depth: the limit of " +
                                                                std::to_string(n) +
                                                                " nested activations is reached");
  }
}

// The first failure that is told of, as names from the inside out.
struct Told {
  Strings names;
  Strings places;
  std::uint64_t omitted = 0;
};
Told first_failure(Deep& deep, std::uint64_t n, Limits limits = {}) {
  std::optional<Told> told;
  StartOptions options = with(limits);
  options.on_failure = [&](const Failure& failure) {
    if (told) return;
    told.emplace();
    told->omitted = failure.omitted;
    for (const CallSite& site : failure.calls) {
      told->names.push_back(site.function);
      told->places.push_back(site.file + ":" + std::to_string(site.position.line));
    }
  };
  deep.down(n, true, options);
  REQUIRE(told);
  return *told;
}

TEST_CASE("the chain of calls is told over all engines, from the inside out") {
  const Backend backend = GENERATE(Backend::Tape, Backend::ITree);
  Deep deep(backend);
  for (const std::uint64_t n : {0, 1, 2, 3, 60, 61, 62, 63, 64, 65, 66, 100, 1'001}) {
    CAPTURE(n);
    Strings names = {"main"};
    Strings places = {":0"};
    for (std::uint64_t i = 0; i <= n; ++i) {
      names.emplace_back(i % 2 == 0 ? "down_asm" : "down_cpp");
      places.emplace_back(i % 2 == 0 ? "test.avm:" + std::to_string(i == n ? 4 : 7) : ":0");
    }
    names.emplace_back(n % 2 == 0 ? "minus_one" : "check");
    places.emplace_back(n % 2 == 0 ? "test.avm:24" : ":0");
    std::ranges::reverse(names);
    std::ranges::reverse(places);
    const std::uint64_t count = names.size();
    if (count > 64) {
      const auto middle = [](Strings& lines) { lines.erase(lines.begin() + 32, lines.end() - 32); };
      middle(names);
      middle(places);
    }
    const Told told = first_failure(deep, n);
    CHECK(told.names == names);
    CHECK(told.places == places);
    CHECK(told.omitted == (count > 64 ? count - 64 : 0));
  }
}

TEST_CASE("a limit that ends all is told with the whole chain") {
  Deep deep;
  const Told told = first_failure(deep, 100, {.depth = 90});
  // main, 90 objects; the application in the last was one too many.
  CHECK(told.omitted == 91 - 64);
  CHECK(told.names.front() == "down_cpp");
  CHECK(told.names.back() == "main");
  CHECK(told.names[63 - 1] == "down_asm");
}

// ─── limits of assembled trees ──────────────────────────────────────────────────────────────────

constexpr const char* limited = R"(
program loop(%n) {
    %i = 0
next:
    %i = add %i, 1
    %more = lt %i, %n
    br %more, next
    ret %i
}
program applies(%n) {
    %x = down(%n)
    ret %x
}
program calls(%n) {
    %id = create_obj "calling"
    %x = call %id, %n
    ret %x
}
program grows {
    %l = []
next:
    %l = append %l, "a string that has a block of its own"
    jmp next
}
behavior calling(%n) {
    %end = eq %n, 0
    br %end, end
    %self = get_self
    %n = sub %n, 1
    %x = call %self, %n
    %x = unwrap %x
    ret %x
end:
    ret 42
}
pure down(%n) {
    %end = eq %n, 0
    br %end, end
    %n = sub %n, 1
    %x = down(%n)
    %x = add %x, 1
    ret %x
end:
    ret 0
}
)";

TEST_CASE("limits of steps and depth are the same for assembled trees") {
  Machine tape;
  Machine tree(MachineOptions{.backend = Backend::ITree});
  load(tape, limited);
  load(tree, limited);
  const auto both = [&](const char* program, std::uint64_t n, Limits limits) {
    const std::string end = run(tree, program, Val::nat(n), with(limits)).text();
    CHECK(end == run(tape, program, Val::nat(n), with(limits)).text());
    return end;
  };
  CHECK(both("loop", 10, {.steps = 10}) == "10");
  CHECK(both("loop", 10, {.steps = 9}) == "ResourceError.Steps: the limit of 9 steps is reached");
  CHECK(both("applies", 3, {.steps = 5}) == "3");
  CHECK(both("applies", 3, {.steps = 4}) == "ResourceError.Steps: the limit of 4 steps is reached");
  for (const char* program : {"applies", "calls"}) {
    CHECK_FALSE(both(program, 4, {.depth = 5}).starts_with("ResourceError"));
    CHECK(both(program, 5, {.depth = 5}) ==
          "ResourceError.Depth: the limit of 5 nested activations is reached");
    CHECK_FALSE(both(program, 200'000, {}).starts_with("ResourceError"));
  }
}

TEST_CASE("memory is bounded, and what was taken is given back") {
  Machine machine(MachineOptions{.backend = Backend::ITree});
  load(machine, limited);
  const std::size_t before = heap::bytes_in_use();
  for (const char* program : {"grows", "applies", "calls"}) {
    {
      const Ran ran =
          run(machine, program, Val::nat(900'000), with({.memory = before + 1'000'000}));
      CHECK(ran.text() == "ResourceError.Memory: the limit of " +
                              std::to_string(before + 1'000'000) + " bytes of memory is reached");
    }
    if (program == std::string_view("grows")) CHECK(heap::bytes_in_use() == before);
  }
  CHECK(run(machine, "loop", Val::nat(100'000), with({.memory = heap::bytes_in_use() + 20'000}))
            .text() == "100000");
}

TEST_CASE("memory that C++ takes is bounded, and ends the execution") {
  const NothingLeaks nothing_leaks;
  Machine machine;
  load(machine, helpers);
  const auto greedy = [](const Val&) {
    return bind(get_self(), [](const Val&) {
      Val list = Val::empty_list();
      for (;;)
        list = Val::pair(Val::str("a string that has a block of its own"), list);
      return ret(list);
    });
  };
  taken_in(machine.add_behavior("greedy", greedy));
  taken_in(machine.add_program("main", [](const Val& x) { return create_and_call("greedy", x); }));
  const std::uint64_t limit = heap::bytes_in_use() + 1'000'000;
  MemoryTrace trace;
  StartOptions options = with({.memory = limit});
  options.trace = &trace;
  CHECK(run(machine, "main", Val(), options).text() == "ResourceError.Memory: the limit of " +
                                                           std::to_string(limit) +
                                                           " bytes of memory is reached");
  // No call boundary catches it.
  CHECK(trace.count("ErrorOccurred") == 1);
  CHECK(trace.count("ObjectCalled") == 0);
}

TEST_CASE("whoever follows events is told where they come from, also of a message that wakes") {
  for (const Backend backend : {Backend::Tape, Backend::ITree}) {
    Machine machine(MachineOptions{.backend = backend});
    load(machine, std::string(helpers) + R"(
program main {
    %id = create_obj "waits"
    %x  = call %id, 1
    ret %x
}
)");
    Strings told;
    StartOptions options;
    options.on_event = [&](const TraceEntry&, const CallSite& site) {
      told.push_back(site.function);
    };
    CHECK(run(machine, "main", Val::nothing(), options).text() == R"(just ["waiting", 1])");
    CHECK(told == Strings{"main", "waits"});
    told.clear();
    const auto woken = machine.post({0}, Val::nat(2), options);
    REQUIRE(woken != nullptr);
    woken->run();
    CHECK(told == Strings{"waits", "waits"});
  }
}

}  // namespace
}  // namespace avm
