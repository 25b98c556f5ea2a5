// The text and JSON forms of values.
//
// Text: `42 true "hi" [1, 2] (1, 2) nothing just 7 obj:7 tx:3 var:0`; an id with a node prefix in its
// top 16 bits reads `obj:9002.0`. The text form of a value parses back to it.
// JSON: `{"Nat":42} {"Bool":true} {"Str":"hi"} {"List":[…]} {"Pair":[a,b]} "Nothing" {"Just":v}
// {"ObjectRef":7} {"TxRef":3} {"VarRef":0}`.
//
// Nothing here recurses on the native stack. A value can be small in memory and huge as a tree, so
// that each printer has a bound.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <string>
#include <string_view>

#include "avm/val.hpp"

namespace avm {

inline constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

/// After so many nodes a value in an error text or a trace is cut, with `…` for the rest.
inline constexpr std::uint64_t message_nodes_max = 100'000;
/// And after so many bytes: a node can be a long string.
inline constexpr std::uint64_t message_bytes_max = std::uint64_t{64} << 20U;

/// What a bounded printer wrote, and whether that was all.
struct Printed {
  std::string text;
  bool complete = true;
};

/// The text form, cut with `…` once `nodes` nodes were written or `bytes` bytes (without the `…`) would
/// be passed. A cut text ends there: brackets are not closed.
Printed print(const Val& value, std::uint64_t nodes = no_limit, std::uint64_t bytes = no_limit);
/// The whole text form.
std::string to_text(const Val& value);
/// The text form as it stands in errors and traces.
std::string to_message_text(const Val& value);
std::string to_text(ObjectId id);
std::string to_text(TxId id);
std::string to_text(VarId id);

/// `text` in double quotes, escaped as in source text.
std::string quoted(std::string_view text);
/// `text` as it stands bare in a line: only control characters are escaped.
std::string bare(std::string_view text);

struct ParseError {
  std::size_t offset = 0;  ///< Byte of the text where the trouble starts.
  std::string message;
};

/// Reads a value's text form, references (`obj:7`) and all. White space between tokens is free.
/// Numbers may be decimal or `0x` hexadecimal, with `_` between digits, as in source text.
std::expected<Val, ParseError> parse_value(std::string_view text);

/// JSON, cut with `"…"` in place of the values that are left once `nodes` nodes or about `bytes` bytes
/// were written. It is JSON all the same: what is open is closed.
Printed print_json(const Val& value, std::uint64_t nodes = no_limit,
                   std::uint64_t bytes = no_limit);
/// The whole value as JSON.
std::string to_json(const Val& value);
/// The JSON as it stands in traces.
std::string to_message_json(const Val& value);
std::expected<Val, ParseError> parse_json(std::string_view json);
/// `text` as a JSON string, quotes included.
std::string json_string(std::string_view text);

bool is_utf8(std::string_view bytes) noexcept;
/// How many bytes at the start of `bytes` are UTF-8: where the trouble starts in text that is not.
std::size_t utf8_prefix(std::string_view bytes) noexcept;
/// Whether a byte of UTF-8 text is the first of a code point.
constexpr bool starts_code_point(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80;
}
/// Code points in UTF-8 text.
std::uint64_t code_point_count(std::string_view text) noexcept;
/// The byte offset of code point `index` (the length of the text for the index after the last).
std::size_t code_point_offset(std::string_view text, std::uint64_t index) noexcept;

}  // namespace avm
