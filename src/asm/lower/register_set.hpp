// What std::bitset cannot be asked: its highest member, and all of them in order.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace avm::lowering {

namespace detail {
/// Its registers from 64 × index on.
template <typename Set>
std::uint64_t part(const Set& set, std::size_t index) {
  static const Set low(~std::uint64_t{0});
  return (set >> (64 * index) & low).to_ullong();
}
}  // namespace detail

/// One above the highest register of `set`; 0 where there is none.
template <typename Set>
unsigned end_of(const Set& set) {
  for (auto i = static_cast<unsigned>(set.size() / 64); i > 0; --i) {
    const std::uint64_t bits = detail::part(set, i - 1);
    if (bits != 0) return 64 * (i - 1) + static_cast<unsigned>(std::bit_width(bits));
  }
  return 0;
}

/// Calls `visit(number)` for each register of `set`, the lowest first.
template <typename Set, typename Visit>
void for_each_register(const Set& set, Visit visit) {
  for (unsigned i = 0; i < set.size() / 64; ++i) {
    for (std::uint64_t bits = detail::part(set, i); bits != 0; bits &= bits - 1)
      visit(static_cast<std::uint8_t>(64 * i + static_cast<unsigned>(std::countr_zero(bits))));
  }
}

}  // namespace avm::lowering
