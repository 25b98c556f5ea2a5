// A Tape made ready to run in one machine: its constants as values of this thread, its functions as
// the bytecode loop and the runtime want them. It stays where it is for as long as the machine lives.
#pragma once

#include <vector>

#include "avm/heap.hpp"
#include "avm/tape.hpp"
#include "avm/val.hpp"
#include "runtime/execution.hpp"

namespace avm {

struct LoadedModule;

struct LoadedFunction {
  const Word* code = nullptr;
  const Val* constants = nullptr;
  const LoadedFunction* functions = nullptr;  ///< All of its module, by index.
  std::uint32_t registers = 0;
  const TapeFunction* tape_function = nullptr;
  const LoadedModule* module = nullptr;
  Code runtime_code;  ///< Its `body` is this very function.
};

struct LoadedModule {
  explicit LoadedModule(Tape loaded);
  LoadedModule(const LoadedModule&) = delete;
  LoadedModule& operator=(const LoadedModule&) = delete;

  Tape tape;
  std::vector<Val> constants;
  std::vector<LoadedFunction, heap::Allocator<LoadedFunction>> functions;
};

inline const LoadedFunction& loaded_function(const Code& code) {
  return *static_cast<const LoadedFunction*>(code.body);
}

}  // namespace avm
