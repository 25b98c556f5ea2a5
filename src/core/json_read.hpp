// Values from JSON that simdjson has read: for `parse_json` and for frames.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "avm/text.hpp"

namespace avm {

/// Makes values, and keeps its stack from one to the next.
class JsonReader {
 public:
  /// `nesting`: how many lists, pairs and `just`s may be around a leaf.
  explicit JsonReader(std::uint64_t nesting = no_limit) : nesting_(nesting) {}

  /// The value, or what is wrong with it.
  std::expected<Val, std::string> read(simdjson::dom::element json);

  /// After an error: which value of the JSON is wrong, counted in the order of the text from 0, where
  /// keys of objects do not count.
  std::uint64_t wrong_value() const noexcept { return values_ - 1; }

 private:
  /// What is open around the value being read.
  struct Open {
    enum class What : std::uint8_t { List, Pair, Just };
    What what;
    std::uint64_t justs;                // of a Just
    std::optional<Val> value;           // the elements so far, or the first of a pair
    simdjson::dom::array::iterator at;  // of a List or a Pair: what is being read
    simdjson::dom::array::iterator end;
  };
  using What = Open::What;

  bool walk(simdjson::dom::element root);
  bool begin_value();
  bool begin_just(simdjson::dom::element inner);
  bool begin_list(simdjson::dom::element content);
  bool begin_pair(simdjson::dom::element content);
  bool read_leaf(std::string_view kind, simdjson::dom::element content);
  bool enter();
  void end_part();
  bool follow(Open& open);
  bool done(Val value);
  bool fail(std::string message);
  bool fail_shape();
  bool fail_number(std::string_view kind);

  std::uint64_t nesting_;
  std::vector<Open> open_;
  std::uint64_t depth_ = 0;  // lists, pairs and `just`s that are open
  simdjson::dom::element next_;
  Val value_;
  bool has_value_ = false;
  std::uint64_t values_ = 0;  // of the JSON, so far
  std::string message_;
};

}  // namespace avm
