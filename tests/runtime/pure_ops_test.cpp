#include "runtime/pure_ops.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "avm/heap.hpp"
#include "avm/text.hpp"
#include "core/blocks.hpp"

using namespace avm;

namespace {

Val value(std::string_view text) {
  auto parsed = parse_value(text);
  REQUIRE(parsed.has_value());
  return *parsed;
}

std::vector<Val> elements(const Val& list) {
  std::vector<Val> result;
  for (std::uint64_t i = 0; i < list.list_size(); ++i)
    result.push_back(list.list_at(i));
  return result;
}

struct Outcome {
  std::string text;
  std::uint64_t steps;
};

/// Applies an operation to the elements of a list in text form: its result, or its error, as text.
Outcome run_op(std::string_view mnemonic, std::string_view operands,
               std::uint64_t limit = no_limit) {
  std::vector<Val> arguments = elements(value(operands));
  Meter meter{.steps = 0, .limit = limit};
  const auto result = apply_pure_op(find_op(mnemonic).value(), arguments, meter);
  return {result ? to_text(*result) : result.error().text(), meter.steps};
}

struct Row {
  std::string_view op;
  std::string_view operands;
  std::string_view expected;
};

void check(std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.op, row.operands);
    CHECK(run_op(row.op, row.operands).text == row.expected);
  }
}

/// A pair of the same pair twice, and so on: `2^levels` leaves in `levels` blocks.
Val shared_pairs(unsigned levels) {
  Val value = Val::nat(7);
  for (unsigned i = 0; i < levels; ++i)
    value = Val::pair(value, value);
  return value;
}

}  // namespace

TEST_CASE("arithmetic stays within Nat") {
  check({
      {"add", "[40, 2]", "42"},
      {"add", "[18446744073709551615, 0]", "18446744073709551615"},
      {"add", "[18446744073709551615, 1]",
       "PureError.Overflow: add leaves the range of Nat (0 to 2^64-1)"},
      {"sub", "[44, 2]", "42"},
      {"sub", "[2, 2]", "0"},
      {"sub", "[2, 3]", "PureError.Overflow: sub leaves the range of Nat (0 to 2^64-1)"},
      {"mul", "[6, 7]", "42"},
      {"mul", "[4294967296, 4294967295]", "18446744069414584320"},
      {"mul", "[4294967296, 4294967296]",
       "PureError.Overflow: mul leaves the range of Nat (0 to 2^64-1)"},
      {"div", "[85, 2]", "42"},
      {"div", "[1, 0]", "PureError.DivisionByZero: div by zero"},
      {"mod", "[85, 43]", "42"},
      {"mod", "[1, 0]", "PureError.DivisionByZero: mod by zero"},
      {"min", "[1, 2]", "1"},
      {"min", "[2, 1]", "1"},
      {"max", "[1, 2]", "2"},
      {"max", "[2, 1]", "2"},
  });
}

TEST_CASE("and, or and xor are bitwise on Nats and logical on Bools") {
  check({
      {"and", "[12, 10]", "8"},
      {"or", "[12, 10]", "14"},
      {"xor", "[12, 10]", "6"},
      {"and", "[18446744073709551615, 9223372036854775808]", "9223372036854775808"},
      {"and", "[true, true]", "true"},
      {"and", "[true, false]", "false"},
      {"or", "[false, false]", "false"},
      {"or", "[false, true]", "true"},
      {"xor", "[true, true]", "false"},
      {"xor", "[false, true]", "true"},
      {"not", "[true]", "false"},
      {"not", "[false]", "true"},
  });
}

TEST_CASE("bits shifted out are lost") {
  check({
      {"shl", "[1, 63]", "9223372036854775808"},
      {"shl", "[3, 63]", "9223372036854775808"},
      {"shl", "[1, 64]", "0"},
      {"shl", "[1, 18446744073709551615]", "0"},
      {"shr", "[9223372036854775808, 63]", "1"},
      {"shr", "[3, 1]", "1"},
      {"shr", "[18446744073709551615, 64]", "0"},
  });
}

