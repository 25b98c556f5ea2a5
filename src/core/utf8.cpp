// UTF-8: checking, counting and finding code points.
#include <algorithm>

#include <simdjson.h>

#include "avm/text.hpp"

namespace avm {

namespace {

bool starts_code_point(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80;
}

}  // namespace

bool is_utf8(std::string_view bytes) noexcept {
  return simdjson::validate_utf8(bytes.data(), bytes.size());
}

std::size_t utf8_prefix(std::string_view bytes) noexcept {
  constexpr std::size_t longest_code_point = 4;
  std::size_t good = 0;
  for (std::size_t size = 1; size <= longest_code_point && good + size <= bytes.size(); ++size) {
    if (!is_utf8(bytes.substr(good, size))) continue;
    good += size;
    size = 0;
  }
  return good;
}

std::uint64_t code_point_count(std::string_view text) noexcept {
  return static_cast<std::uint64_t>(std::ranges::count_if(text, starts_code_point));
}

std::size_t code_point_offset(std::string_view text, std::uint64_t index) noexcept {
  std::size_t offset = 0;
  // Many bytes at a time, in a loop without branches, then the last few one by one.
  constexpr std::size_t stride = 64;
  while (text.size() - offset >= stride) {
    const auto starts = code_point_count(text.substr(offset, stride));
    if (starts > index) break;
    index -= starts;
    offset += stride;
  }
  while (offset < text.size()) {
    if (starts_code_point(text[offset]) && index-- == 0) break;
    ++offset;
  }
  return offset;
}

}  // namespace avm
