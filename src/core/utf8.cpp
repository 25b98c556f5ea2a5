// UTF-8: checking, counting and finding code points.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "avm/text.hpp"

namespace avm {

namespace {

bool begins_with_ascii(std::string_view bytes, std::size_t count) noexcept {
  constexpr std::uint64_t top_bits = 0x8080'8080'8080'8080;
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < count; i += sizeof word) {
    std::uint64_t next = 0;
    std::memcpy(&next, bytes.data() + i, sizeof next);
    word |= next;
  }
  return (word & top_bits) == 0;
}

/// Of the code point at the start of `bytes`, which are some; 0 where there is none.
std::size_t code_point_size(std::string_view bytes) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const std::size_t size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (bytes.size() < size) return 0;
  // Behind these stand forms that are longer than needed, surrogates, and what lies past U+10FFFF.
  const unsigned least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const unsigned most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < least || byte(1) > most) return 0;
  const bool is_whole = std::ranges::none_of(bytes.substr(2, size - 2), starts_code_point);
  return is_whole ? size : 0;
}

}  // namespace

bool is_utf8(std::string_view bytes) noexcept { return utf8_prefix(bytes) == bytes.size(); }

std::size_t utf8_prefix(std::string_view bytes) noexcept {
  constexpr std::size_t stride = 32;
  std::size_t good = 0;
  while (good < bytes.size()) {
    const std::string_view rest = bytes.substr(good);
    if (rest.size() >= stride && begins_with_ascii(rest, stride)) {
      good += stride;
      continue;
    }
    const std::size_t size = code_point_size(rest);
    if (size == 0) break;
    good += size;
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
