#include "asm/unicode.hpp"

#include <algorithm>
#include <array>

namespace avm::ast {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

template <std::size_t size>
bool contains(const std::array<Range, size>& ranges, char32_t code_point) noexcept {
  const auto* const found = std::ranges::lower_bound(ranges, code_point, {}, &Range::last);
  return found != ranges.end() && found->first <= code_point;
}

// The blocks that matter in practice: a mark that is off by one under a rare script does no harm.
constexpr std::array<Range, 16> wide = {{
    {0x1100, 0x115f},  // Hangul letters
    {0x231a, 0x231b},
    {0x23e9, 0x23ec},
    {0x2614, 0x2615},
    {0x2e80, 0x303e},  // CJK punctuation
    {0x3041, 0x4dbf},
    {0x4e00, 0x9fff},
    {0xa000, 0xa4cf},
    {0xa960, 0xa97f},
    {0xac00, 0xd7a3},
    {0xf900, 0xfaff},
    {0xfe30, 0xfe6f},
    {0xff00, 0xff60},  // full width forms
    {0xffe0, 0xffe6},
    {0x1f300, 0x1faff},  // pictures
    {0x20000, 0x3fffd},
}};

constexpr std::array<Range, 9> combining = {{
    {0x0300, 0x036f},
    {0x0483, 0x0489},
    {0x0591, 0x05bd},
    {0x0610, 0x061a},
    {0x064b, 0x065f},
    {0x1ab0, 0x1aff},
    {0x200b, 0x200d},
    {0x20d0, 0x20ff},
    {0xfe00, 0xfe0f},
}};

constexpr std::array<Range, 6> hidden = {{
    {0x0000, 0x001f},
    {0x007f, 0x009f},
    {0x200e, 0x200f},
    {0x2028, 0x202e},
    {0x2066, 0x2069},
    {0xfeff, 0xfeff},
}};

}  // namespace

CodePoint code_point_at(std::string_view text, std::size_t offset) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[offset + i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const unsigned length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() - offset < length) return {};
  char32_t value = lead & (0x7fU >> length);
  for (unsigned i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return {};
    value = value << 6U | (byte(i) & 0x3fU);
  }
  constexpr std::array<char32_t, 5> least = {0, 0, 0x80, 0x800, 0x10000};
  if (value < least[length] || value > code_point_max || is_surrogate(value)) return {};
  return {value, static_cast<std::uint8_t>(length)};
}

void append_utf8(std::string& text, char32_t code_point) {
  const auto add = [&](char32_t byte) { text.push_back(static_cast<char>(byte)); };
  const auto add_tail = [&](unsigned shift) { add(0x80U | (code_point >> shift & 0x3fU)); };
  if (code_point < 0x80) {
    add(code_point);
  } else if (code_point < 0x800) {
    add(0xc0U | code_point >> 6U);
    add_tail(0);
  } else if (code_point < 0x10000) {
    add(0xe0U | code_point >> 12U);
    add_tail(6);
    add_tail(0);
  } else {
    add(0xf0U | code_point >> 18U);
    add_tail(12);
    add_tail(6);
    add_tail(0);
  }
}

unsigned display_width(char32_t code_point) noexcept {
  if (code_point < 0x300) return 1;
  if (contains(combining, code_point)) return 0;
  return contains(wide, code_point) ? 2 : 1;
}

bool is_hidden(char32_t code_point) noexcept { return contains(hidden, code_point); }

std::string printable(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint point = code_point_at(text, i);
    const bool shows = point.length != 0 && !is_hidden(point.value);
    append_utf8(result, shows ? point.value : replacement);
    i += std::max<std::size_t>(point.length, 1);
  }
  return result;
}

std::string_view clipped(std::string_view text, std::size_t bytes_max) noexcept {
  if (text.size() <= bytes_max) return text;
  while (bytes_max > 0 && (static_cast<std::uint8_t>(text[bytes_max]) & 0xc0U) == 0x80)
    --bytes_max;
  return text.substr(0, bytes_max);
}

}  // namespace avm::ast
