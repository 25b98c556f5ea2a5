// Reads values from JSON: simdjson checks the JSON, a walk with a stack of its own makes the value.
#include "core/json_read.hpp"

#include <algorithm>
#include <utility>

#include "core/blocks.hpp"

namespace avm {

using simdjson::dom::element;

std::expected<Val, std::string> JsonReader::read(element json) {
  // Also where memory ends: what was made so far is not kept until the next value.
  struct Clearing {
    JsonReader& reader;
    ~Clearing() {
      reader.open_.clear();
      reader.value_ = Val();
    }
  } const clearing{*this};
  values_ = 0;
  depth_ = 0;
  has_value_ = false;
  if (!walk(json)) return std::unexpected(std::move(message_));
  return std::move(value_);
}

bool JsonReader::walk(element root) {
  next_ = root;
  do {
    if (!begin_value()) return false;
    while (has_value_ && !open_.empty())
      end_part();
  } while (!has_value_);
  return true;
}

/// Reads the value at `next_` into `value_`; or opens it, and leaves its first part at `next_`.
bool JsonReader::begin_value() {
  ++values_;
  std::string_view name;
  if (next_.get(name) == simdjson::SUCCESS) {
    return name == "Nothing" ? done(Val::nothing()) : fail_shape();
  }
  simdjson::dom::object object;
  if (next_.get(object) != simdjson::SUCCESS) return fail_shape();
  if (object.size() != 1) return fail("the object of a value has exactly one field");
  const simdjson::dom::key_value_pair field = *object.begin();
  if (field.key == "Just") return begin_just(field.value);
  ++values_;
  if (field.key == "List") return begin_list(field.value);
  if (field.key == "Pair") return begin_pair(field.value);
  return read_leaf(field.key, field.value);
}

/// A run of `Just`s is counted, not nested.
bool JsonReader::begin_just(element inner) {
  if (!enter()) return false;
  if (open_.empty() || open_.back().what != What::Just) {
    open_.push_back({What::Just, 0, {}, {}, {}});
  }
  ++open_.back().justs;
  next_ = inner;
  return true;
}

bool JsonReader::begin_list(element content) {
  simdjson::dom::array array;
  if (content.get(array) != simdjson::SUCCESS) return fail("\"List\" holds an array of values");
  if (array.begin() == array.end()) return done(Val::empty_list());
  if (!enter()) return false;
  open_.push_back({What::List, 0, Val::empty_list(), array.begin(), array.end()});
  next_ = *array.begin();
  return true;
}

bool JsonReader::begin_pair(element content) {
  simdjson::dom::array array;
  if (content.get(array) != simdjson::SUCCESS || array.size() != 2) {
    return fail("\"Pair\" holds an array of two values");
  }
  if (!enter()) return false;
  open_.push_back({What::Pair, 0, {}, array.begin(), array.end()});
  next_ = *array.begin();
  return true;
}

bool JsonReader::read_leaf(std::string_view kind, element content) {
  if (kind == "Bool") {
    bool value = false;
    return content.get(value) == simdjson::SUCCESS ? done(Val::boolean(value))
                                                   : fail("\"Bool\" holds true or false");
  }
  if (kind == "Str") {
    std::string_view text;
    return content.get(text) == simdjson::SUCCESS ? done(Val::str(text))
                                                  : fail("\"Str\" holds a string");
  }
  const bool known = kind == "Nat" || kind == "ObjectRef" || kind == "TxRef" || kind == "VarRef";
  if (!known) {
    --values_;
    return fail("no kind of value is named " + json_string(kind) +
                "; the kinds are Nat, Bool, Str, List, Pair, Just, ObjectRef, TxRef and VarRef");
  }
  std::uint64_t number = 0;
  if (content.get(number) != simdjson::SUCCESS) return fail_number(kind);
  if (kind == "Nat") return done(Val::nat(number));
  if (kind == "ObjectRef") return done(Val::object({number}));
  return done(kind == "TxRef" ? Val::tx({number}) : Val::var({number}));
}

bool JsonReader::fail_number(std::string_view kind) {
  return fail(json_string(kind) + " holds a whole number from 0 to 18446744073709551615");
}

/// One more list, pair or `just` is open.
bool JsonReader::enter() {
  if (++depth_ <= nesting_) return true;
  return fail("the value nests deeper than " + std::to_string(nesting_));
}

/// Puts `value_` into what is open around it. Afterwards there is either a value again, whose
/// last part this was, or none, and the next part is at `next_`.
void JsonReader::end_part() {
  Open& open = open_.back();
  switch (open.what) {
  case What::Just:
    depth_ -= open.justs;
    for (; open.justs > 0; --open.justs)
      value_ = Val::just(std::move(value_));
    break;
  case What::List:
    list_append(*open.value, std::move(value_));
    if (follow(open)) return;
    --depth_;
    value_ = std::move(*open.value);
    break;
  case What::Pair:
    if (!open.value) {
      open.value = std::move(value_);
      follow(open);
      return;
    }
    --depth_;
    value_ = Val::pair(std::move(*open.value), std::move(value_));
    break;
  }
  open_.pop_back();
}

/// Goes on to the next part, where there is one.
bool JsonReader::follow(Open& open) {
  if (++open.at == open.end) return false;
  next_ = *open.at;
  has_value_ = false;
  return true;
}

bool JsonReader::done(Val value) {
  value_ = std::move(value);
  has_value_ = true;
  return true;
}

bool JsonReader::fail(std::string message) {
  message_ = std::move(message);
  return false;
}

bool JsonReader::fail_shape() {
  return fail(R"(a value is "Nothing" or an object with one field, such as {"Nat":42})");
}

namespace {

/// Where the value number `ordinal` of a JSON text starts, counted in the order of the text; keys
/// of objects do not count. The text is known to be JSON. (simdjson does not keep positions.)
std::size_t value_offset(std::string_view json, std::uint64_t ordinal) {
  const auto string_end = [&](std::size_t at) {
    for (++at; json[at] != '"'; ++at) {
      if (json[at] == '\\') ++at;
    }
    return at + 1;
  };
  std::uint64_t seen = 0;
  for (std::size_t at = json.find_first_not_of(" \t\n\r,:]}"); at < json.size();
       at = json.find_first_not_of(" \t\n\r,:]}", at)) {
    const std::size_t start = at;
    if (json[at] == '"') {
      at = string_end(at);
      const std::size_t after = json.find_first_not_of(" \t\n\r", at);
      if (after != std::string_view::npos && json[after] == ':') continue;
    } else if (json[at] == '[' || json[at] == '{') {
      ++at;
    } else {
      at = std::min(json.find_first_of(" \t\n\r,:]}", at), json.size());
    }
    if (seen++ == ordinal) return start;
  }
  return 0;
}

ParseError not_json(std::string_view json, simdjson::error_code error) {
  const std::size_t offset = error == simdjson::UTF8_ERROR ? utf8_prefix(json) : 0;
  return {offset, std::string("this is not JSON: ") + simdjson::error_message(error)};
}

}  // namespace

std::expected<Val, ParseError> parse_json(std::string_view json) {
  // Reserves its stack beforehand: no text nests deeper than it has opening brackets.
  const auto depth = std::ranges::count_if(json, [](char c) { return c == '[' || c == '{'; });
  simdjson::dom::parser parser;
  element root;
  simdjson::error_code error = parser.allocate(json.size(), static_cast<std::size_t>(depth) + 1);
  if (!error) error = parser.parse(json.data(), json.size()).get(root);
  if (error) return std::unexpected(not_json(json, error));
  JsonReader reader;
  auto value = reader.read(root);
  if (value) return *std::move(value);
  return std::unexpected(
      ParseError{value_offset(json, reader.wrong_value()), std::move(value.error())});
}

}  // namespace avm
