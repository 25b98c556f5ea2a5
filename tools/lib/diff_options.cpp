#include "lib/diff_options.hpp"

#include <algorithm>

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
  CLI::App app("Runs programs on the Tape and on the reference backend, and compares.", "avm-diff");
  add_standard_options(app);
  app.add_option("FILE", options.files, "sources or tapes")->type_name("");
  app.add_flag("-q,--quiet", options.quiet, "nothing of what is the same");
  const auto own = app.get_options();
  add_run_options(app, run);
  app.footer(std::string(footer));

  if (const auto code = parse_options(app, arguments, io)) return std::unexpected(*code);
  if (options.files.empty()) {
    return std::unexpected(
        usage_error(app, io, "no FILE to run, as in avm-diff examples/fib.avm --input 10"));
  }
  if (const auto message = contradiction(run)) {
    return std::unexpected(usage_error(app, io, *message));
  }
  for (const CLI::Option* option : app.get_options()) {
    if (option->count() == 0 || std::ranges::find(own, option) != own.end()) continue;
    options.run = run;
    options.run_text += ' ' + option->get_name();
    for (const std::string& text : option->results()) {
      if (!option->get_items_expected_max()) break;
      options.run_text += ' ' + text;
    }
  }
  return options;
}

}  // namespace avm
