#include "asm/source_map.hpp"

#include <algorithm>

#include "avm/text.hpp"

namespace avm {
namespace {

constexpr std::size_t block_size = std::size_t{1} << 16U;

}  // namespace

SourceMap::SourceMap(std::string_view text) : text_(text), line_starts_{0} {
  line_starts_.reserve(1 + static_cast<std::size_t>(std::ranges::count(text, '\n')));
  std::size_t longest = 0;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    longest = std::max(longest, end - begin);
    if (end == text.size()) break;
    begin = end + 1;
    line_starts_.push_back(static_cast<std::uint32_t>(begin));
  }
  if (longest <= block_size) return;
  code_points_before_block_.push_back(0);
  for (std::size_t block = 0; block < text.size(); block += block_size) {
    code_points_before_block_.push_back(code_points_before_block_.back() +
                                        code_point_count(text.substr(block, block_size)));
  }
}

std::uint64_t SourceMap::code_points_between(std::size_t from, std::size_t to) const {
  if (to - from <= block_size) return code_point_count(text_.substr(from, to - from));
  const std::size_t first = (from + block_size - 1) / block_size;
  const std::size_t last = to / block_size;
  return code_point_count(text_.substr(from, first * block_size - from)) +
         code_points_before_block_[last] - code_points_before_block_[first] +
         code_point_count(text_.substr(last * block_size, to - last * block_size));
}

std::uint32_t SourceMap::line_at(std::uint32_t offset) const {
  constexpr std::uint32_t near_max = 8;
  for (std::uint32_t line = near_; line < near_ + near_max && line_starts_[line] <= offset;
       ++line) {
    const bool is_last = line + 1 == line_starts_.size();
    if (is_last || offset < line_starts_[line + 1]) return near_ = line;
  }
  const auto after = std::ranges::upper_bound(line_starts_, offset);
  return near_ = static_cast<std::uint32_t>(after - line_starts_.begin()) - 1;
}

SourcePosition SourceMap::position(std::uint32_t offset) const {
  const std::uint32_t line = line_at(offset);
  const std::size_t end = std::min<std::size_t>(offset, text_.size());
  const std::uint64_t before = code_points_between(line_starts_[line], end);
  return {line + 1, static_cast<std::uint32_t>(before) + 1};
}

std::string_view SourceMap::line(std::uint32_t number) const {
  const std::uint32_t start = line_starts_[number - 1];
  std::string_view text = text_.substr(start, text_.find('\n', start) - start);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

}  // namespace avm
