// Tape files of any bytes: refused, or a Tape that survives its file format and the verifier.
#include "avm/tape.hpp"
#include "fuzz/checks.hpp"
#include "fuzz/tape_input.hpp"
#include "fuzz/target.hpp"

using namespace avm::fuzz;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto tape = tape_of({data, size});
  if (!tape) return 0;
  check_file(*tape);
  const auto proof = avm::verify(*tape);
  require(proof || !proof.error().text().empty());
  return 0;
}
