// The laws of trees: whoever runs two trees that a law calls equal sees no difference.
#include "itree/random_tree.hpp"

#include <rapidcheck.h>

namespace avm {
namespace {

using namespace test;

void same(const ITree<Val>& one, const ITree<Val>& other) {
  RC_ASSERT(outcomes_of(one) == outcomes_of(other));
}

Val wrapped(const Val& x) { return list_of(x); }
Val with_kind(const Val& x) { return Val::pair(Val::str(kind_name(x.kind())), x); }

TEST_CASE("ret gives its value to what is bound to it") {
  CHECK(rc::check([] {
    const auto bytes = *any_bytes();
    Decisions decisions(bytes);
    const Val a = random_value(decisions);
    const Arrow k = random_arrow(decisions);
    same(bind(ret(a), k), k(a));
  }));
}

TEST_CASE("to bind ret changes nothing") {
  CHECK(rc::check([] {
    const auto bytes = *any_bytes();
    Decisions decisions(bytes);
    const ITree<Val> t = random_arrow(decisions)(Val::nat(1));
    same(bind(t, [](Val x) { return ret(std::move(x)); }), t);
  }));
}

TEST_CASE("binds can be bracketed in any way") {
  CHECK(rc::check([] {
    const auto bytes = *any_bytes();
    Decisions decisions(bytes);
    const ITree<Val> t = random_arrow(decisions)(Val::nat(1));
    const Arrow f = random_arrow(decisions);
    const Arrow g = random_arrow(decisions);
    same(bind(bind(t, f), g), bind(t, then(f, g)));
  }));
  CHECK(rc::check([] {
    const auto bytes = *any_bytes();
    Decisions decisions(bytes);
    const std::vector<Arrow> events = random_events(decisions);
    ITree<Val> to_the_left = ret(Val::nat(1));
    for (const Arrow& event : events)
      to_the_left = bind(to_the_left, event);
    same(to_the_left, in_brackets(decisions, events)(Val::nat(1)));
  }));
}

TEST_CASE("map is a functor, and is bind to ret") {
  CHECK(rc::check([] {
    const auto bytes = *any_bytes();
    Decisions decisions(bytes);
    const ITree<Val> t = random_arrow(decisions)(Val::nat(1));
    same(map(t, [](Val x) { return x; }), t);
    same(map(map(t, wrapped), with_kind),
         map(t, [](const Val& x) { return with_kind(wrapped(x)); }));
    same(map(t, wrapped), bind(t, [](const Val& x) { return ret(wrapped(x)); }));
  }));
}

TEST_CASE("a tau is a step, and nothing else") {
  CHECK(rc::check([] {
    const auto bytes = *any_bytes();
    Decisions decisions(bytes);
    const ITree<Val> t = random_arrow(decisions)(Val::nat(1));
    auto plain = outcomes_of(t);
    const auto delayed = outcomes_of(tau(tau(t)));
    // A limit of steps is met elsewhere.
    if (delayed[0].end.starts_with("ResourceError")) return;
    plain[0].steps += 2;
    RC_ASSERT(plain[0] == delayed[0]);
    // As an object it may begin any number of times.
    if (delayed[1].end.starts_with("ResourceError")) return;
    plain[1].steps = delayed[1].steps;
    RC_ASSERT(plain[1] == delayed[1]);
  }));
}

TEST_CASE("vis is trigger and bind, and answers reach what is bound") {
  Event event;
  event.op = Op::add;
  event.operands = {Val::nat(1), Val::nat(2)};
  const auto k = [](const Val& answer) { return ret(list_of(answer, answer)); };
  CHECK(end_of(vis(event, k)) == "[3, 3]");
  CHECK(outcomes_of(vis(event, k)) == outcomes_of(bind(trigger(event), k)));
}

TEST_CASE("random trees do things") {
  // Else the properties above show little.
  unsigned values = 0;
  std::size_t events = 0;
  CHECK(rc::check([&] {
    const auto bytes = *any_bytes();
    Decisions decisions(bytes);
    const auto outcomes = outcomes_of(random_arrow(decisions)(Val::nat(1)));
    for (const Outcome& outcome : outcomes) {
      values += outcome.end.find("Error.") == std::string::npos ? 1 : 0;
      events += outcome.events.size();
    }
  }));
  CHECK(values > 50);
  CHECK(values < 200);
  CHECK(events > 300);
}

}  // namespace
}  // namespace avm
