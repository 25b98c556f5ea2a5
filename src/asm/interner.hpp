// Interner: keeps each distinct string of a module once, so that names are compared by index.
//
// The strings themselves stay in `Module::strings`; this is only the way back from text to index.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "asm/ast.hpp"
#include "core/large_blocks.hpp"

namespace avm::ast {

class Interner {
 public:
  /// `strings` must be empty and outlive the interner.
  explicit Interner(std::vector<std::string>& strings) : strings_(strings) { make_slots(64); }

  Index intern(std::string_view text) {
    const auto size = static_cast<std::uint32_t>(text.size());
    const std::uint64_t key = key_of(text);
    const std::uint64_t hash = mix(size, key);
    const std::uint8_t tag = tag_of(hash);
    std::size_t at = hash & mask();
    for (; tags_[at] != 0; at = (at + 1) & mask()) {
      if (tags_[at] != tag) continue;
      const Slot& slot = slots_[at];
      if (slot.key == key && slot.size == size &&
          (size <= short_max || strings_[slot.index] == text))
        return slot.index;
    }
    return add(text, key, at, tag);
  }

  /// Makes room for so many strings more.
  void reserve(std::size_t more) {
    const std::size_t wanted = std::bit_ceil((strings_.size() + more) * 4 / 3 + 1);
    if (wanted > tags_.size()) grow(wanted);
  }

 private:
  /// Texts up to this are known by their key alone.
  static constexpr std::size_t short_max = 8;

  struct Slot {
    std::uint64_t key;   // the bytes; of a longer text: mixed
    std::uint32_t size;  // of the text
    Index index;
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

  /// Not 0.
  static std::uint8_t tag_of(std::uint64_t hash) noexcept {
    return static_cast<std::uint8_t>(hash >> 56U | 1);
  }
  std::size_t mask() const noexcept { return tags_.size() - 1; }

  [[gnu::noinline]] Index add(std::string_view text, std::uint64_t key, std::size_t at,
                              std::uint8_t tag) {
    const auto index = static_cast<Index>(strings_.size());
    strings_.emplace_back(text);
    tags_[at] = tag;
    slots_[at] = {key, static_cast<std::uint32_t>(text.size()), index};
    if (strings_.size() * 4 > tags_.size() * 3) grow(tags_.size() * 2);
    return index;
  }

  void make_slots(std::size_t size) {
    tags_.assign(size, 0);
    slots_ = heap::share<Slot>(size);
  }

  void grow(std::size_t size) {
    const std::vector<std::uint8_t> old_tags = std::move(tags_);
    const std::shared_ptr<Slot[]> old = std::move(slots_);
    make_slots(size);
    for (std::size_t i = 0; i < old_tags.size(); ++i) {
      if (old_tags[i] == 0) continue;
      const std::uint64_t hash = mix(old[i].size, old[i].key);
      std::size_t at = hash & mask();
      while (tags_[at] != 0)
        at = (at + 1) & mask();
      tags_[at] = tag_of(hash);
      slots_[at] = old[i];
    }
  }

  std::vector<std::string>& strings_;
  // The table: a tag for each slot, of the hash of what is there, or 0. What is new is mostly seen from the tags
  // alone, which stay in the cache where slots do not.
  std::vector<std::uint8_t> tags_;  // a power of two
  std::shared_ptr<Slot[]> slots_;
};

}  // namespace avm::ast
