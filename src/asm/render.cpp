// Diagnostics for people.
//
//   error[unknown-op]: unknown instruction 'crate_obj'
//     --> ping.avm:5:13
//      |
//    5 |     %ping = crate_obj "ping"
//      |             ^^^^^^^^^
//      |
//      = help: did you mean 'create_obj'?

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "asm/diagnostics.hpp"
#include "asm/excerpt.hpp"
#include "asm/source_map.hpp"
#include "asm/unicode.hpp"
#include "avm/assemble.hpp"

namespace avm {
namespace {

using ast::Excerpt;

enum class Style : std::uint8_t { Error, Warning, Gutter, Strong };

std::string_view escape_sequence(Style style) noexcept {
  switch (style) {
  case Style::Error: return "\x1b[1;31m";
  case Style::Warning: return "\x1b[1;33m";
  case Style::Gutter: return "\x1b[1;34m";
  case Style::Strong: return "\x1b[1m";
  }
  return {};
}

/// A mark under one line.
struct Mark {
  std::size_t begin;  // columns
  std::size_t end;
  bool is_primary;
  std::string_view label;
};

/// A place that is to be shown.
struct Shown {
  const Diagnostic::Place* place;
  std::uint32_t line;
  bool is_primary;
};

class Renderer {
 public:
  Renderer(const Assembly& assembly, bool colour) : assembly_(assembly), colour_(colour) {
    maps_.resize(assembly.sources.size());
  }

  std::string run() {
    for (const Diagnostic& diagnostic : assembly_.diagnostics) {
      show(diagnostic);
      out_ += '\n';
    }
    show_summary();
    return std::move(out_);
  }

 private:
  const SourceMap& map(std::uint32_t file) {
    std::optional<SourceMap>& map = maps_[file];
    if (!map) map.emplace(assembly_.sources[file].text);
    return *map;
  }

  std::string styled(Style style, std::string_view text) const {
    if (!colour_) return std::string(text);
    return fmt::format("{}{}\x1b[0m", escape_sequence(style), text);
  }

  void show(const Diagnostic& diagnostic) {
    style_ = diagnostic.severity == Severity::Error ? Style::Error : Style::Warning;
    const std::string_view severity = diagnostic.severity == Severity::Error ? "error" : "warning";
    out_ += styled(style_, fmt::format("{}[{}]", severity, diagnostic.code));
    out_ += styled(Style::Strong, fmt::format(": {}", ast::printable(diagnostic.message)));
    out_ += '\n';

    find_gutter(diagnostic);
    show_places(diagnostic);
    const bool has_notes = !diagnostic.notes.empty() || diagnostic.help.has_value();
    if (has_notes && diagnostic.place.end != 0) {
      show_gutter();
      out_ += '\n';
    }
    for (const std::string& note : diagnostic.notes)
      show_note("note", note);
    if (diagnostic.help) show_note("help", *diagnostic.help);
  }

  void find_gutter(const Diagnostic& diagnostic) {
    std::uint32_t last = map(diagnostic.place.file).position(diagnostic.place.begin).line;
    for (const Diagnostic::Place& other : diagnostic.others) {
      last = std::max(last, map(other.file).position(other.begin).line);
    }
    gutter_ = std::to_string(last).size();
  }

  void show_note(std::string_view kind, std::string_view text) {
    out_ += fmt::format("{:{}} {} {}: {}\n", "", gutter_, styled(Style::Gutter, "="),
                        styled(Style::Strong, kind), ast::printable(text));
  }

  /// The file of the diagnostic first, then those of other places.
  void show_places(const Diagnostic& diagnostic) {
    std::vector<Shown> shown;
    const auto add = [&](const Diagnostic::Place& place, bool is_primary) {
      shown.push_back({&place, map(place.file).position(place.begin).line, is_primary});
    };
    add(diagnostic.place, true);
    for (const Diagnostic::Place& other : diagnostic.others)
      add(other, false);
    const std::uint32_t own_file = diagnostic.place.file;
    std::ranges::stable_sort(shown, {}, [&](const Shown& one) {
      const std::uint32_t file = one.place->file;
      return std::tuple(file != own_file, file, one.line, one.place->begin);
    });
    for (auto begin = shown.begin(); begin != shown.end();) {
      const auto end = std::find_if(begin, shown.end(), [&](const Shown& one) {
        return one.place->file != begin->place->file;
      });
      show_file({begin, end});
      begin = end;
    }
  }

