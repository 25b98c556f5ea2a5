// The simulation bites: each fault that is planted in a node is found.
#include <catch2/catch.hpp>

#include <iostream>

#include <fmt/format.h>

#include "node/planted_fault.hpp"
#include "node/simulation.hpp"

namespace avm::node::test {
namespace {

constexpr std::uint64_t runs_max = 20'000;

struct Plan {
  NodeFault fault;
  std::string_view name;
};

constexpr Plan plans[] = {
#define AVM_NODE_FAULT(id, what) {NodeFault::id, #id},
#include "node/planted_faults.def"
};

TEST_CASE("the simulation finds each planted fault") {
  for (const Plan& plan : plans) {
    planted_fault = plan.fault;
    SimulationCounts counts;
    std::uint64_t seed = 1;
    std::optional<std::string> found;
    for (; seed <= runs_max && !found; ++seed)
      found = simulate(seed, counts);
    planted_fault = NodeFault::none;
    std::cout << fmt::format("{:<24} run {:>5}: {}\n", plan.name, seed - 1,
                             found ? *found : "not found");
    INFO(plan.name);
    CHECK(found.has_value());
  }
}

}  // namespace
}  // namespace avm::node::test
