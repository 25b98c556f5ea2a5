// Bytes as a row of choices: what makes programs asks them what to do next. Where they end every
// choice is the first one, so that whoever makes the first one the simplest comes to an end.
#pragma once

#include <cstdint>

#include "fuzz/target.hpp"

namespace avm::fuzz {

class Choices {
 public:
  explicit Choices(Bytes bytes) : rest_(bytes) {}

  bool are_left() const noexcept { return !rest_.empty(); }

  std::uint8_t byte() noexcept {
    if (rest_.empty()) return 0;
    const std::uint8_t first = rest_.front();
    rest_ = rest_.subspan(1);
    return first;
  }

  std::uint64_t number() noexcept {
    std::uint64_t result = 0;
    for (int i = 0; i < 8; ++i)
      result = result << 8U | byte();
    return result;
  }

  /// 0 to `count` - 1; `count` is from 1 to 65536.
  unsigned below(std::size_t count) noexcept {
    unsigned drawn = byte();
    if (count > 256) drawn = drawn << 8U | byte();
    return drawn % static_cast<unsigned>(count);
  }

  /// True for about one byte in `rate`, which is up to 256; false where no byte is left.
  bool one_in(unsigned rate) noexcept { return are_left() && byte() % rate == rate - 1; }

  /// One of several things to choose from.
  template <typename List>
  const auto& of(const List& list) noexcept {
    return list[below(list.size())];
  }

 private:
  Bytes rest_;
};

}  // namespace avm::fuzz
