// Engine: one way to run code. The Tape has one, interaction trees have another, and an execution
// has an engine of each sort that its activations ask for, since a call can lead from one to the other.
//
// An engine decides which instruction comes next and moves values between its registers and the
// arguments of instructions. What an instruction does is a handler, written once, over the execution.
//
// An engine keeps a stack of frames: one for each activation that is its own, and above it one for
// each pure function that is being applied. The execution tells it what becomes of activations; of
// pure frames only the engine knows.
//
// Threads: the execution's. Errors: std::bad_alloc out of any of these, but for those that are
// noexcept, ends the execution.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

#include "avm/error.hpp"
#include "avm/machine.hpp"

namespace avm {

struct Code;

/// An engine's part of an activation that waits in `receive`: data, which may be resumed more than once.
class Parked {
 public:
  virtual ~Parked() = default;
  /// As a value, for another machine that has the same code. Nullopt: it cannot leave this one.
  virtual std::optional<Val> pack() const { return std::nullopt; }
};

class Engine {
 public:
  virtual ~Engine() = default;

  /// A new activation is current: a frame for it, at the top of its code.
  virtual void enter(const Code& code) = 0;
  /// A parked activation is current again: its frame, as it was. `answer` follows.
  virtual void resume(const Parked& parked) = 0;
  /// The instruction at which the current activation stands has this result.
  virtual void answer(Val value) = 0;
  /// The current activation has ended: drops its frame, and the pure ones above it.
  virtual void leave() noexcept = 0;
  /// The current activation, as data.
  virtual std::shared_ptr<const Parked> park() = 0;

  /// Runs the current activation until the execution does not run any more, or until the current
  /// activation is another engine's; with `one_turn` only up to and with the next AVM instruction.
  /// Whether it came to one.
  virtual bool run(bool one_turn) = 0;

  /// Applies a pure function to its end, in a frame of its own.
  virtual Result<Val> apply(const Code& function, std::span<const Val> arguments) = 0;

  // The frames, for limits and for the chain of calls.

  virtual std::size_t frame_count() const noexcept = 0;
  /// Whether the frame is an activation's, and not a pure function's.
  virtual bool is_activation(std::size_t frame) const noexcept = 0;
  virtual CallSite call_site(std::size_t frame) const = 0;
};

}  // namespace avm
