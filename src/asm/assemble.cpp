#include "avm/assemble.hpp"

#include <algorithm>
#include <iterator>

#include "asm/diagnostics.hpp"
#include "asm/early.hpp"
#include "asm/front_end.hpp"
#include "asm/lower.hpp"

namespace avm {

Assembly assemble(SourceFile source, const AssembleOptions& options, const Importer& importer) {
  Assembly assembly;
  ast::FrontEnd front(options);
  ast::Module& module = front.parsed().module;
  std::vector<Diagnostic> overfull;
  Lowering lowering(module, assembly.sources, options, overfull);
  ast::EarlyFunctions early(front, lowering);
  if (!options.tree)
    front.parsed().has_done_with = [&](const ast::Mark& before) { return early.take(before); };

  front.parse(std::move(source), importer, assembly.sources);
  if (!front.finish(assembly)) return assembly;
  for (ast::Index i = early.taken(); i < module.functions.size(); ++i) {
    lowering.add(i);
    if (!options.tree) module.functions[i] = {};
  }
  assembly.tape = lowering.finish();
  assembly.errors = overfull.size();
  std::ranges::move(overfull, std::back_inserter(assembly.diagnostics));
  ast::sort(assembly.diagnostics);
  if (options.tree) assembly.module = std::make_shared<const ast::Module>(std::move(module));
  return assembly;
}

}  // namespace avm
