#include "asm/lower/registers.hpp"

namespace avm::lowering {

int bound_number(const ast::Module& module, const ast::Register& reg) {
  if (reg.number >= 0) return reg.number;
  const std::string_view name = module.string(reg.name);
  constexpr std::string_view prefix = "_25";
  const bool is_bound =
      name.size() == 4 && name.starts_with(prefix) && name[3] >= '0' && name[3] <= '4';
  return is_bound ? 250 + (name[3] - '0') : -1;
}

Op branch_on(Op compare) {
  switch (compare) {
  case Op::eq: return Op::br_eq;
  case Op::ne: return Op::br_ne;
  case Op::lt: return Op::br_lt;
  case Op::le: return Op::br_le;
  case Op::gt: return Op::br_gt;
  default: return Op::br_ge;
  }
}

}  // namespace avm::lowering
