#include "runtime/registry.hpp"

#include "runtime/planted_fault.hpp"

namespace avm {

const Hash* Registry::hash_of(const Code& function) const noexcept {
  if (function.kind == FunctionKind::Behavior) {
    const Code* known = behavior(function.name);
    return known == nullptr ? nullptr : &known->hash;
  }
  if (function.kind == FunctionKind::Pure) {
    const auto known = pure_function(function.name);
    return known ? &known->code->hash : nullptr;
  }
  return nullptr;
}

const Code* Registry::behavior(const Val& name) const noexcept {
  if (behaviors_.empty()) return nullptr;
  const auto found = behaviors_.find(name);
  return found == behaviors_.end() ? nullptr : *found;
}

std::optional<Registry::PureFunction> Registry::pure_function(const Val& name) const noexcept {
  if (!changed_.empty()) {
    const auto found = changed_.find(name);
    if (found != changed_.end()) return found->second;
  }
  if (pure_functions_.empty()) return std::nullopt;
  const auto found = pure_functions_.find(name);
  if (found == pure_functions_.end()) return std::nullopt;
  return PureFunction{0, *found};
}

void Registry::register_pure(const Val& name, const Code& code) {
  changed_.emplace(name, PureFunction{0, &code});
}

void Registry::update_pure(const Val& name, const Code& code) {
  PureFunction& known = changed_.try_emplace(name, *pure_function(name)).first->second;
  ++known.version;
  if (!planted(Fault::update_is_ignored)) known.code = &code;
}

}  // namespace avm
