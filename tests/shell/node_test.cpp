// avm-node: its options, and what it does as a process: programs, the demo, signals and exit codes.
#include "lib/node.hpp"

#include <catch2/catch.hpp>

#include <unistd.h>

#include <csignal>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "avm/assemble.hpp"
#include "avm/tape.hpp"
#include "lib/node_options.hpp"
#include "shell/http.hpp"
#include "shell/process.hpp"
#include "support/build.hpp"
#include "support/files.hpp"
#include "tools/tool_run.hpp"

using namespace avm;
using namespace avm::test;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

constexpr std::string_view echo = R"(
behavior echo(%x) {
    ret %x
}
behavior broken(%x) {
    %y = add %x, 1
    ret %y
}
program main(%in) {
    match %in, [%target, %value], plain
    %answer = call %target, %value
    ret %answer
plain:
    ret %in
}
program fails(%in) {
    %x = add %in, 1
    ret %x
}
)";

/// Ends before it is a node, with this on standard error.
void refused(const std::vector<std::string>& arguments, const std::string& message, int code = 2) {
  CAPTURE(arguments);
  const ToolRun ran = run_tool(node_tool, arguments);
  CHECK(ran.code == code);
  CHECK(ran.out.empty());
  CHECK_THAT(ran.err, StartsWith("error: " + message));
}

/// A node on any free port, whose log can be read.
std::vector<std::string> with_log(std::vector<std::string> arguments) {
  arguments.emplace_back("--log-json");
  return arguments;
}

std::vector<std::string> peer(const Process& node, std::vector<std::string> arguments) {
  arguments.emplace_back("--peer");
  arguments.push_back(to_text(listening(node, "peers")));
  return arguments;
}

std::expected<NodeToolOptions, ExitCode> options_of(const std::vector<std::string>& arguments,
                                                    std::string& err) {
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream errors;
  Io io{.in = in, .out = out, .err = errors};
  auto options = parse_node_options(arguments, io);
  err = errors.str();
  return options;
}

}  // namespace

// ─── options ────────────────────────────────────────────────────────────────────────────────────

TEST_CASE("wrong use says what would be right") {
  const Folder folder;
  write_file("echo.avm", echo);
  refused({"--prot", "1"}, "unknown option '--prot'; did you mean '--port'?");
  refused({"echo.avm"}, "'echo.avm' is one argument too many");
  refused({"--port", "65536"}, "--port \"65536\": it has to be a number up to 65535");
  refused({"--listen", "localhost"}, "--listen \"localhost\": it has to be an address");
  refused({"--peer", "beta"}, "--peer \"beta\": it has to be where a peer listens");
  refused({"--peer", "=beta:1"}, "--peer \"=beta:1\": it has to be where a peer listens");
  refused({"--http", "alpha:80"}, "--http \"alpha:80\": it has to be a port, or an address");
  refused({"--create", "echo"}, "--create \"echo\": it has to be a name and a behavior");
  refused({"--create", "a b=echo"}, "--create \"a b=echo\": it has to be a name and a behavior");
  refused({"--connect-timeout", "5"}, "--connect-timeout \"5\": it has to be a time, as in 500ms");
  refused({"--max-frame", "10"}, "--max-frame \"10\": it has to be between 1K and 4G - 1");
  refused({"--log-level", "loud"}, "--log-level \"loud\": it has to be debug, info");
  refused({"--run", "echo.avm", "--input", "[1"}, "--input \"[1\": expected");
  refused({"--input", "1"}, "--input is for the program of --run");
  refused({"--rounds", "1"}, "--rounds is for the demo: add --demo");
  refused({"--demo", "--run", "echo.avm"}, "--demo and --run exclude each other");
  refused({"--tls-cert", "a"}, "--tls-cert, --tls-key and --tls-ca belong together");
  refused({"--http-token", "a"}, "--http-token is for the HTTP side");
}

