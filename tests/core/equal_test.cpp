// Equality, and comparing and printing with a count of the nodes.
#include <rapidcheck/catch.h>

#include "avm/text.hpp"
#include "core/blocks.hpp"
#include "core/random_value.hpp"

using namespace avm;
using namespace avm::test;

namespace {

/// What comparing means, in as few words as can be: by recursion, one node at a time.
struct PlainComparison {
  std::uint64_t nodes = 0;

  bool equal(const Val& a, const Val& b) {
    ++nodes;
    if (a.kind() != b.kind()) return false;
    switch (a.kind()) {
    case Kind::Str: return a.as_str() == b.as_str();
    case Kind::Just: return equal(a.unwrapped(), b.unwrapped());
    case Kind::Pair: return equal(a.first(), b.first()) && equal(a.second(), b.second());
    case Kind::List: break;
    default: return a.payload() == b.payload();
    }
    if (a.list_size() != b.list_size()) return false;
    for (std::uint64_t i = 0; i < a.list_size(); ++i) {
      if (!equal(a.list_at(i), b.list_at(i))) return false;
    }
    return true;
  }
};

/// All that comparing has to give: the answer by both ways, the count, and what happens one short
/// of it.
void check_comparison(const Val& a, const Val& b) {
  PlainComparison plain;
  const bool expected = plain.equal(a, b);
  const std::uint64_t cost = plain.nodes - 1;
  RC_ASSERT((a == b) == expected);
  NodeBudget ample{cost + 10};
  RC_ASSERT(equal_as_trees(a, b, ample) == std::optional(expected));
  RC_ASSERT(ample.left == 10U);
  NodeBudget exact{cost};
  RC_ASSERT(equal_as_trees(a, b, exact) == std::optional(expected));
  RC_ASSERT(exact.left == 0U);
  if (cost == 0) return;
  NodeBudget short_by_one{cost - 1};
  RC_ASSERT(!equal_as_trees(a, b, short_by_one).has_value());
}

std::uint64_t tree_nodes(const Val& value) {
  PlainComparison plain;
  plain.equal(value, value);
  return plain.nodes;
}

/// `%p = (%p, %p)`, sixty times.
Val doubled_pairs(Val inside, unsigned times = 60) {
  for (; times > 0; --times)
    inside = Val::pair(inside, inside);
  return inside;
}

/// The same in lists: packed ones, or mixed ones.
Val doubled_lists(Val inside, bool packed) {
  for (unsigned i = 0; i < 60; ++i) {
    Val list = packed ? Val::list({inside, inside}) : Val::list({Val::nat(0), inside, inside});
    if (!packed) list_slice(list, 1, 3);
    inside = list;
  }
  return inside;
}

std::optional<bool> within(const Val& a, const Val& b, std::uint64_t nodes) {
  NodeBudget budget{nodes};
  return equal_as_trees(a, b, budget);
}

std::uint64_t cost_of(const Val& a, const Val& b) {
  NodeBudget budget{no_limit};
  equal_as_trees(a, b, budget);
  return no_limit - budget.left;
}

}  // namespace

TEST_CASE_METHOD(NothingLeaks, "comparing agrees with its plain meaning, in answer and in count") {
  rc::prop("for equal values", [] {
    const auto bytes = *any_bytes();
    const Val value = random_value(bytes);
    check_comparison(value, value);
    check_comparison(value, rebuilt(value));
  });
  rc::prop("for values of their own", [] {
    const auto one = *any_bytes();
    const auto other = *any_bytes();
    check_comparison(random_value(one), random_value(other));
  });
  rc::prop("for values that are nearly equal", [](std::size_t index, std::uint8_t other) {
    auto bytes = *any_bytes();
    const Val value = random_value(bytes);
    if (!bytes.empty()) bytes[index % bytes.size()] = other;
    check_comparison(value, random_value(bytes));
  });
}

TEST_CASE_METHOD(NothingLeaks, "each node after the first is a step") {
  const auto n = [](std::uint64_t number) { return Val::nat(number); };
  CHECK(cost_of(n(1), n(1)) == 0);
  CHECK(cost_of(n(1), Val::nothing()) == 0);
  CHECK(cost_of(Val::list({n(1), n(2)}), Val::list({n(1), n(2)})) == 2);
  CHECK(cost_of(Val::list({n(9), n(2)}), Val::list({n(1), n(2)})) == 1);
  CHECK(cost_of(Val::list({n(1), n(2)}), Val::list({n(1)})) == 0);
  CHECK(cost_of(Val::pair(n(1), n(2)), Val::pair(n(1), n(3))) == 2);
  CHECK(cost_of(Val::pair(n(1), n(2)), Val::pair(n(0), n(2))) == 1);
  CHECK(cost_of(justs(n(1), 100), justs(n(1), 100)) == 100);
  CHECK(cost_of(justs(n(1), 100), justs(n(1), 40)) == 40);
  CHECK(cost_of(justs(n(1), 16), justs(n(1), 17)) == 16);
  CHECK(cost_of(Val::list({justs(n(1), 3), justs(n(2), 3)}),
                Val::list({justs(n(1), 3), justs(n(4), 3)})) == 8);
}

