// From source text to a checked module: what the assembler and the reference backend both begin
// with.
#pragma once

#include <optional>

#include "asm/checks.hpp"
#include "asm/diagnostics.hpp"
#include "asm/flow.hpp"
#include "asm/parsed.hpp"
#include "avm/assemble.hpp"

namespace avm::ast {

/// Its parts, for who lowers functions while others are still to be read.
class FrontEnd {
 public:
  explicit FrontEnd(const AssembleOptions& options);

  ParsedModule& parsed() noexcept { return parsed_; }
  void parse(SourceFile source, const Importer& importer, std::vector<SourceFile>& sources);
  /// Each function in its turn, once all is known that it names.
  void check_function(Index function);
  /// The nodes from `node` on are gone: there will be others in their places.
  void forget_from(Index node) { statements_.forget_from(node); }
  /// So far.
  bool has_errors() const noexcept;
  /// Resolves the names, and checks the functions that were not; false where there was an error. All
  /// that is to be said goes to `diagnostics` (in order of file and position) and the counts of `assembly`.
  bool finish(Assembly& assembly);

 private:
  const AssembleOptions& options_;
  ParsedModule parsed_;
  // What is said in each pass over the module, since it is put in the order of the passes.
  Diagnostics of_parser_;
  Diagnostics of_names_;
  Diagnostics of_statements_;
  Diagnostics of_flow_;
  StatementChecks statements_;
  FlowChecks flow_;
  Index checked_ = 0;  // functions
};

/// Reads `source` and what it imports. All that is to be said of them goes to `diagnostics` (in
/// order of file and position) and the counts of `assembly`, their texts to `sources`. Nothing
/// where there was an error.
std::optional<Module> read_module(SourceFile source, const AssembleOptions& options,
                                  const Importer& importer, Assembly& assembly);

}  // namespace avm::ast
