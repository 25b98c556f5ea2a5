// A tree is a value: it can be run again, and what waits in `receive` can be resumed again, after an
// abort has put it back.
#include <memory>

#include "itree/random_tree.hpp"

#include <rapidcheck.h>

namespace avm {
namespace {

using namespace test;
using namespace instruction;

TEST_CASE("a tree does the same each time it is run") {
  CHECK(rc::check([] {
    const auto bytes = *any_bytes();
    Decisions decisions(bytes);
    const ITree<Val> tree = random_arrow(decisions)(Val::nat(1));
    // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): that it can be copied is the point
    const ITree<Val> copy = tree;
    const auto first = outcomes_of(tree);
    RC_ASSERT(outcomes_of(tree) == first);
    RC_ASSERT(outcomes_of(copy) == first);
  }));
}

TEST_CASE("a function may give up what it holds only where it is called for the last time") {
  struct Giving {
    Val held = Val::str("held by the function alone");
    ITree<Val> operator()(const Val&) const& { return ret(held); }
    ITree<Val> operator()(const Val&) && { return ret(std::move(held)); }
  };
  const ITree<Val> tree = bind(bind(get_self(), Giving{}), [](Val x) { return ret(std::move(x)); });
  for (int i = 0; i < 3; ++i)
    CHECK(end_of(tree) == "\"held by the function alone\"");
  unsigned copied = 0;
  struct Counting {
    unsigned* copied;
    explicit Counting(unsigned& count) : copied(&count) {}
    Counting(const Counting& other) : copied(other.copied) { ++*copied; }
    Counting(Counting&& other) noexcept : copied(other.copied) {}
    Counting& operator=(const Counting&) = delete;
    ITree<Val> operator()(const Val&) const& { return Counting(*this)(Val()); }
    ITree<Val> operator()(const Val&) && { return ret(Val::nat(1)); }
  };
  Machine machine;
  taken_in(
      machine.add_program("main", [&](const Val&) { return bind(get_self(), Counting(copied)); }));
  CHECK(run(machine, "main").text() == "1");
  CHECK(copied == 0);
}

// ─── receive ────────────────────────────────────────────────────────────────────────────────────

// Wakes an object and takes it back, at each of the two places where it waits.
constexpr const char* driver = R"(
program main {
    %id = create_obj "twice"
    %a = call %id, 1
    %tx = begin_tx
    %b = call %id, 2
    abort_tx %tx
    %tx = begin_tx
    %c = call %id, 3
    %d = call %id, 4
    %e = call %id, 5
    abort_tx %tx
    %f = call %id, 6
    %tx = begin_tx
    %g = call %id, 7
    abort_tx %tx
    %tx = begin_tx
    %h = call %id, 8
    %done = commit_tx %tx
    %i = call %id, 9
    ret [%a, %b, %c, %d, %e, %f, %g, %h, %i, %done]
}
)";

constexpr const char* twice_text = R"(
behavior twice(%x) {
    %s = add %x, 100
    %first = receive reply [%s]
    set_state [%x, %first]
    %second = receive reply [%s, %first]
    %from = get_sender
    %sum = kind %second
    ret [%x, %first, %second, %sum, %from]
}
)";

ITree<Val> twice_tree(const Val& x) {
  return bind(add(x, 100), [x](const Val& s) {
    return bind(receive(list_of(s)), [x, s](const Val& first) {
      return bind(set_state(list_of(x, first)), [x, s, first](const Val&) {
        return bind(receive(list_of(s, first)), [x, first](const Val& second) {
          return bind(get_sender(), [x, first, second](const Val& from) {
            return map(kind(second), [x, first, second, from](const Val& sum) {
              return list_of(x, first, second, sum, from);
            });
          });
        });
      });
    });
  });
}

// Some of it in trees and coroutines of its own, which wait for it.
Do<Val> receive_first(Val x, Val s) {
  const Val first = co_await receive(list_of(s));
  co_await set_state(list_of(x, first));
  co_return first;
}
Do<Val> twice(const Val& x) {
  const Val s = co_await add(x, 100);
  const Val first = co_await from_do(receive_first)(x, s);
  const Val second = co_await receive(list_of(s, first));
  const Val from = co_await get_sender();
  const Val sum = co_await kind(second);
  co_return list_of(x, first, second, sum, from);
}

