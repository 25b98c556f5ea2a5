// Clusters of real processes on loopback: the demo, rings, a node that is killed, and one that tells too
// much.
#include <catch2/catch.hpp>

#include <unistd.h>

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "node/shell/send_queue.hpp"
#include "shell/http.hpp"
#include "shell/process.hpp"
#include "shell/socket.hpp"
#include "support/build.hpp"
#include "support/files.hpp"

using namespace avm;
using namespace avm::test;
using Catch::Matchers::Contains;

namespace {

constexpr std::string_view source = R"(
; [the next, the one after it, n]: n more calls around the ring.
behavior ring(%m) {
    match %m, [%next, %after, %n], bad
    %done = eq %n, 0
    br %done, end
    %self = get_self
    %n = sub %n, 1
    %x = call %next, [%after, %self, %n]
    %y = unwrap %x
    %y = add %y, 1
    ret %y
end:
    ret 0
bad:
    reject %m
}
behavior slow(%m) {
again:
    jmp again
}
behavior echo(%m) {
    ret %m
}
program main(%in) {
    match %in, [%target, %value], bad
    %answer = call %target, %value
    ret %answer
bad:
    reject %in
}
)";

std::vector<std::string> of_node(const std::string& name, std::vector<std::string> more) {
  std::vector<std::string> arguments{"--name", name,          "--port",    "0",
                                     "--load", "cluster.avm", "--log-json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

std::string peer(const std::string& name, const Process& process) {
  return name + '=' + to_text(listening(process, "peers"));
}

}  // namespace

TEST_CASE("the demo of few rounds and of many") {
  const Folder folder;
  const std::string rounds = GENERATE("1", "3", "1000");
  Process beta("avm-node", {"--name", "beta", "--port", "0", "--demo", "--log-json"});
  Process alpha("avm-node", {"--name", "alpha", "--port", "0", "--demo", "--rounds", rounds,
                             "--peer", peer("beta", beta)});
  CHECK(alpha.wait() == 0);
  CHECK(alpha.out() == "just [\"done\", " + rounds + "]\n");
}

TEST_CASE("calls around a ring of three nodes") {
  const Folder folder;
  write_file("cluster.avm", source);
  Process gamma("avm-node", of_node("gamma", {"--create", "c=ring"}));
  Process beta("avm-node", of_node("beta", {"--create", "b=ring", "--peer", peer("gamma", gamma)}));
  Process alpha("avm-node", of_node("alpha", {"--create", "a=ring", "--peer", peer("beta", beta),
                                              "--peer", peer("gamma", gamma), "--run",
                                              "cluster.avm", "--input", "[@a, [@b, @c, 300]]"}));
  CHECK(alpha.wait() == 0);
  CHECK(alpha.out() == "just 300\n");
}

TEST_CASE("a node that is killed in mid-call") {
  const Folder folder;
  write_file("cluster.avm", source);
  auto beta = std::make_unique<Process>(
      "avm-node", of_node("beta", {"--create", "slow=slow", "--max-steps", "1000000000000"}));
  const std::string address = to_text(listening(*beta, "peers"));
  Process caller("avm-node",
                 of_node("alpha", {"--peer", "beta=" + address, "--run", "cluster.avm", "--input",
                                   "[@slow, 1]", "--connect-timeout", "300ms"}));
  // The call is there, and does not end.
  caller.wait_for("connected with beta");
  Process second("avm-node",
                 of_node("gamma", {"--peer", "beta=" + address, "--run", "cluster.avm:main",
                                   "--input", "[@slow, 2]", "--connect-timeout", "300ms"}));
  second.wait_for("connected with beta");
  beta->signal(SIGKILL);
  CHECK(caller.wait() == 1);
  CHECK_THAT(caller.err(), Contains("MachineError.Unreachable: machine beta cannot be reached"));
  CHECK(second.wait() == 1);
  // Another life of it, at the same place, is called as before.
  const std::string port = address.substr(address.rfind(':') + 1);
  Process again("avm-node", {"--name", "beta", "--port", port, "--load", "cluster.avm", "--create",
                             "echo=echo", "--log-json"});
  Process third("avm-node", of_node("alpha", {"--peer", "beta=" + address, "--run", "cluster.avm",
                                              "--input", "[@echo, 7]"}));
  CHECK(third.wait() == 0);
  CHECK(third.out() == "just 7\n");
}

TEST_CASE("a million announcements are not all kept, and hurt nobody") {
  const Folder folder;
  write_file("cluster.avm", source);
  const std::uint64_t announced = is_sanitized ? 50'000 : 1'000'000;
  Process beta("avm-node", of_node("beta", {"--create", "echo=echo", "--http", "0",
                                            "--max-announced", "1000"}));
  Socket socket(listening(beta, "peers"));
  node::SendQueue queue;
  queue.add(R"({"type":"create_notify","object_id":1407374883553279,"machine_id":"talker","hello":)"
            R"({"protocol":2,"machine":"talker","epoch":1,"prefix":4}})");
  for (std::uint64_t i = 0; i < announced; ++i) {
    queue.add(R"({"type":"create_notify","object_id":)" +
              std::to_string((std::uint64_t{4} << 48U) + i) + R"(,"machine_id":"talker"})");
  }
  while (queue.size() > 0) {
    const std::string_view bytes = queue.front();
    socket.write(bytes);
    queue.wrote(bytes.size());
  }
  Process alpha("avm-node", of_node("alpha", {"--peer", peer("beta", beta), "--run", "cluster.avm",
                                              "--input", "[@echo, 7]"}));
  CHECK(alpha.wait() == 0);
  CHECK(alpha.out() == "just 7\n");
  const node::HostPort http = listening(beta, "http");
  CHECK_THAT(ask(http, get(http, "/metrics")).body, Contains("avm_node_directory_entries 1000\n"));
}
