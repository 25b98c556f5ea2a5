// SourceMap: from a byte of a source file to its line and column.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "avm/tape.hpp"

namespace avm {

class SourceMap {
 public:
  /// `text` must outlive the map.
  explicit SourceMap(std::string_view text);
  /// Line and column (in code points), both from 1, of the byte at `offset`.
  SourcePosition position(std::uint32_t offset) const;
  /// The text of a line (from 1), without its end.
  std::string_view line(std::uint32_t number) const;
  std::string_view text() const noexcept { return text_; }
  /// The byte at which a line begins.
  std::uint32_t line_begin(std::uint32_t number) const { return line_starts_[number - 1]; }

 private:
  std::uint32_t line_at(std::uint32_t offset) const;
  std::uint64_t code_points_between(std::size_t from, std::size_t to) const;

  std::string_view text_;
  std::vector<std::uint32_t> line_starts_;
  mutable std::uint32_t near_ =
      0;  // the line, from 0, that was found last: the next is mostly near it
  // A line may be as long as the file, and many may ask for columns in it: how many code points stand
  // before each block of the text. Empty where no line is longer than a block.
  std::vector<std::uint64_t> code_points_before_block_;
};

}  // namespace avm
