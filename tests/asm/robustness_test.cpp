// Text that nobody meant: the examples cut short and damaged, and words in any order. Whatever it is,
// there are errors or a Tape that verifies, and what is said can be shown.
#include <catch2/catch.hpp>
#include <simdjson.h>

#include <array>
#include <random>

#include "asm/assembled.hpp"

using namespace avm;
using namespace avm::test;

namespace {

bool lies_inside(const Diagnostic::Place& place, const Assembly& assembly) {
  return place.file < assembly.sources.size() && place.begin <= place.end &&
         place.end <= assembly.sources[place.file].text.size() + 1;
}

void check_places(const Assembly& assembly) {
  const Diagnostic* before = nullptr;
  for (const Diagnostic& diagnostic : assembly.diagnostics) {
    REQUIRE(lies_inside(diagnostic.place, assembly));
    for (const Diagnostic::Place& other : diagnostic.others)
      REQUIRE(lies_inside(other, assembly));
    REQUIRE(!diagnostic.message.empty());
    const bool is_in_order = before == nullptr || before->place.file < diagnostic.place.file ||
                             (before->place.file == diagnostic.place.file &&
                              before->place.begin <= diagnostic.place.begin);
    REQUIRE(is_in_order);
    before = &diagnostic;
  }
}

void check(const std::string& text) {
  const Assembly assembly = assemble_text(text);
  INFO(text);
  REQUIRE(assembly.tape.has_value() == (assembly.errors == 0));
  check_places(assembly);
  const bool is_silent = assembly.errors + assembly.warnings == 0;
  REQUIRE(render(assembly, true).empty() == is_silent);
  static simdjson::dom::parser parser;  // it takes long to make one
  const simdjson::padded_string lines(render_json(assembly));
  std::size_t objects = 0;
  for (auto object : parser.parse_many(lines)) {
    REQUIRE(object.error() == simdjson::SUCCESS);
    ++objects;
  }
  REQUIRE(objects == assembly.diagnostics.size());
  if (assembly.tape) REQUIRE(verify(*assembly.tape).has_value());
}

constexpr std::array<std::string_view, 60> words = {
    "program", "behavior", "pure",    "unsafe", "const", "import", "just",   "true", "nothing",
    "else",    "reply",    "add",     "br",     "jmp",   "match",  "switch", "ret",  "reject",
    "call",    "receive",  "post",    "eq",     "K",     "f",      "b",      "l",    "m",
    "%a",      "%b",       "%x",      "%3",     "%",     "_",      "1",      "0",    "0x",
    "\"s\"",   "\"",       "\"\\q\"", "[",      "]",     "(",      ")",      "{",    "}",
    ",",       ",",        ":",       ":",      "=",     "=",      "\n",     "\n",   "\n",
    ";",       "\\",       "\xff",    "é",      "obj:",  "\r"};

std::string word_soup(std::mt19937& random) {
  std::uniform_int_distribution<std::size_t> word(0, words.size() - 1);
  std::uniform_int_distribution<int> length(1, 120);
  std::string text = "const K = 1\npure f(%x) {\nret %x\n}\nprogram p(%x) {\n";
  for (int i = length(random); i > 0; --i) {
    text += words[word(random)];
    if (word(random) > 10) text += ' ';
  }
  return text;
}

/// Some bytes gone, doubled, exchanged or made up.
std::string damaged(std::string text, std::mt19937& random) {
  std::uniform_int_distribution<int> count(1, 4);
  for (int i = count(random); i > 0 && !text.empty(); --i) {
    std::uniform_int_distribution<std::size_t> any(0, text.size() - 1);
    std::uniform_int_distribution<int> byte(0, 255);
    const std::size_t at = any(random);
    const std::size_t length = std::min<std::size_t>(any(random) % 12, text.size() - at);
    switch (byte(random) % 5) {
    case 0: text.erase(at, length); break;
    case 1: text.insert(any(random), text.substr(at, length)); break;
    case 2: text[at] = static_cast<char>(byte(random)); break;
    case 3: text.insert(at, words[any(random) % words.size()]); break;
    default: std::swap(text[at], text[any(random)]);
    }
  }
  return text;
}

}  // namespace

TEST_CASE("every truncation of every example") {
  for (const SourceFile& example : examples()) {
    for (std::size_t size = 0; size <= example.text.size(); ++size) {
      check(example.text.substr(0, size));
    }
  }
}

TEST_CASE("words in any order") {
  std::mt19937 random(1);
  for (int i = 0; i < 5000; ++i)
    check(word_soup(random));
}

TEST_CASE("damaged examples") {
  std::mt19937 random(2);
  const std::vector<SourceFile> all = examples();
  for (int i = 0; i < 4000; ++i)
    check(damaged(all[static_cast<std::size_t>(i) % all.size()].text, random));
}

TEST_CASE("bytes of any kind") {
  std::mt19937 random(3);
  std::uniform_int_distribution<int> byte(1, 255);
  for (int i = 0; i < 300; ++i) {
    std::string text;
    for (int j = 0; j < 300; ++j)
      text += static_cast<char>(byte(random));
    check(text);
  }
}
