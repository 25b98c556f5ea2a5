// TreeEngine: the interpreter of interaction trees (book chapters "Interaction Trees", "Architecture").
//
// It goes from node to node: Bind puts off what comes after, Ret goes on with what was put off last,
// Tau is a step, and Vis asks the runtime, which does what the Tape's instructions do. What was put
// off stands on a stack of its own, so that no shape of tree needs native stack.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "itree/tree_code.hpp"
#include "runtime/execution.hpp"

namespace avm {

class TreeEngine final : public Engine {
 public:
  explicit TreeEngine(ExecutionImpl& execution) : execution_(execution) {}
  static std::unique_ptr<Engine> make(ExecutionImpl& execution) {
    return std::make_unique<TreeEngine>(execution);
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
    return frames_[frame].kind == Frame::Kind::Activation;
  }
  CallSite call_site(std::size_t frame) const override;

 private:
  struct Frame {
    enum class Kind : std::uint8_t {
      Activation,
      Pure,    ///< Applied by the frame under it.
      Nested,  ///< Applied by an instruction, which waits for it in native code.
    };
    Kind kind;
    const TreeCode* code;
    std::size_t first_pending;  ///< Its part of `pending_` begins here.
    SourcePosition position;    ///< Of its latest event.
    /// Keeps `code`, where nobody else does.
    std::shared_ptr<const void> owner = nullptr;
  };
  template <typename T>
  using Stack = std::vector<T, heap::Allocator<T>>;
  struct TreeParked;

  // What user code throws is raised.
  template <typename Work>
  bool guarded(Work work);
  // Each goes one node on; whether an AVM instruction was carried out.
  bool step();
  bool ask(const itree::NodeRef& vis);
  void end_frame();

  void push_frame(Frame::Kind kind, const Code& code);
  void pop_frame() noexcept;
  void start(const Event& application, std::span<Val> arguments);
  void raise(Error error);
  Error out_of_memory() const;
  Error rejection(std::string_view thrown) const;

  ExecutionImpl& execution_;
  Stack<Frame> frames_;
  Stack<itree::NodeRef> pending_;      // Bind nodes whose tree is under way
  itree::NodeRef current_;             // of the top frame
  std::optional<Result<Val>> nested_;  // what a Nested frame has ended with
};

}  // namespace avm
