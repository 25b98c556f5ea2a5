// From trees to Tapes: what compiles does what the tree does, and what cannot be known is refused.
#include "avm/compile.hpp"

#include <functional>

#include "avm/dsl.hpp"
#include "itree/trees.hpp"

#include <rapidcheck.h>

namespace avm {
namespace {

using namespace test;
using namespace instruction;

Tape compiled(const ITree<Val>& tree, const CompileOptions& options = {}) {
  auto tape = compile(tree, options);
  if (!tape) FAIL(tape.error());
  return *std::move(tape);
}

std::string refusal(const ITree<Val>& tree, const CompileOptions& options = {}) {
  const auto tape = compile(tree, options);
  return tape ? "compiled" : tape.error();
}

// ─── what compiles ──────────────────────────────────────────────────────────────────────────────

// A tree on a machine, and its Tape on another. Both have the same objects to talk to.
std::pair<Outcome, Outcome> as_both(const ITree<Val>& tree, Backend backend = Backend::Tape) {
  std::vector<Outcome> outcomes;
  for (const bool is_tape : {false, true}) {
    Machine machine(MachineOptions{.allow_unsafe = true, .backend = backend});
    load(machine, helpers);
    if (is_tape) {
      const auto loaded = machine.load(compiled(tree));
      if (!loaded) FAIL(loaded.error().message);
    } else {
      taken_in(machine.add_program("main", [tree](const Val&) { return tree; }));
    }
    outcomes.push_back(outcome_of(machine, "main", Val::nat(7)));
  }
  // A body of C++ is given its input by an instruction.
  outcomes[0].steps -= 1;
  return {outcomes[0], outcomes[1]};
}

/// Straight trees: each event is asked with constants and answers to those before it.
class RandomLine {
 public:
  // The rest of the line, after these answers.
  static ITree<Val> rest(std::vector<Val> answers, std::vector<unsigned> events) {
    if (events.empty()) return ret(Val::list(answers));
    const unsigned chosen = events.back();
    events.pop_back();
    return bind(event(chosen, answers), [answers, events](const Val& answer) {
      auto longer = answers;
      longer.push_back(answer);
      return rest(std::move(longer), events);
    });
  }

  static ITree<Val> make(Decisions& decisions) {
    std::vector<unsigned> events;
    for (unsigned count = 1 + decisions.below(12); count > 0; --count)
      events.push_back(decisions.byte() << 8U | decisions.byte());
    // One object is always there, so that calls are not all in vain.
    events.push_back(0x600);
    return rest({}, events);
  }

 private:
  // Something made of the answers, by a number.
  static Val operand(unsigned number, const std::vector<Val>& answers) {
    const auto answer = [&](unsigned i) {
      return answers.empty() ? Val::nothing() : answers[i % answers.size()];
    };
    switch (number % 8) {
    case 0: return Val::nat(number);
    case 1: return Val::list({answer(number / 8), Val::str("a \"quoted\"\n text"), Val::list({})});
    case 2: return Val::pair(Val::just(answer(number / 8)), Val::boolean(true));
    case 3: return Val::just(Val::list({Val::pair(answer(number / 8), answer(number / 16))}));
    default: return answer(number / 8);
    }
  }

  static ITree<Val> event(unsigned number, const std::vector<Val>& answers) {
    const Val x = operand(number & 0xffU, answers);
    const Val y = operand(number * 7U & 0xffU, answers);
    const Val object = answers.empty() ? Val() : answers.front();
    switch ((number >> 8U) % 16) {
    case 0: return get_input();
    case 1: return tau(kind(x));
    case 2: return eq(x, y);
    case 3: return append(Val::list({x, y}), y);
    case 4: return to_str(x);
    case 5: return is_just(x);
    case 6: return create_obj("cell");
    case 7: return call(object, x);
    case 8:
      return bind(begin_tx(), [object, x](const Val& tx) {
        return bind(call(object, x), [tx](const Val& answer) {
          return map(commit_tx(tx),
                     [answer](Val done) { return Val::pair(answer, std::move(done)); });
        });
      });
    case 9: return create_and_call("waits", x);
    case 10: return create_and_call("fails", x);
    case 11: return receive(x);
    case 12: return reify_context();
    case 13: return call_pure("sum", 1, 2);
    case 14:
      // What may fail is rare.
      if (number % 5 == 0) return add(x, 1);
      if (number % 5 == 1) return fst(x);
      if (number % 7 == 0) return reject(x);
      return reify_tx_state();
    default: return abort_and_go_on(x);
    }
  }

