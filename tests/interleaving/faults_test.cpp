// That the enumeration finds what is not serializable: with a fault planted in the machine it names the
// anomaly that the fault leads to, and no other.
#include <catch2/catch.hpp>

#include <set>

#include "interleaving/planted.hpp"
#include "interleaving/survey.hpp"

using namespace avm;
using namespace avm::test;

namespace {

// Few enough to be run in all orders under each fault, with sanitizers too.
std::vector<PlanSet> sets() {
  constexpr Object x = 0;
  constexpr Object y = 1;
  constexpr Object z = 2;
  constexpr Ending commit = Ending::Commit;
  std::vector<PlanSet> sets = {
      {{commit, {{Verb::Update, x}}}, {commit, {{Verb::Update, x}}}},
      {{commit, {{Verb::Read, x}, {Verb::Write, y}}},
       {commit, {{Verb::Read, y}, {Verb::Write, x}}}},
      {{commit, {{Verb::Scry}, {Verb::Create}}}, {commit, {{Verb::Scry}, {Verb::Create}}}},
      {{commit, {{Verb::Find, z}, {Verb::Write, x}}}, {commit, {{Verb::Read, x}, {Verb::Create}}}},
      {{commit, {{Verb::Read, x}, {Verb::Read, x}}}, {Ending::Alone, {{Verb::Write, x}}}},
      {{commit, {{Verb::Read, x}, {Verb::Read, y}}},
       {commit, {{Verb::Write, x}, {Verb::Write, y}}}},
      {{commit, {{Verb::Write, x}, {Verb::Read, x}}}, {commit, {{Verb::Write, y}}}},
      {{Ending::Abort, {{Verb::Write, x}}}, {Ending::Alone, {{Verb::Read, x}}}},
      {{commit, {{Verb::Fail, x}, {Verb::Write, y}}}, {Ending::Alone, {{Verb::Read, x}}}},
      {{commit, {{Verb::Find, z}, {Verb::Destroy, x}}},
       {Ending::Alone, {{Verb::Create}}},
       {Ending::Alone, {{Verb::Scry}}}},
  };
  for (PlanSet& set : sets) {
    for (std::size_t i = 0; i < set.size(); ++i)
      give_values(set[i], i);
  }
  return sets;
}

std::set<std::string> found_under(Fault fault, Backend backend) {
  const Planted planted(fault);
  std::set<std::string> names;
  for (const auto& [anomaly, history] : run_all(backend, sets(), 1).anomalies)
    names.emplace(name(anomaly));
  return names;
}

}  // namespace

TEST_CASE("each fault in transactions is found by the anomalies that it allows") {
  struct Sample {
    Fault fault;
    std::set<std::string> anomalies;
  };
  const auto sample = GENERATE(values<Sample>({
      {Fault::none, {}},
      {Fault::no_validation, {"lost update", "write skew", "phantom", "not serializable"}},
      {Fault::reads_are_not_validated, {"write skew", "not serializable"}},
      {Fault::missing_is_not_read, {"write skew", "not serializable"}},
      {Fault::newcomers_are_not_read, {"phantom"}},
      {Fault::snapshot_moves_on, {"non-repeatable read", "read skew"}},
      {Fault::abort_applies, {"dirty read", "wrong store"}},
      {Fault::own_writes_unseen, {"own write unseen", "non-repeatable read", "read skew"}},
      {Fault::missing_rollback, {"read from nowhere", "wrong store"}},
      {Fault::any_commit_conflicts, {"needless conflict"}},
  }));
  const Backend backend = GENERATE(Backend::Tape, Backend::ITree);
  CAPTURE(static_cast<int>(sample.fault), static_cast<int>(backend));
  CHECK(found_under(sample.fault, backend) == sample.anomalies);
}
