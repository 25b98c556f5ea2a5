// The bank of the examples: whatever runs at the same time, money neither comes nor goes.
#include <catch2/catch.hpp>

#include <iostream>
#include <memory>
#include <random>
#include <vector>

#include "avm/assemble.hpp"
#include "avm/machine.hpp"
#include "avm/text.hpp"
#include "interleaving/planted.hpp"
#include "interleaving/survey.hpp"
#include "support/files.hpp"

using namespace avm;
using test::random_below;

namespace {

struct Seen {
  std::uint64_t commits = 0;
  std::uint64_t conflicts = 0;
  std::uint64_t failed = 0;
  std::uint64_t audits = 0;
};

Assembly bank() {
  const auto path = test::source_path("tests/interleaving/bank.avm");
  Assembly bank = assemble({path.string(), test::read_file(path)});
  REQUIRE(bank.tape.has_value());
  return bank;
}

std::uint64_t money_in(const Machine& machine) {
  std::uint64_t sum = 0;
  machine.for_each_object([&](const ObjectView& object) {
    if (object.behavior == "account") sum += object.state.list_at(0).as_nat();
  });
  return sum;
}

/// Some that are fine, some of more than there is, some from an account to itself.
Val random_transfers(std::mt19937_64& random, const Val& accounts) {
  std::vector<Val> transfers;
  for (std::size_t count = 1 + random_below(random, 3); count > 0; --count) {
    const auto account = [&] {
      return accounts.list_at(random_below(random, accounts.list_size()));
    };
    const Val from = account();
    transfers.push_back(Val::list({from, account(), Val::nat(1 + random_below(random, 120))}));
  }
  return Val::list(transfers);
}

std::unique_ptr<Execution> random_customer(Machine& machine, std::mt19937_64& random,
                                           const Val& founded) {
  const Val teller = founded.list_at(0);
  const Val thief = founded.list_at(1);
  const Val accounts = founded.list_at(2);
  const char* const endings[] = {"commit", "commit", "abort", "fail", "return"};
  switch (random_below(random, 3)) {
  case 0: return *machine.start("order", Val::list({teller, random_transfers(random, accounts)}));
  case 1:
    return *machine.start("shift", Val::list({Val::str(endings[random_below(random, 5)]), thief,
                                              random_transfers(random, accounts)}));
  default: return *machine.start("audit", Val::list({Val::nat(2), accounts}));
  }
}

/// Gives what was wrong, or nothing.
std::string run_randomly(Backend backend, const Assembly& module, std::uint64_t seed, Seen& seen) {
  Machine machine({.backend = backend});
  REQUIRE(machine.load(module).has_value());
  std::mt19937_64 random(seed);
  const std::uint64_t accounts = 2 + random_below(random, 3);
  const std::uint64_t money = 100 * accounts;
  const auto founding = *machine.start("found", Val::nat(accounts));
  founding->run();
  std::vector<std::unique_ptr<Execution>> customers;
  for (std::size_t count = 2 + random_below(random, 5); count > 0; --count)
    customers.push_back(random_customer(machine, random, *founding->value()));

  while (!customers.empty()) {
    const auto next =
        customers.begin() + static_cast<std::ptrdiff_t>(random_below(random, customers.size()));
    const Execution& customer = **next;
    const auto status = (*next)->step();
    // Between any two instructions.
    if (money_in(machine) != money) {
      return std::to_string(money) + " became " + std::to_string(money_in(machine));
    }
    if (status == Execution::Status::Running) continue;

    seen.commits += customer.stats().commits;
    seen.conflicts += customer.stats().conflicts;
    seen.failed += status == Execution::Status::Failed;
    // An audit, committed or not, saw what was there at one moment.
    if (status == Execution::Status::Done && customer.value()->is_list()) {
      seen.audits += 2;
      const Val right = Val::list({Val::nat(money), Val::nat(money)});
      if (*customer.value() != right) return "an audit saw " + to_text(*customer.value());
    }
    customers.erase(next);
  }
  return "";
}

}  // namespace

TEST_CASE("money neither comes nor goes") {
  const Assembly module = bank();
  for (const Backend backend : {Backend::Tape, Backend::ITree}) {
    Seen seen;
    const std::uint64_t runs = (backend == Backend::Tape ? 3'000U : 600U) / test::share + 50;
    for (std::uint64_t seed = 0; seed < runs; ++seed) {
      INFO("seed " << seed << ", backend " << static_cast<int>(backend));
      const std::string wrong = run_randomly(backend, module, seed, seen);
      if (!wrong.empty()) FAIL(wrong);
    }
    std::cout << "bank on " << (backend == Backend::Tape ? "Tape" : "ITree") << ": " << runs
              << " runs, " << seen.commits << " commits, " << seen.conflicts << " refused, "
              << seen.audits << " audits\n";
    CHECK(seen.commits > 2 * runs);
    CHECK(seen.conflicts > runs / 5);
    CHECK(seen.failed > runs / 10);
    CHECK(seen.audits > runs);
  }
}

TEST_CASE("with a fault in transactions money comes or goes, or seems to") {
  const Assembly module = bank();
  const Fault fault =
      GENERATE(Fault::no_validation, Fault::missing_rollback, Fault::snapshot_moves_on);
  CAPTURE(static_cast<int>(fault));
  const test::Planted planted(fault);
  Seen seen;
  std::uint64_t seed = 0;
  while (seed < 100 && run_randomly(Backend::Tape, module, seed, seen).empty())
    ++seed;
  CHECK(seed < 100);
}
