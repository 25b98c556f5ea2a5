// Checks of single statements, once all names are known: effects in pure functions, unsafe
// instructions, how many arguments functions get, keys of a switch, operands that must fail.
#pragma once

#include <memory>

#include "asm/diagnostics.hpp"
#include "asm/parsed.hpp"

namespace avm::ast {

class StatementChecks {
 public:
  StatementChecks(const ParsedModule& parsed, Diagnostics& diagnostics);
  ~StatementChecks();
  StatementChecks(const StatementChecks&) = delete;
  StatementChecks& operator=(const StatementChecks&) = delete;

  /// All that this function names is known, and all constants are in order.
  void run(Index function);
  /// The nodes from `node` on are gone: there will be others in their places.
  void forget_from(Index node);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace avm::ast
