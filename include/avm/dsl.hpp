// Helpers over the instructions (book chapter "DSL Helpers"). `expect_symbol` and `unpack_pair`, which
// look at values, are in `convert.hpp`.
//
// Threads: one, as trees.
#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "avm/instruction.hpp"
#include "avm/itree.hpp"
#include "avm/trace.hpp"

namespace avm {

/// What came of a transaction: whether it was committed (a Bool), and what its body gave.
template <typename T>
struct Transacted {
  Val committed;
  T value;
};

/// `body(tx)` between `begin_tx` and `commit_tx`. A commit that fails is no error: who wants to try again
/// looks at `committed`. `controller`: of the transaction, a Str.
template <typename Body>
auto with_transaction(Body body, std::optional<Val> controller = std::nullopt) {
  using T = typename std::invoke_result_t<const Body&, Val>::Value;
  auto begun = controller ? instruction::begin_tx(*controller) : instruction::begin_tx();
  return bind(std::move(begun), [body = std::move(body)](const Val& tx) {
    return bind(body(tx), [tx](T value) {
      return map(instruction::commit_tx(tx), [value = std::move(value)](Val committed) {
        return Transacted<T>{std::move(committed), value};
      });
    });
  });
}

/// Creates an object of the behavior and calls it: what the call gives.
inline ITree<Val> create_and_call(std::string_view behavior, Val input) {
  return bind(instruction::create_obj(behavior), [input = std::move(input)](const Val& object) {
    return instruction::call(object, input);
  });
}

/// `call`, where one thinks of messages.
template <typename Target, typename Message>
ITree<Val> send(const Target& target, const Message& message) {
  return instruction::call(target, message);
}

/// How many events of a trace are such: `count_events(trace, [](const EventType& e) { return
/// std::holds_alternative<event::ObjectCreated>(e); })`.
template <std::predicate<const EventType&> Predicate>
std::size_t count_events(const MemoryTrace& trace, Predicate is_such) {
  std::size_t count = 0;
  for (const TraceEntry& entry : trace.entries())
    count += is_such(entry.event_type) ? 1 : 0;
  return count;
}

}  // namespace avm