TEST_CASE("what waits is resumed as often as an abort puts it back") {
  Machine tape;
  load(tape, std::string(driver) + twice_text);
  const Outcome wanted = outcome_of(tape, "main");
  // That it was put back.
  CHECK(wanted.end ==
        "[just [101], just [101, just 2], just [101, just 3], "
        "just [1, just 3, just 4, \"just\", just obj:281474976710655], just [105], "
        "just [101, just 6], just [1, just 6, just 7, \"just\", just obj:281474976710655], "
        "just [1, just 6, just 8, \"just\", just obj:281474976710655], just [109], true]");

  SECTION("as assembled trees") {
    Machine trees(MachineOptions{.backend = Backend::ITree});
    load(trees, std::string(driver) + twice_text);
    CHECK(outcome_of(trees, "main") == wanted);
  }
  SECTION("as trees") {
    Machine machine;
    load(machine, driver);
    taken_in(machine.add_behavior("twice", twice_tree));
    CHECK(outcome_of(machine, "main") == wanted);
  }
  SECTION("as coroutines") {
    Machine machine(MachineOptions{.backend = Backend::ITree});
    load(machine, driver);
    taken_in(machine.add_behavior("twice", from_do(twice)));
    CHECK(outcome_of(machine, "main") == wanted);
  }
}

TEST_CASE("a coroutine that was brought to the same place again goes with its activation") {
  const NothingLeaks nothing_leaks;
  const auto alive = std::make_shared<int>(0);
  {
    Machine machine;
    load(machine, driver);
    taken_in(machine.add_behavior("twice", from_do([alive](const Val& x) -> Do<Val> {
                                    // NOLINTNEXTLINE(performance-unnecessary-copy-initialization)
                                    const auto guard = alive;  // it counts
                                    co_return co_await from_do(twice)(x);
                                  })));
    outcome_of(machine, "main");
    // The function has one, and the activation that waits at the end another.
    CHECK(alive.use_count() <= 4);
    CHECK(alive.use_count() >= 3);
  }
  CHECK(alive.use_count() == 1);
}

// ─── bodies that are not deterministic ──────────────────────────────────────────────────────────

// What becomes of `main`, and of the calls that failed.
Strings failures_of(Machine& machine) {
  Strings told;
  StartOptions options;
  options.on_failure = [&](const Failure& failure) { told.push_back(failure.error.text()); };
  told.push_back(run(machine, "main", Val::nothing(), options).text());
  return told;
}

constexpr const char* twice_woken = R"(
program main {
    %id = create_obj "fickle"
    call %id, 1
    %tx = begin_tx
    %a = call %id, 2
    abort_tx %tx
    %b = call %id, 3
    ret [%a, %b]
}
)";

Strings fickle(const std::function<Do<Val>(unsigned run)>& body) {
  unsigned runs = 0;
  Machine machine;
  load(machine, twice_woken);
  taken_in(
      machine.add_behavior("fickle", from_do([&](const Val&) -> Do<Val> { return body(++runs); })));
  return failures_of(machine);
}

TEST_CASE("a coroutine that does something else when it is run again is noticed") {
  const std::string noticed =
      "ObjError.RejectedCall: object obj:0 rejected the call: a coroutine has done something else "
      "when it was run again";
  SECTION("it ends at once") {
    const auto told = fickle([](unsigned run) -> Do<Val> {
      if (run > 1) co_return Val::nat(7);
      co_await receive();
      co_return Val::nat(8);
    });
    CHECK(told == Strings{noticed, "[nothing, just 8]"});
  }
  SECTION("it ends before the place where it waited") {
    const auto told = fickle([](unsigned run) -> Do<Val> {
      co_await get_self();
      if (run > 1) co_return Val::nat(7);
      co_await get_self();
      co_await receive();
      co_return Val::nat(8);
    });
    CHECK(told == Strings{noticed, "[nothing, just 8]"});
  }
  SECTION("it awaits another type where it waited") {
    const auto told = fickle([](unsigned run) -> Do<Val> {
      if (run > 1) co_return Val::nat(co_await ret(std::string("other")) == "other" ? 1 : 2);
      co_await receive();
      co_return Val::nat(8);
    });
    CHECK(told == Strings{noticed, "[nothing, just 8]"});
  }
  SECTION("it awaits another type before") {
    const auto told = fickle([](unsigned run) -> Do<Val> {
      if (run > 1) {
        const auto numbers = co_await ret(std::vector<std::uint64_t>(3));
        co_return Val::nat(numbers.size());
      }
      co_await get_self();
      co_await receive();
      co_return Val::nat(8);
    });
    CHECK(told == Strings{noticed, "[nothing, just 8]"});
  }
  SECTION("it throws") {
    const auto told = fickle([](unsigned run) -> Do<Val> {
      if (run > 1) throw std::runtime_error("not again");
      co_await receive();
      co_return Val::nat(8);
    });
    CHECK(told == Strings{"ObjError.RejectedCall: object obj:0 rejected the call: not again",
                          "[nothing, just 8]"});
  }
}

}  // namespace
}  // namespace avm
