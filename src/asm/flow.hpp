// What control and registers do in a function: whether it can run off its end, whether a register
// is read before it is set, what is never reached, used or read.
//
// Made for functions of a million lines with registers by the hundred thousand. A register is
// followed from each of its reads back to where it is set, block by block, so that the work goes by
// how long values live and not by the number of registers times the number of blocks.
#pragma once

#include <memory>

#include "asm/diagnostics.hpp"
#include "asm/parsed.hpp"

namespace avm::ast {

/// Its room is kept from function to function.
class FlowChecks {
 public:
  FlowChecks(const ParsedModule& parsed, Diagnostics& diagnostics);
  ~FlowChecks();
  FlowChecks(const FlowChecks&) = delete;
  FlowChecks& operator=(const FlowChecks&) = delete;

  void run(Index function);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace avm::ast
