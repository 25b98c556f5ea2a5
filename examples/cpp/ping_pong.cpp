// Two objects call each other until a counter reaches its maximum: PingPong in C++.
//
// Shows do-notation. A program or a behavior is a C++ coroutine that awaits instructions; `from_do`
// makes an interaction tree of it, and the machine runs trees. The same in assembly language is
// `examples/ping_pong.avm`.
//
//   $ g++ -std=c++23 ping_pong.cpp $(pkg-config --cflags --libs avm) -o ping_pong
//   $ ./ping_pong 3
//   just ["done", 3]
//   2 ObjectCreated
//   1 TransactionStarted
//   1 TransactionCommitted
//   4 ObjectCalled
//   $ ./ping_pong true
//   ObjError.RejectedCall: object obj:281474976710655 rejected the call: wanted nat, found the bool true
#include <avm/do.hpp>
#include <avm/dsl.hpp>
#include <avm/instruction.hpp>
#include <avm/machine.hpp>
#include <avm/text.hpp>

#include <cstdint>
#include <iostream>
#include <variant>

using namespace avm;
using namespace avm::instruction;

namespace {

// The messages, as C++ types. Ping{0, 3, pong} is the value ["Ping", 0, 3, pong].

struct Ping {
  std::uint64_t count, max;
  ObjectId pong;
  static constexpr auto message = avm::message("Ping", &Ping::count, &Ping::max, &Ping::pong);
};

struct Pong {
  std::uint64_t count, max;
  static constexpr auto message = avm::message("Pong", &Pong::count, &Pong::max);
};

struct Done {
  std::uint64_t count;
  static constexpr auto message = avm::message("done", &Done::count);
};

// Knows pong from its message.
Do<Val> ping(Val message) {
  const Ping in = co_await from_val<Ping>(message);
  if (in.count >= in.max) co_return to_val(Done{in.count});
  const Val reply = co_await call(in.pong, Pong{in.count + 1, in.max});
  co_return co_await unwrap(reply);
}

// Knows ping as the sender of its message.
Do<Val> pong(Val message) {
  const Pong in = co_await from_val<Pong>(message);
  if (in.count >= in.max) co_return to_val(Done{in.count});
  const Val self = co_await get_self();
  const Val sender = co_await get_sender();
  const Val ping = co_await unwrap(sender);
  const Val reply = co_await call(ping, Ping{in.count + 1, in.max, self.as_object()});
  co_return co_await unwrap(reply);
}

// Both are created in one transaction, or neither.
Do<Val> ping_pong(Val input) {
  const auto max = co_await from_val<std::uint64_t>(input);
  const Val tx = co_await begin_tx();
  const Val ping = co_await create_obj("ping");
  const Val pong = co_await create_obj("pong");
  co_await commit_tx(tx);
  co_return co_await call(ping, Ping{0, max, pong.as_object()});
}

template <typename Event>
std::size_t count(const MemoryTrace& trace) {
  return count_events(trace,
                      [](const EventType& event) { return std::holds_alternative<Event>(event); });
}

}  // namespace

int main(int argc, char** argv) {
  const auto max = parse_value(argc == 2 ? argv[1] : "");
  if (!max) {
    std::cerr << "usage: ping_pong MAX\n";
    return 2;
  }

  Machine machine;
  for (const auto& added : {
           machine.add_behavior("ping", from_do(ping)),
           machine.add_behavior("pong", from_do(pong)),
           machine.add_program("ping_pong", from_do(ping_pong)),
       }) {
    if (!added) {
      std::cerr << added.error().message << '\n';
      return 1;
    }
  }

  MemoryTrace trace;
  const auto started = machine.start("ping_pong", *max, {.trace = &trace});
  if (!started) {
    std::cerr << started.error().message << '\n';
    return 1;
  }
  Execution& execution = **started;
  execution.run();
  if (const Error* error = execution.error()) {
    std::cerr << error->text() << '\n';
    return 1;
  }
  std::cout << to_text(*execution.value()) << '\n'
            << count<event::ObjectCreated>(trace) << " ObjectCreated\n"
            << count<event::TransactionStarted>(trace) << " TransactionStarted\n"
            << count<event::TransactionCommitted>(trace) << " TransactionCommitted\n"
            << count<event::ObjectCalled>(trace) << " ObjectCalled\n";
}
