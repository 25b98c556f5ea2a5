// The runs that a source states in the comments at its head:
//
//   ; run: avm-run examples/fib.avm --input 10
//
// or with the options alone. Examples and conformance programs have them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace avm {

/// Words as a shell has them: between blanks, and '…' is one.
std::vector<std::string> shell_words(std::string_view text);

/// For each stated run its options, as words.
std::vector<std::vector<std::string>> stated_runs(std::string_view source);

}  // namespace avm
