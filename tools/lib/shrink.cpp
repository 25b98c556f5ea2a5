#include "lib/shrink.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "lib/options.hpp"

namespace avm {
namespace {

using Lines = std::vector<std::string>;

constexpr std::array<std::string_view, 5> simplest = {"nothing", "0", "[]", "true", "\"\""};

class Shrinker {
 public:
  Shrinker(const std::string& source, const std::function<bool(const std::string&)>& still_shows,
           std::size_t tries_max)
      : lines_(split(source, '\n')), still_shows_(still_shows), tries_max_(tries_max) {}

  Shrunk operator()() {
    std::size_t before;
    do {
      before = text(lines_).size();
      leave_out_functions();
      for (std::size_t size = std::max<std::size_t>(lines_.size() / 2, 1); size > 0; size /= 2)
        leave_out_lines(size);
      for (std::size_t i = 0; i < lines_.size(); ++i)
        simplify(i);
    } while (text(lines_).size() < before && tries_ < tries_max_);
    return {text(lines_), tries_};
  }

 private:
  static std::string text(const Lines& lines) {
    std::string joined;
    for (const std::string& line : lines)
      joined += line + '\n';
    if (!joined.empty()) joined.pop_back();
    return joined;
  }

  bool accept(Lines candidate) {
    if (tries_ == tries_max_) return false;
    ++tries_;
    if (!still_shows_(text(candidate))) return false;
    lines_ = std::move(candidate);
    return true;
  }

  bool leave_out(std::size_t from, std::size_t to) {
    Lines candidate = lines_;
    candidate.erase(candidate.begin() + static_cast<std::ptrdiff_t>(from),
                    candidate.begin() + static_cast<std::ptrdiff_t>(to));
    return accept(std::move(candidate));
  }

  void leave_out_functions() {
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      if (!lines_[i].ends_with('{')) continue;
      std::size_t end = i;
      while (end < lines_.size() && lines_[end] != "}")
        ++end;
      if (leave_out(i, std::min(end + 1, lines_.size()))) --i;
    }
  }

  // From the end: what a line needs stands above it.
  void leave_out_lines(std::size_t size) {
    for (std::size_t end = lines_.size(); end > 0;) {
      const std::size_t from = end - std::min(size, end);
      leave_out(from, end);
      end = from;
    }
  }

  bool replace(std::size_t i, std::string line) {
    if (line == lines_[i]) return false;
    Lines candidate = lines_;
    candidate[i] = std::move(line);
    return accept(std::move(candidate));
  }

  void simplify(std::size_t i) {
    if (lines_[i].starts_with(";")) return leave_out_words(i);
    const auto equals = lines_[i].find(" = ");
    if (equals != std::string::npos && !is_simple(lines_[i].substr(equals + 3))) {
      const std::string result = lines_[i].substr(0, equals + 3);
      for (const std::string_view simple : simplest)
        if (replace(i, result + std::string(simple))) return;
      // The instruction alone.
      replace(i, "    " + lines_[i].substr(equals + 3));
    }
    // Without operands.
    if (const auto word = lines_[i].find_first_not_of(' '); word != std::string::npos)
      replace(i, lines_[i].substr(0, lines_[i].find(' ', word)));
    simplify_operands(i);
  }

  // The options of the run: a flag, or an option with its value.
  void leave_out_words(std::size_t i) {
    for (auto at = lines_[i].rfind(" --"); at != std::string::npos && at > 0;
         at = lines_[i].rfind(" --", at - 1)) {
      const auto next = lines_[i].find(" --", at + 1);
      std::string line = lines_[i].substr(0, at);
      if (next != std::string::npos) line += lines_[i].substr(next);
      replace(i, line);
    }
    // Programs that run, and turns that they have.
    for (auto at = lines_[i].rfind(','); at != std::string::npos;
         at = lines_[i].rfind(',', at - 1)) {
      const auto next = std::min(lines_[i].find_first_of(", ", at + 1), lines_[i].size());
      replace(i, lines_[i].substr(0, at) + lines_[i].substr(next));
    }
  }

  // Each stretch between commas and brackets by something simple, or by nothing.
  void simplify_operands(std::size_t i) {
    constexpr std::string_view ends = ",()[]";
    for (std::size_t from = 0; from < lines_[i].size(); ++from) {
      if (ends.find(lines_[i][from]) == std::string_view::npos && lines_[i][from] != ' ') continue;
      const std::size_t to = end_of_operand(lines_[i], from + 1);
      if (to <= from + 1) continue;
      const std::string before = lines_[i].substr(0, from + 1);
      const std::string after = lines_[i].substr(to);
      const std::string_view gap = lines_[i][from + 1] == ' ' ? " " : "";
      if (lines_[i][from] == ',' && replace(i, lines_[i].substr(0, from) + after)) continue;
      if (is_simple(lines_[i].substr(from + 1, to - from - 1))) continue;
      for (const std::string_view simple : simplest)
        if (replace(i, fmt::format("{}{}{}{}", before, gap, simple, after))) break;
    }
  }

  static bool is_simple(std::string_view operand) {
    while (operand.starts_with(' '))
      operand.remove_prefix(1);
    return operand == "_" || std::ranges::find(simplest, operand) != simplest.end();
  }

  // Where the operand that begins at `at` ends: at a comma or closing bracket of its own level.
  static std::size_t end_of_operand(std::string_view line, std::size_t at) {
    int depth = 0;
    for (bool is_quoted = false; at < line.size(); ++at) {
      const char c = line[at];
      if (c == '"') is_quoted = !is_quoted;
      if (is_quoted) continue;
      if (c == '(' || c == '[') ++depth;
      if (depth == 0 && (c == ',' || c == ')' || c == ']')) return at;
      if (c == ')' || c == ']') --depth;
    }
    return at;
  }

  Lines lines_;
  const std::function<bool(const std::string&)>& still_shows_;
  std::size_t tries_max_;
  std::size_t tries_ = 0;
};

}  // namespace

Shrunk shrink(const std::string& source, const std::function<bool(const std::string&)>& still_shows,
              std::size_t tries_max) {
  return Shrinker(source, still_shows, tries_max)();
}

}  // namespace avm
