// Do-notation: what coroutines await, how they end, and that nothing is left of them.
#include <memory>
#include <new>
#include <stdexcept>

#include "itree/trees.hpp"

namespace avm {
namespace {

using namespace test;
using namespace instruction;

// What becomes of a program, and of an object that is called with 7, that do this.
template <typename Body>
std::string end_of_do(Body body) {
  return end_of(from_do(std::move(body))());
}

std::string rejection(const std::string& message) {
  return "ObjError.RejectedCall: object obj:281474976710655 rejected the call: " + message;
}

TEST_CASE("a coroutine that awaits nothing") {
  CHECK(end_of_do([]() -> Do<Val> { co_return Val::nat(3); }) == "3");
}

TEST_CASE("instructions, operations and trees are awaited") {
  CHECK(end_of_do([]() -> Do<Val> {
          const Val id = co_await create_obj("echo");
          const Val reply = co_await call(id, Val::str("hi"));
          const Val sum = co_await add(1, 2);
          const Val last = co_await bind(tau(get_input()), [](const Val& x) { return add(x, 1); });
          const Val none = co_await abort_tx(co_await begin_tx());
          co_return list_of(reply, sum, last, none);
        }) == "[just [\"echo\", \"hi\"], 3, 8, nothing]");
}

TEST_CASE("trees of any type are awaited") {
  struct Big {
    std::string text;
    std::vector<int> numbers;
  };
  CHECK(end_of_do([]() -> Do<Val> {
          const std::string kind_of_input =
              co_await map(kind(7), [](const Val& x) { return std::string(x.as_str()); });
          const bool is = co_await ret(true);
          const Big big = co_await map(get_self(), [](const Val&) {
            return Big{"a text that is not short at all", {1, 2, 3}};
          });
          co_return list_of(kind_of_input, is, big.text, big.numbers.size());
        }) == "[\"nat\", true, \"a text that is not short at all\", 3]");
}

// ─── other coroutines ───────────────────────────────────────────────────────────────────────────

Do<std::uint64_t> number_of(Val list) {
  const Val length = co_await len(list);
  co_return length.as_nat();
}

Do<Val> sum_to(std::uint64_t n) {
  if (n == 0) co_return Val::nat(0);
  const Val rest = co_await from_do(sum_to)(n - 1);
  co_return co_await add(n, rest);
}

TEST_CASE("coroutines await each other, and themselves") {
  CHECK(end_of_do([]() -> Do<Val> {
          const std::uint64_t n = co_await from_do(number_of)(list_of(1, 2, 3));
          co_return Val::nat(n);
        }) == "3");
  CHECK(end_of(from_do(sum_to)(std::uint64_t{1'000})) == "500500");
  CHECK(end_of(from_do(sum_to)(std::uint64_t{50'000})) == "1250025000");
}

TEST_CASE("loops await thousands of times") {
  CHECK(end_of_do([]() -> Do<Val> {
          Val sum = Val::nat(0);
          for (std::uint64_t i = 0; i < 20'000; ++i) {
            if (i % 100 == 0) co_await tau(ret(Val()));
            sum = co_await add(sum, i);
          }
          co_return sum;
        }) == "199990000");
}

// ─── arguments and captures ─────────────────────────────────────────────────────────────────────

Do<Val> described(const std::string& name, const std::vector<Val>& values, Val last) {
  co_await tau(ret(Val()));
  co_await get_self();
  co_return list_of(name, values, last);
}

TEST_CASE("arguments and captures live as long as the tree") {
  std::optional<ITree<Val>> tree;
  {
    const std::string name = "a name that is too long to be inside of a string";
    tree = from_do(described)(name, std::vector<Val>{Val::nat(1), Val::str("two")},
                              Val::str("a value with a block of its own"));
  }
  const std::string wanted = "[\"a name that is too long to be inside of a string\", [1, \"two\"], "
                             "\"a value with a block of its own\"]";
  CHECK(end_of(*tree) == wanted);
  CHECK(end_of(*tree) == wanted);

  const auto make = [captured = std::make_shared<std::string>("captured by a lambda")] {
    return from_do([captured, more = std::vector<std::uint64_t>{1, 2}](std::uint64_t n) -> Do<Val> {
      const Val before = co_await get_input();
      co_await get_self();
      co_return list_of(*captured, more, n, before);
    })(std::uint64_t{9});
  };
  const ITree<Val> lambda = make();
  CHECK(end_of(lambda) == "[\"captured by a lambda\", [1, 2], 9, 7]");
  CHECK(end_of(lambda) == "[\"captured by a lambda\", [1, 2], 9, 7]");
}

TEST_CASE("a body begins when its tree is run, and anew each time") {
  unsigned begun = 0;
  const ITree<Val> tree = from_do([&]() -> Do<Val> {
    ++begun;
    co_await get_self();
    co_return Val::nat(begun);
  })();
  CHECK(begun == 0);
  CHECK(end_of(tree) == "1");
  CHECK(end_of(tree) == "2");
  // Of the tree that nobody else has only one is ever begun.
  begun = 0;
  Machine machine;
  taken_in(machine.add_program("main", from_do([&](const Val&) -> Do<Val> {
                                 ++begun;
                                 for (int i = 0; i < 100; ++i)
                                   co_await get_self();
                                 co_return Val::nat(begun);
                               })));
  CHECK(run(machine, "main").text() == "1");
}

// ─── conversions, rejects, exceptions ───────────────────────────────────────────────────────────

TEST_CASE("what cannot be converted rejects the call") {
  CHECK(end_of_do([]() -> Do<Val> {
          const std::uint64_t n = co_await from_val<std::uint64_t>(Val::nat(5));
          const auto [a, b] = co_await unpack_pair(Val::pair(Val::nat(1), Val::str("b")));
          co_await expect_symbol(Val::str("go"), "go");
          co_return list_of(n, a, b);
        }) == "[5, 1, \"b\"]");
  CHECK(end_of_do([]() -> Do<Val> {
          const std::uint64_t n = co_await from_val<std::uint64_t>(Val::str("five"));
          co_return Val::nat(n);
        }) == rejection("wanted nat, found the str \"five\""));
  CHECK(end_of(map(or_reject(from_val<bool>(Val::boolean(true))),
                   [](bool b) { return Val::boolean(!b); })) == "false");
}

TEST_CASE("a reject or an error that is awaited ends the coroutine there") {
  bool went_on = false;
  CHECK(end_of_do([&]() -> Do<Val> {
          co_await reject(Val::str("no"));
          went_on = true;
          co_return Val();
        }) == rejection("no"));
  CHECK(end_of_do([&]() -> Do<Val> {
          const bool b = co_await raise<bool>(Error(ErrorCode::PureError_Overflow, Val::str("x")));
          went_on = b;
          co_return Val();
        }) == "PureError.Overflow: x leaves the range of Nat (0 to 2^64-1)");
  CHECK(end_of_do([&]() -> Do<Val> {
          co_await create_obj("nobody");
          went_on = true;
          co_return Val();
        }) == "ObjError.BehaviorNotFound: no behavior is named nobody");
  CHECK_FALSE(went_on);
}

TEST_CASE("what a body throws rejects the call") {
  const bool is_late = GENERATE(false, true);
  const auto throwing = [&](const auto& what) {
    return end_of_do([=]() -> Do<Val> {
      if (is_late) co_await get_self();
      if (is_late) co_await get_self();
      throw what;
    });
  };
  CHECK(throwing(std::runtime_error("because")) == rejection("because"));
  CHECK(throwing(std::runtime_error("\xff\xfe")) == rejection("an exception"));
  CHECK(throwing(42) == rejection("an exception"));
  CHECK(throwing(std::bad_alloc()) ==
        "ResourceError.Memory: the limit of 4294967296 bytes of memory is reached");
  // Where no memory is left for the message it is memory that is reported.
  const auto before = heap::bytes_in_use();
  Machine machine;
  taken_in(machine.add_program("main", [](const Val&) -> ITree<Val> {
    throw std::runtime_error(std::string(2'000'000, 'x'));
  }));
  const std::string limit = std::to_string(before + 1'000'000);
  CHECK(run(machine, "main", Val(), with({.memory = before + 1'000'000})).text() ==
        "ResourceError.Memory: the limit of " + limit + " bytes of memory is reached");
}

TEST_CASE("a body that throws fails its call alone") {
  Machine machine;
  load(machine, helpers);
  taken_in(machine.add_behavior("throws", from_do([](const Val& x) -> Do<Val> {
                                  co_await set_state(list_of(x));
                                  if (x == Val::nat(1)) throw std::runtime_error("one");
                                  if (x == Val::nat(2)) throw 2;
                                  co_return x;
                                })));
  taken_in(machine.add_program("main", from_do([](const Val&) -> Do<Val> {
                                 const Val id = co_await create_obj("throws");
                                 const Val a = co_await call(id, 1);
                                 const Val b = co_await call(id, 2);
                                 const Val c = co_await call(id, 3);
                                 co_return list_of(a, b, c);
                               })));
  CHECK(run(machine, "main").text() == "[nothing, nothing, just 3]");
}

// ─── nothing is left ────────────────────────────────────────────────────────────────────────────

TEST_CASE("coroutines are destroyed wherever they end") {
  const NothingLeaks nothing_leaks;
  const auto alive = std::make_shared<int>(0);
  const auto body = [alive](const std::string& how) -> Do<Val> {
    const auto guard = alive;  // NOLINT(performance-unnecessary-copy-initialization): it counts
    const Val kept = Val::str("a value that has a block of its own");
    if (how == "throw at once") throw std::runtime_error("x");
    co_await get_self();
    const auto inner = [alive](Val x) -> Do<Val> {
      // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): it counts
      const auto inner_guard = alive;
      co_await get_self();
      if (x == Val::str("reject inside")) co_await reject(x);
      if (x == Val::str("throw inside")) throw std::runtime_error("x");
      if (x == Val::str("out of steps")) {
        for (;;)
          co_await tau(ret(Val()));
      }
      co_return x;
    };
    const Val answer = co_await from_do(inner)(Val::str(how));
    if (how == "reject") co_await reject(kept);
    co_return answer;
  };
  for (const std::string how : {"end", "throw at once", "reject inside", "throw inside",
                                "out of steps", "reject", "unrun"}) {
    CAPTURE(how);
    {
      const ITree<Val> tree = from_do(body)(how);
      if (how != "unrun") {
        end_of(tree, with({.steps = 100}));
        end_of(tree, with({.steps = 100}));
      }
      CHECK(alive.use_count() == 3);
    }
    CHECK(alive.use_count() == 2);
  }
}

TEST_CASE("an execution that has failed holds nothing of its trees") {
  const auto alive = std::make_shared<int>(0);
  Machine machine;
  taken_in(machine.add_program("main", [&](const Val&) {
    return bind(get_self(), [alive](const Val&) {
      return bind(raise(Error(ErrorCode::PureError_Overflow, Val::str("x"))),
                  [alive](const Val&) { return ret(Val()); });
    });
  }));
  const long before = alive.use_count();
  const Ran ran = run(machine, "main");
  CHECK(ran.execution->error() != nullptr);
  CHECK(alive.use_count() == before);
}

}  // namespace
}  // namespace avm
