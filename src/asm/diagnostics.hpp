// Where the parts of the assembler put what they have to say about the source.
//
// Keeps so many errors and so many warnings, and counts the rest: a file of garbage has one on each
// of a million lines, and nobody reads them.
#pragma once

#include <fmt/format.h>

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
  /// only. Then its message is not even put together.
  template <typename... Args>
  Diagnostic* error(std::string_view code, Span span, fmt::format_string<Args...> message,
                    Args&&... args) {
    return add(Severity::Error, code, span, message, fmt::make_format_args(args...));
  }
  template <typename... Args>
  Diagnostic* warning(std::string_view code, Span span, fmt::format_string<Args...> message,
                      Args&&... args) {
    return add(Severity::Warning, code, span, message, fmt::make_format_args(args...));
  }

  std::uint64_t errors() const noexcept { return errors_; }
  std::uint64_t warnings() const noexcept { return warnings_; }
  /// Adds what `later` holds, as if it had been said here, behind what was said so far.
  void append(Diagnostics later);
  /// All that were kept, in order of file and position; leaves none.
  std::vector<Diagnostic> take();

 private:
  Diagnostic* add(Severity severity, std::string_view code, Span span, fmt::string_view message,
                  fmt::format_args args);

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

/// A name from the source as messages show it: cut where it is absurdly long.
struct Shown {
  std::string_view prefix;
  std::string_view name;
  std::string_view suffix;
};
/// In quotes.
inline Shown shown(std::string_view name) { return {"'", name, "'"}; }
/// In quotes, with its sign.
inline Shown shown_register(std::string_view name) { return {"'%", name, "'"}; }
/// As it stands in an example.
inline Shown bare(std::string_view name) { return {"", name, ""}; }

/// "1 operand", "3 operands".
std::string counted(std::uint64_t count, std::string_view what);
/// "none given", "2 given".
std::string given(std::uint64_t count);

}  // namespace avm::ast

template <>
struct fmt::formatter<avm::ast::Shown> : fmt::formatter<fmt::string_view> {
  fmt::appender format(const avm::ast::Shown& shown, fmt::format_context& context) const;
};
