// avm-diff --random, and the programs that it makes.
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "lib/diff.hpp"
#include "lib/source_run.hpp"
#include "random/random_program.hpp"
#include "support/build.hpp"
#include "tools/tool_run.hpp"

using namespace avm;
using avm::test::run_tool;
using avm::test::ToolRun;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

ToolRun avm_diff(const std::vector<std::string>& arguments) { return run_tool(diff, arguments); }

}  // namespace

TEST_CASE("random programs do the same on both backends, and meet every outcome") {
  const ToolRun compared = avm_diff({"--random", test::is_sanitized ? "1000" : "20000"});
  CAPTURE(compared.out);
  CHECK(compared.code == 0);
  CHECK_THAT(compared.out, StartsWith("same      "));
  if (!test::is_sanitized) CHECK_THAT(compared.out, !Contains("never met"));
}

TEST_CASE("random programs are valid at any layer and size") {
  for (unsigned layer = 0; layer <= 4; ++layer) {
    for (const unsigned size : {1U, 2U, 24U, 200U}) {
      for (std::uint64_t seed = 0; seed < 5; ++seed) {
        const std::string source = random_program({.seed = seed, .layer = layer, .size = size});
        const auto run = read_source_run("random.avm", source);
        CAPTURE(layer, size, seed);
        CHECK(run.has_value());
        if (!run) FAIL(run.error());
      }
    }
  }
}

TEST_CASE("random programs are the same for the same seed, and others for others") {
  CHECK(random_program({.seed = 1}) == random_program({.seed = 1}));
  CHECK(random_program({.seed = 1}) != random_program({.seed = 2}));
  CHECK_THAT(avm_diff({"--random", "20", "--seed", "7", "--layer", "2", "--size", "9"}).out,
             StartsWith("same      20 random programs from seed 7: "));
}

TEST_CASE("random programs stay below their layer") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto layer = static_cast<unsigned>(seed % 4);
    const auto run = read_source_run("random.avm", random_program({.seed = seed, .layer = layer}));
    REQUIRE(run.has_value());
    for (const TapeFunction& function : run->assembly.tape->functions)
      CHECK(function.layer <= layer);
  }
}

TEST_CASE("random comparison ends when its time is up, or when there is nothing to do") {
  CHECK_THAT(avm_diff({"--random", "1000000000", "--time", "0"}).out,
             StartsWith("same      0 random programs"));
  CHECK_THAT(avm_diff({"--random", "0"}).out, StartsWith("same      0 random programs"));
  CHECK(avm_diff({"--random", "5", "--quiet"}).out.empty());
}

TEST_CASE("wrong use of random comparison says what would be right") {
  CHECK_THAT(avm_diff({"--seed", "7"}).err,
             StartsWith("error: --seed is for random programs: add --random N"));
  CHECK_THAT(avm_diff({"--random", "1", "a.avm"}).err, StartsWith("error: --random makes the"));
  CHECK_THAT(avm_diff({"--random", "1", "--input", "1"}).err, StartsWith("error: --random makes"));
  CHECK_THAT(avm_diff({"--random", "1", "--allow-unsafe"}).err,
             StartsWith("error: --random makes"));
  CHECK_THAT(avm_diff({"--random", "1", "--layer", "5"}).err, Contains("a number from 0 to 4"));
  CHECK_THAT(avm_diff({"--random", "1", "--size", "0"}).err, Contains("a number from 1 to 200"));
  CHECK(avm_diff({"--random", "1", "--size", "201"}).code == 2);
  CHECK(avm_diff({"--random", "many"}).code == 2);
}
