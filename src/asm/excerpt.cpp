#include "asm/excerpt.hpp"

#include <algorithm>

#include "asm/unicode.hpp"

namespace avm::ast {
namespace {

constexpr std::size_t line_bytes_max = 160;
constexpr std::size_t before_focus = 60;
constexpr std::size_t tab_width = 4;
constexpr std::string_view cut = "…";

bool is_inside_code_point(std::string_view line, std::size_t byte) noexcept {
  return byte < line.size() && (static_cast<std::uint8_t>(line[byte]) & 0xc0U) == 0x80;
}

}  // namespace

Excerpt::Excerpt(std::string_view line, std::size_t focus) {
  std::size_t end = line.size();
  if (line.size() > line_bytes_max) {
    first_ = focus > before_focus ? std::min(focus, line.size()) - before_focus : 0;
    while (is_inside_code_point(line, first_))
      ++first_;
    end = std::min(line.size(), first_ + line_bytes_max);
    while (is_inside_code_point(line, end))
      --end;
  }
  if (first_ > 0) {
    text_ = cut;
    width_ = 1;
  }
  for (std::size_t byte = first_; byte < end;)
    add(line.substr(0, end), byte);
  columns_.push_back(width_);
  if (end < line.size()) text_ += cut;
}

/// Adds the character at `byte`, and goes to the next.
void Excerpt::add(std::string_view line, std::size_t& byte) {
  const CodePoint point = code_point_at(line, byte);
  const std::size_t length = std::max<std::size_t>(point.length, 1);
  columns_.insert(columns_.end(), length, width_);
  if (point.value == '\t') {
    text_.append(tab_width, ' ');
    width_ += tab_width;
  } else {
    const bool shows = point.length != 0 && !is_hidden(point.value);
    const char32_t shown = shows ? point.value : replacement;
    append_utf8(text_, shown);
    width_ += display_width(shown);
  }
  byte += length;
}

std::size_t Excerpt::column(std::size_t byte) const noexcept {
  if (byte < first_) return 0;
  return columns_[std::min(byte - first_, columns_.size() - 1)];
}

}  // namespace avm::ast