TEST_CASE("eq and ne compare by structure") {
  check({
      {"eq", "[1, 1]", "true"},
      {"eq", "[1, true]", "false"},
      {"eq", "[[1, [2, \"a\"]], [1, [2, \"a\"]]]", "true"},
      {"eq", "[[1, 2], [1, 2, 3]]", "false"},
      {"eq", "[(1, 2), (1, 2)]", "true"},
      {"eq", "[(1, 2), [1, 2]]", "false"},
      {"eq", "[just nothing, nothing]", "false"},
      {"eq", "[obj:1, obj:1]", "true"},
      {"eq", "[obj:1, tx:1]", "false"},
      {"ne", "[1, 1]", "false"},
      {"ne", "[\"a\", \"b\"]", "true"},
  });
}

TEST_CASE("lt, le, gt and ge order Nats, and Strs by code point") {
  check({
      {"lt", "[1, 2]", "true"},
      {"lt", "[2, 2]", "false"},
      {"le", "[2, 2]", "true"},
      {"le", "[3, 2]", "false"},
      {"gt", "[2, 2]", "false"},
      {"gt", "[18446744073709551615, 0]", "true"},
      {"ge", "[2, 2]", "true"},
      {"ge", "[1, 2]", "false"},
      {"lt", R"(["", "a"])", "true"},
      {"lt", R"(["a", "ab"])", "true"},
      {"lt", R"(["b", "ab"])", "false"},
      {"lt", R"(["z", "é"])", "true"},
      // In UTF-16 these would stand the other way round.
      {"lt", R"(["\u{ffff}", "\u{10000}"])", "true"},
      {"ge", R"(["é", "é"])", "true"},
  });
}

TEST_CASE("len counts elements, and code points") {
  check({
      {"len", "[[]]", "0"},
      {"len", "[[1, [2, 3]]]", "2"},
      {"len", R"([""])", "0"},
      {"len", R"(["aé€😀"])", "4"},
  });
}

TEST_CASE("elements of lists are counted from 0") {
  check({
      {"get", "[[7, 8, 9], 0]", "7"},
      {"get", "[[7, 8, 9], 2]", "9"},
      {"get", "[[7, 8, 9], 3]", "PureError.OutOfRange: get: index 3 is out of range for length 3"},
      {"get", "[[], 0]", "PureError.OutOfRange: get: index 0 is out of range for length 0"},
      {"set", "[[7, 8, 9], 1, \"x\"]", "[7, \"x\", 9]"},
      {"set", "[[7, 8, 9], 3, 0]",
       "PureError.OutOfRange: set: index 3 is out of range for length 3"},
      {"append", "[[], 1]", "[1]"},
      {"append", "[[1], [2]]", "[1, [2]]"},
      {"concat", "[[1, 2], [3]]", "[1, 2, 3]"},
      {"concat", "[[], []]", "[]"},
      {"concat", R"(["ab", "cd"])", R"("abcd")"},
      {"concat", R"(["ab", ""])", R"("ab")"},
  });
}

TEST_CASE("slice is half open and must lie inside") {
  check({
      {"slice", "[[1, 2, 3, 4], 1, 3]", "[2, 3]"},
      {"slice", "[[1, 2], 0, 2]", "[1, 2]"},
      {"slice", "[[1, 2], 2, 2]", "[]"},
      {"slice", "[[], 0, 0]", "[]"},
      {"slice", R"(["aé€😀z", 1, 4])", R"("é€😀")"},
      {"slice", R"(["aé€😀z", 5, 5])", R"("")"},
      {"slice", R"(["aé", 0, 3])",
       "PureError.OutOfRange: slice: index 3 is out of range for length 2"},
      {"slice", "[[1, 2], 0, 3]",
       "PureError.OutOfRange: slice: index 3 is out of range for length 2"},
      {"slice", "[[1, 2], 5, 9]",
       "PureError.OutOfRange: slice: index 5 is out of range for length 2"},
      {"slice", "[[1, 2], 5, 1]",
       "PureError.OutOfRange: slice: index 5 is out of range for length 2"},
      {"slice", "[[1, 2], 2, 1]",
       "PureError.OutOfRange: slice: index 2 is out of range for length 1"},
  });
}

