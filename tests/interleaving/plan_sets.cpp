#include "interleaving/plan_sets.hpp"

#include <span>
#include <utility>

namespace avm::test {
namespace {

constexpr Object x = 0;
constexpr Object y = 1;
constexpr Object z = 2;  // the first object that a unit creates

PlanSet plan_set(std::vector<Plan> plans) {
  for (std::size_t i = 0; i < plans.size(); ++i)
    give_values(plans[i], i);
  return plans;
}

std::vector<Plan> of_two(std::span<const Step> steps) {
  std::vector<Plan> plans;
  for (const Step& first : steps) {
    for (const Step& second : steps)
      plans.push_back({Ending::Commit, {first, second}});
  }
  return plans;
}

}  // namespace

std::vector<PlanSet> pairs_of_transactions() {
  const std::vector<Plan> plans = of_two(std::vector<Step>{{Verb::Read, x},
                                                           {Verb::Read, y},
                                                           {Verb::Write, x},
                                                           {Verb::Write, y},
                                                           {Verb::Create},
                                                           {Verb::Scry}});
  std::vector<PlanSet> sets;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    for (std::size_t j = 0; j <= i; ++j)
      sets.push_back(plan_set({plans[i], plans[j]}));
  }
  return sets;
}

std::vector<PlanSet> pairs_with_short_units() {
  const std::vector<Plan> plans = of_two(std::vector<Step>{{Verb::Read, x},
                                                           {Verb::Read, y},
                                                           {Verb::Write, x},
                                                           {Verb::Write, y},
                                                           {Verb::Update, x},
                                                           {Verb::Fail, x},
                                                           {Verb::Find, z},
                                                           {Verb::Create},
                                                           {Verb::Destroy, x},
                                                           {Verb::Scry}});
  const std::vector<Plan> short_units = {
      {Ending::Alone, {{Verb::Read, x}}},     {Ending::Alone, {{Verb::Write, x}}},
      {Ending::Alone, {{Verb::Update, x}}},   {Ending::Alone, {{Verb::Fail, y}}},
      {Ending::Alone, {{Verb::Create}}},      {Ending::Alone, {{Verb::Destroy, x}}},
      {Ending::Alone, {{Verb::Scry}}},        {Ending::Commit, {{Verb::Update, x}}},
      {Ending::Commit, {{Verb::Destroy, x}}}, {Ending::Commit, {{Verb::Fail, y}}},
      {Ending::Abort, {{Verb::Write, x}}},    {Ending::Abort, {{Verb::Create}}},
      {Ending::Abort, {{Verb::Destroy, x}}},  {Ending::Return, {{Verb::Write, y}}},
  };
  std::vector<PlanSet> sets;
  for (const Plan& plan : plans) {
    for (const Plan& unit : short_units)
      sets.push_back(plan_set({plan, unit}));
  }
  return sets;
}

std::vector<PlanSet> triples() {
  const std::vector<Plan> plans = {
      {Ending::Alone, {{Verb::Create}}},    {Ending::Alone, {{Verb::Scry}}},
      {Ending::Alone, {{Verb::Read, x}}},   {Ending::Alone, {{Verb::Write, x}}},
      {Ending::Commit, {{Verb::Scry}}},     {Ending::Commit, {{Verb::Create}}},
      {Ending::Commit, {{Verb::Find, z}}},  {Ending::Commit, {{Verb::Destroy, x}}},
      {Ending::Commit, {{Verb::Write, x}}}, {Ending::Abort, {{Verb::Destroy, x}}},
  };
  std::vector<PlanSet> sets;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      for (std::size_t k = 0; k <= j; ++k)
        sets.push_back(plan_set({plans[i], plans[j], plans[k]}));
    }
  }
  // Were it not looked at what they read, the first two could both commit. The third one can see what the
  // second did and not yet what the first did, which is no order then.
  sets.push_back(plan_set({{Ending::Commit, {{Verb::Find, z}, {Verb::Destroy, x}}},
                           {Ending::Commit, {{Verb::Create}}},
                           {Ending::Commit, {{Verb::Find, x}, {Verb::Find, z}}}}));
  // Each rests on what the next one changes.
  sets.push_back(plan_set({{Ending::Commit, {{Verb::Find, y}, {Verb::Destroy, x}}},
                           {Ending::Commit, {{Verb::Find, z}, {Verb::Destroy, y}}},
                           {Ending::Commit, {{Verb::Find, x}, {Verb::Create}}}}));
  return sets;
}

std::size_t random_below(std::mt19937_64& random, std::size_t count) { return random() % count; }

PlanSet random_plans(std::mt19937_64& random) {
  const auto below = [&](std::size_t count) { return random_below(random, count); };
  std::vector<Plan> plans(2 + below(4));
  for (Plan& plan : plans) {
    const std::size_t ending = below(12);
    plan.ending = ending < 6   ? Ending::Commit
                  : ending < 9 ? Ending::Alone
                               : static_cast<Ending>(ending - 8);
    bool has_created = false;
    for (std::size_t steps = 1 + below(6); steps > 0; --steps) {
      // Once in a while one that is not there, or not yet; or its own.
      Step step{static_cast<Verb>(below(8)), below(8) == 0 ? z + below(3) : below(2)};
      if (step.verb == Verb::Destroy && below(2) == 0) step.verb = Verb::Update;
      if (has_created && below(2) == 0) step.object = std::nullopt;
      has_created |= step.verb == Verb::Create;
      plan.steps.push_back(step);
    }
  }
  return plan_set(std::move(plans));
}

}  // namespace avm::test
