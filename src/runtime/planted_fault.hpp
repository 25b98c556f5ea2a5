// Planted faults: what shows that the tests which look for differences can find one.
//
// In a build with AVM_PLANTED_FAULTS, which is a library for tests alone (`tests/faults`), a test can
// switch one fault on; in every other build `planted` is false when it is compiled.
//
// Threads: none other runs while the fault is changed.
#pragma once

#include <cstdint>

namespace avm {

enum class Fault : std::uint8_t {
  none,
#define AVM_FAULT(id, backend, what) id,
#include "runtime/planted_faults.def"
};

#ifdef AVM_PLANTED_FAULTS
inline Fault planted_fault = Fault::none;
inline bool planted(Fault fault) noexcept { return planted_fault == fault; }
#else
constexpr bool planted(Fault) noexcept { return false; }
#endif

}  // namespace avm
