// Random programs do the same on both backends.
#include <catch2/catch.hpp>

#include "avm/assemble.hpp"
#include "avm/machine.hpp"
#include "avm/text.hpp"
#include "lib/comparison.hpp"
#include "support/random_program.hpp"

using namespace avm;

namespace {

Ran run_on(Backend backend, const Assembly& assembly, std::uint64_t input) {
  Ran ran;
  Machine machine({.machines = {"other"}, .allow_unsafe = true, .backend = backend});
  REQUIRE(machine.load(assembly).has_value());
  StartOptions options{.trace = &ran.trace};
  options.limits.steps = 20'000;
  options.limits.depth = 1'000;
  const auto execution = machine.start("main", Val::nat(input), options);
  REQUIRE(execution.has_value());
  (*execution)->run();
  const Error* const error = (*execution)->error();
  ran.result = error == nullptr ? to_message_text(*(*execution)->value()) : error->text();
  ran.steps = (*execution)->stats().steps;
  machine.for_each_object([&](const ObjectView& object) { ran.store.push_back(to_json(object)); });
  return ran;
}

}  // namespace

TEST_CASE("random programs do the same on both backends") {
  std::size_t events = 0;
  std::uint64_t steps = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    const std::string source =
        test::random_program(seed, {.statements = 2 + seed % 40, .calls = 12});
    const Assembly assembly = assemble({"random.avm", source});
    if (!assembly.tape) FAIL(render(assembly, false) << source);
    const Ran tape = run_on(Backend::Tape, assembly, seed % 5);
    const Ran itree = run_on(Backend::ITree, assembly, seed % 5);
    if (const auto difference = first_difference(tape, itree)) {
      FAIL("seed " << seed << ": " << difference->what << "\n"
                   << columns(difference->left, difference->right) << source);
    }
    steps += tape.steps;
    events += tape.trace.entries().size();
  }
  // They get somewhere.
  CHECK(events > 5'000);
  CHECK(steps > 10'000);
}
