#include "lib/as_options.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <limits>
#include <optional>
#include <string_view>

#include "avm/text.hpp"
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

/// The texts of options, as they stand on the command line.
struct Texts {
  std::string debug = "1";
  std::string diagnostics = "text";
  std::string colour = "auto";
  std::string source_max;
  std::string errors_max;
  bool check = false;
};

std::string wants(std::string_view option, std::string_view text, std::string_view right) {
  return fmt::format("{} {}: it has to be {}", option, quoted(text), right);
}

/// What is wrong with the options; nothing where `options` is filled in.
std::optional<std::string> read(const Texts& texts, const Io& io, AsOptions& options) {
  if (texts.debug != "0" && texts.debug != "1") {
    return wants("-g", texts.debug, "0 (no names and lines) or 1");
  }
  options.assemble.debug = texts.debug == "1";

  if (texts.diagnostics != "text" && texts.diagnostics != "json") {
    return wants("--diagnostics", texts.diagnostics, "text or json");
  }
  options.json = texts.diagnostics == "json";

  if (texts.colour != "auto" && texts.colour != "always" && texts.colour != "never") {
    return wants("--color", texts.colour, "auto, always or never");
  }
  options.colour =
      texts.colour == "always" || (texts.colour == "auto" && wants_colour(io.err_is_terminal));

  if (!texts.source_max.empty()) {
    const auto bytes = parse_size(texts.source_max);
    if (!bytes) return wants("--max-source", texts.source_max, "a number of bytes, as in 64M");
    options.assemble.source_bytes_max = *bytes;
  }
  if (!texts.errors_max.empty()) {
    const auto count = parse_count(texts.errors_max);
    if (!count || *count > std::numeric_limits<std::uint32_t>::max()) {
      return wants("--max-errors", texts.errors_max, "a number, as in 200");
    }
    options.assemble.diagnostics_max = static_cast<std::uint32_t>(*count);
  }
  return std::nullopt;
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
  Texts texts;
  CLI::App app("Assembles AVM source to a tape. Diagnostics go to standard error.", "avm-as");
  add_standard_options(app);
  app.add_option("FILE", options.file, "an .avm source; - is standard input")->type_name("");
  app.add_option("-o,--output", options.output, "the tape (FILE, but .tape); - is standard output")
      ->type_name("OUT");
  app.add_flag("--check", texts.check, "only say what is wrong; write nothing");
  app.add_option("-g", texts.debug, "0 leaves names and lines out of the tape (1)")
      ->type_name("LEVEL");
  app.add_option("--diagnostics", texts.diagnostics, "how to say what is wrong (text)")
      ->type_name("text|json");
  app.add_option("--color", texts.colour, "colours on a terminal only (auto)")
      ->type_name("auto|always|never");
  app.add_option("--max-source", texts.source_max, "of all source files together (512M)")
      ->type_name("BYTES")
      ->group("Limits");
  app.add_option("--max-errors", texts.errors_max, "shown; the rest is counted (200)")
      ->type_name("N")
      ->group("Limits");
  app.footer(std::string(examples));

  if (const auto code = parse_options(app, arguments, io)) return std::unexpected(*code);
  auto message = read(texts, io, options);
  if (!message) message = choose_output(texts.check, options);
  if (message) return std::unexpected(usage_error(app, io, *message));
  return options;
}

}  // namespace avm
