#include "interleaving/history.hpp"

#include <set>

namespace avm::test {
namespace {

using Kind = Operation::Kind;

State chosen_of(const State& state) {
  State chosen;
  for (const auto& [object, value] : state) {
    if (is_chosen(value)) chosen.emplace(object, value);
  }
  return chosen;
}

std::optional<Value> look(const State& state, Object object) {
  const auto found = state.find(object);
  return found == state.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

bool play(const Unit& unit, State& state) {
  std::set<Object> created;
  std::set<Object> destroyed;
  for (const Operation& operation : unit.operations) {
    const Object object = operation.object;
    const bool exists = state.contains(object);
    switch (operation.kind) {
    case Kind::Read:
      if (look(state, object) != operation.value) return false;
      break;
    case Kind::Find:
      if (!exists) return false;
      break;
    case Kind::Write:
      if (!exists) return false;
      state[object] = *operation.value;
      break;
    case Kind::Create:
      if (exists) return false;
      state[object] = fresh;
      created.insert(object);
      break;
    case Kind::Destroy:
      if (!exists) return false;
      // What others may know stays in sight until the end.
      if (created.contains(object)) {
        state.erase(object);
      } else {
        destroyed.insert(object);
      }
      break;
    case Kind::Scry:
      if (chosen_of(state) != operation.chosen) return false;
      break;
    }
  }
  for (const Object object : destroyed)
    state.erase(object);
  return true;
}

std::map<Object, std::optional<Value>> effects(const Unit& unit) {
  std::map<Object, std::optional<Value>> result;
  std::set<Object> created;
  std::set<Object> destroyed;
  for (const Operation& operation : unit.operations) {
    const Object object = operation.object;
    if (operation.kind == Kind::Write) result[object] = operation.value;
    if (operation.kind == Kind::Create) {
      result[object] = fresh;
      created.insert(object);
    }
    if (operation.kind == Kind::Destroy) destroyed.insert(object);
  }
  for (const Object object : destroyed) {
    if (created.contains(object)) {
      result.erase(object);
    } else {
      result[object] = std::nullopt;
    }
  }
  return result;
}

}  // namespace avm::test
