#include "vm/loaded_module.hpp"

#include "core/large_blocks.hpp"
#include "vm/tape_engine.hpp"
#include "vm/tape_parked.hpp"

namespace avm {

LoadedModule::LoadedModule(Tape loaded)
    : tape(std::move(loaded)), constants(tape.constants.materialize()) {
  functions.reserve(tape.functions.size());
  heap::prefer_large_pages(functions.data(), functions.capacity() * sizeof(LoadedFunction));
  functions.resize(tape.functions.size());
  for (std::size_t i = 0; i < functions.size(); ++i) {
    const TapeFunction& source = tape.functions[i];
    LoadedFunction& function = functions[i];
    function.code = source.code.data();
    function.constants = constants.data();
    function.functions = functions.data();
    function.registers = source.registers;
    function.tape_function = &source;
    function.module = this;
    function.runtime_code = {.name = Val::str(source.name),
                             .kind = source.kind,
                             .is_unsafe = source.is_unsafe,
                             .parameters = source.parameters,
                             .hash = source.hash,
                             .engine = &TapeEngine::make,
                             .body = &function,
                             .unpack = &TapeParked::unpack};
  }
}

}  // namespace avm
