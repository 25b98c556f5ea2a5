// What came of many runs.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "interleaving/checker.hpp"
#include "interleaving/plan_sets.hpp"
#include "interleaving/runner.hpp"

namespace avm::test {

struct Survey {
  std::uint64_t sets = 0;
  std::uint64_t interleavings = 0;
  // Of units.
  std::uint64_t committed = 0;
  std::uint64_t refused = 0;
  std::uint64_t aborted = 0;
  /// Of each anomaly the first history that has it.
  std::map<Anomaly, std::string> anomalies;

  void add(const History& history);
};

/// Of how many sets this build runs one.
inline constexpr std::size_t share = AVM_TEST_SHARE;

/// Runs every `every`th of the sets in all orders.
Survey run_all(Backend backend, std::span<const PlanSet> sets, std::size_t every);

/// A line of figures, and one for each anomaly.
std::string to_text(const Survey& survey);

}  // namespace avm::test
