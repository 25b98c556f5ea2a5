#include "lib/value_output.hpp"

#include <ostream>

#include <fmt/format.h>

#include "avm/text.hpp"

namespace avm {

void say_error(Io& io, std::string_view message) {
  const bool colour = wants_colour(io.err_is_terminal);
  io.err << fmt::format("{}: {}\n", colour ? "\x1b[1;31merror\x1b[0m" : "error", message);
}

void say_warning(Io& io, std::string_view message) {
  const bool colour = wants_colour(io.err_is_terminal);
  io.err << fmt::format("{}: {}\n", colour ? "\x1b[1;33mwarning\x1b[0m" : "warning", message);
}

ExitCode write_value(const Val& value, std::uint64_t bytes_max, Io& io) {
  const Printed printed = print(value, no_limit, bytes_max);
  io.out << printed.text << '\n';
  io.out.flush();
  if (printed.complete) return ExitCode::Done;
  say_warning(io, fmt::format("the value is cut: its text has more than {} bytes (--max-output)",
                              bytes_max));
  return ExitCode::Failed;
}

}  // namespace avm
