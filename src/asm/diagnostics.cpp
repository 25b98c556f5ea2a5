#include "asm/diagnostics.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "asm/unicode.hpp"

namespace avm::ast {

Diagnostic* Diagnostics::add(Severity severity, std::string_view code, Span span,
                             fmt::string_view message, fmt::format_args args) {
  std::uint64_t& count = severity == Severity::Error ? errors_ : warnings_;
  if (count++ >= kept_max_) return nullptr;
  Diagnostic& diagnostic = kept_.emplace_back();
  diagnostic.severity = severity;
  diagnostic.code = code;
  diagnostic.message = fmt::vformat(message, args);
  diagnostic.place = place(span);
  return &diagnostic;
}

void Diagnostics::append(Diagnostics later) {
  std::uint64_t errors = errors_;
  std::uint64_t warnings = warnings_;
  for (Diagnostic& diagnostic : later.kept_) {
    std::uint64_t& count = diagnostic.severity == Severity::Error ? errors : warnings;
    if (count++ < kept_max_) kept_.push_back(std::move(diagnostic));
  }
  errors_ += later.errors_;
  warnings_ += later.warnings_;
}

std::vector<Diagnostic> Diagnostics::take() {
  sort(kept_);
  return std::exchange(kept_, {});
}

void sort(std::vector<Diagnostic>& diagnostics) {
  const auto position = [](const Diagnostic& diagnostic) {
    return std::tuple(diagnostic.place.file, diagnostic.place.begin, diagnostic.severity);
  };
  std::ranges::stable_sort(diagnostics, {}, position);
}

std::string given(std::uint64_t count) {
  return count == 0 ? "none given" : fmt::format("{} given", count);
}

std::string counted(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace avm::ast

fmt::appender fmt::formatter<avm::ast::Shown>::format(const avm::ast::Shown& shown,
                                                      fmt::format_context& context) const {
  constexpr std::size_t bytes_max = 60;
  const std::string_view name = avm::ast::clipped(shown.name, bytes_max);
  return fmt::format_to(context.out(), "{}{}{}{}", shown.prefix, name,
                        name.size() < shown.name.size() ? "…" : "", shown.suffix);
}
