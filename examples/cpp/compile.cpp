// A tree becomes a Tape: written as C++, shown as assembly language, and run as bytecode.
//
// Shows `compile`. A tree can be compiled where its shape does not depend on answers. So it computes
// with the machine's own operations, `add` and not C++'s +, and does not look at what they give.
//
//   $ g++ -std=c++23 compile.cpp $(pkg-config --cflags --libs avm) -o compile
//   $ ./compile
//   program main {
//       %0 = get_input
//       %0 = mul %0, 2
//       %0 = add %0, 1
//       ret %0
//   }
//
//   choosy: the tree looks into the answer of get_input (answer 1), which is known only when it runs
//   41
#include <avm/compile.hpp>
#include <avm/disassemble.hpp>
#include <avm/do.hpp>
#include <avm/dsl.hpp>
#include <avm/instruction.hpp>
#include <avm/machine.hpp>

#include <iostream>

using namespace avm;
using namespace avm::instruction;

namespace {

Do<Val> sum() {
  const Val input = co_await get_input();
  const Val twice = co_await mul(input, 2);
  co_return co_await add(twice, 1);
}

// Looks at an answer: what it does next depends on it.
Do<Val> choosy() {
  const Val input = co_await get_input();
  if (input.as_nat() > 10) co_return co_await add(input, 1);
  co_return input;
}

}  // namespace

int main() {
  auto tape = compile(from_do(sum)());
  if (!tape) {
    std::cerr << tape.error() << '\n';
    return 1;
  }
  std::cout << disassemble(*tape) << '\n';

  if (const auto refused = compile(from_do(choosy)()); !refused)
    std::cout << "choosy: " << refused.error() << '\n';

  Machine machine;
  if (!machine.load(*std::move(tape))) return 1;
  const auto started = machine.start("main", Val::nat(20));
  if (!started) return 1;
  Execution& execution = **started;
  execution.run();
  if (const Val* value = execution.value()) std::cout << to_text(*value) << '\n';
}
