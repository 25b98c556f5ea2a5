// Which instruction raises an error, and when: what the table of instructions does not say, for the
// pages of the documentation that are made from it.
#pragma once

#include <span>
#include <string_view>

#include "avm/error.hpp"

namespace avm::docs {

struct Raised {
  ErrorCode code;
  std::string_view by;  ///< Mnemonics with blanks between them; "" where no program can raise it.
  std::string_view why;
};

/// A row for each error, in the order of `errors.def`.
std::span<const Raised> all_raised() noexcept;

}  // namespace avm::docs
