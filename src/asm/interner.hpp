// Interner: keeps each distinct string of a module once, so that names are compared by index.
//
// The strings themselves stay in `Module::strings`; this is only the way back from text to index.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "asm/ast.hpp"
#include "core/large_blocks.hpp"

namespace avm::ast {

class Interner {
 public:
  /// `strings` must be empty and outlive the interner.
  explicit Interner(std::vector<std::string>& strings) : strings_(strings), slots_(64) {}

  Index intern(std::string_view text) {
    const auto size = static_cast<std::uint32_t>(text.size());
    const std::uint64_t key = key_of(text);
    std::size_t at = first_slot(key, size);
    for (; slots_[at].index != none; at = (at + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[at];
      if (slot.key == key && slot.size == size &&
          (size <= short_max || strings_[slot.index] == text))
        return slot.index;
    }
    const auto index = static_cast<Index>(strings_.size());
    strings_.emplace_back(text);
    slots_[at] = {key, size, index};
    if (strings_.size() * 4 > slots_.size() * 3) grow(slots_.size() * 2);
    return index;
  }

  /// Makes room for so many strings more.
  void reserve(std::size_t more) {
    const std::size_t wanted = std::bit_ceil((strings_.size() + more) * 4 / 3 + 1);
    if (wanted > slots_.size()) grow(wanted);
  }

 private:
  /// Texts up to this are known by their key alone.
  static constexpr std::size_t short_max = 8;

  struct Slot {
    std::uint64_t key = 0;   // the bytes; of a longer text: mixed
    std::uint32_t size = 0;  // of the text
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
  static std::uint64_t key_of(std::string_view text) noexcept {
    const char* bytes = text.data();
    std::size_t left = text.size();
    std::uint64_t state = 0;
    for (; left > short_max; left -= 8, bytes += 8)
      state = mix(state ^ left, load<std::uint64_t>(bytes));
    if (left >= 4) {
      state ^= load<std::uint32_t>(bytes) << 32U | load<std::uint32_t>(bytes + left - 4);
    } else if (left > 0) {
      state ^= load<std::uint8_t>(bytes) << 16U | load<std::uint8_t>(bytes + left / 2) << 8U |
               load<std::uint8_t>(bytes + left - 1);
    }
    return state;
  }

  std::size_t first_slot(std::uint64_t key, std::uint32_t size) const noexcept {
    return mix(size, key) & (slots_.size() - 1);
  }

  void grow(std::size_t size) {
    std::vector<Slot> old;
    old.swap(slots_);
    slots_.reserve(size);
    heap::prefer_large_pages(slots_.data(), size * sizeof(Slot));
    slots_.resize(size);
    for (const Slot& one : old) {
      if (one.index == none) continue;
      std::size_t at = first_slot(one.key, one.size);
      while (slots_[at].index != none)
        at = (at + 1) & (slots_.size() - 1);
      slots_[at] = one;
    }
  }

  std::vector<std::string>& strings_;
  std::vector<Slot> slots_;  // a power of two
};

}  // namespace avm::ast
