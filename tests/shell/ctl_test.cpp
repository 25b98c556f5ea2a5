// avm-ctl: what it prints of a running node, for people and for programs, and its exit codes.
#include "lib/ctl.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "shell/http.hpp"
#include "shell/running_node.hpp"
#include "support/files.hpp"
#include "tools/tool_run.hpp"

using namespace avm;
using namespace avm::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

constexpr std::string_view source = R"(
behavior echo(%x) {
    ret %x
}
behavior keeper(%x) {
    set_state [%x]
    %next = receive
    ret %next
}
)";

Program program() {
  return {.source = std::string(source), .objects = {"echo=echo", "keeper=keeper"}};
}

ToolRun avm_ctl(const RunningNode& node, std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--node", to_text(node.http())});
  return run_tool(ctl, arguments);
}

/// It prints this, and all is well.
void prints(const RunningNode& node, const std::vector<std::string>& arguments,
            const std::string& out) {
  CAPTURE(arguments);
  const ToolRun ran = avm_ctl(node, arguments);
  CHECK(ran.code == 0);
  CHECK(ran.out == out);
  CHECK(ran.err.empty());
}

void fails(const ToolRun& ran, int code, const std::string& message) {
  CHECK(ran.code == code);
  CHECK(ran.out.empty());
  CHECK_THAT(ran.err, StartsWith("error: " + message));
}

std::string object(const RunningNode& node, int number) {
  return "obj:" + std::to_string(node.address().port) + "." + std::to_string(number);
}

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("a table of objects, and one of them") {
  const RunningNode node(with_http("alpha"), program());
  const std::string echo = object(node, 0);
  const std::string keeper = object(node, 1);
  const std::string blank(echo.size() - 2, ' ');
  prints(node, {"objects"},
         "ID" + blank + "  NAME    BEHAVIOR  STATE  MAILBOX\n" +  //
             echo + "  echo    echo      []     0\n" +            //
             keeper + "  keeper  keeper    []     0\n");
  prints(node, {"objects", "keep"},
         "ID" + blank + "  NAME    BEHAVIOR  STATE  MAILBOX\n" + keeper +
             "  keeper  keeper    []     0\n");
  prints(node, {"objects", "a filter & that ? finds / nothing"},
         "ID  NAME  BEHAVIOR  STATE  MAILBOX\n");
  prints(node, {"object", "@echo"},
         "id                   " + echo +
             "\nname                 echo\nbehavior             echo\n"
             "machine              alpha\nstate                []\nwaiting              no\n"
             "mailbox              0\n");
  const ToolRun json = avm_ctl(node, {"objects", "--json"});
  CHECK(lines(json.out) == 2);
  CHECK_THAT(json.out, StartsWith(R"({"id":")" + echo + "\""));
  fails(avm_ctl(node, {"object", object(node, 77)}), 1, "ObjError.NotFound: object obj:");
  fails(avm_ctl(node, {"object", "@nobody"}), 2, "there is no object named \"nobody\"");
}

TEST_CASE("calls and messages") {
  const RunningNode node(with_http("alpha"), program());
  prints(node, {"call", "@echo", "[1, @keeper, \"two\"]"},
         "just [1, " + object(node, 1) + ", \"two\"]\n");
  prints(node, {"call", "@echo", "5", "--json"},
         "{\"value\":{\"text\":\"just 5\",\"json\":{\"Just\":{\"Nat\":5}}}}\n");
  // The object waits for the message that comes next.
  prints(node, {"call", "@keeper", "5"}, "just nothing\n");
  CHECK_THAT(avm_ctl(node, {"object", "@keeper"}).out, Contains("waiting              yes\n"));
  CHECK_THAT(avm_ctl(node, {"objects", "keeper"}).out, Contains("  [5]    0 (waits)\n"));
  prints(node, {"post", "@echo", "[1]"}, "");
  prints(node, {"post", "@echo", "2", "--json"}, "{\"posted\":true}\n");
  const ToolRun shown = avm_ctl(node, {"object", "@echo"});
  CHECK_THAT(shown.out, Contains("mailbox              2\n  message            [1]\n"));
  fails(avm_ctl(node, {"call", "@nobody", "5"}), 2, "\"target\": there is no object named");
  fails(avm_ctl(node, {"call", "@echo", "[5"}), 2, "expected ',' or ']'");
  fails(avm_ctl(node, {"call", object(node, 77), "5"}), 1, "ObjError.NotFound: object obj:");
}