TEST_CASE("pairs and maybes are taken apart") {
  check({
      {"fst", "[(1, \"a\")]", "1"},
      {"snd", "[(1, \"a\")]", "\"a\""},
      {"unwrap", "[just 7]", "7"},
      {"unwrap", "[just just nothing]", "just nothing"},
      {"unwrap", "[nothing]", "PureError.TypeMismatch: unwrap wants just, got nothing"},
      {"unwrap_or", "[just 7, 8]", "7"},
      {"unwrap_or", "[nothing, 8]", "8"},
      {"is_nothing", "[nothing]", "true"},
      {"is_nothing", "[just nothing]", "false"},
      {"is_nothing", "[0]", "false"},
      {"is_just", "[just 1]", "true"},
      {"is_just", "[nothing]", "false"},
      {"is_just", "[1]", "false"},
  });
}

TEST_CASE("kind names every kind") {
  check({
      {"kind", "[1]", R"("nat")"},
      {"kind", "[true]", R"("bool")"},
      {"kind", R"(["a"])", R"("str")"},
      {"kind", "[[]]", R"("list")"},
      {"kind", "[(1, 2)]", R"("pair")"},
      {"kind", "[nothing]", R"("nothing")"},
      {"kind", "[just nothing]", R"("just")"},
      {"kind", "[obj:1]", R"("object")"},
      {"kind", "[tx:1]", R"("tx")"},
      {"kind", "[var:1]", R"("var")"},
  });
}

TEST_CASE("to_str gives the text form, and a Str as it is") {
  check({
      {"to_str", "[42]", R"("42")"},
      {"to_str", R"(["a \"b\""])", R"("a \"b\"")"},
      {"to_str", R"([["a", (1, nothing), just obj:3]])", R"("[\"a\", (1, nothing), just obj:3]")"},
  });
}

TEST_CASE("parse_nat wants decimal digits and nothing else") {
  check({
      {"parse_nat", R"(["42"])", "just 42"},
      {"parse_nat", R"(["007"])", "just 7"},
      {"parse_nat", R"(["18446744073709551615"])", "just 18446744073709551615"},
      {"parse_nat", R"(["18446744073709551616"])", "nothing"},
      {"parse_nat", R"([""])", "nothing"},
      {"parse_nat", R"(["+1"])", "nothing"},
      {"parse_nat", R"(["-1"])", "nothing"},
      {"parse_nat", R"([" 1"])", "nothing"},
      {"parse_nat", R"(["1 "])", "nothing"},
      {"parse_nat", R"(["1_0"])", "nothing"},
      {"parse_nat", R"(["0x1"])", "nothing"},
      {"parse_nat", R"(["1\0"])", "nothing"},
  });
}

TEST_CASE("a wrong kind is named, with what was wanted, the first operand first") {
  check({
      {"add", "[true, 1]", "PureError.TypeMismatch: add wants nat, got bool"},
      {"add", "[1, \"a\"]", "PureError.TypeMismatch: add wants nat, got str"},
      {"add", "[true, \"a\"]", "PureError.TypeMismatch: add wants nat, got bool"},
      {"and", "[[], 1]", "PureError.TypeMismatch: and wants nat or bool, got list"},
      {"not", "[1]", "PureError.TypeMismatch: not wants bool, got nat"},
      {"lt", "[nothing, 1]", "PureError.TypeMismatch: lt wants nat or str, got nothing"},
      {"len", "[1]", "PureError.TypeMismatch: len wants str or list, got nat"},
      {"get", "[[1], just 0]", "PureError.TypeMismatch: get wants nat, got just"},
      {"get", "[(1, 2), 0]", "PureError.TypeMismatch: get wants list, got pair"},
      {"set", "[[1], true, 0]", "PureError.TypeMismatch: set wants nat, got bool"},
      {"append", "[\"a\", 1]", "PureError.TypeMismatch: append wants list, got str"},
      {"slice", "[[1], 0, tx:1]", "PureError.TypeMismatch: slice wants nat, got tx"},
      {"fst", "[[1, 2]]", "PureError.TypeMismatch: fst wants pair, got list"},
      {"snd", "[var:1]", "PureError.TypeMismatch: snd wants pair, got var"},
      {"unwrap_or", "[1, 2]", "PureError.TypeMismatch: unwrap_or wants nothing or just, got nat"},
      {"parse_nat", "[7]", "PureError.TypeMismatch: parse_nat wants str, got nat"},
  });
}

