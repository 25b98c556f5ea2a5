// Programs made of the grammar: assemble, disassemble, and do the same on both backends.
#include "fuzz/checks.hpp"
#include "fuzz/made_text.hpp"
#include "fuzz/target.hpp"

using namespace avm::fuzz;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = made_text({data, size});
  const avm::Assembly assembly = assembled(text);
  check_assembly(assembly);
  if (!assembly.tape) return 0;
  check_views(*assembly.tape);
  check_made_again(*assembled(text, false).tape);
  check_backends(assembly);
  return 0;
}
