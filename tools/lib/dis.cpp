#include "lib/dis.hpp"

#include <expected>
#include <optional>
#include <ostream>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "avm/control_flow.hpp"
#include "avm/disassemble.hpp"
#include "avm/text.hpp"
#include "lib/files.hpp"
#include "lib/options.hpp"
#include "lib/tape_sources.hpp"

namespace avm {
namespace {

constexpr std::string_view examples = R"(
Examples:
  avm-as examples/fib.avm -o fib.tape && avm-dis fib.tape
  avm-dis fib.tape --stats
  avm-dis fib.tape --raw
  avm-dis fib.tape --cfg=dot | dot -Tsvg -o fib.svg
  avm-dis fib.tape -g0 > again.avm            registers by number, no comments
  avm-as examples/fib.avm -o - | avm-dis -

What it prints can be assembled again and means the same; with the tape of avm-as -g0 even the tape
is the same, under -g0.

Exit codes: 0 done; 2 wrong use, or a file that cannot be read; 3 no tape, or one that is refused.
)";

enum class View : std::uint8_t { Source, Words, Statistics, Graph };

struct DisOptions {
  std::string file;
  View view = View::Source;
  GraphFormat graph = GraphFormat::Mermaid;
  bool debug = true;
};

/// The texts of options, as they stand on the command line.
struct Texts {
  std::string debug = "1";
  std::string graph;
  bool raw = false;
  bool stats = false;
};

/// What is wrong with the options; nothing where `options` is filled in.
std::optional<std::string> read(const Texts& texts, DisOptions& options) {
  if (options.file.empty()) return "no FILE to show, as in avm-dis fib.tape";
  if (texts.debug != "0" && texts.debug != "1")
    return fmt::format("-g {}: it has to be 0 (no names and lines) or 1", avm::quoted(texts.debug));
  options.debug = texts.debug == "1";

  const int views = int{texts.raw} + int{texts.stats} + int{!texts.graph.empty()};
  if (views > 1) return "--raw, --stats and --cfg exclude each other";
  if (texts.raw) options.view = View::Words;
  if (texts.stats) options.view = View::Statistics;
  if (texts.graph.empty()) return std::nullopt;
  options.view = View::Graph;
  if (texts.graph == "mermaid") return std::nullopt;
  if (texts.graph != "dot")
    return fmt::format("--cfg {}: it has to be mermaid or dot, as in --cfg=dot",
                       avm::quoted(texts.graph));
  options.graph = GraphFormat::Dot;
  return std::nullopt;
}

std::expected<DisOptions, ExitCode> parse_dis_options(const std::vector<std::string>& arguments,
                                                      Io& io) {
  DisOptions options;
  Texts texts;
  CLI::App app("Shows what is in a tape: source that means the same, or its words.", "avm-dis");
  add_standard_options(app);
  app.add_option("FILE", options.file, "a tape; - is standard input")->type_name("");
  app.add_option("-g", texts.debug, "0 leaves out the names and lines that the tape knows (1)")
      ->type_name("LEVEL");
  app.add_flag("--raw", texts.raw, "each word in hexadecimal beside its meaning");
  app.add_flag("--stats", texts.stats, "sizes, ops, layers, safety, and each function's hash");
  app.add_option("--cfg", texts.graph, "the control flow graph of each function")
      ->type_name("mermaid|dot");
  app.footer(std::string(examples));

  if (const auto code = parse_options(app, arguments, io)) return std::unexpected(*code);
  if (const auto message = read(texts, options))
    return std::unexpected(usage_error(app, io, *message));
  return options;
}

class Dis {
 public:
  Dis(DisOptions options, Io& io) : options_(std::move(options)), io_(io) {}

  ExitCode operator()() {
    auto bytes = read_input(options_.file, io_);
    if (!bytes) return stop(ExitCode::Usage, bytes.error());
    bytes_ = *std::move(bytes);
    const auto tape = read_tape();
    if (!tape) {
      const std::string file = options_.file == "-" ? "<stdin>" : options_.file;
      return stop(ExitCode::BadInput, fmt::format("{}: {}", file, tape.error()));
    }
    io_.out << view(*tape);
    return ExitCode::Done;
  }

 private:
  std::expected<Tape, std::string> read_tape() const {
    if (!is_tape(as_bytes(bytes_)))
      return std::unexpected("this is not a tape file; avm-as makes one of a source");
    auto tape = deserialize(as_bytes(bytes_));
    if (!tape) return std::unexpected(tape.error().text());
    if (const auto proof = verify(*tape); !proof) return std::unexpected(proof.error().text());
    return *std::move(tape);
  }

  std::string view(const Tape& tape) {
    switch (options_.view) {
    case View::Words: return list_words(tape);
    case View::Statistics: return tape_statistics(tape);
    case View::Graph: return draw_control_flow(tape, options_.graph);
    case View::Source: break;
    }
    std::vector<SourceFile> sources;
    if (options_.debug && !tape.files.empty())
      sources = sources_of_tape(tape.files.front(), bytes_, io_);
    return disassemble(tape, {.debug = options_.debug, .sources = sources});
  }

  ExitCode stop(ExitCode code, std::string_view message) {
    const bool colour = wants_colour(io_.err_is_terminal);
    io_.err << fmt::format("{}: {}\n", colour ? "\x1b[1;31merror\x1b[0m" : "error", message);
    return code;
  }

  DisOptions options_;
  Io& io_;
  std::string bytes_;
};

}  // namespace

ExitCode dis(const std::vector<std::string>& arguments, Io& io) {
  auto options = parse_dis_options(arguments, io);
  if (!options) return options.error();
  return Dis(*std::move(options), io)();
}

}  // namespace avm
