// The JSON form of values, written and read.
#include <rapidcheck/catch.h>
#include <simdjson.h>

#include "avm/text.hpp"
#include "core/json_write.hpp"
#include "core/random_value.hpp"

using namespace avm;
using namespace avm::test;

namespace {

bool is_json(std::string_view text) {
  simdjson::dom::parser parser;
  return parser.parse(text.data(), text.size()).error() == simdjson::SUCCESS;
}

const std::string shape = R"(a value is "Nothing" or an object with one field, such as {"Nat":42})";

}  // namespace

TEST_CASE_METHOD(NothingLeaks, "the JSON of each kind of value") {
  CHECK(to_json(Val::nat(42)) == R"({"Nat":42})");
  CHECK(to_json(Val::nat(no_limit)) == R"({"Nat":18446744073709551615})");
  CHECK(to_json(Val::boolean(true)) == R"({"Bool":true})");
  CHECK(to_json(Val::str("hi")) == R"({"Str":"hi"})");
  CHECK(to_json(Val::empty_list()) == R"({"List":[]})");
  CHECK(to_json(Val::list({Val::nat(1), Val::nothing()})) == R"({"List":[{"Nat":1},"Nothing"]})");
  CHECK(to_json(Val::pair(Val::nat(1), Val::boolean(false))) ==
        R"({"Pair":[{"Nat":1},{"Bool":false}]})");
  CHECK(to_json(justs(Val::list({Val::just(Val::nat(1))}), 2)) ==
        R"({"Just":{"Just":{"List":[{"Just":{"Nat":1}}]}}})");
  CHECK(to_json(Val::object({std::uint64_t{9002} << 48U})) ==
        R"({"ObjectRef":2533837740349325312})");
  CHECK(to_json(Val::tx({3})) == R"({"TxRef":3})");
  CHECK(to_json(Val::var({0})) == R"({"VarRef":0})");
}

TEST_CASE_METHOD(NothingLeaks, "JSON strings are escaped") {
  CHECK(json_string("a\"b\\c/é😀\x7f") == "\"a\\\"b\\\\c/é😀\x7f\"");
  CHECK(json_string(std::string_view("\n\t\r\b\f\0\x1b", 7)) == R"("\n\t\r\b\f\u0000\u001b")");
}

TEST_CASE_METHOD(NothingLeaks, "what is to be escaped is found wherever it stands") {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const bool is_escaped = byte < 0x20 || byte == '"' || byte == '\\';
    const char c = static_cast<char>(byte);
    const std::string alone = json_string({&c, 1});
    CHECK((alone.size() > 3) == is_escaped);
    for (std::size_t at = 0; at < 20; ++at) {
      std::string text(20, '\x7f');
      text[at] = c;
      const std::string middle = alone.substr(1, alone.size() - 2);
      CHECK(json_string(text) == '"' + text.substr(0, at) + middle + text.substr(at + 1) + '"');
    }
  }
}

TEST_CASE_METHOD(NothingLeaks, "the JSON of a value parses back to it") {
  rc::prop("whatever it is", [] {
    const auto bytes = *any_bytes();
    const Val value = random_value(bytes);
    const std::string json = to_json(value);
    RC_ASSERT(is_json(json));
    const auto back = parse_json(json);
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == value);
  });
}

TEST_CASE_METHOD(NothingLeaks, "white space and escapes of JSON are read") {
  const auto value =
      parse_json(" { \"List\" :\n[ {\"Str\":\"\\u00e9\\ud83d\\ude00\\/\"} , \"Nothing\" ] } ");
  REQUIRE(value.has_value());
  CHECK(*value == Val::list({Val::str("é😀/"), Val::nothing()}));
}

