// Events that no interpreter could answer are refused where they are made.
#include "avm/instruction.hpp"

#include <stdexcept>

#include "itree/trees.hpp"

namespace avm {
namespace {

using namespace instruction;

Event of(Op op, std::size_t operands) {
  Event event;
  event.op = op;
  event.operands.assign(operands, Val::nat(1));
  return event;
}

bool is_refused(Event event) {
  try {
    trigger(std::move(event));
  } catch (const std::invalid_argument&) {
    return true;
  }
  return false;
}

TEST_CASE("an op takes as many operands as the table says") {
  for (const OpInfo& info : all_ops()) {
    const bool is_event =
        info.is_instruction() || info.group == Group::Pure || info.op == Op::reject;
    if (!is_event) {
      CHECK(is_refused(of(info.op, 0)));
      continue;
    }
    std::size_t least = 0;
    std::size_t most = 0;
    bool is_variadic = false;
    for (const OperandInfo& operand : info.operands()) {
      if (operand.operand_class != OperandClass::Value) continue;
      is_variadic |= operand.variadic;
      most += operand.variadic ? 0 : 1;
      least += operand.variadic || operand.optional ? 0 : 1;
    }
    const PureFunction function("f", 0, [](std::span<const Val>) { return ret(Val()); });
    const auto is_taken = [&](std::size_t operands) {
      Event event = of(info.op, operands);
      event.function = &function.code();
      event.post_kind = *find_post_kind("all_diff");
      return !is_refused(std::move(event));
    };
    CAPTURE(info.name);
    if (info.op == Op::post) {
      CHECK(is_taken(1));
      CHECK_FALSE(is_taken(2));
      continue;
    }
    CHECK(is_taken(least));
    CHECK(is_taken(most));
    CHECK(is_taken(most + 1) == is_variadic);
    if (least > 0) CHECK_FALSE(is_taken(least - 1));
  }
}

TEST_CASE("functions, kinds of constraints and errors have to be there") {
  CHECK(is_refused(of(Op::scry_meta, 0)));
  CHECK(is_refused(of(Op::register_pure, 1)));
  Event post = of(Op::post, 1);
  post.post_kind = 12;
  CHECK(is_refused(post));
  CHECK_THROWS_AS(PostKind("equal"), std::invalid_argument);
  Event apply;
  apply.kind = Event::Kind::Apply;
  CHECK(is_refused(apply));
  Event raised;
  raised.kind = Event::Kind::Raise;
  CHECK(is_refused(raised));
}

}  // namespace
}  // namespace avm
