// What `avm-run` is asked to do.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "avm/machine.hpp"
#include "avm/trace.hpp"
#include "lib/io.hpp"

namespace avm {

/// In which order concurrent programs take their turns.
struct Schedule {
  enum class Kind : std::uint8_t {
    Sequence,  ///< One program after the other.
    List,      ///< As `turns` says, then one after the other.
    Seed,      ///< Drawn by splitmix64.
  };
  Kind kind = Kind::Sequence;
  std::vector<std::size_t> turns;
  std::uint64_t seed = 0;
};

struct RunOptions {
  std::string file;
  std::string entry;  ///< Empty: the file's own entry.
  Val input = Val::nothing();
  MachineOptions machine;
  std::vector<std::pair<ObjectId, Val>> posts;
  Limits limits;

  // Concurrent programs. With `programs` the entry and what it gives are `setup`'s.
  std::string setup;
  std::vector<std::string> programs;
  Schedule schedule;

  std::optional<StreamTrace::Format> trace;
  std::string trace_file;  ///< Empty: standard error.
  std::string dump_store;  ///< Empty: not asked for.
  std::uint64_t output_max = std::uint64_t{64} << 20U;
  bool stats = false;
  bool quiet = false;
};

class CommandLine;

/// Adds the options that say how programs run: all but what to show of it, and the backend.
void add_run_options(CommandLine& add, RunOptions& options);
/// What is wrong with such options that are right each by itself.
std::optional<std::string> contradiction(const RunOptions& options);

/// Reads the command line. As the error: the exit code, where help was asked for or the command
/// line is wrong; what there is to say has been said.
std::expected<RunOptions, ExitCode> parse_run_options(const std::vector<std::string>& arguments,
                                                      Io& io);

}  // namespace avm
