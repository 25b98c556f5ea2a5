#include "asm/front_end.hpp"

#include "asm/imports.hpp"
#include "asm/names.hpp"

namespace avm::ast {

FrontEnd::FrontEnd(const AssembleOptions& options)
    : options_(options),
      of_parser_(options.diagnostics_max),
      of_names_(options.diagnostics_max),
      of_statements_(options.diagnostics_max),
      of_flow_(options.diagnostics_max),
      statements_(parsed_, of_statements_),
      flow_(parsed_, of_flow_) {}

void FrontEnd::parse(SourceFile source, const Importer& importer,
                     std::vector<SourceFile>& sources) {
  parse_files(std::move(source), options_, importer, sources, parsed_, of_parser_);
}

void FrontEnd::check_function(Index function) {
  statements_.run(function);
  flow_.run(function);
  checked_ = function + 1;
}

bool FrontEnd::has_errors() const noexcept {
  return of_parser_.errors() + of_names_.errors() + of_statements_.errors() + of_flow_.errors() > 0;
}

bool FrontEnd::finish(Assembly& assembly) {
  resolve_names(parsed_, of_names_);
  while (checked_ < parsed_.module.functions.size())
    check_function(checked_);

  Diagnostics all = std::move(of_parser_);
  all.append(std::move(of_names_));
  all.append(std::move(of_statements_));
  all.append(std::move(of_flow_));
  assembly.errors = all.errors();
  assembly.warnings = all.warnings();
  assembly.diagnostics = all.take();
  return assembly.errors == 0;
}

std::optional<Module> read_module(SourceFile source, const AssembleOptions& options,
                                  const Importer& importer, Assembly& assembly) {
  FrontEnd front(options);
  front.parse(std::move(source), importer, assembly.sources);
  if (!front.finish(assembly)) return std::nullopt;
  return std::move(front.parsed().module);
}

}  // namespace avm::ast
