// The text form of values, written and read.
#include "avm/text.hpp"

#include <rapidcheck/catch.h>

#include "core/blocks.hpp"
#include "core/random_value.hpp"

using namespace avm;
using namespace avm::test;

namespace {

Val parsed(std::string_view text) {
  const auto value = parse_value(text);
  INFO(text);
  if (!value) INFO(value.error().message);
  REQUIRE(value.has_value());
  return *value;
}

struct BadText {
  std::string_view text;
  std::size_t offset;
  std::string_view message;
};

void check_refused(const BadText& bad) {
  CAPTURE(bad.text);
  const auto value = parse_value(bad.text);
  REQUIRE_FALSE(value.has_value());
  CHECK(value.error().offset == bad.offset);
  CHECK(value.error().message == bad.message);
}

}  // namespace

TEST_CASE_METHOD(NothingLeaks, "the text form of each kind of value") {
  CHECK(to_text(Val::nat(42)) == "42");
  CHECK(to_text(Val::nat(no_limit)) == "18446744073709551615");
  CHECK(to_text(Val::boolean(true)) == "true");
  CHECK(to_text(Val::boolean(false)) == "false");
  CHECK(to_text(Val::str("hi")) == R"("hi")");
  CHECK(to_text(Val::empty_list()) == "[]");
  CHECK(to_text(Val::list({Val::nat(1), Val::nat(2)})) == "[1, 2]");
  CHECK(to_text(Val::pair(Val::nat(1), Val::nat(2))) == "(1, 2)");
  CHECK(to_text(Val::nothing()) == "nothing");
  CHECK(to_text(Val::just(Val::nat(7))) == "just 7");
  CHECK(to_text(justs(Val::list({justs(Val::nat(1), 1)}), 17)) ==
        "just just just just just just just just just just just just just just just just just "
        "[just 1]");
  CHECK(to_text(ObjectId{7}) == "obj:7");
  CHECK(to_text(ObjectId{std::uint64_t{9002} << 48U}) == "obj:9002.0");
  CHECK(to_text(ObjectId{(std::uint64_t{1} << 48U) - 1}) == "obj:281474976710655");
  CHECK(to_text(TxId{3}) == "tx:3");
  CHECK(to_text(VarId{0}) == "var:0");
}

TEST_CASE_METHOD(NothingLeaks, "strings escape quotes, backslashes and control characters only") {
  CHECK(quoted("a\"b\\c") == R"("a\"b\\c")");
  CHECK(quoted(std::string_view("\n\t\r\0", 4)) == R"("\n\t\r\0")");
  CHECK(quoted("\x01\x1b\x7f") == R"("\u{1}\u{1b}\u{7f}")");
  CHECK(quoted("é…😀/'\u0080") == "\"é…😀/'\u0080\"");
  CHECK(bare("a\"b\\c\nd\x1b[0m") == "a\"b\\c\\nd\\u{1b}[0m");
}

TEST_CASE_METHOD(NothingLeaks, "the text form of a value parses back to it") {
  rc::prop("whatever it is", [] {
    const auto bytes = *any_bytes();
    const Val value = random_value(bytes);
    const std::string text = to_text(value);
    const auto back = parse_value(text);
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == value);
    RC_ASSERT(to_text(*back) == text);
  });
}

TEST_CASE_METHOD(NothingLeaks, "what is not the printer's own form parses as well") {
  CHECK(parsed(" [ 1,2 ,\n3\t] ") == Val::list({Val::nat(1), Val::nat(2), Val::nat(3)}));
  CHECK(parsed("[ ]") == Val::empty_list());
  CHECK(parsed("( 1 , [] )") == Val::pair(Val::nat(1), Val::empty_list()));
  CHECK(parsed("just\njust[just(1,2)]") ==
        justs(Val::list({Val::just(Val::pair(Val::nat(1), Val::nat(2)))}), 2));
  CHECK(parsed("1_000") == Val::nat(1000));
  CHECK(parsed("007") == Val::nat(7));
  CHECK(parsed("0xFF_ff") == Val::nat(0xffff));
  CHECK(parsed("0xffffffffffffffff") == Val::nat(no_limit));
  CHECK(parsed("18446744073709551615") == Val::nat(no_limit));
  CHECK(parsed(R"("\n\t\r\0\"\\\u{e9}\u{10FFFF}\u{1f600}A")").as_str() ==
        std::string_view("\n\t\r\0\"\\é\U0010FFFF😀A", 17));
  CHECK(parsed("\"é…😀\"").as_str() == "é…😀");
  CHECK(parsed("obj:9002.0").as_object() == ObjectId{std::uint64_t{9002} << 48U});
  CHECK(parsed("obj:0.5").as_object() == ObjectId{5});
  CHECK(parsed("obj:65535.281474976710655").as_object() == ObjectId{no_limit});
  CHECK(parsed("tx:18446744073709551615").as_tx() == TxId{no_limit});
}

