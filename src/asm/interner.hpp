// Interner: keeps each distinct string of a module once, so that names are compared by index.
//
// The strings themselves stay in `Module::strings`; this is only the way back from text to index.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "asm/ast.hpp"

namespace avm::ast {

class Interner {
 public:
  /// `strings` must be empty and outlive the interner.
  explicit Interner(std::vector<std::string>& strings) : strings_(strings), slots_(64) {}

  Index intern(std::string_view text) {
    const std::uint32_t hash = hash_of(text);
    std::size_t slot = hash & (slots_.size() - 1);
    for (; slots_[slot].index != none; slot = (slot + 1) & (slots_.size() - 1)) {
      if (slots_[slot].hash == hash && strings_[slots_[slot].index] == text)
        return slots_[slot].index;
    }
    const auto index = static_cast<Index>(strings_.size());
    strings_.emplace_back(text);
    slots_[slot] = {hash, index};
    if (strings_.size() * 4 > slots_.size() * 3) grow();
    return index;
  }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    Index index = none;
  };

  static std::uint64_t mix(std::uint64_t state, std::uint64_t word) noexcept {
    __extension__ using Product = unsigned __int128;
    const Product product = Product{state ^ 0x9e3779b97f4a7c15} * (word ^ 0xd6e8feb86659fd93);
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
  }
  template <typename Word>
  static std::uint64_t load(const char* bytes) noexcept {
    Word word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return word;
  }
  /// Of eight bytes at a time; what is left is read as two halves that may overlap.
  static std::uint32_t hash_of(std::string_view text) noexcept {
    const char* bytes = text.data();
    std::size_t left = text.size();
    std::uint64_t state = left;
    for (; left > 8; left -= 8, bytes += 8)
      state = mix(state, load<std::uint64_t>(bytes));
    if (left >= 4) {
      state = mix(state, load<std::uint32_t>(bytes) << 32U | load<std::uint32_t>(bytes + left - 4));
    } else if (left > 0) {
      state =
          mix(state, load<std::uint8_t>(bytes) << 16U | load<std::uint8_t>(bytes + left / 2) << 8U |
                         load<std::uint8_t>(bytes + left - 1));
    }
    return static_cast<std::uint32_t>(state ^ state >> 32U);
  }

  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& one : old) {
      if (one.index == none) continue;
      std::size_t slot = one.hash & (slots_.size() - 1);
      while (slots_[slot].index != none)
        slot = (slot + 1) & (slots_.size() - 1);
      slots_[slot] = one;
    }
  }

  std::vector<std::string>& strings_;
  std::vector<Slot> slots_;  // a power of two
};

}  // namespace avm::ast
