#include <avm/assemble.hpp>
#include <avm/machine.hpp>

#include <iostream>

int main() {
  avm::Assembly assembly = avm::assemble({"sum.avm", "program main(%n) {\n"
                                                     "    %sum = add %n, 2\n"
                                                     "    ret %sum\n"
                                                     "}\n"});
  std::cerr << avm::render(assembly, false);
  if (!assembly.tape) return 1;

  avm::Machine machine;
  if (!machine.load(*std::move(assembly.tape))) return 1;
  const auto execution = machine.start("main", avm::Val::nat(40)).value();
  execution->run();
  if (const avm::Val* value = execution->value()) std::cout << avm::to_text(*value) << '\n';
}
