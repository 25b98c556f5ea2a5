// The constants of a Tape as literals.
//
// A literal is written where it is used. What is used in several places and is more than a few words
// becomes a `const` item, and so does what nests deep, so that a Tape's text is never much larger than
// the Tape.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "avm/tape.hpp"

namespace avm::dis {

class ConstantTexts {
 public:
  explicit ConstantTexts(const Tape& tape);

  /// All items, each after those that it names.
  std::string items() const;
  /// What stands for the constant in a statement: its item's name, or the literal.
  std::string operator[](std::uint32_t index) const;

 private:
  void count_uses();
  void count_uses_in(const TapeFunction& function);
  void choose_items();
  std::string literal(std::uint32_t index) const;

  const Tape& tape_;
  const ConstantPool& pool_;
  std::vector<std::uint32_t> uses_;   // by words and by other constants that are used
  std::vector<std::uint32_t> items_;  // number of the item, or `no_item`
  std::string prefix_;                // of the items' names
};

}  // namespace avm::dis
