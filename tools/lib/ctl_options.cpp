#include "lib/ctl_options.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "asm/suggest.hpp"
#include "avm/text.hpp"
#include "lib/options.hpp"

namespace avm {
namespace {

constexpr std::string_view examples = R"(
Commands:
  objects [FILTER]     the objects on the node: those with FILTER in behavior, name or id
  object TARGET        one of them, with its whole state
  peers                the nodes that it knows
  call TARGET VALUE    call an object, wherever it is, and print what it gives
  post TARGET VALUE    put a message into its mailbox
  events               the events that are kept; with --follow also those to come
  health               whether the node works

TARGET is @NAME, obj:9002.0 or a number. VALUE is written as for avm-run, with @NAME for objects.

Examples:
  avm-ctl objects
  avm-ctl --node 127.0.0.1:8002 call @counter '["add", 5]'
  avm-ctl object @counter --json
  avm-ctl events --follow

Exit codes: 0 done; 1 the node cannot be reached or is stopping, or what was asked for failed;
2 wrong use.
)";

struct Command {
  std::string_view name;
  std::size_t least;
  std::size_t most;
  std::string_view usage;
};

constexpr std::array<Command, 7> commands{{{"objects", 0, 1, "objects [FILTER]"},
                                           {"object", 1, 1, "object TARGET"},
                                           {"peers", 0, 0, "peers"},
                                           {"call", 2, 2, "call TARGET VALUE"},
                                           {"post", 2, 2, "post TARGET VALUE"},
                                           {"events", 0, 0, "events"},
                                           {"health", 0, 0, "health"}}};

Read<node::HostPort> read_node(const std::string& text) {
  auto address = node::parse_host_port(text);
  if (!address) return wants("where a node's HTTP side is, as in 127.0.0.1:8001");
  return *std::move(address);
}

Read<std::chrono::milliseconds> read_timeout(const std::string& text) {
  const auto time = read_time(text);
  if (!time) return std::unexpected(time.error());
  return std::chrono::milliseconds(*time);
}

/// What is wrong with the words that are no options.
std::optional<std::string> wrong_words(const std::vector<std::string>& words) {
  if (words.empty()) return "no COMMAND, as in avm-ctl objects";
  const auto command = std::ranges::find(commands, std::string_view(words.front()), &Command::name);
  if (command == commands.end()) {
    ast::NearName near(words.front());
    for (const Command& known : commands)
      near.offer(known.name);
    std::string message = fmt::format("there is no command {}", avm::quoted(words.front()));
    if (const auto help = near.help()) message += "; " + *help;
    return message;
  }
  const std::size_t given = words.size() - 1;
  if (given < command->least || given > command->most) {
    return fmt::format("it is used as avm-ctl {}", command->usage);
  }
  return std::nullopt;
}

}  // namespace

std::expected<CtlOptions, ExitCode> parse_ctl_options(const std::vector<std::string>& arguments,
                                                      Io& io) {
  CtlOptions options;
  std::vector<std::string> words;
  CommandLine add("avm-ctl", "Asks a running node, over its HTTP side (avm-node --http).",
                  "COMMAND [ARGUMENT]... [OPTION]...");
  add.words(words);
  add.value("--node", "HOST:PORT", "where the node's HTTP side is (127.0.0.1:8001)", read_node,
            options.node);
  add.value("--token", "FILE", "holds the bearer token that the node asks for", read_path,
            options.token_file);
  add.flag("--json", "JSON, an object a line", options.json);
  add.value("--timeout", "TIME", "for an answer, but that of call (10s)", read_timeout,
            options.timeout);
  add.group("Events");
  add.flag("--follow", "go on with those to come", options.follow);
  add.value("--count", "N", "end after so many", read_count, options.count);
  add.value("--after", "ID", "begin behind this one (all that are kept)", read_count,
            options.after);
  add.footer(examples);

  if (const auto code = add.parse(arguments, io)) return std::unexpected(*code);
  if (const auto message = wrong_words(words)) return std::unexpected(add.wrong_use(io, *message));
  options.command = words.front();
  options.arguments.assign(words.begin() + 1, words.end());
  if (options.command != "events" && (options.follow || options.count || options.after)) {
    return std::unexpected(add.wrong_use(io, "--follow, --count and --after are for events"));
  }
  return options;
}

}  // namespace avm
