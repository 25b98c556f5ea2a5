#include "tape/liveness.hpp"

namespace avm {

Liveness::Liveness(std::span<const Word> code, const FlowGraph& graph) : graph_(graph) {
  const auto blocks = graph.blocks();
  at_start_.resize(blocks.size());
  std::vector<std::vector<std::uint32_t>> before(blocks.size());
  std::vector<std::uint32_t> work;
  for (std::uint32_t b = 0; b < blocks.size(); ++b) {
    if (blocks[b].next) before[*blocks[b].next].push_back(b);
    if (blocks[b].jump) before[*blocks[b].jump].push_back(b);
    work.push_back(b);
  }
  std::vector<bool> is_waiting(blocks.size(), true);
  while (!work.empty()) {
    const std::uint32_t b = work.back();
    work.pop_back();
    is_waiting[b] = false;
    RegisterSet live = at_end(b);
    const auto instructions = instructions_of(code, blocks[b]);
    for (std::size_t i = instructions.size(); i > 0; --i)
      retreat(live, instructions[i - 1], form_of(instructions[i - 1].op()));
    if (live == at_start_[b]) continue;
    at_start_[b] = live;
    for (const std::uint32_t earlier : before[b]) {
      if (!is_waiting[earlier]) work.push_back(earlier);
      is_waiting[earlier] = true;
    }
  }
}

RegisterSet Liveness::at_end(std::uint32_t block) const noexcept {
  const auto& [begin, end, last, next, jump] = graph_.blocks()[block];
  RegisterSet live;
  if (next) live |= at_start_[*next];
  if (jump) live |= at_start_[*jump];
  return live;
}

std::vector<RegisterSet> Liveness::after_each(std::uint32_t block,
                                              std::span<const Instruction> instructions) const {
  std::vector<RegisterSet> result(instructions.size());
  RegisterSet live = at_end(block);
  for (std::size_t i = instructions.size(); i > 0; --i) {
    result[i - 1] = live;
    retreat(live, instructions[i - 1], form_of(instructions[i - 1].op()));
  }
  return result;
}

}  // namespace avm
