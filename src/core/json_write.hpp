// JSON at the end of a string: what the printers of `avm/text.hpp` and frames are made of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "avm/text.hpp"

namespace avm {

/// How much of a value is written.
struct JsonBounds {
  std::uint64_t nodes = no_limit;
  std::uint64_t bytes = no_limit;    ///< About: a string's escapes and the brackets go over it.
  std::uint64_t nesting = no_limit;  ///< Lists, pairs and `just`s around a leaf.
};

/// Appends the JSON of `value`, cut as by `print_json` where it would go over `bounds`. Whether that was
/// all.
bool append_json(const Val& value, const JsonBounds& bounds, std::string& out);
/// Appends `text` as a JSON string, quotes included.
void append_json_string(std::string_view text, std::string& out);
void append_number(std::uint64_t number, std::string& out);

}  // namespace avm
