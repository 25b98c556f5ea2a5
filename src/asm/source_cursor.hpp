// SourceCursor: lines and columns of places in a text that are asked for in the order of the text.
//
// It goes from each place to the next, and needs no table of lines.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "avm/tape.hpp"
#include "avm/text.hpp"

namespace avm {

class SourceCursor {
 public:
  /// `text` must outlive the cursor.
  explicit SourceCursor(std::string_view text) : text_(text), line_end_(end_from(0)) {}

  /// Line and column (in code points), both from 1, of the byte at `offset`. Where that is before the last
  /// one that was asked for, all is gone through again.
  SourcePosition position(std::uint32_t offset) {
    if (offset < at_) *this = SourceCursor(text_);
    while (offset > line_end_ && line_end_ < text_.size()) {
      at_ = line_end_ + 1;
      line_end_ = end_from(at_);
      place_ = {place_.line + 1, 1};
    }
    const std::size_t end = std::min<std::size_t>(offset, text_.size());
    // Mostly blanks, and nothing but them, stand before a place.
    const std::size_t begin = at_;
    while (at_ < end && text_[at_] == ' ')
      ++at_;
    place_.column += static_cast<std::uint32_t>(at_ - begin);
    if (at_ == end) return place_;
    place_.column += static_cast<std::uint32_t>(code_point_count(text_.substr(at_, end - at_)));
    at_ = end;
    return place_;
  }
  std::string_view text() const noexcept { return text_; }

 private:
  /// Where the line ends that `at` is in.
  std::size_t end_from(std::size_t at) const noexcept {
    return std::min(text_.find('\n', at), text_.size());
  }

  std::string_view text_;
  std::size_t at_ = 0;  // what `place_` is the place of
  SourcePosition place_{1, 1};
  std::size_t line_end_;  // of that line
};

}  // namespace avm
