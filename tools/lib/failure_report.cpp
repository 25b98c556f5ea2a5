#include "lib/failure_report.hpp"

#include <algorithm>
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "asm/excerpt.hpp"
#include "asm/source_map.hpp"
#include "avm/text.hpp"

namespace avm {
namespace {

constexpr std::uint64_t notes_max = 5;

constexpr std::string_view red = "\x1b[1;31m";
constexpr std::string_view green = "\x1b[1;32m";
constexpr std::string_view blue = "\x1b[1;34m";
constexpr std::string_view bold = "\x1b[1m";
constexpr std::string_view plain = "\x1b[0m";

std::string place(const CallSite& site) {
  if (site.position.line == 0) return site.function;
  return fmt::format("{} at {}:{}", site.function, site.file, site.position.line);
}

}  // namespace

FailureReport::FailureReport(std::ostream& err, Style style, FindSources find_sources)
    : err_(err), style_(style), find_sources_(std::move(find_sources)) {}

void FailureReport::add(const Failure& failure) {
  if (!failure.is_final && (!style_.notes || notes_++ >= notes_max)) return;
  write_head(failure);
  write_calls(failure);
}

void FailureReport::finish() {
  if (!style_.notes || notes_ <= notes_max) return;
  err_ << fmt::format("{}note{}: {} more calls failed\n", colour(green), colour(plain),
                      notes_ - notes_max);
}

void FailureReport::write_head(const Failure& failure) {
  err_ << fmt::format("{}{}{}: {}{}{}\n", colour(failure.is_final ? red : green),
                      failure.is_final ? "error" : "note", colour(plain), colour(bold),
                      failure.error.text(), colour(plain));
}

void FailureReport::write_calls(const Failure& failure) {
  // What is left out lies between two halves of equal size.
  const std::size_t gap = failure.omitted == 0 ? 0 : failure.calls.size() / 2;
  for (std::size_t i = 0; i < failure.calls.size(); ++i) {
    const CallSite& site = failure.calls[i];
    if (gap != 0 && i == gap) err_ << fmt::format("  … {} more calls …\n", failure.omitted);
    err_ << fmt::format("  {} {}\n", i == 0 ? "in" : "called from", place(site));
    if (i == 0) write_line(site);
  }
}

void FailureReport::write_line(const CallSite& site) {
  if (site.position.line == 0) return;
  const SourceFile* const file = source(site.file);
  if (file == nullptr) return;
  const std::string_view line = SourceMap(file->text).line(site.position.line);
  const std::size_t byte = code_point_offset(line, site.position.column - 1);
  const ast::Excerpt excerpt(line, byte);
  const std::string number = std::to_string(site.position.line);
  const std::string margin(number.size(), ' ');
  const std::string indent(excerpt.column(byte), ' ');
  err_ << fmt::format("{0}{3} |{1}\n{0}{2} |{1} {4}\n{0}{3} |{1} {5}{6}^{1}\n", colour(blue),
                      colour(plain), number, margin, excerpt.text(), indent, colour(red));
}

const SourceFile* FailureReport::source(std::string_view name) {
  if (!sources_) sources_ = find_sources_();
  const auto found = std::ranges::find(*sources_, name, &SourceFile::name);
  return found == sources_->end() ? nullptr : &*found;
}

std::string_view FailureReport::colour(std::string_view code) const {
  return style_.colour ? code : std::string_view();
}

}  // namespace avm
