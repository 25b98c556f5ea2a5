// Choices: where random programs get their randomness from.
#pragma once

#include <cstdint>
#include <random>
#include <span>

namespace avm {

class Choices {
 public:
  explicit Choices(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t any() { return engine_(); }
  /// From 0 to n - 1.
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }
  bool chance(unsigned percent) { return below(100) < percent; }
  template <typename Range>
  const auto& of(const Range& range) {
    return range[below(std::size(range))];
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace avm
