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

Read<std::optional<GraphFormat>> read_graph(const std::string& text) {
  if (text == "mermaid") return GraphFormat::Mermaid;
  if (text == "dot") return GraphFormat::Dot;
  return wants("mermaid or dot, as in --cfg=dot");
}

std::expected<DisOptions, ExitCode> parse_dis_options(const std::vector<std::string>& arguments,
                                                      Io& io) {
  DisOptions options;
  bool raw = false;
  bool stats = false;
  std::optional<GraphFormat> graph;
  CommandLine add("avm-dis", "Shows what is in a tape: source that means the same, or its words.");
  add.file("a tape; - is standard input", options.file);
  add.value("-g", "LEVEL", "0 leaves out the names and lines that the tape knows (1)",
            read_debug_level, options.debug);
  add.flag("--raw", "each word in hexadecimal beside its meaning", raw);
  add.flag("--stats", "sizes, ops, layers, safety, and each function's hash", stats);
  add.value("--cfg", "mermaid|dot", "the control flow graph of each function", read_graph, graph);
  add.footer(examples);

  if (const auto code = add.parse(arguments, io)) return std::unexpected(*code);
  if (options.file.empty())
    return std::unexpected(add.wrong_use(io, "no FILE to show, as in avm-dis fib.tape"));
  if (int{raw} + int{stats} + int{graph.has_value()} > 1)
    return std::unexpected(add.wrong_use(io, "--raw, --stats and --cfg exclude each other"));
  if (raw) options.view = View::Words;
  if (stats) options.view = View::Statistics;
  if (graph) {
    options.view = View::Graph;
    options.graph = *graph;
  }
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
