// Excerpt: a line of source as a terminal shows it, and which columns its bytes take there.
//
// Tabs become spaces, hidden characters are made visible, and of a long line only what stands around
// the mark is shown.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace avm::ast {

class Excerpt {
 public:
  /// `focus`: the byte of `line` that must be seen.
  Excerpt(std::string_view line, std::size_t focus);

  const std::string& text() const noexcept { return text_; }
  /// The column (from 0) of a byte of the line; that of the nearest which is shown.
  std::size_t column(std::size_t byte) const noexcept;

 private:
  void add(std::string_view line, std::size_t& byte);

  std::string text_;
  std::size_t first_ = 0;             // byte of the line that is shown first
  std::vector<std::size_t> columns_;  // of bytes from there on, and of the end
  std::size_t width_ = 0;
};

}  // namespace avm::ast
