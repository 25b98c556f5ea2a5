#include "lib/node_options.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "avm/text.hpp"
#include "lib/options.hpp"
#include "node/shell/named_values.hpp"

namespace avm {
namespace {

using node::HostPort;
using node::LogLevel;

constexpr std::string_view examples = R"(
Examples:
  avm-node --name beta  --port 9002 --peer alpha:9001 --demo
  avm-node --name alpha --port 9001 --peer beta:9002  --demo --rounds 3
  avm-node --name beta --port 9002 --load examples/counter.avm --create counter=counter --http 8002
  avm-node --peer beta=10.0.0.2:9002 --run caller.avm:main --input '[@counter, 5]'
  avm-node --config node.toml

VALUE is written as for avm-run, with @NAME for an object that a node has made by --create NAME=....
BYTES is a number, with K, M or G behind it; TIME has ms, s or m behind it.
With --demo the node that was given --rounds or is called alpha hosts ping, any other one pong.

Exit codes: 0 done; 1 the program failed, or its value was cut; 2 wrong use; 3 bad input.
)";

// ─── values of options ──────────────────────────────────────────────────────────────────────────

Read<std::string> read_name(const std::string& text) {
  if (text.empty() || !is_utf8(text)) return wants("a name");
  return text;
}

Read<std::uint16_t> read_port(const std::string& text) {
  const auto port = node::parse_port(text);
  if (!port) return wants("a number up to 65535");
  return *port;
}

Read<std::string> read_address(const std::string& text) {
  if (!node::is_ip(text)) return wants("an address, as in 127.0.0.1, 0.0.0.0 or ::1");
  return text;
}

Read<HostPort> read_http(const std::string& text) {
  if (const auto port = node::parse_port(text)) return HostPort{"127.0.0.1", *port};
  auto address = node::parse_host_port(text);
  if (!address || !node::is_ip(address->host)) {
    return wants("a port, or an address and a port, as in 8001 or 127.0.0.1:8001");
  }
  return *std::move(address);
}

Read<node::PeerAddress> read_peer(const std::string& text) {
  const std::size_t equals = text.find('=');
  const bool has_name = equals != std::string::npos;
  const std::string name = has_name ? text.substr(0, equals) : std::string();
  auto address = node::parse_host_port(std::string_view(text).substr(has_name ? equals + 1 : 0));
  if (!address || (has_name && !read_name(name))) {
    return wants("where a peer listens, as in beta:9002 or beta=10.0.0.2:9002");
  }
  return node::PeerAddress{.name = has_name ? std::optional(name) : std::nullopt,
                           .address = *std::move(address)};
}

Read<NamedBehavior> read_create(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || !node::is_object_name(text.substr(0, equals)) ||
      !read_name(text.substr(equals + 1))) {
    return wants("a name and a behavior, as in counter=counter");
  }
  return NamedBehavior{text.substr(0, equals), text.substr(equals + 1)};
}

Read<std::string> read_input_value(const std::string& text) {
  // Which names there are is seen later.
  const auto value = node::parse_named_value(text, [](std::string_view) { return ObjectId{}; });
  if (!value) return std::unexpected(value.error());
  return text;
}

Read<LogLevel> read_level(const std::string& text) {
  if (text == "debug") return LogLevel::Debug;
  if (text == "info") return LogLevel::Info;
  if (text == "warning") return LogLevel::Warning;
  if (text == "error") return LogLevel::Error;
  return wants("debug, info, warning or error");
}

Read<std::uint32_t> read_nesting(const std::string& text) {
  const auto count = parse_count(text);
  if (!count || *count > std::numeric_limits<std::uint32_t>::max()) return wants("a number");
  return static_cast<std::uint32_t>(*count);
}

/// The length of a frame has four bytes.
Read<std::uint64_t> read_frame_size(const std::string& text) {
  const auto size = read_size(text);
  if (!size) return size;
  if (*size < 1024 || *size > std::numeric_limits<std::uint32_t>::max()) {
    return wants("between 1K and 4G - 1");
  }
  return size;
}

