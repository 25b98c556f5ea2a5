// Which registers are live: still to be read before they are set again.
#pragma once

#include <span>
#include <vector>

#include "tape/flow.hpp"

namespace avm {

class Liveness {
 public:
  Liveness(std::span<const Word> code, const FlowGraph& graph);

  const RegisterSet& at_start(std::uint32_t block) const noexcept { return at_start_[block]; }
  RegisterSet at_end(std::uint32_t block) const noexcept;
  /// After each instruction of a block.
  std::vector<RegisterSet> after_each(std::uint32_t block,
                                      std::span<const Instruction> instructions) const;

 private:
  const FlowGraph& graph_;
  std::vector<RegisterSet> at_start_;
};

}  // namespace avm
