// The assembler on any text: errors, or a Tape that verifies and survives its file format.
#include "fuzz/checks.hpp"
#include "fuzz/target.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  avm::fuzz::check_assembly(avm::fuzz::assembled(avm::fuzz::text({data, size})));
  return 0;
}