TEST_CASE_METHOD(NothingLeaks, "printing counts the nodes as well") {
  const auto print_cost = [](const Val& value) {
    NodeBudget budget{no_limit};
    print_as_tree(value, budget);
    return no_limit - budget.left;
  };
  CHECK(print_cost(Val::str("as it is")) == 0);
  CHECK(print_cost(Val::list({Val::nat(1), justs(Val::nat(2), 20)})) == 22);
  rc::prop("for any value", [] {
    const auto bytes = *any_bytes();
    const Val value = random_value(bytes);
    const std::uint64_t cost = tree_nodes(value) - 1;
    NodeBudget exact{cost};
    const std::optional<Val> text = print_as_tree(value, exact);
    RC_ASSERT(text.has_value());
    RC_ASSERT(exact.left == 0U);
    RC_ASSERT(text->as_str() == (value.is_str() ? std::string(value.as_str()) : to_text(value)));
    if (cost == 0) return;
    NodeBudget short_by_one{cost - 1};
    RC_ASSERT(!print_as_tree(value, short_by_one).has_value());
  });
}

TEST_CASE_METHOD(NothingLeaks, "values that are huge as trees are compared soon") {
  const Val one = doubled_pairs(Val::nat(1));
  CHECK(one == doubled_pairs(Val::nat(1)));
  CHECK_FALSE(one == doubled_pairs(Val::nat(2)));
  CHECK_FALSE(one == doubled_pairs(Val::nat(1), 59));
  const Val text = doubled_pairs(Val::str("longer than fourteen bytes"));
  CHECK(text == doubled_pairs(Val::str("longer than fourteen bytes")));
  CHECK_FALSE(text == doubled_pairs(Val::str("longer than fourteen byteS")));

  const Val packed = doubled_lists(Val::nat(1), true);
  CHECK(packed == doubled_lists(Val::nat(1), false));
  CHECK_FALSE(packed == doubled_lists(Val::nat(2), false));
  CHECK(doubled_pairs(packed) == doubled_pairs(doubled_lists(Val::nat(1), false)));
}

TEST_CASE_METHOD(NothingLeaks,
                 "values whose parts are shared in different ways are compared soon") {
  // On the left one row of blocks, on the right two that refer to each other crosswise.
  Val left = Val::list({Val::nat(0)});
  Val right = Val::list({Val::nat(0)});
  Val other = Val::list({Val::nat(0)});
  for (unsigned i = 0; i < 2000; ++i) {
    left = Val::pair(left, left);
    const Val crossed = Val::pair(right, other);
    other = Val::pair(other, right);
    right = crossed;
  }
  CHECK(left == right);
  CHECK(right == other);

  // Of two blocks compared, one has one owner each time, and never the same side twice in a row.
  left = Val::list({Val::nat(0)});
  right = Val::list({Val::nat(0)});
  for (unsigned i = 0; i < 60; ++i) {
    left = Val::pair(Val::list({left}), Val::list({left}));
    const Val list = Val::list({std::move(right)});
    right = Val::pair(list, list);
  }
  CHECK(left == right);
}

TEST_CASE_METHOD(NothingLeaks, "elements that differ in kind alone make lists that differ") {
  CHECK_FALSE(Val::list({Val::nat(1)}) == Val::list({Val::boolean(true)}));
  CHECK_FALSE(Val::list({Val::tx({1})}) == Val::list({Val::just(Val::tx({1}))}));
  CHECK(within(Val::list({Val::nat(1)}), Val::list({Val::boolean(true)}), no_limit) == false);
}

TEST_CASE_METHOD(NothingLeaks, "comparing and printing as a tree stop where the budget ends") {
  const Val one = doubled_pairs(Val::nat(1));
  CHECK(within(one, one, 100'000) == std::nullopt);
  CHECK(within(one, doubled_pairs(Val::nat(2)), 100'000) == false);
  NodeBudget budget{100'000};
  CHECK(print_as_tree(one, budget) == std::nullopt);
  CHECK(budget.left == 0);
}

TEST_CASE_METHOD(NothingLeaks, "comparing takes its memory from the heap and meets its limit") {
  Val left = Val::nat(0);
  Val right = Val::nat(0);
  for (unsigned i = 0; i < 100'000; ++i) {
    left = Val::pair(left, Val::nat(0));
    right = Val::pair(right, Val::nat(0));
  }
  const heap::HeapLimit limit(heap::bytes_in_use() + 10'000);
  CHECK_THROWS_AS(left == right, std::bad_alloc);
  CHECK_THROWS_AS(within(left, right, no_limit), std::bad_alloc);
  NodeBudget budget{no_limit};
  CHECK_THROWS_AS(print_as_tree(left, budget), std::bad_alloc);
}
