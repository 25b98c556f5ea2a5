// Conversions between values and C++ types, and typed messages (book chapter "DSL Helpers",
// "Structured protocol types").
//
//   struct Place {
//     std::uint64_t x, y;
//     static constexpr auto message = avm::message("place", &Place::x, &Place::y);
//   };
//   to_val(Place{1, 2})                  ["place", 1, 2]
//   from_val<Place>(value)               a Place; or, as the error, what is wrong with the value
//
// For a type of your own that is no message, specialise `Conversion`.
//
//   C++                                        value
//   Val                                        any, as it is
//   bool                                       Bool
//   std::uint64_t, int, other whole numbers    Nat; a number below 0 is none
//   std::string                                Str
//   ObjectId, TxId, VarId                      references
//   std::optional<T>                           `nothing`, `just` of T
//   std::vector<T>                             List of T
//   std::pair<A, B>                            Pair
//   a struct with `message`                    List of its name and its fields
//
// In a coroutine (`do.hpp`) use `list_of` and `Val::pair`: GCC 12 compiles no `{…}` of values in an
// expression that has a `co_await`.
//
// Threads: as of the values. Errors: text, for `reject`; std::bad_alloc past the heap's limit;
// std::invalid_argument from `to_val` of a number below 0.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "avm/val.hpp"

