#include "asm/dis/labels.hpp"

#include <algorithm>
#include <unordered_set>

namespace avm::dis {
namespace {

// A jump goes to the drops that the assembler put before the labelled statement.
std::uint32_t after_drops(const TapeFunction& function, std::uint32_t pc) {
  while (op_byte(function.code[pc]) == static_cast<std::uint8_t>(Op::drop))
    ++pc;
  return pc;
}

}  // namespace

Labels::Labels(const TapeFunction& function, const FlowGraph& graph, bool use_debug) {
  find_targets(function, graph);
  if (use_debug && function.debug) take_debug_names(function);
  name_the_rest();
}

void Labels::find_targets(const TapeFunction& function, const FlowGraph& graph) {
  for (const std::uint32_t index : graph.reverse_postorder()) {
    const BasicBlock& block = graph.blocks()[index];
    if (block.jump) labels_.push_back({graph.blocks()[*block.jump].begin, ""});
    // `br` names both ways, where it goes on if the condition holds.
    const bool goes_on =
        op_byte(function.code[block.last]) == static_cast<std::uint8_t>(Op::br_false);
    if (goes_on) labels_.push_back({graph.blocks()[*block.next].begin, ""});
  }
  std::ranges::sort(labels_, {}, &Label::pc);
  const auto again = std::ranges::unique(labels_, {}, &Label::pc);
  labels_.erase(again.begin(), again.end());
}

void Labels::take_debug_names(const TapeFunction& function) {
  const std::vector<FunctionDebug::Label> known = function.debug.unpack().labels;
  std::unordered_set<std::string_view> used;
  for (Label& label : labels_) {
    const std::uint32_t pc = after_drops(function, label.pc);
    const auto found = std::ranges::lower_bound(known, pc, {}, &FunctionDebug::Label::pc);
    if (found != known.end() && found->pc == pc && used.insert(found->name).second)
      label.name = found->name;
  }
}

void Labels::name_the_rest() {
  std::unordered_set<std::string> used;
  for (const Label& label : labels_)
    used.insert(label.name);
  std::uint32_t number = 0;
  for (Label& label : labels_) {
    while (label.name.empty()) {
      const std::string name = "L" + std::to_string(number++);
      if (!used.contains(name)) label.name = name;
    }
  }
}

std::string_view Labels::at(std::uint32_t pc) const noexcept {
  const auto found = std::ranges::lower_bound(labels_, pc, {}, &Label::pc);
  return found != labels_.end() && found->pc == pc ? std::string_view(found->name) : "";
}

}  // namespace avm::dis
