// TapeEngine: runs Tape words. The loop is in `loop.cpp`; here is what it does seldom enough to stay
// out of it.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>

#include "runtime/execution.hpp"
#include "vm/frames.hpp"
#include "vm/loaded_module.hpp"

namespace avm {

class TapeEngine final : public Engine {
 public:
  explicit TapeEngine(ExecutionImpl& execution) : execution_(execution) {}
  static std::unique_ptr<Engine> make(ExecutionImpl& execution) {
    return std::make_unique<TapeEngine>(execution);
  }

  void enter(const Code& code) override;
  void resume(const Parked& parked) override;
  void answer(Val value) override;
  void leave() noexcept override;
  std::shared_ptr<const Parked> park() override;
  bool run(bool one_turn) override;
  Result<Val> apply(const Code& function, std::span<const Val> arguments) override;
  std::size_t frame_count() const noexcept override { return frames_.size(); }
  bool is_activation(std::size_t frame) const noexcept override {
    return frames_[frame].is_activation();
  }
  CallSite call_site(std::size_t frame) const override;

 private:
  // How the loop goes on after a slow path. But for Jump it takes `frames_.top()`'s pc and registers
  // and the steps anew.
  enum class Next : std::uint8_t {
    Go,     ///< On, at the top frame's pc.
    Jump,   ///< On, where the instruction at the top frame's pc jumps to.
    Raise,  ///< The execution's pending error is set.
    Stop,   ///< Out of the loop.
  };

  void loop();

  // Slow paths. The top frame's pc is at the instruction. They do not throw.
  Next pure_op() noexcept;
  Next compare_constant() noexcept;
  Next make() noexcept;
  Next apply_slowly() noexcept;
  Next return_slowly() noexcept;
  Next reject() noexcept;
  Next out_of_steps() noexcept;
  Next unwind() noexcept;

  // AVM instructions, in the same way: one function for each op (`instructions.cpp`).
  template <Op op>
  Next instruction() noexcept;
  using Instruction = Next (TapeEngine::*)() noexcept;
  static const std::array<Instruction, op_count> instructions;

  // Whatever `work` does, std::bad_alloc is `ResourceError.Memory`.
  template <typename Work>
  Next guarded(Work work) noexcept;

  Next fail(Error error);
  // The result of the instruction at the top frame's pc.
  void take_result(const OpInfo& info, Val&& value);
  // Where the loop goes after the execution has done something.
  Next next() const noexcept { return execution_.is_on(*this) ? Next::Go : Next::Stop; }
  Meter& meter() noexcept { return execution_.meter(); }
  const Limits& limits() const noexcept { return execution_.limits(); }
  // Leaves room for as many frames as the limit of depth allows beside those of other engines.
  void set_frames_max() noexcept;
  Result<Val> apply_word(const OpInfo& info, Word word);

  ExecutionImpl& execution_;
  Frames frames_;
  std::uint32_t failure_word_ =
      0;                    // of the instruction that failed: which of its words is to blame
  Next resume_ = Next::Go;  // where the loop goes on when it is entered again
  bool one_turn_ = false;
  bool had_turn_ = false;          // an instruction, since `run` was called
  Result<Val>* nested_ = nullptr;  // what a Nested frame ends with
};

}  // namespace avm