TEST_CASE("what would let anybody in is refused") {
  refused({"--listen", "0.0.0.0"}, "others can reach 0.0.0.0: add --tls-cert");
  refused({"--http", "0.0.0.0:0"}, "others can reach 0.0.0.0:0: add --http-token");
}

TEST_CASE("programs that are no good end it before it listens to anybody") {
  const Folder folder;
  write_file("echo.avm", echo);
  write_file("bad.avm", "program main {\n ret %x\n}\n");
  write_file("unsafe.avm", "unsafe program main {\n %x = scry_meta [], nothing\n ret %x\n}\n");
  write_file("empty", "");
  refused({"--load", "none.avm"}, "cannot read 'none.avm'");
  CHECK(run_tool(node_tool, {"--load", "bad.avm"}).code == 3);
  refused({"--run", "echo.avm:nothing"}, "echo.avm holds no program \"nothing\"");
  refused({"--run", "echo.avm:echo"}, "echo.avm holds no program \"echo\", only a behavior");
  refused({"--create", "x=nothing"}, "--create x=nothing: ");
  refused({"--http", "0", "--http-token", "empty"}, "'empty' holds no token");
}

TEST_CASE("options come from a file, and the command line goes before it") {
  const Folder folder;
  write_file("node.toml", "name = \"beta\"\nport = 9002\npeer = [\"alpha:9001\", \"c=[::1]:9\"]\n"
                          "demo = true\nconnect-timeout = \"2s\"\nmax-frame = \"1M\"\n");
  std::string err;
  const auto options = options_of({"--config", "node.toml", "--port", "9003"}, err);
  CAPTURE(err);
  REQUIRE(options.has_value());
  CHECK(options->shell.node.name == "beta");
  CHECK(options->shell.listen.port == 9003);
  REQUIRE(options->shell.peers.size() == 2);
  CHECK(options->shell.peers[0].address == node::HostPort{"alpha", 9001});
  CHECK(options->shell.peers[1].name == "c");
  CHECK(options->shell.peers[1].address == node::HostPort{"::1", 9});
  CHECK(options->demo.is_on);
  CHECK(options->shell.node.connect_timeout == 2'000);
  CHECK(options->shell.node.limits.frame.bytes == 1'048'576);

  write_file("bad.toml", "nmae = \"beta\"\n");
  CHECK(!options_of({"--config", "bad.toml"}, err).has_value());
  CHECK_THAT(err, Contains("nmae"));
  CHECK(!options_of({"--config", "none.toml"}, err).has_value());
  CHECK_THAT(err, Contains("none.toml"));
}

TEST_CASE("help shows every option, and examples") {
  const ToolRun ran = run_tool(node_tool, {"--help"});
  CHECK(ran.code == 0);
  CHECK_THAT(ran.out, StartsWith("Runs a node"));
  CHECK_THAT(ran.out, Contains("Usage: avm-node [OPTION]...\n"));
  CHECK_THAT(ran.out, Contains("avm-node --name alpha --port 9001 --peer beta:9002"));
}

// ─── programs ───────────────────────────────────────────────────────────────────────────────────

TEST_CASE("a program's value goes to standard output, and it ends") {
  const Folder folder;
  write_file("echo.avm", echo);
  Process node("avm-node", {"--run", "echo.avm", "--input", "[1, 2, 3]"});
  CHECK(node.wait() == 0);
  CHECK(node.out() == "[1, 2, 3]\n");
  Process cut("avm-node", {"--run", "echo.avm", "--input", "[1, 2, 3]", "--max-output", "4"});
  CHECK(cut.wait() == 1);
  CHECK(cut.out() == "[1, …\n");
}

TEST_CASE("a program that fails is exit code 1") {
  const Folder folder;
  write_file("echo.avm", echo);
  Process node("avm-node", {"--run", "echo.avm:fails"});
  CHECK(node.wait() == 1);
  CHECK(node.out().empty());
  CHECK_THAT(node.err(), Contains("error: PureError.TypeMismatch"));
}

TEST_CASE("a program calls objects of another node by their names, from source or from a tape") {
  const Folder folder;
  write_file("echo.avm", echo);
  const Assembly assembly = assemble({"echo.avm", std::string(echo)});
  const auto bytes = serialize(*assembly.tape);
  write_file("echo.tape", {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  Process beta("avm-node", with_log({"--name", "beta", "--load", "echo.tape", "--create",
                                     "echo=echo", "--create", "broken=broken"}));
  Process alpha("avm-node", peer(beta, {"--name", "alpha", "--run", "echo.tape:main", "--input",
                                        R"([@echo, ["@echo", @broken]])"}));
  CHECK(alpha.wait() == 0);
  CHECK_THAT(alpha.out(), StartsWith(R"(just ["@echo", obj:)"));
  Process fails("avm-node", peer(beta, {"--name", "gamma", "--run", "echo.avm", "--input",
                                        R"([@broken, "x"])"}));
  CHECK(fails.wait() == 0);
  CHECK(fails.out() == "nothing\n");
  beta.signal(SIGTERM);
  CHECK(beta.wait() == 0);
}

TEST_CASE("a name that nobody tells is an error once --connect-timeout is over") {
  const Folder folder;
  write_file("echo.avm", echo);
  Process node("avm-node",
               {"--run", "echo.avm", "--input", "@nobody", "--connect-timeout", "100ms"});
  CHECK(node.wait() == 1);
  CHECK_THAT(node.err(), Contains("error: --input: there is no object named \"nobody\""));
}

TEST_CASE("a node that cannot be reached is an error of the program") {
  const Folder folder;
  write_file("echo.avm", echo);
  Process node("avm-node",
               {"--run", "echo.avm", "--input", "[obj:9.1, 5]", "--connect-timeout", "100ms"});
  CHECK(node.wait() == 1);
  CHECK_THAT(node.err(), Contains("error: MachineError.Unreachable"));
}

TEST_CASE("with --stay it goes on after its program") {
  const Folder folder;
  write_file("echo.avm", echo);
  Process node("avm-node", with_log({"--run", "echo.avm", "--input", "5", "--stay", "--http", "0",
                                     "--create", "echo=echo"}));
  const node::HostPort http = listening(node, "http");
  CHECK(ask(http, post(http, "/call", R"({"target":"@echo","input":"6"})")).status == 200);
  CHECK(node.out() == "5\n");
  node.signal(SIGINT);
  CHECK(node.wait() == 0);
}

// ─── the demo ───────────────────────────────────────────────────────────────────────────────────

TEST_CASE("the demo, whichever node is there first") {
  const Folder folder;
  const bool alpha_first = GENERATE(false, true);
  // Free ports, which the other one has to know before it is there.
  const std::string alpha_port = std::to_string(10'000 + getpid() % 20'000);
  const std::string beta_port = std::to_string(std::stoi(alpha_port) + 1);
  const std::vector<std::string> alpha_arguments{
      "--name",   "alpha", "--port", alpha_port, "--demo", "--peer", "beta:" + beta_port,
      "--rounds", "3"};
  const std::vector<std::string> beta_arguments{
      "--name", "beta", "--port", beta_port, "--demo", "--peer", "alpha:" + alpha_port};
  std::unique_ptr<Process> alpha;
  if (alpha_first) {
    alpha = std::make_unique<Process>("avm-node", alpha_arguments);
    alpha->wait_for("waiting for a peer to announce pong");
  }
  Process beta("avm-node", beta_arguments);
  beta.wait_for("pong is obj:" + beta_port + ".0");
  if (!alpha) alpha = std::make_unique<Process>("avm-node", alpha_arguments);
  CHECK(alpha->wait() == 0);
  CHECK(alpha->out() == "just [\"done\", 3]\n");
  CHECK_THAT(alpha->err(), Contains("to beta  call 1") && Contains(R"(["Pong", 1, 3, obj:)") &&
                               Contains("from beta  answer 1"));
  // The other one serves on, until it is told to stop.
  beta.wait_for("connection with alpha lost");
  beta.signal(SIGTERM);
  CHECK(beta.wait() == 0);
  CHECK(beta.out().empty());
}

TEST_CASE("with other names the one that is given rounds begins") {
  const Folder folder;
  Process host("avm-node", with_log({"--name", "one", "--demo"}));
  Process begins("avm-node", peer(host, {"--name", "two", "--demo", "--rounds", "4"}));
  CHECK(begins.wait() == 0);
  CHECK(begins.out() == "just [\"done\", 4]\n");
}

TEST_CASE("two nodes of one prefix say so, and name --node-id") {
  const Folder folder;
  Process beta("avm-node", with_log({"--name", "beta", "--node-id", "7", "--demo"}));
  Process alpha("avm-node", peer(beta, {"--name", "alpha", "--node-id", "7", "--demo"}));
  alpha.wait_for("--node-id");
  beta.wait_for("--node-id");
}

// ─── the end ────────────────────────────────────────────────────────────────────────────────────

TEST_CASE("a port that is taken ends it with a reason") {
  const Folder folder;
  Process first("avm-node", with_log({}));
  const std::string port = std::to_string(listening(first, "peers").port);
  Process second("avm-node", {"--port", port});
  CHECK(second.wait() == 2);
  CHECK_THAT(second.err(),
             EndsWith("cannot listen on 127.0.0.1:" + port + ": Address already in use\n"));
}

TEST_CASE(
    "a signal ends it once what is under way is done or its time is over; a second one at once") {
  const Folder folder;
  write_file("loop.avm", "program main {\nagain:\n jmp again\n}\n");
  Process node("avm-node", with_log({"--run", "loop.avm", "--stop-timeout", "100ms"}));
  listening(node, "peers");
  node.signal(SIGTERM);
  CHECK(node.wait() == 1);
  CHECK_THAT(node.err(), Contains("error: "));

  Process patient("avm-node", with_log({"--run", "loop.avm", "--stop-timeout", "60m"}));
  listening(patient, "peers");
  patient.signal(SIGTERM);
  patient.wait_for("told to stop");
  patient.signal(SIGINT);
  CHECK(patient.wait() == 1);
}

TEST_CASE(
    "its log is lines for people, or JSON for programs, and never lines that others made up") {
  const Folder folder;
  Process node("avm-node", {"--name", "a\nb", "--log-level", "debug"});
  node.wait_for("for peers");
  CHECK_THAT(node.err(), Contains(" a\\nb info    listening on 127.0.0.1:"));
  Process json("avm-node", with_log({"--name", "a\nb"}));
  json.wait_for("for peers");
  CHECK_THAT(json.err(), StartsWith("{\"time\":\"20") &&
                             Contains(R"("level":"info","node":"a\nb","text":"listening on )"));
  write_file("echo.avm", echo);
  Process quiet("avm-node", {"--log-level", "error", "--run", "echo.avm"});
  CHECK(quiet.wait() == 0);
  CHECK(quiet.err().empty());
}

TEST_CASE("without file descriptors it lives on") {
  // They look at an object's class by means of a pipe.
  if (is_sanitized) return;
  const Folder folder;
  write_file("echo.avm", echo);
  Process node("avm-node",
               with_log({"--http", "0", "--load", "echo.avm", "--create", "echo=echo"}));
  const node::HostPort http = listening(node, "http");
  node.limit_files(24);
  std::vector<std::unique_ptr<Socket>> sockets;
  for (int i = 0; i < 40; ++i)
    sockets.push_back(std::make_unique<Socket>(http));
  node.wait_for("cannot take a connection on " + to_text(http) + ": Too many open files");
  sockets.clear();
  CHECK(ask(http, post(http, "/call", R"({"target":"@echo","input":"6"})")).status == 200);
}
