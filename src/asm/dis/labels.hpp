// Labels of a function's source: where words jump to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "avm/tape.hpp"
#include "tape/flow.hpp"

namespace avm::dis {

class Labels {
 public:
  /// L0, L1, … in the order of the code; or, where the debug section knows better, that.
  Labels(const TapeFunction& function, const FlowGraph& graph, bool use_debug);

  /// The label of this word; empty where it has none.
  std::string_view at(std::uint32_t pc) const noexcept;

 private:
  struct Label {
    std::uint32_t pc;
    std::string name;
  };
  void find_targets(const TapeFunction& function, const FlowGraph& graph);
  void take_debug_names(const TapeFunction& function);
  void name_the_rest();

  std::vector<Label> labels_;  // in order of pc
};

}  // namespace avm::dis
