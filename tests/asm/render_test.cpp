// How diagnostics look: marks under what is meant, whatever stands before it.
#include <catch2/catch.hpp>
#include <simdjson.h>

#include <random>

#include "asm/assembled.hpp"
#include "asm/source_cursor.hpp"
#include "asm/source_map.hpp"

using namespace avm;
using namespace avm::test;
using Catch::Matchers::Contains;

namespace {

/// A diagnostic about `begin` to `end` of `text`, rendered.
std::string rendered(std::string text, std::uint32_t begin, std::uint32_t end,
                     std::vector<Diagnostic::Place> others = {}, bool colour = false) {
  Assembly assembly;
  assembly.sources.push_back({"a.avm", std::move(text)});
  assembly.sources.push_back({"b.avm", "first\nsecond\n"});
  Diagnostic diagnostic;
  diagnostic.code = "code";
  diagnostic.message = "message";
  diagnostic.place = {0, begin, end, "label"};
  diagnostic.others = std::move(others);
  assembly.diagnostics.push_back(diagnostic);
  assembly.errors = 1;
  return render(assembly, colour);
}

}  // namespace

TEST_CASE("the marks of one place") {
  CHECK(rendered("one two three\n", 4, 7) == "error[code]: message\n"
                                             " --> a.avm:1:5\n"
                                             "  |\n"
                                             "1 | one two three\n"
                                             "  |     ^^^ label\n"
                                             "\n"
                                             "1 error\n");
  // The end of a line, and of the file.
  CHECK_THAT(rendered("one\ntwo", 3, 4), Contains("1 | one\n  |    ^ label\n"));
  CHECK_THAT(rendered("one\ntwo", 7, 7), Contains("2 | two\n  |    ^ label\n"));
  CHECK_THAT(rendered("one\r\ntwo\r\n", 0, 3), Contains("1 | one\n  | ^^^ label\n"));
  // Over several lines it is the first that is shown.
  CHECK_THAT(rendered("one [\ntwo\n]\n", 4, 11), Contains("1 | one [\n  |     ^ label\n"));
}

TEST_CASE("tabs, wide and combining characters, and what does not show") {
  CHECK_THAT(rendered("\ta\tbc\n", 3, 5), Contains("|     a    bc\n  |          ^^ label\n"));
  CHECK_THAT(rendered("日本 x\n", 7, 8), Contains(":1:4\n"));
  CHECK_THAT(rendered("日本 x\n", 7, 8), Contains("| 日本 x\n  |      ^ label\n"));
  CHECK_THAT(rendered("日本 x\n", 3, 6), Contains("| 日本 x\n  |   ^^ label\n"));
  CHECK_THAT(rendered("e\u0301 x\n", 4, 5), Contains("|   ^ label\n"));
  CHECK_THAT(rendered("\x1b[31m x\n", 6, 7), Contains("| \uFFFD[31m x\n"));
  CHECK_THAT(rendered("a\u202e x\n", 5, 6), Contains("| a\uFFFD x\n"));
  CHECK_THAT(rendered("\xff\xfe x\n", 3, 4), Contains("| \uFFFD\uFFFD x\n  |    ^ label\n"));
}

TEST_CASE("several places") {
  CHECK(rendered("one two three\nfour\nfive\nsix\nseven\n", 4, 7,
                 {{0, 0, 3, "left"}, {0, 8, 13, "right"}, {0, 19, 23, "near"}, {0, 28, 33, ""}}) ==
        "error[code]: message\n"
        " --> a.avm:1:5\n"
        "  |\n"
        "1 | one two three\n"
        "  | --- ^^^ ----- right\n"
        "  | |   label\n"
        "  | left\n"
        "2 | four\n"
        "3 | five\n"
        "  | ---- near\n"
        "4 | six\n"
        "5 | seven\n"
        "  | -----\n"
        "\n"
        "1 error\n");
  CHECK_THAT(rendered("one\n", 0, 3, {{1, 6, 12, "there"}}),
             Contains("  | ^^^ label\n ::: b.avm:2:1\n  |\n2 | second\n  | ------ there\n"));
  // Marks that lie over each other are drawn apart.
  CHECK_THAT(rendered("one two\n", 0, 7, {{0, 4, 7, "inner"}}),
             Contains("| one two\n  | ^^^^^^^ label\n  |     --- inner\n"));
}

