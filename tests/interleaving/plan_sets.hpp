// Sets of plans that run at the same time: every one of a kind, or random ones.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "interleaving/plan.hpp"

namespace avm::test {

using PlanSet = std::vector<Plan>;

/// Two transactions of two operations each, in all combinations.
std::vector<PlanSet> pairs_of_transactions();
/// A transaction of two operations beside each sort of unit that has one, or none to commit.
std::vector<PlanSet> pairs_with_short_units();
/// Three units of one operation each, in all combinations, and some that take three to go wrong.
std::vector<PlanSet> triples();

/// Two to five units of up to six operations.
PlanSet random_plans(std::mt19937_64& random);

/// Below `count`; the same with every standard library.
std::size_t random_below(std::mt19937_64& random, std::size_t count);

}  // namespace avm::test
