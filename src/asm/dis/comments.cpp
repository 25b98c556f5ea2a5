#include "asm/dis/comments.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "avm/text.hpp"

namespace avm::dis {
namespace {

// The name of a file could hold anything, line breaks too.
std::string escaped(std::string_view name) {
  const std::string text = quoted(name);
  return text.substr(1, text.size() - 2);
}

std::vector<std::size_t> line_begins(std::string_view text) {
  std::vector<std::size_t> begins{0};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') begins.push_back(i + 1);
  }
  return begins;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const auto begin = text.find_first_not_of(space);
  if (begin == text.npos) return "";
  return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

}  // namespace

SourceLines::SourceLines(const Tape& tape, std::span<const SourceFile> sources) {
  for (const std::string& name : tape.files) {
    const auto found = std::ranges::find(sources, name, &SourceFile::name);
    if (found == sources.end())
      files_.emplace_back();
    else
      files_.push_back({found->text, line_begins(found->text)});
  }
}

std::string_view SourceLines::line(std::uint32_t file, std::uint32_t number) const noexcept {
  const auto& [text, begins] = files_[file];
  if (number > begins.size()) return "";
  const std::size_t begin = begins[number - 1];
  const std::size_t end = number < begins.size() ? begins[number] : text.size();
  return trimmed(text.substr(begin, end - begin));
}

Comments::Comments(const Tape& tape, const TapeFunction& function, const SourceLines& lines,
                   bool use_debug)
    : tape_(tape), lines_(lines) {
  if (use_debug && function.debug) debug_ = function.debug.unpack();
}

std::string Comments::source(std::uint32_t number) const {
  const std::string_view text = lines_.line(debug_->file, number);
  return text.empty() ? "" : fmt::format(": {}", text);
}

std::string Comments::head() {
  if (!debug_) return "";
  latest_ = debug_->position.line;
  return fmt::format("; {}:{}{}\n", escaped(tape_.files[debug_->file]), debug_->position.line,
                     source(debug_->position.line));
}

std::string Comments::at(std::uint32_t pc) {
  if (!debug_) return "";
  const auto after = std::ranges::upper_bound(debug_->lines, pc, {}, &FunctionDebug::Line::pc);
  if (after == debug_->lines.begin()) return "";
  const std::uint32_t number = std::prev(after)->position.line;
  if (number == latest_) return "";
  latest_ = number;
  return fmt::format("    ; {}{}\n", number, source(number));
}

}  // namespace avm::dis
