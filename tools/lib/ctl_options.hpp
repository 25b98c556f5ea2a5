// What `avm-ctl` is asked to do.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "lib/io.hpp"
#include "node/shell/address.hpp"

namespace avm {

struct CtlOptions {
  node::HostPort node{"127.0.0.1", 8001};
  std::string token_file;  ///< Empty: none.
  std::string command;
  std::vector<std::string> arguments;
  bool json = false;
  bool follow = false;
  std::optional<std::uint64_t> count;
  std::optional<std::uint64_t> after;
  std::chrono::milliseconds timeout{10'000};
};

/// Reads the command line. As the error: the exit code, where help was asked for or the command
/// line is wrong; what there is to say has been said.
std::expected<CtlOptions, ExitCode> parse_ctl_options(const std::vector<std::string>& arguments,
                                                      Io& io);

}  // namespace avm
