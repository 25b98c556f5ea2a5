// FlowProof: a quick look at a function with which nothing is wrong, as nearly all are.
//
// One pass over the statements, in their order, that keeps which registers are set on every way here. What it
// cannot prove need not be wrong; FlowChecks looks at it closely, and says what there is to say.
#pragma once

#include <cstdint>
#include <vector>

#include "asm/parsed.hpp"

namespace avm::ast {

/// Its room is kept from function to function.
class FlowProof {
 public:
  explicit FlowProof(const Module& module) : module_(module) {}

  /// True only where FlowChecks would have nothing to say.
  bool holds(const Function& function, const FunctionNotes& notes);

 private:
  /// A bit for each register.
  using Set = std::uint64_t;
  /// What is set where control arrives at a label.
  struct Arrival {
    Set set = ~Set{0};
    bool is_there = false;  ///< Some way leads there.
  };

  bool arrive(std::uint32_t statement);
  bool pass(std::uint32_t statement);
  bool read(Index begin, Index end);
  bool leave(std::uint32_t statement);
  bool jump(std::uint32_t from, Index label);

  const Module& module_;
  const Function* function_ = nullptr;
  const FunctionNotes* notes_ = nullptr;
  std::vector<Arrival> arrivals_;  // by label
  std::size_t next_label_ = 0;
  bool is_reached_ = false;
  Set set_ = 0;  // on every way here
  Set ever_set_ = 0;
  Set ever_read_ = 0;
};

}  // namespace avm::ast