TEST_CASE_METHOD(NothingLeaks, "what is no value is refused, with the place and the reason") {
  const std::string_view escapes = R"(a string has the escapes \n \t \r \0 \" \\ and \u{hex} only)";
  const std::string_view code_point = R"(a code point is written \u{hex}, as in \u{e9})";
  const std::string_view too_large = "the number is larger than 18446744073709551615";
  const std::vector<BadText> all{
      {"", 0, "expected a value, found the end of the text"},
      {"  ", 2, "expected a value, found the end of the text"},
      {"1 2", 2, "expected the end of the value, found '2'"},
      {"[1", 2, "expected ',' or ']', found the end of the text"},
      {"[1 2]", 3, "expected ',' or ']', found '2'"},
      {"[1,]", 3, "expected a value, found ']'"},
      {"(1)", 2, "expected ',' and the second value of the pair, found ')'"},
      {"(1, 2, 3)", 5, "expected ')', found ','"},
      {"()", 1, "expected a value, found ')'"},
      {"]", 0, "expected a value, found ']'"},
      {"é", 0, "expected a value, found 'é'"},
      {"\x1b", 0, "expected a value, found '\\u{1b}'"},
      {"just", 4, "expected a value, found the end of the text"},
      {"Just 1", 0,
       "'Just' is no value; values are numbers, strings, true, false, nothing, just, [...], (.., "
       "..), "
       "obj:0, tx:0 and var:0"},
      {"-1", 0, "expected a value, found '-'"},
      {"1.5", 1, "expected the end of the value, found '.'"},
      {"12a", 2, "expected the end of the number, found 'a'"},
      {"1_", 2, "expected a digit, found the end of the text"},
      {"1__0", 2, "expected a digit, found '_'"},
      {"0x", 2, "expected a hexadecimal digit, found the end of the text"},
      {"0x_1", 2, "expected a hexadecimal digit, found '_'"},
      {"[18446744073709551616]", 1, too_large},
      {"0x10000000000000000", 0, too_large},
      {"99999999999999999999999999", 0, too_large},
      {"obj 7", 3, "expected ':' and a number (as in 'obj:7'), found ' '"},
      {"obj:", 4, "expected ':' and a number (as in 'obj:7'), found the end of the text"},
      {"tx:x", 3, "expected ':' and a number (as in 'obj:7'), found 'x'"},
      {"obj:65536.0", 4, "the prefix of an object is below 65536"},
      {"obj:1.", 6, "expected the object's number after its prefix, found the end of the text"},
      {"obj:1.281474976710656", 6, "an object's number is below 2^48"},
      {"obj:281474976710656", 4,
       "an object's number is below 2^48; a prefix stands in front, as in 'obj:9002.0'"},
      {R"(["a)", 1, R"(the string has no closing '"')"},
      {R"("a\")", 0, R"(the string has no closing '"')"},
      {R"("a\x")", 2, escapes},
      {R"("\)", 1, escapes},
      {"\"a\nb\"", 2, R"(a control character in a string is written as an escape, \n)"},
      {"\"\x7f\"", 1, R"(a control character in a string is written as an escape, \u{7f})"},
      {R"("\u{}")", 1, code_point},
      {R"("\u41")", 1, code_point},
      {R"("\u{41")", 1, code_point},
      {R"("\u{g}")", 1, code_point},
      {R"("\u{110000}")", 1, R"(there is no code point above \u{10ffff})"},
      {R"("\u{fffffffffffffffff}")", 1, R"(there is no code point above \u{10ffff})"},
      {R"("\u{d800}")", 1, "a surrogate is no code point of its own"},
      {R"("\u{DFFF}")", 1, "a surrogate is no code point of its own"},
      {"\"ab\xff\"", 3, "this is not UTF-8"},
      {"\"\xed\xa0\x80\"", 1, "this is not UTF-8"},
      {"\"\xc0\x80\"", 1, "this is not UTF-8"},
  };
  for (const BadText& bad : all)
    check_refused(bad);
  check_refused({std::string_view("\0", 1), 0, "expected a value, found '\\0'"});
}

TEST_CASE_METHOD(NothingLeaks, "no text makes the parser fail in another way") {
  rc::prop("made of the pieces of values", [] {
    const auto bytes = *any_bytes();
    constexpr std::array<std::string_view, 24> pieces{
        "[",  "]",    "(", ")",    ",",  "just ", "1",       "0x",
        "_",  "obj:", ".", "\"",   " ",  "a",     "\\u{",    "}",
        "\\", "tx:",  "é", "\xff", "\n", "true",  "nothing", "18446744073709551615"};
    std::string text;
    for (const std::uint8_t byte : bytes)
      text += pieces[byte % pieces.size()];
    const auto value = parse_value(text);
    if (value) {
      RC_ASSERT(parse_value(to_text(*value)).value() == *value);
    } else {
      RC_ASSERT(value.error().offset <= text.size());
      RC_ASSERT(!value.error().message.empty());
    }
  });
}

TEST_CASE_METHOD(NothingLeaks, "a printer cuts where its nodes or its bytes end") {
  const Val list = Val::list({Val::nat(10), Val::pair(Val::nat(1), justs(Val::nat(2), 2))});
  const auto cut = [&](std::uint64_t nodes) { return print(list, nodes).text; };
  CHECK(cut(0) == "…");
  CHECK(cut(1) == "[…");
  CHECK(cut(2) == "[10, …");
  CHECK(cut(3) == "[10, (…");
  CHECK(cut(4) == "[10, (1, …");
  CHECK(cut(5) == "[10, (1, just …");
  CHECK(cut(6) == "[10, (1, just just …");
  CHECK(cut(7) == "[10, (1, just just 2)]");
  CHECK(print(list, 7).complete);
  CHECK_FALSE(print(list, 6).complete);

  const std::string whole = to_text(list);
  CHECK(print(list, no_limit, whole.size()).complete);
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    const Printed printed = print(list, no_limit, bytes);
    CHECK_FALSE(printed.complete);
    CHECK(printed.text.size() <= bytes + std::string_view("…").size());
    CHECK(whole.starts_with(printed.text.substr(0, printed.text.size() - 3)));
  }
}

TEST_CASE_METHOD(NothingLeaks, "a string is cut between code points and between escapes") {
  const Val text = Val::str("aé😀\nb");
  const auto cut = [&](std::uint64_t bytes) { return print(text, no_limit, bytes).text; };
  CHECK(cut(0) == "…");
  CHECK(cut(1) == "\"…");
  CHECK(cut(2) == "\"a…");
  CHECK(cut(3) == "\"a…");
  CHECK(cut(4) == "\"aé…");
  CHECK(cut(7) == "\"aé…");
  CHECK(cut(8) == "\"aé😀…");
  CHECK(cut(9) == "\"aé😀…");
  CHECK(cut(10) == "\"aé😀\\n…");
  CHECK(cut(11) == "\"aé😀\\nb…");
  CHECK(cut(12) == "\"aé😀\\nb\"");
}

TEST_CASE_METHOD(NothingLeaks, "values in messages are cut, in nodes and in bytes") {
  const Val many = Val::list(std::vector<Val>(message_nodes_max, Val::nat(1)));
  CHECK(to_message_text(many).ends_with("1, …"));
  CHECK(to_message_text(many).size() < 400'000);
  const Val long_text = Val::str(std::string(1'000'000, 'a'));
  const Val long_texts = Val::list(std::vector<Val>(100, long_text));
  CHECK(to_message_text(long_texts).size() == message_bytes_max + 3);
}
