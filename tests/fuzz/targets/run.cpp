// Tapes of any bytes that verify: run within small limits, and do the same on both backends.
#include "fuzz/checks.hpp"
#include "fuzz/tape_input.hpp"
#include "fuzz/target.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (const auto tape = avm::fuzz::verified_tape_of({data, size})) avm::fuzz::check_backends(*tape);
  return 0;
}
