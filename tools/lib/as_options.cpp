#include "lib/as_options.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <limits>
#include <optional>
#include <string_view>

#include "lib/options.hpp"

namespace avm {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view examples = R"(
Examples:
  avm-as examples/fib.avm                     writes examples/fib.tape
  avm-as examples/fib.avm -o fib.tape && avm-run fib.tape --input 10
  avm-as --check examples/fib.avm             only says what is wrong
  avm-as examples/fib.avm -g0 -o -            without names and lines, to standard output
  printf 'program p {\n ret 1\n}' | avm-as - -o p.tape
  avm-as --check --diagnostics=json bad.avm   for editors: a JSON object a line

BYTES is a number, with K, M or G behind it for powers of 1024.

Exit codes: 0 done; 2 wrong use, or a file that cannot be read or written; 3 mistakes in the source.
)";

enum class Colours : std::uint8_t { Auto, Always, Never };

Read<Colours> read_colours(const std::string& text) {
  if (text == "auto") return Colours::Auto;
  if (text == "always") return Colours::Always;
  if (text == "never") return Colours::Never;
  return wants("auto, always or never");
}

/// Whether diagnostics are to be JSON.
Read<bool> read_diagnostics(const std::string& text) {
  if (text != "text" && text != "json") return wants("text or json");
  return text == "json";
}

Read<std::uint32_t> read_errors_max(const std::string& text) {
  const auto count = parse_count(text);
  if (!count || *count > std::numeric_limits<std::uint32_t>::max())
    return wants("a number, as in 200");
  return static_cast<std::uint32_t>(*count);
}

/// Where the tape goes, and what may be wrong with that.
std::optional<std::string> choose_output(bool check, AsOptions& options) {
  if (options.file.empty()) return "no FILE to assemble, as in avm-as examples/fib.avm";
  if (check) {
    if (!options.output.empty()) return "--check writes nothing: leave out -o";
    return std::nullopt;
  }
  if (options.output.empty()) {
    if (options.file == "-") return "from standard input the tape needs a name: -o FILE";
    options.output = fs::path(options.file).replace_extension(".tape").string();
  }
  std::error_code error;
  if (options.output != "-" && fs::equivalent(options.file, options.output, error)) {
    return fmt::format("the tape would take the place of its source: name another file with -o");
  }
  return std::nullopt;
}

}  // namespace

std::expected<AsOptions, ExitCode> parse_as_options(const std::vector<std::string>& arguments,
                                                    Io& io) {
  AsOptions options;
  Colours colours = Colours::Auto;
  bool check = false;
  CommandLine add("avm-as", "Assembles AVM source to a tape. Diagnostics go to standard error.");
  add.file("an .avm source; - is standard input", options.file);
  add.value("-o,--output", "OUT", "the tape (FILE, but .tape); - is standard output", read_text,
            options.output);
  add.flag("--check", "only say what is wrong; write nothing", check);
  add.value("-g", "LEVEL", "0 leaves names and lines out of the tape (1)", read_debug_level,
            options.assemble.debug);
  add.value("--diagnostics", "text|json", "how to say what is wrong (text)", read_diagnostics,
            options.json);
  add.value("--color", "auto|always|never", "colours on a terminal only (auto)", read_colours,
            colours);
  add.group("Limits");
  add.value("--max-source", "BYTES", "of all source files together (512M)", read_size,
            options.assemble.source_bytes_max);
  add.value("--max-errors", "N", "shown; the rest is counted (200)", read_errors_max,
            options.assemble.diagnostics_max);
  add.footer(examples);

  if (const auto code = add.parse(arguments, io)) return std::unexpected(*code);
  options.colour =
      colours == Colours::Always || (colours == Colours::Auto && wants_colour(io.err_is_terminal));
  if (const auto message = choose_output(check, options))
    return std::unexpected(add.wrong_use(io, *message));
  return options;
}

}  // namespace avm
