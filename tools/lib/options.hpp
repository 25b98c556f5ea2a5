// Command lines, read the same way by every tool: help and version, unknown options with a near
// name, and values that say what would be right.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "lib/io.hpp"

namespace avm {

/// Gives `app` its `--help` and `--version`.
void add_standard_options(CLI::App& app);

/// Reads `arguments` into what is bound to `app`'s options. Where the tool is to end there (help
/// was asked for, or something is wrong and has been said) gives its exit code.
std::optional<ExitCode> parse_options(CLI::App& app, const std::vector<std::string>& arguments,
                                      Io& io);

/// Says what is wrong with the command line.
ExitCode usage_error(const CLI::App& app, Io& io, std::string_view message);

std::optional<std::uint64_t> parse_count(std::string_view text);
/// A number of bytes: digits, with K, M or G behind them for powers of 1024.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// The parts of `text` between `separator`s.
std::vector<std::string> split(std::string_view text, char separator);

}  // namespace avm
