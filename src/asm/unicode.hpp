// What the assembler has to know of UTF-8: reading and writing one code point, and how wide it is
// in a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace avm::ast {

struct CodePoint {
  char32_t value = 0;
  std::uint8_t length = 0;  ///< Bytes; 0 where they are not UTF-8.
};

/// The code point that begins at `offset`, which lies inside of `text`.
CodePoint code_point_at(std::string_view text, std::size_t offset) noexcept;

void append_utf8(std::string& text, char32_t code_point);

/// Columns that a terminal gives it: 0 (it combines with the one before), 1 or 2.
unsigned display_width(char32_t code_point) noexcept;

/// Would not show, or would change what stands around it: control characters and those that turn
/// the direction of writing.
bool is_hidden(char32_t code_point) noexcept;

/// `text` as it may be shown: with U+FFFD for what is hidden or no UTF-8.
std::string printable(std::string_view text);

/// The longest beginning of `text` with at most `bytes_max` bytes that cuts no code point.
std::string_view clipped(std::string_view text, std::size_t bytes_max) noexcept;

constexpr bool is_surrogate(char32_t code_point) noexcept {
  return code_point >= 0xd800 && code_point <= 0xdfff;
}
inline constexpr char32_t code_point_max = 0x10ffff;
/// Stands for what cannot be shown.
inline constexpr char32_t replacement = 0xfffd;

}  // namespace avm::ast