// ─── the options ────────────────────────────────────────────────────────────────────────────────

void declare_network(CommandLine& add, NodeToolOptions& options) {
  node::ShellOptions& shell = options.shell;
  add.value("--name", "NAME", "the machine's name, which no other node of the cluster has (node)",
            read_name, shell.node.name);
  add.value("--port", "N", "the port for other nodes (0: any that is free)", read_port,
            shell.listen.port);
  add.value("--listen", "ADDRESS", "the address for other nodes (127.0.0.1)", read_address,
            shell.listen.host);
  add.values("--peer", "[NAME=]HOST:PORT ...", "a node to stay connected with", read_peer,
             shell.peers);
  add.value("--node-id", "N", "the top 16 bits of the ids that it makes (the port)", read_port,
            shell.prefix);
  add.value("--connect-timeout", "TIME", "how long a call waits for a connection (5s)", read_time,
            shell.node.connect_timeout);
  add.value("--call-timeout", "TIME", "how long it waits for its answer (for ever)", read_time,
            shell.node.call_timeout);
  add.value("--ping-interval", "TIME",
            "between signs of life; after three that are missed the "
            "peer is taken for dead (5s)",
            read_time, shell.node.ping_interval);
  add.value("--stop-timeout", "TIME", "for what is under way when it is told to stop (5s)",
            read_time, shell.stop_timeout);
}

void declare_programs(CommandLine& add, NodeToolOptions& options) {
  add.group("Programs");
  add.values("--load", "FILE ...", "behaviors and programs, as source or as a tape", read_path,
             options.load);
  add.values("--create", "NAME=BEHAVIOR ...", "make an object that all nodes know as @NAME",
             read_create, options.create);
  add.value("--run", "FILE[:PROGRAM]", "run a program, print its value, and end", read_path,
            options.run);
  add.value("--input", "VALUE", "its input (nothing)", read_input_value, options.input);
  add.flag("--stay", "do not end after --run or the demo", options.stays);
  add.flag("--allow-unsafe", "run code that is marked unsafe", options.shell.node.allow_unsafe);
  add.flag("--demo", "load ping and pong, and let them call each other across nodes",
           options.demo.is_on);
  add.value("--rounds", "N", "of the demo (3)", read_count, options.demo.rounds);
}

void declare_security(CommandLine& add, node::TlsFiles& tls, NodeToolOptions& options) {
  add.group("Who may come in");
  add.value("--tls-cert", "FILE", "this node's certificate, for its name (PEM)", read_path,
            tls.certificate);
  add.value("--tls-key", "FILE", "its key (PEM)", read_path, tls.key);
  add.value("--tls-ca", "FILE", "whose certificates are trusted (PEM)", read_path, tls.authority);
  add.flag("--insecure", "listen for others without TLS", options.shell.insecure);
}

void declare_http(CommandLine& add, std::optional<HostPort>& address, NodeToolOptions& options) {
  node::HttpOptions& http = options.http;
  add.group("HTTP");
  add.value("--http", "[ADDRESS:]PORT", "serve the page, events, metrics and requests there",
            read_http, address);
  add.value("--http-token", "FILE", "holds the bearer token that all but the page needs", read_path,
            options.token_file);
  add.value("--http-events", "N", "how many events are kept (20000)", read_count, http.events);
  add.value("--http-connections", "N", "how many connections at once (100)", read_count,
            http.connections);
  add.value("--http-body", "BYTES", "how long a request's body may be (1M)", read_size, http.body);
}

