#include "asm/literal_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "asm/suggest.hpp"
#include "asm/unicode.hpp"
#include "avm/text.hpp"

namespace avm::ast {
namespace {

KindSet kinds_of(NodeKind kind) noexcept {
  switch (kind) {
  case NodeKind::Nat: return kind_bit(Kind::Nat);
  case NodeKind::Str: return kind_bit(Kind::Str);
  case NodeKind::Bool: return kind_bit(Kind::Bool);
  case NodeKind::Nothing: return kind_bit(Kind::Nothing);
  case NodeKind::List: return kind_bit(Kind::List);
  case NodeKind::Pair: return kind_bit(Kind::Pair);
  case NodeKind::Just: return kind_bit(Kind::Just);
  case NodeKind::Register:
  case NodeKind::Name:
  case NodeKind::Wildcard: break;
  }
  return any_kind;
}

bool holds(const std::vector<bool>& names, Index name) noexcept {
  return name < names.size() && names[name];
}

/// Wants two operands of one kind, whichever of several that is.
bool wants_same_kind(Op op) noexcept {
  switch (op) {
  case Op::and_:
  case Op::or_:
  case Op::xor_:
  case Op::lt:
  case Op::le:
  case Op::gt:
  case Op::ge:
  case Op::concat: return true;
  default: return false;
  }
}

}  // namespace

LiteralChecks::LiteralChecks(const Module& module, const ConstantIds& constants,
                             Diagnostics& diagnostics)
    : module_(module), constants_(constants), diagnostics_(diagnostics) {}

void LiteralChecks::extend() {
  const auto note = [](std::vector<bool>& names, Index name) {
    if (names.size() <= name) names.resize(std::size_t{name} + name / 2 + 1);
    names[name] = true;
  };
  for (; known_ < module_.functions.size(); ++known_) {
    const Function& function = module_.functions[known_];
    if (function.kind == FunctionKind::Behavior) note(is_behavior_, function.name);
    if (function.kind == FunctionKind::Program) note(is_program_, function.name);
  }
}

LiteralChecks::Operand LiteralChecks::operand(const Statement& statement,
                                              std::uint32_t index) const {
  const Index node = module_.children[statement.first_operand + index];
  Operand result{.span = module_.nodes[node].span};
  const Index value = constants_.value(node);
  if (value == none) return result;
  result.kinds = kinds_of(module_.nodes[value].kind);
  if (module_.nodes[value].is_constant) result.value = &module_.nodes[value];
  return result;
}

Diagnostic* LiteralChecks::must_fail(Span span, std::string why) {
  return diagnostics_.warning("must-fail", span, "this must fail: {}", why);
}

void LiteralChecks::check(const Statement& statement, const OpInfo& info) {
  // Nothing is known of what registers hold.
  const auto is_register = [&](Index node) {
    return module_.nodes[node].kind == NodeKind::Register;
  };
  if (std::ranges::all_of(
          std::span(module_.children).subspan(statement.first_operand, statement.operand_count),
          is_register))
    return;
  if (!check_kinds(statement, info)) return;
  if (wants_same_kind(info.op)) check_same_kind(statement, info);
  if (info.group == Group::Pure) check_numbers(statement, info);
  if (info.op == Op::create_obj) check_behavior(statement);
}

bool LiteralChecks::check_kinds(const Statement& statement, const OpInfo& info) {
  std::uint32_t index = 0;  // of values only: labels and functions are no operands of the tree
  for (const OperandInfo& wanted : info.operands()) {
    if (wanted.operand_class != OperandClass::Value) continue;
    if (index == statement.operand_count) break;
    const Operand given = operand(statement, index++);
    if ((given.kinds & wanted.kinds) != 0) continue;
    must_fail(given.span, fmt::format("'{}' wants {} here, this is {}", info.name,
                                      kind_set_name(wanted.kinds), kind_set_name(given.kinds)));
    return false;
  }
  return true;
}

void LiteralChecks::check_same_kind(const Statement& statement, const OpInfo& info) {
  const Operand first = operand(statement, 0);
  const Operand second = operand(statement, 1);
  if ((first.kinds & second.kinds) != 0) return;
  Diagnostic* const diagnostic =
      must_fail(second.span, fmt::format("'{}' wants two of one kind, this is {}", info.name,
                                         kind_set_name(second.kinds)));
  if (diagnostic != nullptr) {
    diagnostic->others.push_back(
        place(first.span, fmt::format("this is {}", kind_set_name(first.kinds))));
  }
}

void LiteralChecks::check_numbers(const Statement& statement, const OpInfo& info) {
  const auto number = [&](std::uint32_t index) -> const std::uint64_t* {
    const Node* const value = operand(statement, index).value;
    return value != nullptr && value->kind == NodeKind::Nat ? &value->number : nullptr;
  };
  if (statement.operand_count != 2) return;
  const std::uint64_t* const y = number(1);
  if (y == nullptr) return;
  if ((info.op == Op::div || info.op == Op::mod) && *y == 0) {
    must_fail(operand(statement, 1).span, "a division by zero");
    return;
  }
  const std::uint64_t* const x = number(0);
  if (x == nullptr) return;
  std::uint64_t result = 0;
  const bool overflows = (info.op == Op::add && __builtin_add_overflow(*x, *y, &result)) ||
                         (info.op == Op::mul && __builtin_mul_overflow(*x, *y, &result));
  if (overflows) must_fail(statement.span, "the result is above 2^64-1");
  if (info.op == Op::sub && *x < *y) must_fail(statement.span, "the result is below 0");
}

void LiteralChecks::check_behavior(const Statement& statement) {
  const Operand given = operand(statement, 0);
  if (given.value == nullptr || holds(is_behavior_, given.value->text)) return;
  const std::string_view name = module_.string(given.value->text);
  Diagnostic* const diagnostic =
      diagnostics_.warning("unknown-behavior", given.span, "this module holds no behavior {}",
                           quoted(clipped(name, 60)));
  if (diagnostic == nullptr) return;
  if (holds(is_program_, given.value->text)) {
    diagnostic->notes.emplace_back("the program of this name is none: it runs at the top level");
    return;
  }
  NearName near(name);
  for (const Function& function : module_.functions) {
    const bool is_behavior = function.kind == FunctionKind::Behavior;
    if (is_behavior && !near.offer(module_.string(function.name))) break;
  }
  if (const auto best = near.best()) diagnostic->help = fmt::format("did you mean \"{}\"?", *best);
}

}  // namespace avm::ast
