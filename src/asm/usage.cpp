#include "asm/usage.hpp"

#include <fmt/format.h>

namespace avm::ast {
namespace {

std::string operand_text(const OperandInfo& operand) {
  switch (operand.operand_class) {
  case OperandClass::Cases: return "\"a\": L, 7: M, else: N";
  case OperandClass::Pattern: return "[%a, (1, %b), _]";
  case OperandClass::PostKind: return "KIND";
  case OperandClass::Value:
  case OperandClass::Label:
  case OperandClass::Function: break;
  }
  return operand.variadic ? "…" : std::string(operand.name);
}

}  // namespace

std::string usage(const OpInfo& info) {
  const std::string result = info.result == 0 ? "" : "%r = ";
  // The one instruction whose operand has a word before it.
  if (info.op == Op::receive) return fmt::format("{0}receive, or {0}receive reply X", result);

  std::string operands;
  bool is_first = true;
  for (const OperandInfo& operand : info.operands()) {
    const std::string text = (is_first ? "" : ", ") + operand_text(operand);
    operands += operand.optional ? fmt::format("[{}]", text) : text;
    is_first = false;
  }
  return fmt::format("{}{}{}{}", result, info.name, operands.empty() ? "" : " ", operands);
}

}  // namespace avm::ast