void declare_limits(CommandLine& add, NodeToolOptions& options) {
  node::ShellOptions& shell = options.shell;
  node::NodeLimits& limits = shell.node.limits;
  add.group("Limits");
  add.value("--max-frame", "BYTES", "of a message between nodes (16M)", read_frame_size,
            limits.frame.bytes);
  add.value("--max-nesting", "N", "of values in messages (512)", read_nesting,
            limits.frame.nesting);
  add.value("--max-connections", "N", "that other nodes open (1000)", read_count,
            shell.connections);
  add.value("--max-queue", "BYTES", "not yet written to one peer (64M)", read_size, shell.queue);
  add.value("--max-requests", "N", "of one peer under way here (250000)", read_count,
            limits.requests);
  add.value("--max-peer-bytes", "BYTES", "kept for one peer (256M)", read_size, limits.peer_bytes);
  add.value("--max-announced", "N", "objects that one peer tells of (1000000)", read_count,
            limits.announced);
  add.value("--max-peers", "N", "nodes that are known at once (1000)", read_count, limits.peers);
  add.value("--max-steps", "N", "of an execution that others begin (100000000)", read_count,
            limits.outside.steps);
  add.value("--max-memory", "BYTES", "while one runs (1G)", read_size, limits.outside.memory);
  add.value("--max-depth", "N", "of its nested calls (100000)", read_count, limits.outside.depth);
  add.value("--own-max-steps", "N", "of the program of --run (none)", read_count, limits.own.steps);
  add.value("--own-max-memory", "BYTES", "while it runs (4G)", read_size, limits.own.memory);
  add.value("--own-max-depth", "N", "of its nested calls (1000000)", read_count, limits.own.depth);
  add.value("--max-output", "BYTES", "of the printed value, which is cut there (64M)", read_size,
            options.output_max);
}

void declare_log(CommandLine& add, NodeToolOptions& options) {
  add.group("Log");
  add.value("--log-level", "LEVEL", "debug, info, warning or error (info)", read_level,
            options.log.level);
  add.flag("--log-json", "each line as a JSON object", options.log.json);
}

// ─── what goes together ─────────────────────────────────────────────────────────────────────────

std::optional<std::string> contradiction(const NodeToolOptions& options,
                                         const node::TlsFiles& tls) {
  const std::initializer_list<bool> parts{!tls.certificate.empty(), !tls.key.empty(),
                                          !tls.authority.empty()};
  const auto given = std::ranges::count(parts, true);
  if (given != 0 && given != 3) return "--tls-cert, --tls-key and --tls-ca belong together";
  if (!options.token_file.empty() && !options.shell.http) {
    return "--http-token is for the HTTP side: add --http PORT";
  }
  if (options.demo.rounds && !options.demo.is_on) return "--rounds is for the demo: add --demo";
  if (options.demo.is_on && !options.run.empty()) return "--demo and --run exclude each other";
  if (options.input != "nothing" && options.run.empty()) {
    return "--input is for the program of --run: add --run FILE";
  }
  return std::nullopt;
}

}  // namespace

std::expected<NodeToolOptions, ExitCode> parse_node_options(
    const std::vector<std::string>& arguments, Io& io) {
  NodeToolOptions options;
  node::TlsFiles tls;
  std::optional<HostPort> http;
  CommandLine add("avm-node",
                  "Runs a node: a machine whose objects call those of other nodes, and are called. "
                  "The value of --run goes to standard output, all else to standard error.",
                  "[OPTION]...");
  declare_network(add, options);
  declare_programs(add, options);
  declare_security(add, tls, options);
  declare_http(add, http, options);
  declare_limits(add, options);
  declare_log(add, options);
  add.group("Options from a file");
  add.config("--config", "holds options, as in name = \"beta\" and peer = [\"alpha:9001\"]");
  add.footer(examples);

  if (const auto code = add.parse(arguments, io)) return std::unexpected(*code);
  if (http) {
    options.http.address = *std::move(http);
    options.shell.http = options.http;
  }
  if (const auto message = contradiction(options, tls)) {
    return std::unexpected(add.wrong_use(io, *message));
  }
  if (!tls.certificate.empty()) options.shell.tls = std::move(tls);
  options.shell.unknown_is_here = options.demo.is_on;
  return options;
}

}  // namespace avm
