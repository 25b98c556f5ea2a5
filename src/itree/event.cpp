#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

#include "avm/itree.hpp"

namespace avm {
namespace {

struct Arity {
  std::size_t least = 0;
  std::size_t most = 0;
};

Arity arity_of(const Event& event) {
  if (event.op == Op::post) {
    const PostArity arity = post_arity(event.post_kind);
    return {arity.least, arity.most};
  }
  Arity arity;
  for (const OperandInfo& operand : op_info(event.op).operands()) {
    if (operand.operand_class != OperandClass::Value) continue;
    if (operand.variadic) return {arity.least, std::numeric_limits<std::size_t>::max()};
    arity.least += operand.optional ? 0 : 1;
    ++arity.most;
  }
  return arity;
}

void check_op(const Event& event) {
  const OpInfo& info = op_info(event.op);
  if (!info.is_instruction() && info.group != Group::Pure && event.op != Op::reject)
    throw std::invalid_argument(fmt::format("'{}' is no event", info.name));
  if (event.op == Op::post && event.post_kind >= post_kinds().size())
    throw std::invalid_argument(fmt::format("post has no kind {}", event.post_kind));
  const auto [least, most] = arity_of(event);
  const std::size_t given = event.operands.size();
  if (given < least || given > most) {
    throw std::invalid_argument(
        fmt::format("'{}' takes another number of operands than {}", info.name, given));
  }
  const bool wants_function = std::ranges::any_of(info.operands(), [](const OperandInfo& operand) {
    return operand.operand_class == OperandClass::Function;
  });
  if (wants_function && event.function == nullptr)
    throw std::invalid_argument(fmt::format("'{}' needs a pure function", info.name));
}

}  // namespace

void check_event(const Event& event) {
  switch (event.kind) {
  case Event::Kind::Op: return check_op(event);
  case Event::Kind::Apply:
    if (event.function == nullptr) throw std::invalid_argument("an application needs a function");
    return;
  case Event::Kind::Raise:
    if (!event.error) throw std::invalid_argument("what is raised needs an error");
    return;
  }
}

}  // namespace avm
