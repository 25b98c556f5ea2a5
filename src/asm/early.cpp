#include "asm/early.hpp"

#include <algorithm>
#include <span>

namespace avm::ast {

bool EarlyFunctions::take(const Mark& before) {
  is_over_ = is_over_ || !is_ready(before);
  if (is_over_) return false;
  front_.check_function(taken_);
  is_over_ = front_.has_errors();
  if (is_over_) return false;
  lowering_.add(taken_++);
  forget(before);
  return true;
}

/// Whether nothing has gone wrong so far, and the function names only what is known. Binds what it names.
bool EarlyFunctions::is_ready(const Mark& before) {
  if (front_.has_errors() || !parsed_.unknown_ops.empty() || module_.is_left_out[taken_])
    return false;
  if (!know_constants() ||
      !define(module_.functions[taken_].name, {Definition::Kind::Function, taken_}))
    return false;
  const auto binds_constant = [&](const NameUse& use) { return bind_constant(use); };
  const auto binds_function = [&](const FunctionUse& use) { return bind_function(use); };
  const auto knows = [&](const Statement& statement) { return knows_behavior(statement); };
  return std::ranges::all_of(std::span(parsed_.name_uses).subspan(before.name_uses),
                             binds_constant) &&
         std::ranges::all_of(std::span(parsed_.function_uses).subspan(before.function_uses),
                             binds_function) &&
         std::ranges::all_of(module_.functions[taken_].statements, knows);
}

/// Defines the constants that stand before the function. Each names only those before it, so that they
/// are in order.
bool EarlyFunctions::know_constants() {
  for (; constants_ < module_.constants.size(); ++constants_) {
    const Index end = parsed_.constant_notes[constants_].node_end;
    for (; next_use_ < parsed_.name_uses.size(); ++next_use_) {
      const NameUse& use = parsed_.name_uses[next_use_];
      if (use.node >= end) break;
      if (!bind_constant(use)) return false;
    }
    if (!define(module_.constants[constants_].name, {Definition::Kind::Constant, constants_}))
      return false;
  }
  return true;
}

/// False where there is another of this name.
bool EarlyFunctions::define(Index name, Definition definition) {
  if (definitions_.size() <= name) definitions_.resize(module_.strings.size());
  if (definitions_[name].kind != Definition::Kind::None) return false;
  definitions_[name] = definition;
  return true;
}

EarlyFunctions::Definition EarlyFunctions::known(Index name) const noexcept {
  return name < definitions_.size() ? definitions_[name] : Definition{};
}

bool EarlyFunctions::bind_constant(const NameUse& use) {
  Node& node = module_.nodes[use.node];
  const Definition definition = known(node.text);
  if (definition.kind != Definition::Kind::Constant) return false;
  node.ref = definition.index;
  return true;
}

bool EarlyFunctions::bind_function(const FunctionUse& use) {
  const Definition definition = known(use.name);
  if (definition.kind != Definition::Kind::Function) return false;
  if (module_.functions[definition.index].kind != FunctionKind::Pure) return false;
  module_.functions[use.function].statements[use.statement].function = definition.index;
  return true;
}

/// The checks say where a literal names a behavior that is not in the module.
bool EarlyFunctions::knows_behavior(const Statement& statement) const {
  if (statement.kind != StatementKind::Op || statement.op != Op::create_obj) return true;
  const Node* name = &module_.operand(statement, 0);
  while (name->kind == NodeKind::Name)
    name = &module_.nodes[module_.constants[name->ref].value];
  if (name->kind != NodeKind::Str) return true;
  const Definition definition = known(name->text);
  return definition.kind == Definition::Kind::Function &&
         module_.functions[definition.index].kind == FunctionKind::Behavior;
}

void EarlyFunctions::forget(const Mark& before) {
  const auto cut = [](auto& items, std::size_t size) {
    items.erase(items.begin() + static_cast<std::ptrdiff_t>(size), items.end());
  };
  cut(module_.nodes, before.nodes);
  cut(module_.children, before.children);
  cut(module_.cases, before.cases);
  cut(parsed_.name_uses, before.name_uses);
  cut(parsed_.function_uses, before.function_uses);
  next_use_ = before.name_uses;
  front_.forget_from(static_cast<Index>(before.nodes));
  lowering_.forget_from(static_cast<Index>(before.nodes));
}

}  // namespace avm::ast
