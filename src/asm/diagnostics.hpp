// Where the parts of the assembler put what they have to say about the source.
//
// Keeps so many errors and so many warnings, and counts the rest: a file of garbage has one on each
// of a million lines, and nobody reads them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "asm/ast.hpp"
#include "avm/assemble.hpp"

namespace avm::ast {

class Diagnostics {
 public:
  explicit Diagnostics(std::uint32_t kept_max) : kept_max_(kept_max) {}

  /// The new diagnostic, for notes and the like (valid until the next); null where it is counted
  /// only.
  Diagnostic* error(std::string_view code, Span span, std::string message) {
    return add(Severity::Error, code, span, std::move(message));
  }
  Diagnostic* warning(std::string_view code, Span span, std::string message) {
    return add(Severity::Warning, code, span, std::move(message));
  }

  std::uint64_t errors() const noexcept { return errors_; }
  std::uint64_t warnings() const noexcept { return warnings_; }
  /// All that were kept, in order of file and position; leaves none.
  std::vector<Diagnostic> take();

 private:
  Diagnostic* add(Severity severity, std::string_view code, Span span, std::string message);

  std::uint32_t kept_max_;
  std::uint64_t errors_ = 0;
  std::uint64_t warnings_ = 0;
  std::vector<Diagnostic> kept_;
};

/// Puts diagnostics in order of file and position.
void sort(std::vector<Diagnostic>& diagnostics);

/// A place to show beside another, with what is to be said of it.
inline Diagnostic::Place place(Span span, std::string label = {}) {
  return {span.file, span.begin, span.end, std::move(label)};
}

/// A name from the source as messages show it: in quotes, and cut where it is absurdly long.
std::string shown(std::string_view name);

/// "1 operand", "3 operands".
std::string counted(std::uint64_t count, std::string_view what);

}  // namespace avm::ast
