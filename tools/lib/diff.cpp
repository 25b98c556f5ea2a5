#include "lib/diff.hpp"

#include <algorithm>
#include <array>
#include <ostream>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "asm/source_map.hpp"
#include "avm/assemble.hpp"
#include "avm/machine.hpp"
#include "avm/text.hpp"
#include "lib/backend_run.hpp"
#include "lib/comparison.hpp"
#include "lib/diff_options.hpp"
#include "lib/files.hpp"
#include "lib/random_diff.hpp"
#include "lib/stated_runs.hpp"
#include "lib/tape_sources.hpp"

namespace avm {
namespace {

constexpr std::size_t events_before = 3;

using Both = std::array<Ran, 2>;
constexpr std::array backends = {Backend::Tape, Backend::ITree};

class Diff {
 public:
  Diff(DiffOptions options, Io& io)
      : options_(std::move(options)), io_(io), colour_(wants_colour(io.out_is_terminal)) {}

  ExitCode operator()() {
    for (const std::string& file : options_.files)
      worst_ = std::max(worst_, check_file(file), is_better);
    return worst_;
  }

 private:
  // A difference is what one runs this for.
  static bool is_better(ExitCode a, ExitCode b) {
    const auto rank = [](ExitCode code) {
      return code == ExitCode::Failed ? 9 : static_cast<int>(code);
    };
    return rank(a) < rank(b);
  }

  // ─── files ────────────────────────────────────────────────────────────────────────────────────

  ExitCode check_file(const std::string& file) {
    auto bytes = read_input(file, io_);
    if (!bytes) return refuse(file, ExitCode::Usage, bytes.error());
    std::vector<std::vector<std::string>> runs;
    if (is_tape(as_bytes(*bytes))) {
      auto tape = deserialize(as_bytes(*bytes));
      if (!tape) return refuse(file, ExitCode::BadInput, tape.error().text());
      assembly_ = {};
      assembly_.tape = *std::move(tape);
    } else {
      if (!options_.run) runs = stated_runs(*bytes);
      assembly_ = assemble({file, *std::move(bytes)});
      if (!assembly_.tape) {
        io_.err << render(assembly_, wants_colour(io_.err_is_terminal));
        return refuse(file, ExitCode::BadInput, "the source has mistakes");
      }
    }
    if (options_.run) return check_run(file, *options_.run, file + options_.run_text);
    if (runs.empty()) return check_run(file, {}, file);
    ExitCode worst = ExitCode::Done;
    for (const std::vector<std::string>& words : runs) {
      std::vector<std::string> arguments = words;
      arguments.insert(arguments.begin(), file);
      const auto run = parse_run_options(arguments, io_);
      std::string title = file;
      for (const std::string& word : words)
        title += ' ' + word;
      const ExitCode code = run ? check_run(file, *run, title) : run.error();
      worst = std::max(worst, code, is_better);
    }
    return worst;
  }

  ExitCode refuse(const std::string& title, ExitCode code, std::string_view why) {
    verdict("not run", "\x1b[1;33m", title, why);
    return code;
  }

  void verdict(std::string_view word, std::string_view code, const std::string& title,
               std::string_view what) {
    const std::string_view plain = "\x1b[0m";
    io_.out << fmt::format("{}{:<9}{} {}: {}\n", colour_ ? code : "", word, colour_ ? plain : "",
                           title, what);
    io_.out.flush();
  }

  // ─── running ──────────────────────────────────────────────────────────────────────────────────

  ExitCode check_run(const std::string& file, const RunOptions& options, const std::string& title) {
    if (options.entry.empty() && options.programs.empty() && assembly_.tape->entry() == nullptr)
      return refuse(title, ExitCode::Usage, "it has no program main");
    const auto both =
        Both{run_on(backends[0], assembly_, options), run_on(backends[1], assembly_, options)};
    if (const auto difference = first_difference(both[0], both[1])) {
      verdict("different", "\x1b[1;31m", title,
              difference->what + '\n' + show(*difference, file, options, both));
      return ExitCode::Failed;
    }
    const Ran unwatched = run_unwatched(Backend::Tape, assembly_, options);
    if (const auto difference = unwatched_difference(both[0], unwatched)) {
      verdict("different", "\x1b[1;31m", title,
              difference->what + ", on the tape with a trace and without\n" +
                  columns("with a trace", "without") +
                  columns(difference->left, difference->right, '>'));
      return ExitCode::Failed;
    }
    if (!options_.quiet) verdict("same", "\x1b[1;32m", title, summary(both[0]));
    return ExitCode::Done;
  }

  static std::string summary(const Ran& ran) {
    if (ran.refusal) return "both refuse it: " + *ran.refusal;
    return fmt::format("{} events, {} steps{}", ran.trace.entries().size(), ran.steps,
                       ran.hit_memory_limit ? ", up to the memory limit" : "");
  }

  // ─── showing ──────────────────────────────────────────────────────────────────────────────────

  std::string show(const Difference& difference, const std::string& file, const RunOptions& options,
                   const Both& both) {
    std::string text = columns("tape", "itree");
    if (!difference.event) return text + columns(difference.left, difference.right, '>');
    const std::size_t event = *difference.event;
    for (std::size_t i = event - std::min(event, events_before); i < event; ++i)
      text += columns(event_line(both[0], i), event_line(both[1], i));
    text += columns(difference.left, difference.right, '>');
    std::array<std::string, 2> places;
    std::array<std::string, 2> sources;
    for (std::size_t i = 0; i < both.size(); ++i) {
      if (event >= both[i].trace.entries().size()) continue;
      // Runs it again: where each event came from is not kept.
      std::size_t count = 0;
      CallSite site;
      StartOptions hooks;
      hooks.on_event = [&](const TraceEntry&, const CallSite& at) {
        if (count++ == event) site = at;
      };
      run_on(backends[i], assembly_, options, hooks);
      places[i] = site.position.line == 0
                      ? "in " + site.function
                      : fmt::format("in {} at {}:{}", site.function, site.file, site.position.line);
      sources[i] = source_line(file, site);
    }
    return text + columns(places[0], places[1]) + columns(sources[0], sources[1]);
  }

  std::string source_line(const std::string& file, const CallSite& site) {
    if (site.position.line == 0) return {};
    if (assembly_.sources.empty()) {
      const auto bytes = read_input(file, io_);
      if (bytes) assembly_.sources = sources_of_tape(site.file, *bytes, io_);
    }
    const auto source = std::ranges::find(assembly_.sources, site.file, &SourceFile::name);
    if (source == assembly_.sources.end()) return {};
    const std::string_view text = SourceMap(source->text).line(site.position.line);
    const auto from = text.find_first_not_of(" \t");
    return from == std::string_view::npos ? "" : std::string(text.substr(from));
  }

  DiffOptions options_;
  Io& io_;
  bool colour_;
  ExitCode worst_ = ExitCode::Done;
  Assembly assembly_;  // of the file at hand; of a tape it has the tape alone
};

}  // namespace

ExitCode diff(const std::vector<std::string>& arguments, Io& io) {
  auto options = parse_diff_options(arguments, io);
  if (!options) return options.error();
  if (options->random) return random_diff(*options->random, io);
  return Diff(*std::move(options), io)();
}

}  // namespace avm
