// Which instruction raises an error, and when: what the table of instructions does not say. The
// reference pages of the documentation are made from it, and tests ask whether each was seen.
#pragma once

#include <span>
#include <string_view>

#include "avm/error.hpp"
#include "avm/isa.hpp"

namespace avm {

struct Raised {
  ErrorCode code;
  std::string_view by;  ///< Mnemonics with blanks between them; "" where no program can raise it.
  std::string_view why;
};

/// A row for each error, in the order of `errors.def`.
std::span<const Raised> all_raised() noexcept;

/// Whether the op raises the error. The limits, which every op can meet, are not counted.
bool raises(const OpInfo& info, const Raised& row) noexcept;

}  // namespace avm
