#include "vm/loaded_module.hpp"

#include "vm/tape_engine.hpp"
#include "vm/tape_parked.hpp"

namespace avm {

LoadedModule::LoadedModule(Tape loaded)
    : tape(std::move(loaded)), constants(tape.constants.materialize()) {
  functions.reserve(tape.functions.size());
  for (const TapeFunction& source : tape.functions) {
    functions.push_back({.code = source.code.data(),
                         .constants = constants.data(),
                         .functions = functions.data(),
                         .registers = source.registers,
                         .tape_function = &source,
                         .module = this,
                         .runtime_code = {.name = Val::str(source.name),
                                          .kind = source.kind,
                                          .is_unsafe = source.is_unsafe,
                                          .parameters = source.parameters,
                                          .hash = source.hash,
                                          .engine = &TapeEngine::make,
                                          .body = functions.data() + functions.size(),
                                          .unpack = &TapeParked::unpack}});
  }
}

}  // namespace avm
