// InstructionEngine: runs an execution that is one instruction and no more. What a node does for another
// one, or for a client, is such an execution: the handlers are the same, and so are limits and trace.
#pragma once

#include "runtime/execution.hpp"

namespace avm {

/// The program that carries out `op`. Its input is the list of the operands, its value the result.
const Code& instruction_code(Op op);

class InstructionEngine final : public Engine {
 public:
  explicit InstructionEngine(ExecutionImpl& execution) : execution_(execution) {}
  static std::unique_ptr<Engine> make(ExecutionImpl& execution) {
    return std::make_unique<InstructionEngine>(execution);
  }

  void enter(const Code& code) override;
  void resume(const Parked&) override {}
  void answer(Val value) override { answer_ = std::move(value); }
  void leave() noexcept override { is_entered_ = false; }
  std::shared_ptr<const Parked> park() override { return nullptr; }
  bool run(bool one_turn) override;
  Result<Val> apply(const Code& function, std::span<const Val> arguments) override;
  std::size_t frame_count() const noexcept override { return is_entered_ ? 1 : 0; }
  bool is_activation(std::size_t) const noexcept override { return true; }
  CallSite call_site(std::size_t frame) const override;

 private:
  ExecutionImpl& execution_;
  Op op_ = Op::call;
  bool is_entered_ = false;
  bool is_asked_ = false;
  std::optional<Val> answer_;
};

}  // namespace avm
