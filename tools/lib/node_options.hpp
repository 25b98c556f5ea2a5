// What `avm-node` is asked to do.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "lib/demo.hpp"
#include "lib/io.hpp"
#include "lib/node_log.hpp"
#include "node/shell/options.hpp"

namespace avm {

struct NamedBehavior {
  std::string name;
  std::string behavior;
};

struct NodeToolOptions {
  node::ShellOptions shell;
  node::HttpOptions http;  ///< Counts where `shell.http` is set.
  std::string token_file;  ///< Empty: none.
  std::vector<std::string> load;
  std::vector<NamedBehavior> create;
  std::string run;                ///< FILE or FILE:PROGRAM; empty: nothing.
  std::string input = "nothing";  ///< The text of a value, with names in it.
  bool stays = false;
  std::uint64_t output_max = std::uint64_t{64} << 20U;
  DemoOptions demo;
  NodeLogOptions log;
};

/// Reads the command line. As the error: the exit code, where help was asked for or the command
/// line is wrong; what there is to say has been said.
std::expected<NodeToolOptions, ExitCode> parse_node_options(
    const std::vector<std::string>& arguments, Io& io);

}  // namespace avm
