// Which machine register holds what: webs and their assignment.
//
// A web is a set of places that must share a register: the sets of a name that reach a read, and all
// that they reach. The same name used for two unrelated things has two webs. A web lives from its
// first place to its last, in the order of items; two webs that live at once get different machine
// registers, the lowest that is free. A numbered register is kept for itself throughout.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "asm/lower/graph.hpp"

namespace avm::lowering {

/// Named and numbered registers that may be live at once in a function.
inline constexpr unsigned live_registers_max = 250;

struct Web {
  ast::Index reg = 0;
  // Places count twice the item, and one more where it is set.
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t reads = 0;
  std::uint32_t sets = 0;
  bool is_fused = false;  ///< Only ever in the flags of a fused branch: has no machine register.
  std::uint8_t machine = 0;
};

/// What was assigned.
class Registers {
 public:
  /// The web of an occurrence, by its place among all.
  const Web& web(std::size_t occurrence) const noexcept { return webs_[web_of_[occurrence]]; }
  std::span<const Web> webs() const noexcept { return webs_; }
  /// One above the highest machine register that a web has.
  unsigned count() const noexcept { return count_; }

 private:
  friend class RegisterAssigner;
  std::vector<Web> webs_;
  std::vector<std::uint32_t> web_of_;
  unsigned count_ = 0;
};

/// The machine register that a register of the source is bound to, or -1: `%12` to 12. Source has no
/// numbers for the registers from 250 on, which only temporaries are to have; there disassembled
/// source says `%_250` to `%_254`, and they are bound too.
int bound_number(const ast::Module& module, const ast::Register& reg);

/// Whether the comparison at `item` only steers the branch after it, so that one word does both.
constexpr bool is_fusible_compare(Op op) noexcept {
  return op == Op::eq || op == Op::ne || op == Op::lt || op == Op::le || op == Op::gt ||
         op == Op::ge;
}
/// That word: the branch on two registers for which `compare` is true.
Op branch_on(Op compare);

}  // namespace avm::lowering
