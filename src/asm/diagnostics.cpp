#include "asm/diagnostics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace avm::ast {

Diagnostic* Diagnostics::add(Severity severity, std::string_view code, Span span,
                             std::string message) {
  std::uint64_t& count = severity == Severity::Error ? errors_ : warnings_;
  if (count++ >= kept_max_) return nullptr;
  Diagnostic& diagnostic = kept_.emplace_back();
  diagnostic.severity = severity;
  diagnostic.code = code;
  diagnostic.message = std::move(message);
  diagnostic.place = place(span);
  return &diagnostic;
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

std::string shown(std::string_view name) {
  constexpr std::size_t shown_max = 60;
  if (name.size() <= shown_max) return fmt::format("'{}'", name);
  return fmt::format("'{}…'", name.substr(0, shown_max));
}

std::string counted(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace avm::ast
