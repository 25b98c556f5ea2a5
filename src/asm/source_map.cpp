#include "asm/source_map.hpp"

#include <algorithm>

#include "avm/text.hpp"

namespace avm {

SourceMap::SourceMap(std::string_view text) : text_(text), line_starts_{0} {
  for (std::size_t at = text.find('\n'); at != std::string_view::npos;
       at = text.find('\n', at + 1)) {
    line_starts_.push_back(static_cast<std::uint32_t>(at + 1));
  }
}

SourcePosition SourceMap::position(std::uint32_t offset) const {
  const auto after = std::ranges::upper_bound(line_starts_, offset);
  const auto line = static_cast<std::uint32_t>(after - line_starts_.begin());
  const bool goes_on = line == last_.line && offset >= last_offset_;
  const std::uint32_t from = goes_on ? last_offset_ : line_starts_[line - 1];
  const std::string_view between =
      text_.substr(from, std::min<std::size_t>(offset, text_.size()) - from);
  const auto columns = static_cast<std::uint32_t>(code_point_count(between));
  last_ = {line, (goes_on ? last_.column : 1) + columns};
  last_offset_ = offset;
  return last_;
}

std::string_view SourceMap::line(std::uint32_t number) const {
  const std::uint32_t start = line_starts_[number - 1];
  std::string_view text = text_.substr(start, text_.find('\n', start) - start);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

}  // namespace avm
