// The AVM's instructions and pure operations as trees, a function for each, named as in the assembly
// (those whose names C++ has taken end in `_`):
//
//   using namespace avm::instruction;
//   ITree<Val> made = create_obj("counter");
//   ITree<Val> told = call(counter, Val::list({Val::nat(1)}));
//   ITree<Val> sum = add(1, 2);
//
// Each gives what the instruction gives (docs, "Instructions"), `nothing` where it gives nothing.
// Operands are whatever `to_val` takes (`convert.hpp`); their kinds are looked at when the tree runs,
// as in a program. Pure functions as operands: `PureFunction` (`pure_function.hpp`).
#pragma once

#include <string_view>
#include <utility>

#include "avm/convert.hpp"
#include "avm/itree.hpp"
#include "avm/pure_function.hpp"

namespace avm::instruction {

/// How many operands an op takes, by its row in the table.
struct Arity {
  std::size_t least = 0;
  std::size_t most = 0;
};
consteval Arity arity_of(std::string_view operands) {
  Arity arity;
  while (!operands.empty()) {
    const std::string_view operand = operands.substr(0, operands.find(", "));
    if (operand.ends_with("...")) {
      arity.most = static_cast<std::size_t>(-1);
    } else {
      arity.least += operand.ends_with("?") ? 0 : 1;
      arity.most += arity.most == static_cast<std::size_t>(-1) ? 0 : 1;
    }
    operands.remove_prefix(operand.size());
    if (!operands.empty()) operands.remove_prefix(2);
  }
  return arity;
}

/// What `post` posts: eq neq leq lt geq gt all_diff val_eq val_leq val_lt val_geq val_gt, as in
/// `post(PostKind("neq"), x, y)`. Throws std::invalid_argument for any other name.
struct PostKind {
  explicit PostKind(std::string_view name);
  std::uint32_t index;
};

inline void add_operand(Event& event, PostKind kind) { event.post_kind = kind.index; }
inline void add_operand(Event& event, const PureFunction& function) {
  event.function = &function.code();
  event.function_owner = function.owner();
}
template <typename T>
void add_operand(Event& event, const T& operand) {
  event.operands.push_back(to_val(operand));
}

template <typename... Operands>
ITree<Val> ask(Op op, const Operands&... operands) {
  Event event;
  event.op = op;
  (add_operand(event, operands), ...);
  return trigger(std::move(event));
}

#define AVM_INSTRUCTION(id, operands)                                                              \
  template <typename... Operands>                                                                  \
  ITree<Val> id(const Operands&... values) {                                                       \
    static_assert(sizeof...(Operands) >= arity_of(operands).least &&                               \
                      sizeof...(Operands) <= arity_of(operands).most,                              \
                  #id " takes: " operands);                                                        \
    return ask(Op::id, values...);                                                                 \
  }
#define AVM_NO_INSTRUCTION(id, operands)
#define AVM_INSTRUCTION_Control AVM_NO_INSTRUCTION
#define AVM_INSTRUCTION_Pure AVM_INSTRUCTION
#define AVM_INSTRUCTION_Object AVM_INSTRUCTION
#define AVM_INSTRUCTION_Introspect AVM_INSTRUCTION
#define AVM_INSTRUCTION_Reify AVM_INSTRUCTION
#define AVM_INSTRUCTION_Reflect AVM_INSTRUCTION
#define AVM_INSTRUCTION_Tx AVM_INSTRUCTION
#define AVM_INSTRUCTION_Function AVM_INSTRUCTION
#define AVM_INSTRUCTION_Machine AVM_INSTRUCTION
#define AVM_INSTRUCTION_Controller AVM_INSTRUCTION
#define AVM_INSTRUCTION_Fd AVM_INSTRUCTION
#define AVM_INSTRUCTION_Nondet AVM_INSTRUCTION
#define AVM_OP(id, mnemonic, group, layer, safety, operands, result, encoding, help)               \
  AVM_INSTRUCTION_##group(id, operands)
#include "avm/ops.def"
#undef AVM_INSTRUCTION
#undef AVM_NO_INSTRUCTION
#undef AVM_INSTRUCTION_Control
#undef AVM_INSTRUCTION_Pure
#undef AVM_INSTRUCTION_Object
#undef AVM_INSTRUCTION_Introspect
#undef AVM_INSTRUCTION_Reify
#undef AVM_INSTRUCTION_Reflect
#undef AVM_INSTRUCTION_Tx
#undef AVM_INSTRUCTION_Function
#undef AVM_INSTRUCTION_Machine
#undef AVM_INSTRUCTION_Controller
#undef AVM_INSTRUCTION_Fd
#undef AVM_INSTRUCTION_Nondet

}  // namespace avm::instruction
