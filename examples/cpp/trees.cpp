// An object that never ends, and a loop that calls it, as trees without coroutines.
//
// Shows `bind` and `map`, trees that bind themselves, `receive`, and a pure function. A tree that
// binds itself keeps nothing of what is over, so that it may go on for ever; a coroutine keeps all the
// answers that it was given.
//
//   $ g++ -std=c++23 trees.cpp $(pkg-config --cflags --libs avm) -o trees
//   $ ./trees
//   ["mean", 50000] in 200004 steps
#include <avm/dsl.hpp>
#include <avm/instruction.hpp>
#include <avm/itree.hpp>
#include <avm/machine.hpp>
#include <avm/pure_function.hpp>

#include <cstdint>
#include <iostream>
#include <span>

using namespace avm;
using namespace avm::instruction;

namespace {

// Answers the call under way with the sum so far, waits for the next one, and adds what it brings.
ITree<Val> serve(const Val& sum) {
  return bind(receive(sum),
              [sum](const Val& message) { return bind(add(sum, message.unwrapped()), serve); });
}

// The first call starts the behavior; each later one goes on behind the `receive`.
ITree<Val> adder(const Val& message) { return serve(message); }

// Sends all numbers from `n` down to 1. Gives the last answer.
ITree<Val> send_all(const Val& adder, std::uint64_t n) {
  return bind(send(adder, n), [adder, n](const Val& answer) {
    return n == 1 ? unwrap(answer) : send_all(adder, n - 1);
  });
}

ITree<Val> mean_to(const Val& input) {
  const auto n = from_val<std::uint64_t>(input);
  if (!n || *n == 0) return reject(to_val("wanted a number above 0"));
  const PureFunction mean("mean", 2, [](std::span<const Val> x) {
    return map(div(x[0], x[1]), [](const Val& quotient) { return list_of("mean", quotient); });
  });
  return bind(create_obj("adder"), [n = *n, mean](const Val& adder) {
    return bind(send_all(adder, n), [n, mean](const Val& sum) { return apply(mean, sum, n); });
  });
}

}  // namespace

int main() {
  Machine machine;
  if (!machine.add_behavior("adder", adder)) return 1;
  if (!machine.add_program("mean", mean_to)) return 1;
  const auto started = machine.start("mean", Val::nat(100'000));
  if (!started) return 1;
  Execution& execution = **started;
  execution.run();
  if (const Error* error = execution.error()) {
    std::cerr << error->text() << '\n';
    return 1;
  }
  std::cout << to_text(*execution.value()) << " in " << execution.stats().steps << " steps\n";
}
