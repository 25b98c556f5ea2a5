#include "runtime/instruction_engine.hpp"

#include <new>
#include <utility>
#include <vector>

namespace avm {

const Code& instruction_code(Op op) {
  // Names are values, and values belong to a thread.
  thread_local const auto codes = [] {
    std::vector<Code> made(op_count);
    for (std::size_t i = 0; i < op_count; ++i) {
      const OpInfo& info = op_info(static_cast<Op>(i));
      made[i].name = Val::str(info.name);
      made[i].engine = &InstructionEngine::make;
      made[i].body = &info;
    }
    return made;
  }();
  return codes[static_cast<std::size_t>(op)];
}

void InstructionEngine::enter(const Code& code) {
  op_ = static_cast<const OpInfo*>(code.body)->op;
  is_entered_ = true;
}

bool InstructionEngine::run(bool) {
  if (is_asked_) {
    execution_.finish(std::move(*answer_));
    return false;
  }
  is_asked_ = true;
  const Val input = std::exchange(execution_.current().input, Val::nothing());
  std::vector<Val, heap::Allocator<Val>> arguments;
  try {
    for (std::uint64_t i = 0; i < input.list_size(); ++i)
      arguments.push_back(input.list_at(i));
  } catch (const std::bad_alloc&) {
    execution_.raise(Error(ErrorCode::ResourceError_Memory, Val::nat(execution_.limits().memory)));
    return false;
  }
  execution_.execute(op_, arguments);
  return true;
}

// No instruction that applies a function is run in this way.
Result<Val> InstructionEngine::apply(const Code& function, std::span<const Val>) {
  return std::unexpected(Error(ErrorCode::PureError_NotFound, function.name));
}

CallSite InstructionEngine::call_site(std::size_t) const {
  return {.function = std::string(op_info(op_).name), .file = {}, .position = {}};
}

}  // namespace avm
