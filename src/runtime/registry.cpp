#include "runtime/registry.hpp"

#include "runtime/planted_fault.hpp"

namespace avm {

std::expected<void, Val> Registry::load(std::span<const Code* const> functions) {
  for (const Code* function : functions) {
    const Hash* taken = hash_of(*function);
    if (taken != nullptr && *taken != function->hash) return std::unexpected(function->name);
  }
  behaviors_.reserve(behaviors_.size() + functions.size());
  pure_functions_.reserve(pure_functions_.size() + functions.size());
  for (const Code* function : functions) {
    if (function->kind == FunctionKind::Behavior) behaviors_.emplace(function->name, function);
    if (function->kind == FunctionKind::Pure) {
      pure_functions_.emplace(function->name, PureFunction{0, function});
    }
  }
  return {};
}

const Hash* Registry::hash_of(const Code& function) const noexcept {
  if (function.kind == FunctionKind::Behavior) {
    const Code* known = behavior(function.name);
    return known == nullptr ? nullptr : &known->hash;
  }
  if (function.kind == FunctionKind::Pure) {
    const PureFunction* known = pure_function(function.name);
    return known == nullptr ? nullptr : &known->code->hash;
  }
  return nullptr;
}

const Code* Registry::behavior(const Val& name) const noexcept {
  const auto found = behaviors_.find(name);
  return found == behaviors_.end() ? nullptr : found->second;
}

const Registry::PureFunction* Registry::pure_function(const Val& name) const noexcept {
  const auto found = pure_functions_.find(name);
  return found == pure_functions_.end() ? nullptr : &found->second;
}

void Registry::register_pure(const Val& name, const Code& code) {
  pure_functions_.emplace(name, PureFunction{0, &code});
}

void Registry::update_pure(const Val& name, const Code& code) noexcept {
  PureFunction& known = pure_functions_.find(name)->second;
  ++known.version;
  if (!planted(Fault::update_is_ignored)) known.code = &code;
}

}  // namespace avm