TEST_CASE("long lines are cut around what is meant") {
  const std::string long_line = std::string(5000, 'x') + " here " + std::string(5000, 'y');
  const std::string text = rendered(long_line, 5001, 5005);
  CHECK(text.size() < 700);
  CHECK_THAT(text, Contains("a.avm:1:5002\n"));
  CHECK_THAT(text, Contains("…xxx") && Contains(" here ") && Contains("yyy…"));
  const std::size_t line = text.find("1 | ");
  const std::size_t marks = text.find("^^^^");
  const std::size_t row = text.rfind('\n', marks) + 1;
  // `…` is one column and three bytes.
  CHECK(marks - row == text.find("here", line) - line - 2);
  CHECK(rendered(long_line, 0, 10006).size() < 700);
}

TEST_CASE("colours only where they are asked for") {
  CHECK(rendered("one two\n", 4, 7).find('\x1b') == std::string::npos);
  const std::string text = rendered("one two\n", 4, 7, {}, true);
  CHECK_THAT(text, Contains("\x1b[1;31merror[code]\x1b[0m"));
  CHECK_THAT(text, Contains("\x1b[1;31m^^^\x1b[0m"));
}

TEST_CASE("JSON, an object a line") {
  const Assembly assembly = assemble_text(
      "program p(%é) {\n}\nprogram main {\nbr true, l\n%a = 1\nl: ret [%a, \"\\q\"]\n}\n");
  simdjson::dom::parser parser;
  const std::string text = render_json(assembly);
  const std::string last = text.substr(text.rfind('\n', text.size() - 2) + 1);
  const simdjson::dom::element object = parser.parse(last);
  CHECK(std::string_view(object["severity"]) == "error");
  CHECK(std::string_view(object["code"]) == "bad-escape");
  CHECK(std::string_view(object["file"]) == "test.avm");
  CHECK(std::uint64_t(object["line"]) == 6);
  CHECK(std::uint64_t(object["column"]) == 14);
  CHECK(std::uint64_t(object["end_line"]) == 6);
  CHECK(std::uint64_t(object["end_column"]) == 16);
  CHECK(std::string_view(object["help"]) == R"(the escapes are \n \t \r \0 \" \\ and \u{hex})");
  CHECK(object["others"].get_array().size() == 0);

  bool seen = false;
  const simdjson::padded_string lines(text);
  for (auto one : parser.parse_many(lines)) {
    if (std::string_view(one["code"]) != "read-before-set") continue;
    seen = true;
    CHECK(one["others"].get_array().size() == 2);
    CHECK(std::uint64_t(one["others"].at(0)["line"]) == 4);
    CHECK(one["help"].is_null());
  }
  CHECK(seen);
}

TEST_CASE("columns in lines of any length") {
  std::mt19937 random(1);
  std::uniform_int_distribution<int> pick(0, 999);
  std::string text;
  std::vector<SourcePosition> expected;
  SourcePosition position{1, 1};
  while (text.size() < 400'000) {
    const int choice = pick(random);
    // Lines from short to three blocks of the map.
    const bool ends = choice == 0 && (text.size() < 20'000 || choice == pick(random) % 100);
    const std::string_view character = ends ? "\n" : choice < 300 ? "é" : choice < 400 ? "😀" : "x";
    expected.insert(expected.end(), character.size(), position);
    for (std::size_t i = 1; i < character.size(); ++i) {
      expected[expected.size() - i].column = position.column + 1;
    }
    text += character;
    position = ends ? SourcePosition{position.line + 1, 1}
                    : SourcePosition{position.line, position.column + 1};
  }
  expected.push_back(position);
  const SourceMap map(text);
  SourceCursor cursor(text);
  for (std::size_t at = 0; at <= text.size(); at += text.size() < at + 50 ? 1 : 37) {
    INFO(at);
    REQUIRE(map.position(static_cast<std::uint32_t>(at)) == expected[at]);
    REQUIRE(cursor.position(static_cast<std::uint32_t>(at)) == expected[at]);
  }
  CHECK(cursor.position(0) == SourcePosition{1, 1});
  CHECK(SourceMap("").position(0) == SourcePosition{1, 1});
  CHECK(SourceMap("a\n").position(2) == SourcePosition{2, 1});
  CHECK(SourceCursor("").position(0) == SourcePosition{1, 1});
  CHECK(SourceCursor("a\n").position(2) == SourcePosition{2, 1});
}
