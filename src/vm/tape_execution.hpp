// TapeExecution: an execution whose code is Tape words. The loop is in `loop.cpp`; here is what it
// does seldom enough to stay out of it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "runtime/execution.hpp"
#include "vm/frames.hpp"
#include "vm/loaded_module.hpp"

namespace avm {

class TapeExecution final : public ExecutionBase {
 public:
  TapeExecution(World& world, const LoadedFunction& program, Val input, StartOptions options);
  /// The one in which a message from outside wakes an object that waits.
  TapeExecution(World& world, ObjectId object, Val message, StartOptions options);

  Status step() override;
  Status run() override;
  void deliver(Result<Val> answer) override;

 private:
  // How the loop goes on after a slow path. But for Jump it takes `frames_.top()`'s pc and registers
  // and the steps anew.
  enum class Next : std::uint8_t {
    Go,     ///< On, at the top frame's pc.
    Jump,   ///< On, where the instruction at the top frame's pc jumps to.
    Raise,  ///< `failure_` is set.
    Stop,   ///< Out of the loop.
  };

  void loop();

  // Slow paths. The top frame's pc is at the instruction. They do not throw.
  Next pure_op() noexcept;
  Next instruction() noexcept;
  Next compare_constant() noexcept;
  Next make() noexcept;
  Next apply_slowly() noexcept;
  Next return_slowly() noexcept;
  Next reject() noexcept;
  Next out_of_steps() noexcept;
  Next unwind() noexcept;

  // Whatever `work` does, std::bad_alloc is `ResourceError.Memory`.
  template <typename Work>
  Next guarded(Work work) noexcept;

  Next fail(Error error);
  Next follow(Outcome outcome);
  Next answer_call(Val value);
  void resume_parked(const Parked& parked);
  void drop_activation() noexcept;
  void run_loop(bool one_turn);
  Result<Val> apply_word(const OpInfo& info, Word word);
  void append_site(std::vector<CallSite>& sites, const Frame& frame, const Word* pc) const;

  std::uint64_t depth() const noexcept override { return frames_.size() - 1; }
  std::shared_ptr<const Parked> park() override;
  Result<Val> apply(const Code& function, std::span<const Val> arguments) override;
  std::vector<CallSite> calls(std::uint64_t& omitted) const override;

  // The program's own frame, and one for each activation that the limit allows.
  Frames frames_{limits().depth == no_limit ? no_limit : limits().depth + 1};
  std::optional<Error> failure_;
  std::uint32_t failure_word_ =
      0;  // of the instruction that failed: which of its words is to blame
  bool one_turn_ = false;
  std::optional<Result<Val>> nested_;  // what a Nested frame has ended with
};

}  // namespace avm
