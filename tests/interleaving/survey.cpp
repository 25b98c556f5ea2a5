#include "interleaving/survey.hpp"

namespace avm::test {

void Survey::add(const History& history) {
  ++interleavings;
  for (const Unit& unit : history.units) {
    committed += unit.how == Unit::End::Committed;
    refused += unit.how == Unit::End::Refused;
    aborted += unit.how == Unit::End::Aborted;
  }
  const Anomaly found = find_anomaly(history);
  if (found != Anomaly::None && !anomalies.contains(found))
    anomalies.emplace(found, to_text(history));
}

Survey run_all(Backend backend, std::span<const PlanSet> sets, std::size_t every) {
  Survey survey;
  Runner runner(backend);
  for (std::size_t i = 0; i < sets.size(); i += every) {
    ++survey.sets;
    runner.run_all(sets[i], [&](const History& history) { survey.add(history); });
  }
  return survey;
}

std::string to_text(const Survey& survey) {
  std::string text =
      std::to_string(survey.interleavings) + " interleavings of " + std::to_string(survey.sets) +
      " sets of plans: " + std::to_string(survey.committed) + " commits, " +
      std::to_string(survey.refused) + " refused, " + std::to_string(survey.aborted) + " aborted";
  for (const auto& [anomaly, history] : survey.anomalies)
    text += "\n" + std::string(name(anomaly)) + ": " + history;
  return text;
}

}  // namespace avm::test
