// Runs plans at the same time, over one store, turn by turn.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "avm/machine.hpp"
#include "interleaving/history.hpp"
#include "interleaving/plan.hpp"

namespace avm::test {

/// Which of `count` executions that have not ended takes the next turn.
using Schedule = std::function<std::size_t(std::size_t count)>;

class Runner {
 public:
  explicit Runner(Backend backend = Backend::Tape);

  /// Runs each plan in an execution of its own, over a store that holds x and y.
  ///
  /// A turn is one AVM instruction. Two things are no turns of their own, since nobody else could tell
  /// when they happened: `get_input`, which is taken together with the instruction after it, and the
  /// return of a program that has nothing left to do.
  History run(std::span<const Plan> plans, const Schedule& schedule);

  /// Runs them in every order, and gives each history to `see`.
  void run_all(std::span<const Plan> plans, const std::function<void(const History&)>& see);

 private:
  // One for all runs, since to load a module takes longer than to run it. Each has new objects.
  Machine machine_;
};

}  // namespace avm::test