TEST_CASE_METHOD(NothingLeaks, "JSON that is no value is refused, with the place and the reason") {
  const std::string number = " holds a whole number from 0 to 18446744073709551615";
  const std::string kinds =
      "; the kinds are Nat, Bool, Str, List, Pair, Just, ObjectRef, TxRef and VarRef";
  struct Bad {
    std::string_view json;
    std::size_t offset;
    std::string message;
  };
  const std::vector<Bad> all{
      {"7", 0, shape},
      {"null", 0, shape},
      {"true", 0, shape},
      {"[]", 0, shape},
      {R"("nothing")", 0, shape},
      {R"( {"List":[ "Nothing", [7] ]})", 22, shape},
      {R"({"Just":{"Just":3}})", 16, shape},
      {R"({"Pair":[{"Nat":1}, "\"x"]})", 20, shape},
      {"{}", 0, "the object of a value has exactly one field"},
      {R"({"Nat":1,"Nat":2})", 0, "the object of a value has exactly one field"},
      {R"({"List":[{"Nat":1,"x":2}]})", 9, "the object of a value has exactly one field"},
      {R"({"nat":1})", 0, "no kind of value is named \"nat\"" + kinds},
      {R"({"Nat":-1})", 7, "\"Nat\"" + number},
      {R"({"Nat":1.0})", 7, "\"Nat\"" + number},
      {R"({"Nat":1e3})", 7, "\"Nat\"" + number},
      {R"({"Nat":"1"})", 7, "\"Nat\"" + number},
      {R"({"ObjectRef":null})", 13, "\"ObjectRef\"" + number},
      {R"({"Bool":1})", 8, "\"Bool\" holds true or false"},
      {R"({"Str":1})", 7, "\"Str\" holds a string"},
      {R"({"List":{}})", 8, "\"List\" holds an array of values"},
      {R"({"Pair":[{"Nat":1}]})", 8, "\"Pair\" holds an array of two values"},
      {R"({"Pair":["Nothing","Nothing","Nothing"]})", 8, "\"Pair\" holds an array of two values"},
  };
  for (const Bad& bad : all) {
    CAPTURE(bad.json);
    const auto value = parse_json(bad.json);
    REQUIRE_FALSE(value.has_value());
    CHECK(value.error().message == bad.message);
    CHECK(value.error().offset == bad.offset);
  }
}

TEST_CASE_METHOD(NothingLeaks, "what is not JSON is refused") {
  const std::vector<std::string_view> all{"",
                                          "{",
                                          R"({"Nat":18446744073709551616})",
                                          R"({"Nat":01})",
                                          R"({"Nat":1} {"Nat":1})",
                                          R"({"Nat":1}x)",
                                          R"({"Str":"\ud800"})",
                                          R"({"Str":"\udc00"})",
                                          R"({"Str":"a)",
                                          "{\"Str\":\"a\nb\"}",
                                          "{\"Str\":\"\xff\"}",
                                          R"({'Nat':1})"};
  for (const std::string_view json : all) {
    CAPTURE(json);
    CHECK_FALSE(parse_json(json).has_value());
  }
  CHECK(parse_json("{\"Str\":\"a\xff\"}").error().offset == 9);
}

TEST_CASE_METHOD(NothingLeaks, "JSON that is cut is JSON all the same") {
  const Val list =
      Val::list({Val::nat(10), Val::pair(Val::nat(1), justs(Val::nat(2), 2)), Val::nat(3)});
  CHECK(print_json(list, 0).text == R"("…")");
  CHECK(print_json(list, 1).text == R"({"List":["…"]})");
  CHECK(print_json(list, 2).text == R"({"List":[{"Nat":10},"…"]})");
  CHECK(print_json(list, 4).text == R"({"List":[{"Nat":10},{"Pair":[{"Nat":1},"…"]}]})");
  CHECK(print_json(list, 6).text ==
        R"({"List":[{"Nat":10},{"Pair":[{"Nat":1},{"Just":{"Just":"…"}}]}]})");
  CHECK(print_json(list, 7).text ==
        R"({"List":[{"Nat":10},{"Pair":[{"Nat":1},{"Just":{"Just":{"Nat":2}}}]},"…"]})");
  CHECK(print_json(list, 8).text == to_json(list));
  CHECK(print_json(Val::str("abc"), no_limit, 2).text == R"("…")");
  rc::prop("wherever that is", [](std::uint8_t nodes, std::uint8_t size) {
    const auto bytes = *any_bytes();
    const Val value = random_value(bytes);
    RC_ASSERT(is_json(print_json(value, nodes).text));
    RC_ASSERT(is_json(print_json(value, no_limit, size).text));
  });
}

TEST_CASE_METHOD(NothingLeaks, "JSON at the end of a string, bounded") {
  const Val value = Val::pair(justs(Val::nat(1), 2), Val::empty_list());
  const std::string json = to_json(value);
  std::string out = "before";
  CHECK(append_json(value, {.bytes = json.size(), .nesting = 3}, out));
  CHECK(out == "before" + json);
  out = "before";
  CHECK_FALSE(append_json(value, {.bytes = 5}, out));
  CHECK(out == R"(before{"Pair":["…"]})");
  out.clear();
  CHECK_FALSE(append_json(value, {.nesting = 2}, out));
  CHECK(out == R"({"Pair":[{"Just":"…"}]})");
  out.clear();
  CHECK_FALSE(append_json(value, {.nesting = 0}, out));
  CHECK(out == R"("…")");
}
