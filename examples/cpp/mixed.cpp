// An assembled program calls a behavior in C++, which calls an assembled one.
//
// Shows functions of both sorts in one machine. They know each other by name alone, and nobody sees
// of which sort the other is. Here C++ brings what the program would not have by itself, a table of
// prices, and leaves the account to the assembled code.
//
//   $ g++ -std=c++23 mixed.cpp $(pkg-config --cflags --libs avm) -o mixed
//   $ ./mixed
//   note: ObjError.RejectedCall: object obj:1 rejected the call: there is no plum
//     in till
//     called from main at shop.avm:7
//   [just ["sold", 3, "apple", 60], nothing, just 40]
#include <avm/assemble.hpp>
#include <avm/do.hpp>
#include <avm/instruction.hpp>
#include <avm/machine.hpp>

#include <cstdint>
#include <functional>
#include <iostream>
#include <map>
#include <string>

using namespace avm;
using namespace avm::instruction;

namespace {

constexpr const char* shop = R"(
program main {
    %account = create_obj "account"
    call %account, ["add", 100]
    %till  = create_obj "till"
    %apple = call %till, ["buy", %account, "apple", 3]
    %plum  = call %till, ["buy", %account, "plum", 1]
    %left  = call %account, ["take", 0]
    ret [%apple, %plum, %left]
}

; Its state is [what is in it].
behavior account(%msg) {
    %state = get_state
    match %state, [%sum], empty
    jmp full
empty:
    %sum = 0
full:
    match %msg, ["add", %n], no_add
    %sum = add %sum, %n
    jmp done
no_add:
    match %msg, ["take", %n], bad
    %sum = sub %sum, %n
done:
    set_state [%sum]
    ret %sum
bad:
    reject ["account: unknown message", %msg]
}
)";

struct Buy {
  ObjectId account;
  std::string what;
  std::uint64_t count;
  static constexpr auto message = avm::message("buy", &Buy::account, &Buy::what, &Buy::count);
};

struct Take {
  std::uint64_t sum;
  static constexpr auto message = avm::message("take", &Take::sum);
};

using Prices = std::map<std::string, std::uint64_t>;

Do<Val> till(const Prices& prices, Val message) {
  const Buy buy = co_await from_val<Buy>(message);
  const auto found = prices.find(buy.what);
  if (found == prices.end()) co_await reject(to_val("there is no " + buy.what));

  // `mul` of the machine raises an error where C++ would wrap around.
  const Val sum = co_await mul(found->second, buy.count);
  const Val taken = co_await call(buy.account, Take{sum.as_nat()});
  if (taken.is_nothing()) co_await reject(to_val("that is too much"));
  co_return list_of("sold", buy.count, buy.what, sum);
}

// As `avm-run` does it.
void tell(const Failure& failure) {
  std::cerr << (failure.is_final ? "error: " : "note: ") << failure.error.text() << '\n';
  const char* in = "  in ";
  for (const CallSite& site : failure.calls) {
    std::cerr << in << site.function;
    if (!site.file.empty()) std::cerr << " at " << site.file << ':' << site.position.line;
    std::cerr << '\n';
    in = "  called from ";
  }
}

}  // namespace

int main() {
  const Assembly assembly = assemble({"shop.avm", shop});
  // Its one warning is that the text has no behavior "till", and that is so.
  if (!assembly.tape) {
    std::cerr << render(assembly, false);
    return 1;
  }

  const Prices prices = {{"apple", 20}, {"pear", 30}};
  // What a coroutine is called with is copied, but for what `cref` wraps.
  const auto till_of_prices = [&prices](const Val& message) {
    return from_do(till)(std::cref(prices), message);
  };
  Machine machine;
  for (const auto& added : {
           machine.load(assembly),
           machine.add_behavior("till", till_of_prices),
       }) {
    if (!added) {
      std::cerr << added.error().message << '\n';
      return 1;
    }
  }

  const auto started = machine.start("main", Val::nothing(), {.on_failure = tell});
  if (!started) {
    std::cerr << started.error().message << '\n';
    return 1;
  }
  Execution& execution = **started;
  execution.run();
  if (const Val* value = execution.value()) std::cout << to_text(*value) << '\n';
  return execution.error() == nullptr ? 0 : 1;
}
