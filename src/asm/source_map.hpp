// SourceMap: from a byte of a source file to its line and column.
//
// Threads: a map belongs to one thread.
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
  /// The byte at which a line begins.
  std::uint32_t line_begin(std::uint32_t number) const { return line_starts_[number - 1]; }

 private:
  std::string_view text_;
  std::vector<std::uint32_t> line_starts_;
  // The latest answer. Who asks goes through the text mostly in order, and a line may be as long as
  // the file: columns are counted on from here where that is nearer.
  mutable std::uint32_t last_offset_ = 0;
  mutable SourcePosition last_{1, 1};
};

}  // namespace avm
