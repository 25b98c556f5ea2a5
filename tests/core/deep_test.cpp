// Values that nest very deep, and values that are huge as trees: nothing may take the native
// stack, or time by the size of the tree.
#include <catch2/catch.hpp>

#include "avm/text.hpp"
#include "core/blocks.hpp"
#include "core/random_value.hpp"
#include "core/small_blocks.hpp"

using namespace avm;
using namespace avm::test;

namespace {

// Sanitizers make the native stack's frames larger and everything slower: less depth shows as much.
#if defined(AVM_PLAIN_MALLOC)
constexpr unsigned depth = 200'000;
#else
constexpr unsigned depth = 1'000'000;
#endif

Val in_list(Val inside) { return Val::list({std::move(inside)}); }
Val in_mixed_list(Val inside) { return Val::list({Val::nothing(), std::move(inside)}); }
Val in_first(Val inside) { return Val::pair(std::move(inside), Val::nat(1)); }
Val in_second(Val inside) { return Val::pair(Val::nat(1), std::move(inside)); }

struct Nesting {
  std::string_view name;
  Val (*wrap)(Val inside);
  std::uint64_t nodes_each;
};

Val nested(const Nesting& nesting) {
  Val value = Val::nat(7);
  for (unsigned i = 0; i < depth; ++i)
    value = nesting.wrap(std::move(value));
  return value;
}

const std::vector<Nesting>& nestings() {
  static const std::vector<Nesting> all{
      {"list", in_list, 1},
      {"mixed list", in_mixed_list, 2},
      {"first of a pair", in_first, 2},
      {"second of a pair", in_second, 2},
      {"just", Val::just, 1},
      {"just in a list", [](Val v) { return in_list(Val::just(std::move(v))); }, 2}};
  return all;
}

}  // namespace

TEST_CASE_METHOD(NothingLeaks, "values that nest deep are built, compared, copied and freed") {
  for (const Nesting& nesting : nestings()) {
    CAPTURE(nesting.name);
    const Val value = nested(nesting);
    const Val again = nested(nesting);
    Val copy = value;
    CHECK(value == again);
    copy = again;
    CHECK_FALSE(value == nesting.wrap(again));
    NodeBudget budget{no_limit};
    CHECK(equal_as_trees(value, again, budget) == true);
    CHECK(no_limit - budget.left == depth * nesting.nodes_each);
  }
}

TEST_CASE_METHOD(NothingLeaks, "values that nest deep are printed and parsed") {
  for (const Nesting& nesting : nestings()) {
    CAPTURE(nesting.name);
    const Val value = nested(nesting);
    const std::string text = to_text(value);
    const auto from_text = parse_value(text);
    CHECK((from_text.has_value() && *from_text == value));
    const auto from_json = parse_json(to_json(value));
    CHECK((from_json.has_value() && *from_json == value));
    NodeBudget budget{no_limit};
    CHECK(print_as_tree(value, budget)->as_str() == text);
  }
}

TEST_CASE_METHOD(NothingLeaks, "text that opens brackets and never closes them is refused") {
  for (const std::string_view piece : {"[", "(", "[1, ", "(1, ", "just ", "[just "}) {
    std::string text;
    for (unsigned i = 0; i < depth; ++i)
      text += piece;
    const auto value = parse_value(text);
    REQUIRE_FALSE(value.has_value());
    CHECK(value.error().offset == text.size());
  }
  std::string json;
  for (unsigned i = 0; i < depth; ++i)
    json += R"({"List":[)";
  CHECK_FALSE(parse_json(json).has_value());
}

TEST_CASE_METHOD(NothingLeaks, "values that are huge as trees are printed up to a limit") {
  Val value = Val::str("leaf");
  for (unsigned i = 0; i < 60; ++i)
    value = i % 2 == 0 ? Val::pair(value, value) : Val::list({value, value, Val::nat(i)});
  CHECK(to_message_text(value).ends_with("…"));
  CHECK(print(value, no_limit, 1000).text.size() <= 1003);
  CHECK(to_message_json(value).ends_with("]}"));
  CHECK(print_json(value, no_limit, 1000).text.size() < 3000);
}
