#include "asm/front_end.hpp"

#include "asm/checks.hpp"
#include "asm/diagnostics.hpp"
#include "asm/flow.hpp"
#include "asm/imports.hpp"
#include "asm/names.hpp"
#include "asm/parsed.hpp"

namespace avm::ast {
namespace {

void leave_out_imported_programs(Module& module) {
  for (const Function& function : module.functions) {
    const bool is_imported = function.name_span.file != 0;
    module.is_left_out.push_back(is_imported && function.kind == FunctionKind::Program);
  }
}

}  // namespace

std::optional<Module> read_module(SourceFile source, const AssembleOptions& options,
                                  const Importer& importer, Assembly& assembly) {
  Diagnostics diagnostics(options.diagnostics_max);
  ParsedModule parsed;
  parse_files(std::move(source), options, importer, assembly.sources, parsed, diagnostics);
  leave_out_imported_programs(parsed.module);
  resolve_names(parsed, diagnostics);
  check_statements(parsed, diagnostics);
  check_flow(parsed, diagnostics);

  assembly.errors = diagnostics.errors();
  assembly.warnings = diagnostics.warnings();
  assembly.diagnostics = diagnostics.take();
  if (assembly.errors > 0) return std::nullopt;
  return std::move(parsed.module);
}

}  // namespace avm::ast