  void show_file(std::span<const Shown> shown) {
    const auto primary = std::ranges::find_if(shown, &Shown::is_primary);
    const bool has_primary = primary != shown.end();
    const Diagnostic::Place& place = has_primary ? *primary->place : *shown.front().place;
    const std::string name = ast::printable(assembly_.sources[place.file].name);
    out_ +=
        fmt::format("{:{}}{} ", "", gutter_, styled(Style::Gutter, has_primary ? "-->" : ":::"));
    // The file as a whole.
    if (has_primary && place.end == 0) {
      out_ += name + '\n';
      return;
    }
    const SourcePosition position = map(place.file).position(place.begin);
    out_ += fmt::format("{}:{}:{}\n", name, position.line, position.column);
    show_gutter();
    out_ += '\n';
    std::uint32_t previous = 0;
    while (!shown.empty()) {
      const std::uint32_t line = shown.front().line;
      if (previous != 0 && line > previous + 1) show_gap(place.file, previous, line);
      const auto count = std::ranges::count(shown, line, &Shown::line);
      show_line(shown.first(static_cast<std::size_t>(count)));
      shown = shown.subspan(static_cast<std::size_t>(count));
      previous = line;
    }
  }

  /// One line between two that are shown may as well be shown too.
  void show_gap(std::uint32_t file, std::uint32_t previous, std::uint32_t line) {
    if (line == previous + 2) {
      show_source(line - 1, Excerpt(map(file).line(line - 1), 0));
    } else {
      out_ += styled(Style::Gutter, "...") + '\n';
    }
  }

  void show_gutter(std::string_view text = {}) {
    out_ += styled(Style::Gutter, fmt::format("{:>{}} |", text, gutter_));
  }

  void show_source(std::uint32_t line, const Excerpt& excerpt) {
    show_gutter(std::to_string(line));
    if (!excerpt.text().empty()) out_ += ' ' + excerpt.text();
    out_ += '\n';
  }

  /// A line with marks under it.
  void show_line(std::span<const Shown> shown) {
    const SourceMap& source = map(shown.front().place->file);
    const std::uint32_t line = shown.front().line;
    const std::uint32_t begin = source.line_begin(line);
    const auto primary = std::ranges::find_if(shown, &Shown::is_primary);
    const Shown& focus = primary != shown.end() ? *primary : shown.front();
    const Excerpt excerpt(source.line(line), focus.place->begin - begin);
    show_source(line, excerpt);

    std::vector<Mark> marks;
    for (const Shown& one : shown) {
      const std::size_t from = excerpt.column(one.place->begin - begin);
      const std::size_t to = excerpt.column(one.place->end - begin);
      marks.push_back({from, std::max(to, from + 1), one.is_primary, one.place->label});
    }
    // Marks that lie over each other go below each other.
    while (!marks.empty()) {
      std::vector<Mark> row;
      std::vector<Mark> rest;
      for (const Mark& mark : marks) {
        const bool fits = row.empty() || mark.begin > row.back().end;
        (fits ? row : rest).push_back(mark);
      }
      show_marks(row);
      marks = std::move(rest);
    }
  }

  /// Marks side by side. The label of the last stands beside it, those of the others below.
  void show_marks(const std::vector<Mark>& marks) {
    show_gutter();
    std::size_t column = 0;
    for (const Mark& mark : marks) {
      const std::string line(mark.end - mark.begin, mark.is_primary ? '^' : '-');
      out_ += fmt::format(" {:{}}{}", "", mark.begin - column, mark_text(mark, line));
      column = mark.end + 1;
    }
    if (!marks.back().label.empty()) out_ += ' ' + label_text(marks.back());
    out_ += '\n';

    std::vector<Mark> below;
    std::copy_if(marks.begin(), marks.end() - 1, std::back_inserter(below),
                 [](const Mark& mark) { return !mark.label.empty(); });
    while (!below.empty()) {
      show_gutter();
      column = 0;
      for (const Mark& mark : below) {
        const bool is_last = &mark == &below.back();
        const std::string text = is_last ? label_text(mark) : mark_text(mark, "|");
        out_ += fmt::format(" {:{}}{}", "", mark.begin - column, text);
        column = mark.begin + 2;
      }
      out_ += '\n';
      below.pop_back();
    }
  }

  std::string mark_text(const Mark& mark, std::string_view text) const {
    return styled(mark.is_primary ? style_ : Style::Gutter, text);
  }
  std::string label_text(const Mark& mark) const {
    return mark_text(mark, ast::printable(mark.label));
  }

  void show_summary() {
    if (assembly_.errors + assembly_.warnings == 0) return;
    std::string counts;
    if (assembly_.errors > 0) counts = ast::counted(assembly_.errors, "error");
    if (assembly_.warnings > 0) {
      counts += counts.empty() ? "" : ", ";
      counts += ast::counted(assembly_.warnings, "warning");
    }
    const std::uint64_t shown = assembly_.diagnostics.size();
    const std::uint64_t hidden = assembly_.errors + assembly_.warnings - shown;
    if (hidden > 0) counts += fmt::format(" ({} of them not shown)", hidden);
    out_ += styled(assembly_.errors > 0 ? Style::Error : Style::Warning, counts);
    out_ += '\n';
  }

  const Assembly& assembly_;
  bool colour_;
  std::vector<std::optional<SourceMap>> maps_;
  Style style_ = Style::Error;
  std::size_t gutter_ = 1;
  std::string out_;
};

}  // namespace

std::string render(const Assembly& assembly, bool colour) {
  return Renderer(assembly, colour).run();
}

}  // namespace avm
