// Random trees, made of bytes as random values are.
#pragma once

#include <functional>

#include "itree/trees.hpp"

namespace avm::test {

/// A tree that a value is given to.
using Arrow = std::function<ITree<Val>(const Val&)>;

inline Arrow random_event(Decisions& decisions) {
  using namespace instruction;
  const std::uint64_t n = decisions.below(4);
  switch (decisions.below(16)) {
  case 0: return [n](const Val& x) { return ret(list_of(x, n)); };
  case 1: return [](const Val& x) { return tau(ret(x)); };
  case 2: return [n](const Val& x) { return tau(tau(append(list_of(n), x))); };
  case 3: return [n](const Val& x) { return add(n, x.is_nat() ? x.as_nat() : n); };
  case 4: return [n](const Val&) { return ret(Val::nat(n)); };
  case 5: return [](const Val&) { return get_input(); };
  case 6: return [](const Val&) { return get_state(); };
  case 7: return [](const Val& x) { return set_state(list_of(x)); };
  case 8: return [](const Val&) { return create_obj("cell"); };
  case 9: return [](const Val&) { return create_obj("waits"); };
  // The latest objects are most often there.
  case 10: return [n](const Val& x) { return call(ObjectId{n}, x); };
  case 11: return [n](const Val&) { return destroy_obj(ObjectId{n}); };
  case 12: return [](const Val&) { return begin_tx(); };
  case 13: return [n](const Val&) { return commit_tx(TxId{n}); };
  case 14: return [](const Val& x) { return receive(x); };
  default:
    // Most errors end all, so that they are rare.
    if (decisions.below(4) != 0) return [](const Val& x) { return kind(x); };
    if (n == 0) return [](const Val& x) { return reject(x); };
    if (n == 1) return [](const Val& x) { return fst(x); };
    if (n == 2) return [](const Val&) { return create_obj("nobody"); };
    return [](const Val& x) { return raise(Error(ErrorCode::PureError_Overflow, to_val(x))); };
  }
}

inline Arrow then(Arrow first, Arrow second) {
  return [first = std::move(first), second = std::move(second)](const Val& x) {
    return bind(first(x), second);
  };
}

/// The same events in the same order, in brackets that `decisions` sets.
inline Arrow in_brackets(Decisions& decisions, std::span<const Arrow> events) {
  if (events.empty()) return [](const Val& x) { return ret(x); };
  if (events.size() == 1) return events[0];
  const std::size_t left = 1 + decisions.below(events.size() - 1);
  Arrow first = in_brackets(decisions, events.first(left));
  return then(std::move(first), in_brackets(decisions, events.subspan(left)));
}

inline std::vector<Arrow> random_events(Decisions& decisions) {
  std::vector<Arrow> events;
  for (unsigned count = decisions.below(12); count > 0; --count)
    events.push_back(random_event(decisions));
  return events;
}

inline Arrow random_arrow(Decisions& decisions) {
  return in_brackets(decisions, random_events(decisions));
}

}  // namespace avm::test
