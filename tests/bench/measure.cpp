// Runs a program as the figures of `tools/dev bench` are made: only what is asked for is measured, by the time
// of the processor that it takes, as peers measure theirs. Prints what the program gives, the seconds, and by how
// many bytes the process has grown.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "avm/machine.hpp"
#include "avm/tape.hpp"
#include "avm/text.hpp"
#include "avm/trace.hpp"
#include "program.hpp"

namespace avm::bench {
namespace {

struct Options {
  std::string file;
  std::string entry = "main";
  std::optional<std::uint64_t> input;
  std::optional<std::uint64_t> prepare;
  bool trace = false;
  std::uint64_t executions = 1;
  bool in_turn = false;
  std::optional<std::uint64_t> steps;
  bool load = false;
};

double seconds_of_processor() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

std::int64_t resident_bytes() {
  std::ifstream pages("/proc/self/statm");
  std::int64_t all = 0;
  std::int64_t resident = 0;
  pages >> all >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) give_up("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Stopwatch {
 public:
  void report(const std::string& result) const {
    const double seconds = seconds_of_processor() - seconds_;
    fmt::print("{} {:.9f} {}\n", result, seconds, resident_bytes() - bytes_);
  }

 private:
  std::int64_t bytes_ = resident_bytes();
  double seconds_ = seconds_of_processor();
};

// Each up to and with its next instruction, or for so many steps, until none is left.
void run_in_turn(const std::vector<std::unique_ptr<Execution>>& executions,
                 std::optional<std::uint64_t> steps) {
  for (bool is_running = true; is_running;) {
    is_running = false;
    for (const auto& execution : executions) {
      if (execution->status() != Execution::Status::Running) continue;
      const auto status = steps ? execution->run(*steps) : execution->step();
      is_running = status == Execution::Status::Running || is_running;
    }
  }
}

void measure_run(const Options& options) {
  Program program(contents(options.file));
  Val input = Val::nothing();
  if (options.prepare) input = program.run(*options.prepare, "prepare");
  if (options.input) input = Val::nat(*options.input);

  MemoryTrace trace;
  const Limits limits{.memory = no_limit, .depth = no_limit};
  const StartOptions start{.trace = options.trace ? &trace : nullptr, .limits = limits};
  std::vector<std::unique_ptr<Execution>> executions;
  for (std::uint64_t i = 0; i < options.executions; ++i) {
    auto execution = program.machine().start(options.entry, input, start);
    if (!execution) give_up(execution.error().message);
    executions.push_back(std::move(*execution));
  }

  const Stopwatch stopwatch;
  if (options.in_turn) {
    run_in_turn(executions, options.steps);
  } else {
    for (const auto& execution : executions)
      execution->run();
  }
  for (const auto& execution : executions)
    if (execution->error() != nullptr) give_up(execution->error()->text());
  stopwatch.report(to_text(*executions.back()->value()));
}

void measure_load(const Options& options) {
  const std::string text = contents(options.file);
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  Machine machine;
  std::size_t words = 0;

  const Stopwatch stopwatch;
  auto tape = deserialize(bytes);
  if (!tape) give_up("it is no tape");
  for (const TapeFunction& function : tape->functions)
    words += function.code.size();
  if (const auto loaded = machine.load(std::move(*tape)); !loaded) give_up(loaded.error().message);
  stopwatch.report(fmt::format("{}", words));
}

int measure(int argc, char** argv) {
  Options options;
  CLI::App app("Measures a run of a program.");
  app.add_option("FILE", options.file, "the program, or a tape")->required();
  app.add_option("N", options.input, "its input; else what the program `prepare` gave");
  app.add_option("--entry", options.entry, "the program to run (main)");
  app.add_option("--prepare", options.prepare, "run the program `prepare` first, with this input");
  app.add_flag("--trace", options.trace, "keep the trace in memory");
  app.add_option("--executions", options.executions, "how many run, one after the other (1)");
  app.add_flag("--in-turn", options.in_turn, "let them take turns, an instruction each");
  app.add_option("--steps", options.steps, "so many steps in each turn");
  app.add_flag("--load", options.load, "read a tape, verify it, and load it; gives its words");
  app.set_version_flag("--compiler", __VERSION__, "the compiler that made this");
  CLI11_PARSE(app, argc, argv);
  if (options.load)
    measure_load(options);
  else
    measure_run(options);
  return 0;
}

}  // namespace
}  // namespace avm::bench

int main(int argc, char** argv) { return avm::bench::measure(argc, argv); }
