// Tapes made word by word, as no assembler makes them: disassemble, and do the same on both backends.
#include "avm/heap.hpp"
#include "fuzz/checks.hpp"
#include "fuzz/made_tape.hpp"
#include "fuzz/target.hpp"

using namespace avm::fuzz;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto tape = made_tape({data, size});
  if (!tape) return 0;
  check_file(*tape);
  check_views(*tape);
  check_source(*tape);
  const std::size_t before = avm::heap::bytes_in_use();
  check_backends(*tape);
  require(avm::heap::bytes_in_use() == before);
  return 0;
}
