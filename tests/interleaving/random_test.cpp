// More and longer units than can be run in every order, in random orders.
#include <catch2/catch.hpp>

#include <iostream>

#include "interleaving/survey.hpp"

using namespace avm;
using namespace avm::test;

TEST_CASE("random units in random orders") {
  for (const Backend backend : {Backend::Tape, Backend::ITree}) {
    Runner runner(backend);
    Survey survey;
    const std::uint64_t runs = (backend == Backend::Tape ? 50'000 : 5'000) / share;
    for (std::uint64_t seed = 0; seed < runs; ++seed) {
      std::mt19937_64 random(seed);
      ++survey.sets;
      survey.add(runner.run(random_plans(random),
                            [&](std::size_t count) { return random_below(random, count); }));
      INFO("seed " << seed);
      REQUIRE(survey.anomalies.empty());
    }
    std::cout << "random units on " << (backend == Backend::Tape ? "Tape" : "ITree") << ": "
              << to_text(survey) << "\n";
    CHECK(survey.committed > survey.interleavings);
    CHECK(survey.refused > survey.interleavings / 10);
    CHECK(survey.aborted > survey.interleavings / 10);
  }
}
