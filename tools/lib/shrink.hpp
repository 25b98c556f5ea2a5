// Shrinks a source to a small one that still shows something.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace avm {

struct Shrunk {
  std::string source;
  std::size_t tries = 0;  ///< How many sources were looked at.
};

/// Leaves out lines, operands and options of the `; run:` line as long as `still_shows` holds, which has
/// to refuse what is no valid source. At most `tries_max` sources are looked at.
Shrunk shrink(const std::string& source, const std::function<bool(const std::string&)>& still_shows,
              std::size_t tries_max = 20'000);

}  // namespace avm
