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

 private:
  std::string_view text_;
  std::vector<std::uint32_t> line_starts_;
};

}  // namespace avm
