// TapeParked: an activation of a Tape's function, put away: where it stands, and its registers.
#pragma once

#include <memory>
#include <vector>

#include "avm/heap.hpp"
#include "runtime/engine.hpp"
#include "vm/frames.hpp"

namespace avm {

class TapeParked final : public Parked {
 public:
  /// Takes what is in the frame's registers.
  explicit TapeParked(const Frame& frame);
  std::optional<Val> pack() const override;
  /// An `UnpackActivation`.
  static std::shared_ptr<const Parked> unpack(const Code& code, const Val& packed, Op at);

  const LoadedFunction* function;
  const Word* pc;  ///< At the instruction that it waits in.
  std::vector<Val, heap::Allocator<Val>> registers;

 private:
  explicit TapeParked(const LoadedFunction& code) : function(&code), pc(code.code) {}
};

}  // namespace avm