namespace avm {

/// A value as a T; or why it is none.
template <typename T>
using Converted = std::expected<T, std::string>;

/// Has `static Val to_val(const T&)` and `static Converted<T> from_val(const Val&)`.
template <typename T>
struct Conversion;

template <typename T>
Val to_val(const T& value) {
  return Conversion<T>::to_val(value);
}
inline Val to_val(Val value) { return value; }
inline Val to_val(std::string_view text) { return Val::str(text); }
inline Val to_val(const char* text) { return Val::str(text); }

template <typename T>
Converted<T> from_val(const Val& value) {
  return Conversion<T>::from_val(value);
}

/// "wanted nat, found the str \"hi\""
std::unexpected<std::string> wrong_kind(std::string_view wanted, const Val& found);

template <>
struct Conversion<Val> {
  static Val to_val(const Val& value) { return value; }
  static Converted<Val> from_val(const Val& value) { return value; }
};

template <>
struct Conversion<bool> {
  static Val to_val(bool value) { return Val::boolean(value); }
  static Converted<bool> from_val(const Val& value) {
    if (!value.is_bool()) return wrong_kind("bool", value);
    return value.as_bool();
  }
};

template <std::integral T>
struct Conversion<T> {
  static Val to_val(T value) {
    if (std::cmp_less(value, 0)) throw std::invalid_argument("a nat cannot be below 0");
    return Val::nat(static_cast<std::uint64_t>(value));
  }
  static Converted<T> from_val(const Val& value) {
    if (!value.is_nat()) return wrong_kind("nat", value);
    if (std::cmp_greater(value.as_nat(), std::numeric_limits<T>::max())) {
      return wrong_kind("nat up to " + std::to_string(std::numeric_limits<T>::max()), value);
    }
    return static_cast<T>(value.as_nat());
  }
};

template <>
struct Conversion<std::string> {
  static Val to_val(const std::string& value) { return Val::str(value); }
  static Converted<std::string> from_val(const Val& value) {
    if (!value.is_str()) return wrong_kind("str", value);
    return std::string(value.as_str());
  }
};

template <>
struct Conversion<ObjectId> {
  static Val to_val(ObjectId value) { return Val::object(value); }
  static Converted<ObjectId> from_val(const Val& value) {
    if (!value.is_object()) return wrong_kind("object", value);
    return value.as_object();
  }
};

template <>
struct Conversion<TxId> {
  static Val to_val(TxId value) { return Val::tx(value); }
  static Converted<TxId> from_val(const Val& value) {
    if (!value.is_tx()) return wrong_kind("tx", value);
    return value.as_tx();
  }
};

template <>
struct Conversion<VarId> {
  static Val to_val(VarId value) { return Val::var(value); }
  static Converted<VarId> from_val(const Val& value) {
    if (!value.is_var()) return wrong_kind("var", value);
    return value.as_var();
  }
};

template <typename T>
struct Conversion<std::optional<T>> {
  static Val to_val(const std::optional<T>& value) {
    return value ? Val::just(avm::to_val(*value)) : Val::nothing();
  }
  static Converted<std::optional<T>> from_val(const Val& value) {
    if (value.is_nothing()) return std::optional<T>();
    if (!value.is_just()) return wrong_kind("nothing or just", value);
    Converted<T> inner = avm::from_val<T>(value.unwrapped());
    if (!inner) return std::unexpected(std::move(inner.error()));
    return std::optional<T>(std::move(*inner));
  }
};

template <typename T>
struct Conversion<std::vector<T>> {
  static Val to_val(const std::vector<T>& values) {
    std::vector<Val> elements;
    elements.reserve(values.size());
    for (const T& value : values)
      elements.push_back(avm::to_val(value));
    return Val::list(elements);
  }
  static Converted<std::vector<T>> from_val(const Val& value) {
    if (!value.is_list()) return wrong_kind("list", value);
    std::vector<T> result;
    for (std::uint64_t i = 0; i < value.list_size(); ++i) {
      Converted<T> element = avm::from_val<T>(value.list_at(i));
      if (!element) return std::unexpected("element " + std::to_string(i) + ": " + element.error());
      result.push_back(std::move(*element));
    }
    return result;
  }
};

template <typename A, typename B>
struct Conversion<std::pair<A, B>> {
  static Val to_val(const std::pair<A, B>& value) {
    return Val::pair(avm::to_val(value.first), avm::to_val(value.second));
  }
  static Converted<std::pair<A, B>> from_val(const Val& value) {
    if (!value.is_pair()) return wrong_kind("pair", value);
    Converted<A> first = avm::from_val<A>(value.first());
    if (!first) return std::unexpected("the first: " + first.error());
    Converted<B> second = avm::from_val<B>(value.second());
    if (!second) return std::unexpected("the second: " + second.error());
    return std::pair<A, B>(std::move(*first), std::move(*second));
  }
};

/// A List of these: `list_of("add", 1)` is ["add", 1].
template <typename... T>
Val list_of(const T&... elements) {
  const std::array<Val, sizeof...(T)> values{to_val(elements)...};
  return Val::list(values);
}

/// How a struct is a message: its name, and its fields in order.
template <typename T, typename... Fields>
struct MessageShape {
  std::string_view name;
  std::tuple<Fields T::*...> fields;
};
template <typename T, typename... Fields>
constexpr MessageShape<T, Fields...> message(std::string_view name, Fields T::*... fields) {
  return {name, {fields...}};
}

/// What is wrong with a value that should be a list of `name` and `field_count` fields, if anything.
std::optional<std::string> check_message(std::string_view name, std::size_t field_count,
                                         const Val& value);

template <typename T>
  requires requires { T::message.fields; }
struct Conversion<T> {
  static Val to_val(const T& value) {
    return std::apply(
        [&](auto... field) {
          return Val::list({Val::str(T::message.name), avm::to_val(value.*field)...});
        },
        T::message.fields);
  }

  static Converted<T> from_val(const Val& value) {
    constexpr std::size_t count = std::tuple_size_v<decltype(T::message.fields)>;
    if (auto problem = check_message(T::message.name, count, value))
      return std::unexpected(std::move(*problem));
    T result{};
    std::string problem;
    std::uint64_t index = 0;
    const auto read = [&]<typename Field>(Field T::* field) {
      Converted<Field> converted = avm::from_val<Field>(value.list_at(++index));
      if (converted) {
        result.*field = std::move(*converted);
        return true;
      }
      problem = std::string(T::message.name) + ", field " + std::to_string(index) + ": " +
                converted.error();
      return false;
    };
    const bool is_whole =
        std::apply([&](auto... field) { return (read(field) && ...); }, T::message.fields);
    if (!is_whole) return std::unexpected(std::move(problem));
    return result;
  }
};

/// Whether the value is the Str `name`; else what it is instead.
Converted<Val> expect_symbol(const Val& value, std::string_view name);

/// Both parts of a Pair; else what the value is instead.
inline Converted<std::pair<Val, Val>> unpack_pair(const Val& value) {
  return from_val<std::pair<Val, Val>>(value);
}

}  // namespace avm
