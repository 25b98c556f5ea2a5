// Trees of any shape run, and go, in constant native stack; lists grow in place.
#include "itree/trees.hpp"

#include <pthread.h>

#include "core/small_blocks.hpp"

namespace avm {
namespace {

using namespace test;

// Sanitizers make the native stack's frames larger and everything slower: less shows as much.
#if defined(AVM_PLAIN_MALLOC)
constexpr std::size_t stack_bytes = std::size_t{1} << 20U;
constexpr unsigned many = 200'000;
#else
constexpr std::size_t stack_bytes = std::size_t{256} << 10U;
constexpr unsigned many = 1'000'000;
#endif

/// Runs `work` on a thread whose stack is too small for any recursion over what these tests build.
/// Nothing may be left of its values.
template <typename Work>
void on_small_stack(Work work) {
  std::size_t left = 1;
  auto body = [&] {
    work();
    left = heap::bytes_in_use();
  };
  pthread_attr_t attributes;
  REQUIRE(pthread_attr_init(&attributes) == 0);
  REQUIRE(pthread_attr_setstacksize(&attributes, stack_bytes) == 0);
  pthread_t thread;
  REQUIRE(pthread_create(
              &thread, &attributes,
              [](void* argument) -> void* {
                (*static_cast<decltype(body)*>(argument))();
                return nullptr;
              },
              &body) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  CHECK(left == 0);
}

ITree<Val> next(const Val& x) { return ret(Val::nat(x.as_nat() + 1)); }

ITree<Val> left_nested(unsigned count) {
  ITree<Val> tree = ret(Val::nat(0));
  for (unsigned i = 0; i < count; ++i)
    tree = bind(std::move(tree), next);
  return tree;
}

// As long as it lasts each bind is what the one before it goes on with.
ITree<Val> from_to(std::uint64_t from, std::uint64_t end) {
  if (from == end) return ret(Val::nat(from));
  return bind(instruction::add(from, 1), [end](const Val& x) { return from_to(x.as_nat(), end); });
}
ITree<Val> right_nested(unsigned count) { return from_to(0, count); }

ITree<Val> taus(unsigned count) {
  ITree<Val> tree = ret(Val::nat(count));
  for (unsigned i = 0; i < count; ++i)
    tree = tau(std::move(tree));
  return tree;
}

// A function that holds a tree, in which there is a function that holds a tree, …
ITree<Val> closures(unsigned count) {
  ITree<Val> tree = ret(Val::nat(count));
  for (unsigned i = 0; i < count; ++i)
    tree = bind(ret(Val()), [tree](const Val&) { return tree; });
  return tree;
}

// Each function holds the tree before it as well.
ITree<Val> mapped(unsigned count) {
  ITree<Val> tree = ret(Val());
  for (unsigned i = 0; i < count; ++i)
    tree = map(ret(Val()), [tree](Val x) { return x; });
  return tree;
}

using Make = ITree<Val> (*)(unsigned count);

TEST_CASE("trees of any shape run in constant native stack, more than once") {
  const auto [make, count] = GENERATE(table<Make, unsigned>({{left_nested, 100'000},
                                                             {left_nested, many},
                                                             {right_nested, many},
                                                             {taus, many},
                                                             {closures, many}}));
  on_small_stack([&] {
    const ITree<Val> tree = make(count);
    CHECK(end_of(tree) == std::to_string(count));
    CHECK(end_of(tree) == std::to_string(count));
    // The first thing that is left of it, run to its end, is gone bit by bit.
    Machine machine;
    taken_in(machine.add_program("main", [&](const Val&) { return make(count); }));
    CHECK(run(machine, "main").text() == std::to_string(count));
  });
}

TEST_CASE("trees of any shape are freed in constant native stack, unrun and half run") {
  const Make make = GENERATE(values<Make>({left_nested, taus, closures, mapped}));
  on_small_stack([&] {
    {
      const ITree<Val> tree = make(many);
    }
    Machine machine;
    taken_in(machine.add_program("main", [&](const Val&) {
      return bind(bind(taus(many), [=](const Val&) { return make(many); }),
                  [tree = make(many)](const Val&) { return tree; });
    }));
    // It stands in the middle of the taus.
    const Ran ran = run(machine, "main", Val::nothing(), with({.steps = 1000}));
    CHECK(ran.text() == "ResourceError.Steps: the limit of 1000 steps is reached");
  });
}

TEST_CASE("a chain of trees among a coroutine's arguments is freed in constant native stack") {
  on_small_stack([] {
    ITree<Val> tree = ret(Val::nat(5));
    for (unsigned i = 0; i < 50'000; ++i) {
      tree = from_do([](const ITree<Val>& inner) -> Do<Val> { co_return co_await inner; })(tree);
    }
    CHECK(end_of(tree) == "5");
  });
}

TEST_CASE("a tree without end takes no more memory as it goes on") {
  struct Loop {
    static ITree<Val> from(std::uint64_t i) {
      return bind(tau(ret(Val::nat(i + 1))), [](const Val& x) { return from(x.as_nat()); });
    }
  };
  Machine machine;
  taken_in(machine.add_program("main", [](const Val&) { return Loop::from(0); }));
  const std::size_t before = heap::bytes_in_use();
  CHECK(run(machine, "main", Val::nothing(), with({.steps = many, .memory = before + 20'000}))
            .text() ==
        "ResourceError.Steps: the limit of " + std::to_string(many) + " steps is reached");
}

// ─── assembled code ─────────────────────────────────────────────────────────────────────────────

constexpr const char* countdown = R"(
program calls(%n) {
    %id  = create_obj "down"
    %out = call %id, %n
    ret %out
}
program applications(%n) {
    %out = deeper(%n)
    ret %out
}
behavior down(%n) {
    %last = eq %n, 1
    br %last, last
    %self = get_self
    %rest = sub %n, 1
    %rest = call %self, %rest
    %rest = unwrap %rest
    %n    = add %rest, 1
last:
    ret %n
}
pure deeper(%n) {
    %last = eq %n, 1
    br %last, last
    %rest = sub %n, 1
    %rest = deeper(%rest)
    %n    = add %rest, 1
last:
    ret %n
}
)";

TEST_CASE("calls and applications of assembled trees nest to the limit in constant native stack") {
  std::vector<std::string> ends;
  on_small_stack([&] {
    Machine machine(MachineOptions{.backend = Backend::ITree});
    load(machine, countdown);
    for (const char* program : {"calls", "applications"}) {
      for (const unsigned depth : {many, many + 1})
        ends.push_back(run(machine, program, Val::nat(depth), with({.depth = many})).text());
    }
  });
  const std::string number = std::to_string(many);
  const std::string refusal =
      "ResourceError.Depth: the limit of " + number + " nested activations is reached";
  CHECK(ends == std::vector<std::string>{"just " + number, refusal, number, refusal});
}

// ─── lists ──────────────────────────────────────────────────────────────────────────────────────

constexpr const char* list_of_n = R"(
program main(%n) {
    %l = []
    %i = 0
next:
    %l = append %l, %i
    %i = add %i, 1
    %more = lt %i, %n
    br %more, next
    ret %l
}
program applied(%n) {
    %l = []
    %i = 0
next:
    %l = longer(%l, %i)
    %i = add %i, 1
    %more = lt %i, %n
    br %more, next
    ret %l
}
program inside(%n) {
    %l = []
    %l = all(%l, 0, %n)
    ret %l
}
pure longer(%l, %x) {
    %l = append %l, %x
    ret %l
}
pure all(%l, %i, %n) {
next:
    %l = append %l, %i
    %i = add %i, 1
    %more = lt %i, %n
    br %more, next
    ret %l
}
)";

TEST_CASE("lists that grow in a loop grow in place, as trees too") {
  const Backend backend = GENERATE(Backend::Tape, Backend::ITree);
  const std::string program = GENERATE("main", "applied", "inside");
  CAPTURE(program, static_cast<int>(backend));
  Machine machine(MachineOptions{.backend = backend});
  load(machine, list_of_n);
  constexpr std::uint64_t count = 200'000;
  // A copy for each element would write 160 GB, and so would take minutes.
  const Ran ran = run(machine, program, Val::nat(count));
  REQUIRE(ran.execution->value() != nullptr);
  CHECK(ran.execution->value()->list_size() == count);
  CHECK(ran.execution->value()->list_at(count - 1) == Val::nat(count - 1));
}

TEST_CASE("a list that grows in place is in memory once") {
  const Backend backend = GENERATE(Backend::Tape, Backend::ITree);
  const std::string program = GENERATE("main", "applied", "inside");
  CAPTURE(program, static_cast<int>(backend));
  Machine machine(MachineOptions{.backend = backend});
  load(machine, list_of_n);
  constexpr std::uint64_t count = 100'000;
  const std::size_t before = heap::bytes_in_use();
  heap::reset_peak();
  const Ran ran = run(machine, program, Val::nat(count));
  REQUIRE(ran.execution->value() != nullptr);
  // A copy would be there beside what it is a copy of.
  const std::size_t list_bytes = heap::bytes_in_use() - before;
  CHECK(list_bytes >= count * 8);
  CHECK(heap::peak_bytes() - before < list_bytes + count * 8 / 2);
}

}  // namespace
}  // namespace avm
