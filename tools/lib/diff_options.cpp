#include "lib/diff_options.hpp"

#include <fmt/format.h>

#include "lib/options.hpp"

namespace avm {
namespace {

constexpr std::string_view footer = R"(
Examples:
  avm-diff examples/*.avm
  avm-diff examples/ping_pong.avm --input 3
  avm-diff examples/bank.avm --setup open --run pay,pay --schedule seed:7
  avm-as examples/fib.avm -o fib.tape && avm-diff fib.tape --input 10
  avm-diff --random 1000 --seed 7
  avm-diff --random 1000000000 --time 600 --jobs 4

A source runs as the comments at its head state ('; run: avm-run FILE OPTIONS', as often as there
are such lines), or without options; with options on the command line, as these say. Compared are
the events, what comes out, the objects at the end, and the steps.

With --random no file is read: programs are made from the table of instructions, the same for the
same seed, layer and size. The first that differs is shrunk, shown and written to a file, whose head
says how it runs. What came of each instruction is counted on the reference backend.

Exit codes: 0 all the same; 1 something differs; 2 wrong use; 3 bad input.
)";

// A reader of numbers from `least` to `most`.
auto between(std::uint64_t least, std::uint64_t most) {
  return [=](const std::string& text) -> Read<std::uint64_t> {
    const auto count = parse_count(text);
    if (!count || *count < least || *count > most)
      return wants(fmt::format("a number from {} to {}", least, most));
    return *count;
  };
}

constexpr const char* random_group = "Random programs";

// What the command line says of random programs.
struct Asked {
  std::optional<std::uint64_t> programs;
  std::optional<std::uint64_t> seed;
  std::optional<std::uint64_t> layer;
  std::optional<std::uint64_t> size;
  std::optional<std::uint64_t> jobs;
  std::optional<std::uint64_t> seconds;
  std::string output;
};

void declare_random(CommandLine& add, Asked& asked) {
  add.group(random_group);
  add.value("--random", "N", "compare N random programs", read_count, asked.programs);
  add.value("--seed", "S", "of the first; the next ones count up (1)", read_count, asked.seed);
  add.value("--layer", "L", "the highest layer of instructions in them (4)", between(0, 4),
            asked.layer);
  add.value("--size", "K", "about how many statements a function has (24)", between(1, 200),
            asked.size);
  add.value("--jobs", "J", "threads (one for each processor)", between(1, 1024), asked.jobs);
  add.value("--time", "SECONDS", "stop then, even if programs are left", read_count, asked.seconds);
  add.value("-o,--output", "PATH", "where to write one that differs (difference-SEED.avm)",
            read_path, asked.output);
}

// The name of an option that only random programs have, if one is given.
std::optional<std::string_view> random_option(const Asked& asked) {
  if (asked.seed) return "--seed";
  if (asked.layer) return "--layer";
  if (asked.size) return "--size";
  if (asked.jobs) return "--jobs";
  if (asked.seconds) return "--time";
  if (!asked.output.empty()) return "--output";
  return std::nullopt;
}

RandomDiffOptions random_options(const Asked& asked, bool quiet) {
  RandomDiffOptions options;
  options.programs = *asked.programs;
  options.seed = asked.seed.value_or(options.seed);
  options.layer = asked.layer.value_or(options.layer);
  options.size = asked.size.value_or(options.size);
  options.jobs = asked.jobs.value_or(options.jobs);
  options.seconds = asked.seconds;
  options.output = asked.output;
  options.quiet = quiet;
  return options;
}

}  // namespace

std::expected<DiffOptions, ExitCode> parse_diff_options(const std::vector<std::string>& arguments,
                                                        Io& io) {
  DiffOptions options;
  RunOptions run;
  Asked random;
  CommandLine add("avm-diff",
                  "Runs programs on the Tape and on the reference backend, and compares.");
  add.files("sources or tapes", options.files);
  add.flag("-q,--quiet", "nothing of what is the same", options.quiet);
  declare_random(add, random);
  add.group("Options");
  add_run_options(add, run);
  add.footer(footer);

  if (const auto code = add.parse(arguments, io)) return std::unexpected(*code);
  if (random.programs) {
    if (!options.files.empty() || run.machine.allow_unsafe || !add.given(random_group).empty()) {
      return std::unexpected(add.wrong_use(
          io, "--random makes the programs, and how they run: neither FILE nor options of runs"));
    }
    options.random = random_options(random, options.quiet);
    return options;
  }
  if (const auto name = random_option(random)) {
    return std::unexpected(
        add.wrong_use(io, fmt::format("{} is for random programs: add --random N", *name)));
  }
  if (options.files.empty()) {
    return std::unexpected(
        add.wrong_use(io, "no FILE to run, as in avm-diff examples/fib.avm --input 10"));
  }
  if (const auto message = contradiction(run)) {
    return std::unexpected(add.wrong_use(io, *message));
  }
  options.run_text = add.given();
  if (run.machine.allow_unsafe) options.run_text += " --allow-unsafe";
  if (!options.run_text.empty()) options.run = run;
  return options;
}

}  // namespace avm
