// Values made from bytes, for properties: RapidCheck makes the bytes, and makes them fewer where a
// property fails.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include "avm/heap.hpp"
#include "avm/val.hpp"
#include "core/blocks.hpp"

namespace avm::test {

/// A test whose values are all gone at its end. Take it as a fixture, or as the first local
/// variable.
class NothingLeaks {
 public:
  NothingLeaks() : start_(heap::bytes_in_use()) {}
  ~NothingLeaks() { CHECK(heap::bytes_in_use() == start_); }

 private:
  std::size_t start_;
};

/// Many more bytes than RapidCheck would take by itself: each decision takes at least one.
inline rc::Gen<std::vector<std::uint8_t>> any_bytes() {
  return rc::gen::scale(8, rc::gen::arbitrary<std::vector<std::uint8_t>>());
}

/// Reads decisions off a row of bytes; zeros follow its end.
class Decisions {
 public:
  explicit Decisions(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  bool at_end() const { return at_ >= bytes_.size(); }
  unsigned byte() { return at_end() ? 0 : bytes_[at_++]; }
  /// Below `count`.
  unsigned below(std::size_t count) { return byte() % static_cast<unsigned>(count); }
  std::uint64_t number();
  std::string text();

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

/// `value` inside `count` more `just`s.
inline Val justs(Val value, unsigned count) {
  for (; count > 0; --count)
    value = Val::just(std::move(value));
  return value;
}

inline std::uint64_t Decisions::number() {
  switch (below(4)) {
  case 0: return below(4);
  case 1: return ~std::uint64_t{0} - below(2);
  case 2: return std::uint64_t{byte()} << 48U | below(3);
  default: return std::uint64_t{byte()} << 32U | std::uint64_t{byte()} << 8U | byte();
  }
}

inline std::string Decisions::text() {
  constexpr std::array<std::string_view, 12> pieces{
      "a", "\"", "\\",   "\n", std::string_view("\0", 1), "\x1b", "\x7f", "é",
      "…", "😀", "word", "0"};
  constexpr std::array<unsigned, 8> lengths{0, 1, 3, 5, 13, 14, 15, 40};
  const unsigned length = lengths[below(lengths.size())];
  std::string text;
  while (text.size() < length) {
    const std::string_view piece = pieces[below(pieces.size())];
    text += text.size() + piece.size() <= length ? piece : std::string_view("x");
  }
  return text;
}

/// Makes values whose parts may be values made before, but not so often that they become huge as
/// trees.
class Maker {
 public:
  struct Made {
    Val value;
    std::uint64_t nodes = 1;  // as a tree
  };

  explicit Maker(Decisions& decisions) : decisions_(decisions) {}

  Made make(unsigned depth) {
    Made made = make_new(depth);
    if (made.nodes <= repeated_nodes_max) known_.push_back(made);
    return made;
  }

 private:
  static constexpr unsigned depth_max = 6;
  static constexpr std::uint64_t repeated_nodes_max = 200;

  Made make_new(unsigned depth) {
    switch (shape(depth)) {
    case 0: return {Val::nat(decisions_.number())};
    case 1: return {Val::boolean(decisions_.below(2) == 1)};
    case 2: return {Val::nothing()};
    case 3: return {Val::object({decisions_.number()})};
    case 4: return {Val::tx({decisions_.number()})};
    case 5: return {Val::var({decisions_.number()})};
    case 6: return {Val::str(decisions_.text())};
    case 7: return make_known();
    case 8: return make_justs(depth);
    case 9: return make_uniform(depth);
    case 10: return make_list(depth);
    default: return make_pair(depth);
    }
  }

  /// Mostly with parts at the root, so that not every other value is a number; never too deep.
  unsigned shape(unsigned depth) {
    constexpr unsigned leaves = 8;
    constexpr unsigned all = 13;
    if (depth == depth_max) return decisions_.below(leaves);
    if (depth > 0 || decisions_.below(8) == 0) return decisions_.below(all);
    return leaves + decisions_.below(all - leaves);
  }

  Made make_known() {
    if (known_.empty()) return {Val::empty_list()};
    return known_[decisions_.below(known_.size())];
  }

  Made make_justs(unsigned depth) {
    constexpr std::array<unsigned, 9> counts{1, 2, 14, 15, 16, 17, 31, 32, 100};
    const unsigned count = counts[decisions_.below(counts.size())];
    Made inside = make(depth + 1);
    return {justs(std::move(inside.value), count), inside.nodes + count};
  }

  Made make_uniform(unsigned depth) {
    const Made element = make(depth + 1);
    const unsigned count = element.nodes <= repeated_nodes_max ? decisions_.below(6) : 1;
    return {Val::list(std::vector<Val>(count, element.value)), 1 + count * element.nodes};
  }

  Made make_list(unsigned depth) {
    std::vector<Val> elements;
    std::uint64_t nodes = 1;
    for (unsigned left = decisions_.below(6); left > 0; --left) {
      Made element = make(depth + 1);
      nodes += element.nodes;
      elements.push_back(std::move(element.value));
    }
    return {Val::list(elements), nodes};
  }

  Made make_pair(unsigned depth) {
    Made first = make(depth + 1);
    Made second = make(depth + 1);
    return {Val::pair(std::move(first.value), std::move(second.value)),
            1 + first.nodes + second.nodes};
  }

  Decisions& decisions_;
  std::vector<Made> known_;
};

/// A value of any shape: shared parts, packed and mixed lists, strings around the longest inline
/// one, numbers of `just`s around the largest depth of a header.
inline Val random_value(Decisions& decisions) { return Maker(decisions).make(0).value; }

inline Val random_value(std::span<const std::uint8_t> bytes) {
  Decisions decisions(bytes);
  return random_value(decisions);
}

/// The same value, with no block in common, and made in the other ways that there are to make one.
inline Val rebuilt(const Val& value) {
  switch (value.kind()) {
  case Kind::Nat: return Val::nat(value.as_nat());
  case Kind::Bool: return Val::boolean(value.as_bool());
  case Kind::Nothing: return Val::nothing();
  case Kind::Object: return Val::object(value.as_object());
  case Kind::Tx: return Val::tx(value.as_tx());
  case Kind::Var: return Val::var(value.as_var());
  case Kind::Just: return Val::just(rebuilt(value.unwrapped()));
  case Kind::Pair: return Val::pair(rebuilt(value.first()), rebuilt(value.second()));
  case Kind::Str: {
    const std::string_view text = value.as_str();
    return str_concat(text.substr(0, text.size() / 2), text.substr(text.size() / 2));
  }
  case Kind::List: break;
  }
  // Starts with an element of another header and cuts it off again: a list that could be packed is
  // mixed.
  Val list = Val::list({Val::str("another header")});
  for (std::uint64_t i = 0; i < value.list_size(); ++i)
    list_append(list, rebuilt(value.list_at(i)));
  list_slice(list, 1, list.list_size());
  return list;
}

}  // namespace avm::test