TEST_CASE("an object that is elsewhere, and the peers") {
  const RunningNode beta(with_http("beta"), program());
  node::ShellOptions options = with_http("alpha");
  options.peers.push_back({.name = "beta", .address = beta.address()});
  RunningNode alpha(options);
  alpha.log().wait_for("connected with beta");
  fails(avm_ctl(alpha, {"object", object(beta, 0)}), 1, "ObjError.NotFound: object obj:");
  CHECK_THAT(avm_ctl(alpha, {"object", "@echo"}).err,
             Contains("does not exist here; it is on beta"));
  prints(alpha, {"call", "@echo", "5"}, "just 5\n");
  const ToolRun peers = avm_ctl(alpha, {"peers"});
  CHECK_THAT(peers.out, StartsWith("MACHINE  ADDRESS") && Contains("\nbeta     127.0.0.1:") &&
                            Contains("  connected  2         " + to_text(beta.http()) + "  "));
  CHECK_THAT(avm_ctl(alpha, {"peers", "--json"}).out,
             StartsWith("{\"self\":{\"machine\":\"alpha\""));
}

TEST_CASE("events: those that are kept, a number of them, and those after one") {
  const RunningNode node(with_http("alpha"), program());
  prints(node, {"call", "@echo", "5"}, "just 5\n");
  const ToolRun all = avm_ctl(node, {"events"});
  CHECK(all.code == 0);
  CHECK(lines(all.out) == 3);
  CHECK_THAT(all.out, Contains("     1  #") && Contains("  ObjectCreated  " + object(node, 0)) &&
                          Contains("     3  #") && Contains("  ObjectCalled  " + object(node, 0)));
  CHECK(lines(avm_ctl(node, {"events", "--count", "2"}).out) == 2);
  CHECK_THAT(avm_ctl(node, {"events", "--after", "2"}).out, StartsWith("     3  #"));
  prints(node, {"events", "--after", "3"}, "");
  CHECK_THAT(avm_ctl(node, {"events", "--count", "1", "--json"}).out,
             StartsWith("{\"timestamp\":0,\"event_type\":{\"ObjectCreated\":"));
}

TEST_CASE("following events ends when the node does") {
  auto node = std::make_unique<RunningNode>(with_http("alpha"), program());
  const std::string address = to_text(node->http());
  ToolRun followed;
  std::thread follower(
      [&] { followed = run_tool(ctl, {"events", "--follow", "--node", address}); });
  while (!ask(node->http(), get(node->http(), "/metrics")).body.contains("event_readers 1\n")) {
  }
  prints(*node, {"call", "@echo", "5"}, "just 5\n");
  node.reset();
  follower.join();
  CHECK(followed.code == 1);
  CHECK_THAT(followed.err, StartsWith("error: "));
}

TEST_CASE("health is an exit code too") {
  const RunningNode node(with_http("alpha"), program());
  prints(node, {"health"}, "alpha ok\n");
  prints(node, {"health", "--json"}, "{\"name\":\"alpha\",\"status\":\"ok\"}\n");
}

TEST_CASE("a token, and where it is wrong") {
  const Folder folder;
  write_file("token", "secret\n");
  write_file("wrong", "other\n");
  node::ShellOptions options = with_http("alpha");
  options.http->token = "secret";
  const RunningNode node(options, program());
  prints(node, {"health", "--token", "token"}, "alpha ok\n");
  for (const auto* const command : {"health", "objects", "peers", "events"}) {
    CAPTURE(command);
    fails(avm_ctl(node, {command}), 2, "the bearer token is missing or wrong");
    fails(avm_ctl(node, {command, "--token", "wrong"}), 2, "the bearer token is missing or wrong");
  }
  fails(avm_ctl(node, {"health", "--token", "none"}), 2, "cannot read 'none'");
}

TEST_CASE("wrong use says what would be right, and a node that is not there is said") {
  const auto refused = [](const std::vector<std::string>& arguments, const std::string& message) {
    CAPTURE(arguments);
    fails(run_tool(ctl, arguments), 2, message);
  };
  refused({}, "no COMMAND, as in avm-ctl objects");
  refused({"object"}, "it is used as avm-ctl object TARGET");
  refused({"peers", "beta"}, "it is used as avm-ctl peers");
  refused({"call", "@echo"}, "it is used as avm-ctl call TARGET VALUE");
  refused({"objetcs"}, "there is no command \"objetcs\"; did you mean 'objects'?");
  refused({"objects", "--follow"}, "--follow, --count and --after are for events");
  refused({"health", "--node", "alpha"},
          "--node \"alpha\": it has to be where a node's HTTP side is");
  refused({"health", "--jsno"}, "unknown option '--jsno'; did you mean '--json'?");
  fails(run_tool(ctl, {"health", "--node", "127.0.0.1:1"}), 1,
        "cannot reach 127.0.0.1:1: Connection refused\n");
  const ToolRun help = run_tool(ctl, {"--help"});
  CHECK(help.code == 0);
  CHECK_THAT(help.out, Contains("Usage: avm-ctl COMMAND [ARGUMENT]... [OPTION]...\n"));
}