  static ITree<Val> abort_and_go_on(const Val& x) {
    return bind(begin_tx(), [x](const Val& tx) {
      return bind(create_and_call("cell", x), [tx](const Val&) { return abort_tx(tx); });
    });
  }
};

TEST_CASE("the Tape of a straight tree does what the tree does") {
  std::size_t values = 0;
  CHECK(rc::check([&] {
    const auto bytes = *any_bytes();
    Decisions decisions(bytes);
    auto [tree, tape] = as_both(RandomLine::make(decisions));
    // The steps of `tau`s are not there; the rest is the same.
    RC_ASSERT(tree.steps >= tape.steps);
    tree.steps = tape.steps;
    RC_ASSERT(tree == tape);
    values += tree.end.find("Error.") == std::string::npos ? 1 : 0;
  }));
  // Else the property shows little.
  CHECK(values > 50);
}

TEST_CASE("the Tape of a straight tree can be run as a tree again") {
  CHECK(rc::check("by the other backend", [] {
    const auto bytes = *any_bytes();
    Decisions decisions(bytes);
    auto [tree, tape] = as_both(RandomLine::make(decisions), Backend::ITree);
    tree.steps = tape.steps;
    RC_ASSERT(tree == tape);
  }));
}

TEST_CASE("constants of any shape are compiled") {
  CHECK(rc::check([] {
    const auto bytes = *any_bytes();
    const Val value = random_value(bytes);
    const std::string text = to_text(value);
    const bool has_reference = text.find("obj:") != std::string::npos ||
                               text.find("tx:") != std::string::npos ||
                               text.find("var:") != std::string::npos;
    const auto tape = compile(ret(value));
    RC_ASSERT(tape.has_value() == !has_reference);
    if (!tape) {
      RC_ASSERT(tape.error().ends_with("is a reference, which no program text can name"));
    } else {
      RC_ASSERT(run(*tape).text() == text);
    }
  }));
}

TEST_CASE("a behavior is compiled, under a name of its own") {
  Machine machine;
  REQUIRE(machine.load(compiled(bind(get_input(), [](const Val& x) { return add(x, 1); }),
                                {.name = "next", .kind = FunctionKind::Behavior})));
  taken_in(machine.add_program("main", [](const Val& x) { return create_and_call("next", x); }));
  CHECK(run(machine, "main", Val::nat(4)).text() == "just 5");
}

TEST_CASE("coroutines are compiled, and run but once for it") {
  unsigned resumed = 0;
  const ITree<Val> tree = from_do([&]() -> Do<Val> {
    const Val input = co_await get_input();
    Val sum = Val::nat(0);
    for (int i = 0; i < 1'000; ++i) {
      sum = co_await add(sum, input);
      ++resumed;
    }
    co_return sum;
  })();
  const Tape tape = compiled(tree);
  CHECK(resumed == 1'000);
  CHECK(run(tape, Val::nat(3)).text() == "3000");
}

TEST_CASE("instructions without an answer, and with words of their own") {
  CHECK(run(compiled(bind(begin_tx("alice"), [](const Val& tx) {
          return bind(abort_tx(tx), [](const Val& nothing) {
            return bind(receive(list_of(nothing)), [=](const Val& none) {
              return bind(receive(),
                          [=](const Val& again) { return ret(list_of(nothing, none, again)); });
            });
          });
        }))).text() == "[nothing, nothing, nothing]");
  CHECK(run(compiled(post(PostKind("neq"), 1, 2))).text().starts_with("FdError.NotImplemented"));
  CHECK(
      run(compiled(reject(list_of("no"))), Val()).text().ends_with("rejected the call: [\"no\"]"));
  CHECK(compiled(reify_tx_state()).is_unsafe());
  CHECK_FALSE(compiled(get_self()).is_unsafe());
}

// ─── pure functions ─────────────────────────────────────────────────────────────────────────────

using Arguments = std::span<const Val>;

PureFunction twice() {
  return {"twice", 1, [](Arguments x) { return add(x[0], x[0]); }};
}

TEST_CASE("pure functions come along") {
  const PureFunction fourfold("fourfold", 1, [](Arguments x) {
    return bind(apply(twice(), x[0]), [](const Val& y) { return add(y, y); });
  });
  const PureFunction both("both", 2, [=](Arguments x) {
    return bind(apply(fourfold, x[0]), [=, b = x[1]](const Val& a) {
      return bind(apply(fourfold, b), [a](const Val& c) { return ret(Val::pair(a, c)); });
    });
  });
  const auto tree = bind(get_input(), [=](const Val& x) {
    return bind(apply(both, x, 1), [=](const Val& pair) {
      return bind(apply(fourfold, 2), [=](const Val& eight) {
        return map(add(eight, x), [=](const Val& sum) { return list_of(pair, eight, sum); });
      });
    });
  });
  const auto [as_tree, as_tape] = as_both(tree);
  CHECK(as_tree == as_tape);
  CHECK(as_tape.end == "[(28, 4), 8, 15]");
  CHECK(compiled(tree).functions.size() == 4);
}

TEST_CASE("pure functions are registered and asked") {
  const PureFunction all("all", 1, [](Arguments) { return ret(Val::boolean(true)); });
  const auto function = twice();
  const auto [as_tree, as_tape] = as_both(bind(create_obj("cell"), [=](const Val&) {
    return bind(register_pure("f", function), [=](const Val&) {
      return bind(update_pure("f", function), [=](const Val&) {
        return bind(call_pure("f", 4), [=](const Val& eight) {
          return map(scry_meta(all), [=](const Val& found) { return list_of(eight, found); });
        });
      });
    });
  }));
  CHECK(as_tree == as_tape);
  CHECK(as_tape.end == "[just 8, [[obj:0, [obj:0, \"local\", nothing, nothing]]]]");
}

TEST_CASE("functions that apply each other without end or very deep") {
  struct Endless {
    static PureFunction at(std::uint64_t n, std::uint64_t end) {
      return {"f" + std::to_string(n), 1, [n, end](Arguments x) {
                if (n == end) return ret(x[0]);
                return apply(at(n + 1, end), x[0]);
              }};
    }
  };
  CHECK(run(compiled(apply(Endless::at(0, 3'000), 5))).text() == "5");
  CHECK(refusal(apply(Endless::at(0, no_limit), 5), {.instructions_max = 20'000}) ==
        "the tree has more than 20000 instructions");
}

TEST_CASE("two functions of one name are refused, also where one is gone") {
  const auto named_f = [](std::uint64_t n) {
    return PureFunction("f", 0, [n](Arguments) { return ret(Val::nat(n)); });
  };
  const std::string refused = "two pure functions are named \"f\"";
  CHECK(refusal(bind(apply(named_f(1)), [=](const Val&) { return apply(named_f(2)); })) == refused);
  const auto one = named_f(1);
  CHECK(refusal(bind(apply(one), [=](const Val&) { return apply(one); })) == "compiled");
}

TEST_CASE("what no function can be named is refused") {
  for (const std::string name :
       {"", "two words", "add", "ret", "f() {\nret 1\n}\npure g", "1st", "ö", "program", "%a"}) {
    CAPTURE(name);
    const PureFunction function(name, 0, [](Arguments) { return ret(Val()); });
    CHECK_FALSE(compile(apply(function)));
    CHECK_FALSE(compile(ret(Val()), {.name = name}));
  }
  CHECK(refusal(apply(PureFunction("two words", 0, [](Arguments) { return ret(Val()); }))) ==
        "\"two words\" is no name for a function");
}

TEST_CASE("answers do not get into functions, but as arguments") {
  CHECK(refusal(bind(get_input(), [](const Val& x) {
          return apply(PureFunction("f", 0, [x](Arguments) { return ret(list_of(x)); }));
        })) == "a pure function uses an answer that was given outside of it");
  CHECK(refusal(apply(PureFunction("f", 1,
                                   [](Arguments x) {
                                     return apply(PureFunction(
                                         "g", 0, [x = x[0]](Arguments) { return ret(x); }));
                                   }),
                      1)) == "a pure function uses an answer that was given outside of it");
}

TEST_CASE("an instruction inside of a pure function is refused") {
  CHECK_FALSE(compile(apply(PureFunction("f", 0, [](Arguments) { return get_self(); }))));
}

// ─── refusals ───────────────────────────────────────────────────────────────────────────────────

TEST_CASE("what no tape can do is refused, and told") {
  CHECK(
      refusal(raise(Error(ErrorCode::PureError_Overflow, Val::str("x")))) ==
      "the tree raises 'PureError.Overflow: x leaves the range of Nat (0 to 2^64-1)', and programs "
      "raise errors of their own by reject alone");
  CHECK(refusal(call(ObjectId{1}, 1)) == "obj:1 is a reference, which no program text can name");
  CHECK(refusal(ret(list_of(1, Val::just(Val::tx({2}))))) ==
        "tx:2 is a reference, which no program text can name");
  CHECK(refusal(ret(Val::pair(Val(), Val::var({2})))) ==
        "var:2 is a reference, which no program text can name");
  CHECK(refusal(bind(get_self(), [](const Val&) -> ITree<Val> {
          throw std::runtime_error("thrown");
        })) == "the tree throws: thrown");
  CHECK(refusal(bind(get_self(), [](const Val&) -> ITree<Val> { throw 42; })) ==
        "the tree throws an exception");
  CHECK_THROWS_AS(
      compile(bind(get_self(), [](const Val&) -> ITree<Val> { throw std::bad_alloc(); })),
      std::bad_alloc);
}

TEST_CASE("limits, on both sides") {
  const auto long_tree = [](unsigned count, bool is_tau) {
    ITree<Val> tree = ret(Val::nat(1));
    for (unsigned i = 0; i < count; ++i) {
      tree = is_tau ? tau(tree) : bind(tree, [](const Val&) { return get_self(); });
    }
    return tree;
  };
  for (const bool is_tau : {false, true}) {
    CHECK(compile(long_tree(100, is_tau), {.instructions_max = 100}));
    CHECK(refusal(long_tree(101, is_tau), {.instructions_max = 100}) ==
          "the tree has more than 100 instructions");
  }
  CHECK(compile(long_tree(20'000, false)));
  struct Loop {
    static ITree<Val> forever() {
      return bind(get_self(), [](const Val&) { return forever(); });
    }
  };
  CHECK(refusal(Loop::forever(), {.instructions_max = 50'000}) ==
        "the tree has more than 50000 instructions");

  const auto nested = [](unsigned count) {
    Val value = Val::nat(1);
    for (unsigned i = 0; i < count; ++i)
      value = i % 2 == 0 ? Val::list({value}) : Val::just(Val::pair(value, Val()));
    return value;
  };
  CHECK(run(compiled(ret(nested(10'000)))).text() == to_text(nested(10'000)));
  CHECK(refusal(ret(nested(10'001))) == "a value nests too deep");
  CHECK(run(compiled(ret(justs(Val::nat(1), 50'000)))).text() ==
        to_text(justs(Val::nat(1), 50'000)));
  // Small in memory, and huge as a tree.
  Val shared = Val::str("leaf");
  for (int i = 0; i < 60; ++i)
    shared = Val::pair(shared, shared);
  CHECK(refusal(ret(shared)) == "the tree is too large");
}

TEST_CASE("many answers at once") {
  const auto keeping = [](unsigned count) {
    ITree<std::vector<Val>> tree = ret(std::vector<Val>());
    for (unsigned i = 0; i < count; ++i) {
      tree = bind(tree, [i](const std::vector<Val>& before) {
        return map(add(i, 1), [before](const Val& x) {
          auto all = before;
          all.push_back(x);
          return all;
        });
      });
    }
    return map(tree, [](const std::vector<Val>& all) { return Val::list(all); });
  };
  CHECK(run(compiled(keeping(100))).text().ends_with("99, 100]"));
  // More than there are registers.
  const auto tape = compile(keeping(1'000));
  if (tape) {
    CHECK(run(*tape).text().ends_with("999, 1000]"));
  } else {
    CHECK(tape.error().find("register") != std::string::npos);
  }
}

}  // namespace
}  // namespace avm
