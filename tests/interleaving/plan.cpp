#include "interleaving/plan.hpp"

#include <array>

namespace avm::test {
namespace {

constexpr std::array<std::string_view, 8> verbs = {"read", "write",  "update",  "fail",
                                                   "find", "create", "destroy", "scry"};
constexpr std::array<std::string_view, 4> endings = {"alone", "commit", "abort", "return"};

}  // namespace

Val to_val(const Plan& plan, ObjectId x) {
  std::vector<Val> steps;
  for (const Step& step : plan.steps) {
    const Val object = step.object ? Val::object({x.number + *step.object}) : Val::nothing();
    steps.push_back(Val::list(
        {Val::str(verbs[static_cast<std::size_t>(step.verb)]), object, Val::nat(step.value)}));
  }
  return Val::list({Val::str(endings[static_cast<std::size_t>(plan.ending)]), Val::list(steps)});
}

void give_values(Plan& plan, std::size_t number) {
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const bool is_x = plan.steps[i].object == Object{0};
    plan.steps[i].value = 100 * (number + 1) + 2 * i + (is_x ? 1 : 0);
  }
}

}  // namespace avm::test
