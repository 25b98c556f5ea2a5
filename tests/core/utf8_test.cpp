// UTF-8: checking, counting and finding code points.
#include <rapidcheck/catch.h>

#include "avm/text.hpp"
#include "core/random_value.hpp"

using namespace avm;
using namespace avm::test;

TEST_CASE("UTF-8 is told from other bytes") {
  CHECK(is_utf8(""));
  CHECK(is_utf8("aé…😀"));
  const std::vector<std::string_view> bad{"\x80",         "\xc3",         "\xc0\x80",
                                          "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                          "\xf0\x9f\x98", "\xff"};
  for (const std::string_view bytes : bad) {
    CHECK_FALSE(is_utf8(bytes));
    CHECK(utf8_prefix(bytes) == 0);
    CHECK(utf8_prefix("aé…😀" + std::string(bytes) + "a") == 10);
  }
  CHECK(utf8_prefix("aé…😀") == 10);
}

TEST_CASE("what begins a code point and what follows are the encodings of Unicode, and no others") {
  // By the first two bytes, how long the encodings are that begin so.
  std::vector<std::size_t> sizes(0x10000);
  for (std::uint32_t point = 0x80; point <= 0x10ffff; ++point) {
    if (point >= 0xd800 && point <= 0xdfff) continue;
    const std::size_t size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    const std::uint32_t first = (0xf00U >> size & 0xffU) | point >> 6 * (size - 1);
    sizes[first << 8U | 0x80U | (point >> 6 * (size - 2) & 0x3fU)] = size;
  }
  for (std::uint32_t two = 0x8000; two < sizes.size(); ++two) {
    const std::string begin{static_cast<char>(two >> 8U), static_cast<char>(two)};
    std::string accepted;
    for (const std::string_view more :
         {"", "\x80", "\xbf", "\x80\xbf", "\xbf\x80", "\x80\x7f", "\xc2\x80"})
      if (is_utf8(begin + std::string(more))) accepted += std::to_string(more.size() + 2) + " ";
    const std::array<std::string_view, 5> expected{"", "", "2 4 ", "3 3 4 ", "4 4 "};
    CAPTURE(two);
    REQUIRE(accepted == expected[sizes[two]]);
  }
}

TEST_CASE("code points are counted and found") {
  CHECK(code_point_count("") == 0);
  CHECK(code_point_count("aé…😀") == 4);
  rc::prop("in texts of any length", [] {
    const auto bytes = *any_bytes();
    Decisions decisions(bytes);
    std::string text;
    std::vector<std::size_t> starts;
    while (!decisions.at_end()) {
      constexpr std::array<std::string_view, 4> characters{"a", "é", "…", "😀"};
      starts.push_back(text.size());
      text += characters[decisions.below(characters.size())];
    }
    RC_ASSERT(code_point_count(text) == starts.size());
    for (std::size_t i = 0; i < starts.size(); ++i) {
      RC_ASSERT(code_point_offset(text, i) == starts[i]);
    }
    RC_ASSERT(code_point_offset(text, starts.size()) == text.size());
  });
}
