// The value of a program, as tools print it.
#pragma once

#include <cstdint>
#include <string_view>

#include "avm/val.hpp"
#include "lib/io.hpp"

namespace avm {

/// "error: …" and "warning: …", in colour on a terminal.
void say_error(Io& io, std::string_view message);
void say_warning(Io& io, std::string_view message);

/// Prints it as a line of standard output; Failed where it is cut after so many bytes.
ExitCode write_value(const Val& value, std::uint64_t bytes_max, Io& io);

}  // namespace avm
