// Diagnostics for programs: one JSON object a line.

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "asm/source_map.hpp"
#include "asm/unicode.hpp"
#include "avm/assemble.hpp"
#include "avm/text.hpp"

namespace avm {
namespace {

std::string json(std::string_view text) { return json_string(ast::printable(text)); }

class JsonRenderer {
 public:
  explicit JsonRenderer(const Assembly& assembly)
      : assembly_(assembly), maps_(assembly.sources.size()) {}

  std::string run() {
    std::string out;
    for (const Diagnostic& diagnostic : assembly_.diagnostics)
      out += object(diagnostic) + '\n';
    return out;
  }

 private:
  std::string object(const Diagnostic& diagnostic) {
    const std::string_view severity = diagnostic.severity == Severity::Error ? "error" : "warning";
    std::vector<std::string> others;
    for (const Diagnostic::Place& other : diagnostic.others) {
      others.push_back(fmt::format("{{{}}}", fields(other)));
    }
    std::vector<std::string> notes;
    for (const std::string& note : diagnostic.notes)
      notes.push_back(json(note));
    return fmt::format(
        R"({{"severity":"{}","code":"{}","message":{},{},"others":[{}],"notes":[{}],"help":{}}})",
        severity, diagnostic.code, json(diagnostic.message), fields(diagnostic.place),
        fmt::join(others, ","), fmt::join(notes, ","),
        diagnostic.help ? json(*diagnostic.help) : "null");
  }

  std::string fields(const Diagnostic::Place& place) {
    const SourcePosition begin = map(place.file).position(place.begin);
    const SourcePosition end = map(place.file).position(place.end);
    return fmt::format(
        R"("file":{},"line":{},"column":{},"end_line":{},"end_column":{},"label":{})",
        json(assembly_.sources[place.file].name), begin.line, begin.column, end.line, end.column,
        json(place.label));
  }

  const SourceMap& map(std::uint32_t file) {
    std::optional<SourceMap>& map = maps_[file];
    if (!map) map.emplace(assembly_.sources[file].text);
    return *map;
  }

  const Assembly& assembly_;
  std::vector<std::optional<SourceMap>> maps_;
};

}  // namespace

std::string render_json(const Assembly& assembly) { return JsonRenderer(assembly).run(); }

}  // namespace avm
