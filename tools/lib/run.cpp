#include "lib/run.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <optional>
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "avm/assemble.hpp"
#include "avm/heap.hpp"
#include "avm/machine.hpp"
#include "avm/text.hpp"
#include "lib/failure_report.hpp"
#include "lib/files.hpp"
#include "lib/programs.hpp"
#include "lib/run_options.hpp"
#include "lib/session.hpp"
#include "lib/tape_sources.hpp"
#include "lib/value_output.hpp"

namespace avm {
namespace {

class Run {
 public:
  Run(RunOptions options, Io& io)
      : options_(std::move(options)),
        io_(io),
        colour_(wants_colour(io.err_is_terminal)),
        report_(io.err, {.colour = colour_, .notes = !options_.quiet},
                [this] { return find_sources(); }) {}

  ExitCode operator()() {
    for (const auto step : {&Run::read, &Run::choose_programs, &Run::load, &Run::open_outputs,
                            &Run::run, &Run::close_outputs}) {
      if (const auto code = (this->*step)()) return *code;
    }
    return code_;
  }

 private:
  /// How a step ends the run before its time: what there is to say has been said.
  using Stop = std::optional<ExitCode>;

  const Tape& tape() const { return *assembly_.tape; }

  ExitCode stop(ExitCode code, std::string_view message) {
    say_error(io_, message);
    return code;
  }

  // ─── from bytes to a tape ─────────────────────────────────────────────────────────────────────

  Stop read() {
    auto bytes = read_input(options_.file, io_);
    if (!bytes) return stop(ExitCode::Usage, bytes.error());
    bytes_ = std::move(*bytes);
    file_ = options_.file == "-" ? "<stdin>" : options_.file;
    return is_tape(as_bytes(bytes_)) ? read_tape() : read_source();
  }

  Stop read_tape() {
    auto tape = deserialize(as_bytes(bytes_));
    if (!tape) return stop(ExitCode::BadInput, fmt::format("{}: {}", file_, tape.error().text()));
    assembly_.tape = *std::move(tape);
    return std::nullopt;
  }

  Stop read_source() {
    assembly_ = assemble({file_, std::exchange(bytes_, {})});
    if (assembly_.errors != 0 || !options_.quiet) io_.err << render(assembly_, colour_);
    if (!assembly_.tape) return ExitCode::BadInput;
    return std::nullopt;
  }

  std::vector<SourceFile> find_sources() {
    if (bytes_.empty()) return std::move(assembly_.sources);
    return files_.empty() ? std::vector<SourceFile>()
                          : sources_of_tape(files_.front(), bytes_, io_);
  }

  // ─── which programs ───────────────────────────────────────────────────────────────────────────

  Stop choose_programs() {
    files_ = tape().files;
    if (options_.programs.empty()) return choose_entry();
    std::vector<std::string> names = options_.programs;
    if (!options_.setup.empty()) names.insert(names.begin(), options_.setup);
    for (const std::string& name : names) {
      const auto program = choose_program(tape(), file_, name, "with --run");
      if (!program) return stop(program.error().code, program.error().message);
    }
    return std::nullopt;
  }

  Stop choose_entry() {
    auto program = choose_program(tape(), file_, options_.entry, "with --entry");
    if (!program) return stop(program.error().code, program.error().message);
    options_.entry = *std::move(program);
    return std::nullopt;
  }

  // ─── running ──────────────────────────────────────────────────────────────────────────────────

  Stop open_outputs() {
    if (!options_.trace_file.empty()) {
      trace_file_.open(options_.trace_file, std::ios::binary | std::ios::trunc);
      if (!trace_file_) return cannot_write(options_.trace_file);
    }
    if (options_.trace) {
      trace_.emplace(options_.trace_file.empty() ? io_.err : trace_file_, *options_.trace);
    }
    if (!options_.dump_store.empty()) {
      auto file = OutputFile::create(options_.dump_store);
      if (!file) return stop(ExitCode::Usage, file.error());
      dump_.emplace(std::move(*file));
    }
    return std::nullopt;
  }

  ExitCode cannot_write(const std::string& path) {
    return stop(ExitCode::Usage, fmt::format("cannot write '{}'", path));
  }

  Stop load() {
    machine_.emplace(options_.machine);
    const bool is_source = assembly_.module != nullptr;
    const auto loaded = is_source && options_.machine.backend == Backend::ITree
                            ? machine_->load(assembly_)
                            : machine_->load(*std::move(assembly_.tape));
    // What is loaded stands there; this only takes room.
    assembly_.tape.reset();
    assembly_.module.reset();
    if (loaded) return std::nullopt;
    return stop(exit_code(loaded.error().reason), load_problem(file_, loaded.error()));
  }

  Stop run() {
    heap::reset_peak();
    const auto start = std::chrono::steady_clock::now();
    const SessionResult result =
        run_session(*machine_, options_.entry, options_,
                    {.trace = trace_ ? &*trace_ : nullptr,
                     .on_failure = [this](const Failure& failure) { report_.add(failure); }});
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    report_.finish();
    if (result.failed()) code_ = ExitCode::Failed;
    if (result.is_list || !result.failed()) {
      code_ = std::max(code_, write_value(result.value(), options_.output_max, io_));
    }
    if (options_.stats) write_stats(result.stats, time.count());
    return std::nullopt;
  }

  void write_stats(const ExecutionStats& stats, double seconds) {
    io_.out.flush();
    io_.err << fmt::format("steps:       {}\n"
                           "calls:       {}\n"
                           "commits:     {}\n"
                           "conflicts:   {}\n"
                           "peak memory: {} bytes\n"
                           "time:        {:.6f} s\n",
                           stats.steps, stats.calls, stats.commits, stats.conflicts,
                           heap::peak_bytes(), seconds);
  }

  Stop close_outputs() {
    if (!options_.trace_file.empty()) {
      trace_file_.close();
      if (!trace_file_) return cannot_write(options_.trace_file);
    }
    if (dump_) {
      machine_->for_each_object([&](const ObjectView& object) { dump(object); });
      if (const auto written = dump_->commit(); !written) {
        return stop(ExitCode::Usage, written.error());
      }
    }
    return std::nullopt;
  }

  void dump(const ObjectView& object) {
    const Printed line = print_json(object, options_.output_max);
    dump_->stream() << line.text << '\n';
    if (line.complete) return;
    code_ = ExitCode::Failed;
    say_warning(io_, fmt::format("{} is cut in '{}': it has more than {} bytes (--max-output)",
                                 to_text(object.id), options_.dump_store, options_.output_max));
  }

  RunOptions options_;
  Io& io_;
  bool colour_;
  std::string file_;                // as messages name it
  std::string bytes_;               // of a tape
  Assembly assembly_;               // of an .avm file; of a tape file it has the tape alone
  std::vector<std::string> files_;  // that a tape names as its sources
  FailureReport report_;
  std::ofstream trace_file_;
  std::optional<StreamTrace> trace_;
  std::optional<OutputFile> dump_;
  std::optional<Machine> machine_;
  ExitCode code_ = ExitCode::Done;
};

}  // namespace

ExitCode run(const std::vector<std::string>& arguments, Io& io) {
  auto options = parse_run_options(arguments, io);
  if (!options) return options.error();
  return Run(*std::move(options), io)();
}

}  // namespace avm
