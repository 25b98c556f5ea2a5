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

A source runs as the comments at its head state ('; run: avm-run FILE OPTIONS', as often as there
are such lines), or without options; with options on the command line, as these say. Compared are
the events, what comes out, the objects at the end, and the steps.

Exit codes: 0 all the same; 1 something differs; 2 wrong use; 3 bad input.
)";

}  // namespace

std::expected<DiffOptions, ExitCode> parse_diff_options(const std::vector<std::string>& arguments,
                                                        Io& io) {
  DiffOptions options;
  RunOptions run;
  CommandLine add("avm-diff",
                  "Runs programs on the Tape and on the reference backend, and compares.");
  add.files("sources or tapes", options.files);
  add.flag("-q,--quiet", "nothing of what is the same", options.quiet);
  add_run_options(add, run);
  add.footer(footer);

  if (const auto code = add.parse(arguments, io)) return std::unexpected(*code);
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
