// Shrinking: what is left is small, and still shows what it has to.
#include "lib/shrink.hpp"

#include <catch2/catch.hpp>

#include "lib/source_run.hpp"
#include "random/random_program.hpp"

using namespace avm;

namespace {

bool is_valid(const std::string& source) { return read_source_run("a.avm", source).has_value(); }

}  // namespace

TEST_CASE("a program is shrunk to the lines that matter") {
  const std::string source = "; run: --input 3 --max-steps 7\n\nconst k = 1\n\npure f(%x) {\n    "
                             "%y = add %x, k\n    ret %y\n}\n\n"
                             "program main(%n) {\n    %a = f(%n)\n    %b = mul %a, 2\n    %c = "
                             "[%a, (%b, %n)]\n    ret %c\n}\n";
  const auto multiplies = [](const std::string& text) {
    return is_valid(text) && text.find("mul") != text.npos;
  };
  const Shrunk small = shrink(source, multiplies);
  CHECK(small.source == "program main(%n) {\n    mul nothing, nothing\n    ret\n}");
  CHECK(small.tries > 10);
}

TEST_CASE("random programs are shrunk to a few lines") {
  for (const std::string_view word : {"destroy_obj", "scry_deep", "commit_tx"}) {
    const auto has_word = [&](const std::string& text) {
      return is_valid(text) && text.find(word) != text.npos;
    };
    std::uint64_t seed = 0;
    while (!has_word(random_program({.seed = seed})))
      ++seed;
    const Shrunk small = shrink(random_program({.seed = seed}), has_word);
    INFO(small.source);
    CHECK(has_word(small.source));
    CHECK(std::count(small.source.begin(), small.source.end(), '\n') < 12);
  }
}

TEST_CASE("shrinking ends when it has tried enough") {
  std::size_t asked = 0;
  const auto never = [&](const std::string&) {
    ++asked;
    return false;
  };
  CHECK(shrink("a\nb\nc", never, 2).source == "a\nb\nc");
  CHECK(asked == 2);
  CHECK(shrink("", never).source.empty());
}
