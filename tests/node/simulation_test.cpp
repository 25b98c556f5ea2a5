// The simulation: thousands of small clusters whose networks and nodes fail (`simulation.hpp`).
//
// AVM_SIMULATION=FIRST-LAST runs other seeds, or one: AVM_SIMULATION=17-17.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <iostream>

#include <fmt/format.h>

#include "node/simulation.hpp"
#include "support/build.hpp"

namespace avm::node::test {
namespace {

TEST_CASE("clusters that fail keep what they promise") {
  std::uint64_t first = 1;
  std::uint64_t last = avm::test::is_sanitized ? 500 : 20'000;
  if (const char* range = std::getenv("AVM_SIMULATION")) {
    REQUIRE(std::sscanf(range, "%lu-%lu", &first, &last) == 2);
  }
  SimulationCounts counts;
  unsigned failures = 0;
  for (std::uint64_t seed = first; seed <= last && failures < 5; ++seed) {
    if (const auto wrong = simulate(seed, counts)) {
      ++failures;
      UNSCOPED_INFO("seed " << seed << ": " << *wrong);
      CHECK(wrong == std::nullopt);
    }
  }
  std::cout << counts.text() << '\n';
}

}  // namespace
}  // namespace avm::node::test
