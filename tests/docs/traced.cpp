// The program behind the one in `docs/tracing.md`.
#include <fstream>
#include <iterator>

#include "avm/assemble.hpp"
#include "avm/machine.hpp"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::ifstream file(argv[1]);
  avm::Assembly assembly =
      avm::assemble({argv[1], std::string(std::istreambuf_iterator<char>(file), {})});
  if (!assembly.tape) return 2;
  avm::Machine machine;
  if (!machine.load(*std::move(assembly.tape))) return 2;

  avm::CountedTrace trace;
  const auto execution = machine.start("main", avm::Val::nat(3), {.trace = &trace}).value();
  execution->run();
  if (trace.count("ObjectCreated") != 2) return 1;
  if (trace.count("ErrorOccurred") != 0) return 1;
  return 0;
}
