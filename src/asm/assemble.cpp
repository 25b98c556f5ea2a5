#include "avm/assemble.hpp"

#include "asm/diagnostics.hpp"
#include "asm/front_end.hpp"
#include "asm/lower.hpp"

namespace avm {

Assembly assemble(SourceFile source, const AssembleOptions& options, const Importer& importer) {
  Assembly assembly;
  auto module = ast::read_module(std::move(source), options, importer, assembly);
  if (!module) return assembly;
  const std::size_t warnings = assembly.diagnostics.size();
  assembly.tape = lower(*module, assembly.sources, options, assembly.diagnostics);
  assembly.errors = assembly.diagnostics.size() - warnings;
  ast::sort(assembly.diagnostics);
  assembly.module = std::make_shared<const ast::Module>(*std::move(module));
  return assembly;
}

}  // namespace avm