TEST_CASE("where both operands must be of one kind, the first one's is wanted") {
  for (const std::string_view op : {"and", "or", "xor"}) {
    const std::string text = "PureError.TypeMismatch: " + std::string(op) + " wants ";
    CHECK(run_op(op, "[1, true]").text == text + "nat, got bool");
    CHECK(run_op(op, "[true, 1]").text == text + "bool, got nat");
  }
  for (const std::string_view op : {"lt", "le", "gt", "ge"}) {
    const std::string text = "PureError.TypeMismatch: " + std::string(op) + " wants ";
    CHECK(run_op(op, "[1, \"a\"]").text == text + "nat, got str");
    CHECK(run_op(op, "[\"a\", 1]").text == text + "str, got nat");
  }
  check({
      {"concat", "[[1], \"a\"]", "PureError.TypeMismatch: concat wants list, got str"},
      {"concat", "[\"a\", [1]]", "PureError.TypeMismatch: concat wants str, got list"},
  });
}

TEST_CASE("eq, ne and to_str count a step for each node after the first") {
  CHECK(run_op("eq", "[1, 1]").steps == 0);
  CHECK(run_op("eq", "[[1, 2], [1, 2]]").steps == 2);
  CHECK(run_op("eq", "[[1, 2], [3, 2]]").steps == 1);
  CHECK(run_op("ne", "[[1, (2, 3)], [1, (2, 3)]]").steps == 4);
  CHECK(run_op("eq", "[[1, 2], [1, 2, 3]]").steps == 0);
  CHECK(run_op("to_str", "[7]").steps == 0);
  CHECK(run_op("to_str", "[\"a\"]").steps == 0);
  CHECK(run_op("to_str", "[[1, just (2, 3)]]").steps == 5);
}

TEST_CASE("eq, ne and to_str end at the limit of steps") {
  const std::string text = "ResourceError.Steps: the limit of 3 steps is reached";
  for (const std::string_view op : {"eq", "ne"}) {
    CHECK(run_op(op, "[[1, 2, 3], [1, 2, 3]]", 3).steps == 3);
    CHECK(run_op(op, "[[1, 2, 3, 4], [1, 2, 3, 4]]", 3).text == text);
    CHECK(run_op(op, "[[1, 2, 3, 4], [1, 2, 3, 4]]", 3).steps == 3);
  }
  CHECK(run_op("to_str", "[[1, 2, 3]]", 3).text == R"("[1, 2, 3]")");
  CHECK(run_op("to_str", "[[1, 2, 3, 4]]", 3).text == text);
  CHECK(run_op("to_str", "[[1, 2, 3, 4]]", 3).steps == 3);
}

TEST_CASE("steps taken before count against the limit") {
  std::vector<Val> arguments = {value("[1, 2]"), value("[1, 2]")};
  Meter meter{.steps = 9, .limit = 10};
  const auto result = apply_pure_op(Op::eq, arguments, meter);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error() == Error(ErrorCode::ResourceError_Steps, Val::nat(10)));
  CHECK(meter.steps == 10);
}

