// Tapes of any bytes that verify: disassemble to text that assembles to the same again.
#include "fuzz/checks.hpp"
#include "fuzz/tape_input.hpp"
#include "fuzz/target.hpp"

using namespace avm::fuzz;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto tape = verified_tape_of({data, size});
  if (!tape) return 0;
  check_views(*tape);
  check_source(*tape);
  // A tape of text is the assembler's own.
  if (!avm::is_tape({data, size})) check_made_again(*assembled(text({data, size}), false).tape);
  return 0;
}
