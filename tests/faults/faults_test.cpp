// Comparing random programs bites: each fault that is planted in a backend is found.
#include <catch2/catch.hpp>

#include <algorithm>
#include <iostream>

#include <fmt/format.h>

#include "lib/backend_run.hpp"
#include "lib/comparison.hpp"
#include "lib/diff.hpp"
#include "lib/source_run.hpp"
#include "random/random_program.hpp"
#include "runtime/planted_fault.hpp"
#include "support/files.hpp"
#include "tools/tool_run.hpp"

using namespace avm;
using avm::test::run_tool;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

constexpr std::uint64_t programs_max = 20'000;

enum class In : std::uint8_t { Tape, ITree, Both };

struct Plan {
  Fault fault;
  In in;
  std::string_view name;
};

constexpr Plan plans[] = {
#define AVM_FAULT(id, backend, what) {Fault::id, In::backend, #id},
#include "runtime/planted_faults.def"
};

Ran run_with(Fault fault, Backend backend, const SourceRun& run) {
  planted_fault = fault;
  Ran ran = run_on(backend, run.assembly, run.options);
  planted_fault = Fault::none;
  return ran;
}

/// The seed of the first program that shows the fault; one more than there are programs, if none does.
std::uint64_t first_that_shows(Plan plan) {
  const bool in_tape = plan.in == In::Tape;
  for (std::uint64_t seed = 1; seed <= programs_max; ++seed) {
    const auto run = read_source_run("random.avm", random_program({.seed = seed}));
    if (!run) FAIL("seed " << seed << " is no valid program:\n" << run.error());
    const Ran tape = run_with(in_tape ? plan.fault : Fault::none, Backend::Tape, *run);
    const Ran itree = run_with(in_tape ? Fault::none : plan.fault, Backend::ITree, *run);
    if (first_difference(tape, itree)) return seed;
  }
  return programs_max + 1;
}

}  // namespace

TEST_CASE("each planted fault is found by random programs") {
  for (const Plan& plan : plans) {
    const std::uint64_t seed = first_that_shows(plan);
    std::cout << fmt::format("{:<24} found by program {}\n", plan.name, seed);
    CAPTURE(plan.name);
    CHECK(seed <= programs_max);
  }
}

TEST_CASE("without a fault the library that faults can be planted in shows none") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const auto run = read_source_run("random.avm", random_program({.seed = seed}));
    REQUIRE(run.has_value());
    CHECK_FALSE(first_difference(run_with(Fault::none, Backend::Tape, *run),
                                 run_with(Fault::none, Backend::ITree, *run)));
  }
}

TEST_CASE("what differs is shrunk, and can be seen again") {
  const test::Folder folder;
  planted_fault = Fault::switch_forgets_last;
  const auto found = run_tool(diff, {"--random", "500", "--jobs", "1", "-o", "small.avm"});
  const auto again = run_tool(diff, {"small.avm"});
  planted_fault = Fault::none;
  const auto mended = run_tool(diff, {"small.avm"});

  CHECK(found.code == 1);
  CHECK_THAT(found.out, StartsWith("different seed ") && Contains("written to small.avm") &&
                            Contains("\n  avm-diff small.avm\n  avm-diff --random 1 --seed "));
  const std::string source = test::read_file("small.avm");
  CHECK_THAT(found.out, Contains(source));
  CHECK_THAT(source, Contains("switch "));
  CHECK(std::ranges::count(source, '\n') < 20);
  CHECK(again.code == 1);
  CHECK_THAT(again.out, StartsWith("different small.avm"));
  CHECK(mended.code == 0);
}

TEST_CASE("where several threads look, one difference is told") {
  const test::Folder folder;
  planted_fault = Fault::lists_begin_at_end;
  const auto found = run_tool(diff, {"--random", "500", "--jobs", "4"});
  planted_fault = Fault::none;
  CHECK(found.code == 1);
  CHECK_THAT(found.out, StartsWith("different seed "));
  CHECK_THAT(found.out.substr(1), !Contains("different seed "));
}
