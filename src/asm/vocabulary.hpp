// The words that the language has taken: mnemonics and keywords.
//
// They are interned before all other strings, so that what a name means is seen from its index.
#pragma once

#include <optional>
#include <vector>

#include "asm/interner.hpp"
#include "avm/isa.hpp"

namespace avm::ast {

enum class Keyword : std::uint8_t {
  Import,
  Const,
  Program,
  Behavior,
  Pure,
  Unsafe,
  Just,
  True,
  False,
  Nothing,
  Else,
  Reply,
  Underscore
};

class Vocabulary {
 public:
  /// `interner` must be empty.
  explicit Vocabulary(Interner& interner);

  std::optional<Op> op(Index name) const noexcept {
    if (name >= ops_.size()) return std::nullopt;
    return ops_[name];
  }
  std::optional<Keyword> keyword(Index name) const noexcept {
    if (name < ops_.size() || name >= ops_.size() + keyword_count) return std::nullopt;
    return static_cast<Keyword>(name - ops_.size());
  }
  /// Whether a constant or a function may not have this name.
  bool is_reserved(Index name) const noexcept { return name < ops_.size() + keyword_count; }

 private:
  static constexpr std::size_t keyword_count = static_cast<std::size_t>(Keyword::Underscore) + 1;
  std::vector<Op> ops_;
};

/// Begins an item of a module.
constexpr bool begins_item(Keyword keyword) noexcept { return keyword <= Keyword::Unsafe; }
/// Begins a function, with `unsafe` before it or not.
constexpr bool begins_function(Keyword keyword) noexcept {
  return keyword >= Keyword::Program && keyword <= Keyword::Unsafe;
}
/// Stands at the beginning of an operand.
constexpr bool begins_operand(Keyword keyword) noexcept {
  return keyword >= Keyword::Just && keyword <= Keyword::Nothing;
}

}  // namespace avm::ast
