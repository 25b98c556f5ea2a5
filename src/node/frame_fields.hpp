// The fields of frames, as JSON objects that simdjson has read.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "core/json_read.hpp"

namespace avm::node {

/// Every name that a field can have, here and within.
enum class Field : std::uint8_t {
  type,
  request_id,
  target,
  input,
  arguments,
  result,
  error,
  object_id,
  sender,
  sender_machine,
  machine_id,
  nonce,
  settled,
  trace,
  hello,
  moves,
  name,
  data,
  reason,
  stopping,
  protocol,
  machine,
  epoch,
  prefix,
  max_frame,
  max_nesting,
  http,
  execution,
  seq,
};
inline constexpr std::array<std::string_view, 29> field_names{
    "type",      "request_id",  "target",   "input",          "arguments",  "result",
    "error",     "object_id",   "sender",   "sender_machine", "machine_id", "nonce",
    "settled",   "trace",       "hello",    "moves",          "name",       "data",
    "reason",    "stopping",    "protocol", "machine",        "epoch",      "prefix",
    "max_frame", "max_nesting", "http",     "execution",      "seq"};
static_assert(field_names.size() <= 32, "a bit for each");
static_assert(static_cast<std::size_t>(Field::seq) + 1 == field_names.size());

constexpr std::string_view name_of(Field field) {
  return field_names[static_cast<std::size_t>(field)];
}

/// Finds fields by name: in a table under a hash by which no two of them have the same place.
class FieldTable {
 public:
  /// Tries factors until it finds one, when this is compiled.
  consteval FieldTable() {
    while (!fill())
      ++factor_;
  }

  /// Which of `field_names` it is, or as many as there are.
  constexpr std::size_t find(std::string_view name) const noexcept {
    if (name.empty()) return field_names.size();
    const std::size_t at = places_[place(name)];
    return at < field_names.size() && field_names[at] == name ? at : field_names.size();
  }

 private:
  constexpr std::size_t place(std::string_view name) const noexcept {
    const auto byte = [](char c) { return std::uint32_t{static_cast<unsigned char>(c)}; };
    const auto size = static_cast<std::uint32_t>(name.size());
    return ((byte(name.front()) << 16U ^ byte(name.back()) << 8U ^ size) * factor_) >> 25U;
  }

  constexpr bool fill() {
    places_.fill(field_names.size());
    for (std::size_t at = 0; at < field_names.size(); ++at) {
      std::uint8_t& found = places_[place(field_names[at])];
      if (found != field_names.size()) return false;
      found = static_cast<std::uint8_t>(at);
    }
    return true;
  }

  std::uint32_t factor_ = 0x9e37'79b1;
  std::array<std::uint8_t, 128> places_{};
};
inline constexpr FieldTable field_table;

/// What all objects of one frame have in common.
struct Reading {
  JsonReader& values;
  std::string error{};  // the first one; empty: none
};

/// The fields of one JSON object. What is wrong is noted, and stands for nothing: there is one test for
/// all at the end. In errors the object is called `name`, within `around`.
class Fields {
 public:
  Fields(std::string_view name, simdjson::dom::object json, Reading& reading,
         const Fields* around = nullptr)
      : name_(name), around_(around), reading_(reading) {
    for (const auto [key, content] : json) {
      const std::size_t at = field_table.find(key);
      if (at == field_names.size()) continue;
      (has_at(at) ? repeated_ : present_) |= std::uint32_t{1} << at;
      contents_[at] = content;
    }
  }

  bool has(Field field) const noexcept { return has_at(static_cast<std::size_t>(field)); }

  std::uint64_t number(Field field, std::uint64_t most = no_limit) {
    std::uint64_t number = 0;
    const auto content = get(field);
    if (content && (content->get(number) != simdjson::SUCCESS || number > most)) {
      fail(field, " holds a whole number from 0 to " + std::to_string(most));
    }
    return number;
  }
  template <typename T>
  T small_number(Field field) {
    return static_cast<T>(number(field, std::numeric_limits<T>::max()));
  }

  std::string_view string(Field field) {
    std::string_view text;
    read(field, text, " holds a string");
    return text;
  }

  bool boolean(Field field) {
    bool truth = false;
    read(field, truth, " holds true or false");
    return truth;
  }

  Val value(Field field) {
    const auto content = get(field);
    return content ? value(field, *content) : Val();
  }
  Val value(Field field, simdjson::dom::element content) {
    auto value = reading_.values.read(content);
    if (value) return *std::move(value);
    fail(field, ": " + value.error());
    return {};
  }

  std::vector<Val> values(Field field) {
    std::vector<Val> all;
    simdjson::dom::array array;
    if (!read(field, array, " holds an array of values")) return all;
    all.reserve(array.size());
    for (const simdjson::dom::element one : array) {
      all.push_back(value(field, one));
      if (!reading_.error.empty()) break;
    }
    return all;
  }

  /// The object in this field.
  std::optional<Fields> fields(Field field) {
    simdjson::dom::object json;
    if (!read(field, json, " holds an object")) return std::nullopt;
    return Fields(name_of(field), json, reading_, this);
  }

  /// What is in this field, where it is there once.
  std::optional<simdjson::dom::element> get(Field field) {
    const auto at = static_cast<std::size_t>(field);
    if (has_at(at) && (repeated_ >> at & 1U) == 0) return contents_[at];
    fail(field, has_at(at) ? " is there more than once" : " is missing");
    return std::nullopt;
  }

  void fail(Field field, std::string_view what) {
    if (!reading_.error.empty()) return;
    reading_.error = path().append(1, '.').append(name_of(field)).append(what);
  }

 private:
  template <typename T>
  bool read(Field field, T& to, std::string_view otherwise) {
    const auto content = get(field);
    if (!content) return false;
    const bool is_read = content->get(to) == simdjson::SUCCESS;
    if (!is_read) fail(field, otherwise);
    return is_read;
  }

  std::string path() const {
    return (around_ == nullptr ? "" : around_->path() + ".").append(name_);
  }

  bool has_at(std::size_t at) const noexcept { return (present_ >> at & 1U) != 0; }

  std::string_view name_;
  const Fields* around_;
  Reading& reading_;
  std::uint32_t present_ = 0;
  std::uint32_t repeated_ = 0;
  std::array<simdjson::dom::element, field_names.size()> contents_;
};

}  // namespace avm::node
