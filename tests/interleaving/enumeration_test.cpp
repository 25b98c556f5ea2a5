// Short units of work, run at the same time in every order, are serializable.
#include <catch2/catch.hpp>

#include <algorithm>
#include <iostream>

#include "interleaving/survey.hpp"

using namespace avm;
using namespace avm::test;

namespace {

void survey(const char* what, const std::vector<PlanSet>& sets) {
  for (const Backend backend : {Backend::Tape, Backend::ITree}) {
    // The trees are slower, and run the same handlers.
    const std::size_t every = backend == Backend::Tape ? share : std::max(share, std::size_t{12});
    const Survey survey = run_all(backend, sets, every);
    std::cout << what << " on " << (backend == Backend::Tape ? "Tape" : "ITree") << ": "
              << to_text(survey) << "\n";
    CHECK(survey.anomalies.empty());
    // They get somewhere.
    CHECK(survey.committed > survey.interleavings);
    CHECK(survey.refused > 0);
  }
}

}  // namespace

TEST_CASE("pairs of transactions") { survey("pairs of transactions", pairs_of_transactions()); }

TEST_CASE("a transaction beside a short unit") {
  survey("a transaction beside a short unit", pairs_with_short_units());
}

TEST_CASE("three units") { survey("three units", triples()); }