TEST_CASE("sharing gives no discount") {
  std::vector<Val> arguments = {shared_pairs(60), shared_pairs(60)};
  Meter meter{.steps = 0, .limit = 100'000};
  CHECK_FALSE(apply_pure_op(Op::eq, arguments, meter).has_value());
  CHECK(meter.steps == 100'000);

  meter.steps = 0;
  CHECK_FALSE(apply_pure_op(Op::to_str, arguments, meter).has_value());
  CHECK(meter.steps == 100'000);
}

TEST_CASE("to_str stops at the limit of memory") {
  std::vector<Val> arguments = {shared_pairs(40)};
  Meter meter;
  const heap::HeapLimit limit(heap::bytes_in_use() + (std::size_t{1} << 20U));
  CHECK_THROWS_AS(apply_pure_op(Op::to_str, arguments, meter), std::bad_alloc);
}

TEST_CASE("a list with one owner is changed in place") {
  Meter meter;
  std::vector<Val> arguments = {value("[1, 2, 3]"), Val::nat(0), Val::nat(9)};
  const Block* const block = arguments[0].block();

  auto result = apply_pure_op(Op::set, arguments, meter);
  CHECK(result->block() == block);
  CHECK(to_text(*result) == "[9, 2, 3]");

  arguments = {std::move(*result), Val::nat(0), Val::nat(2)};
  result = apply_pure_op(Op::slice, arguments, meter);
  CHECK(result->block() == block);
  CHECK(to_text(*result) == "[9, 2]");

  arguments = {std::move(*result), Val::nat(5)};
  result = apply_pure_op(Op::append, arguments, meter);
  CHECK(result->block() == block);
  CHECK(to_text(*result) == "[9, 2, 5]");
}

TEST_CASE("a list with other owners is copied") {
  const Val list = value("[1, 2, 3]");
  Meter meter;
  std::vector<Val> set = {list, Val::nat(0), Val::nat(9)};
  CHECK(to_text(*apply_pure_op(Op::set, set, meter)) == "[9, 2, 3]");
  std::vector<Val> append = {list, list};
  CHECK(to_text(*apply_pure_op(Op::append, append, meter)) == "[1, 2, 3, [1, 2, 3]]");
  std::vector<Val> concat = {list, list};
  CHECK(to_text(*apply_pure_op(Op::concat, concat, meter)) == "[1, 2, 3, 1, 2, 3]");
  std::vector<Val> slice = {list, Val::nat(1), Val::nat(2)};
  CHECK(to_text(*apply_pure_op(Op::slice, slice, meter)) == "[2]");
  CHECK(to_text(list) == "[1, 2, 3]");
}

TEST_CASE("an operation that finds no memory leaves its operands as they were") {
  Val list = Val::empty_list();
  while (list.list_size() < 4 || list_block(list)->size < list_block(list)->capacity) {
    list_append(list, Val::str("a string that is too long to sit inside a value"));
  }
  const std::string before = to_text(list);
  std::vector<Val> arguments = {std::move(list), Val::str("another string that is too long")};
  Meter meter;
  {
    const heap::HeapLimit limit(heap::bytes_in_use());
    CHECK_THROWS_AS(apply_pure_op(Op::append, arguments, meter), std::bad_alloc);
  }
  CHECK(to_text(arguments[0]) == before);
  CHECK(to_text(arguments[1]) == "\"another string that is too long\"");
}

TEST_CASE("check_kinds knows the operands of every instruction") {
  const auto text = [](Op op, std::vector<Val> arguments) {
    const auto error = check_kinds(op, arguments);
    return error ? error->text() : "fine";
  };
  CHECK(text(Op::create_obj, {Val::str("ping")}) == "fine");
  CHECK(text(Op::create_obj, {Val::str("ping"), Val::str("ctrl")}) == "fine");
  CHECK(text(Op::create_obj, {Val::nat(1)}) ==
        "PureError.TypeMismatch: create_obj wants str, got nat");
  CHECK(text(Op::create_obj, {Val::str("ping"), Val::nothing()}) ==
        "PureError.TypeMismatch: create_obj wants str, got nothing");
  CHECK(text(Op::receive, {}) == "fine");
  CHECK(text(Op::call_pure, {Val::str("f"), Val::nat(1), Val::nothing()}) == "fine");
  CHECK(text(Op::call_pure, {Val::nat(1)}) ==
        "PureError.TypeMismatch: call_pure wants str, got nat");
  // The function and the kind of a constraint are no values.
  CHECK(text(Op::update_pure, {Val::nat(1)}) ==
        "PureError.TypeMismatch: update_pure wants str, got nat");
  CHECK(text(Op::post, {Val::nat(1), Val::nat(2), Val::nat(3)}) == "fine");
}
