// The port for other nodes: frames to a node byte by byte, and bytes that are none.
#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

#include "node/shell/send_queue.hpp"
#include "shell/http.hpp"
#include "shell/running_node.hpp"
#include "shell/socket.hpp"

using namespace avm;
using namespace avm::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

Program echo() { return {.source = "behavior echo(%x) {\n ret %x\n}\n", .objects = {"echo=echo"}}; }

std::string frame(std::string_view json) {
  node::SendQueue queue;
  queue.add(json);
  return std::string(queue.front());
}

/// The next frame's JSON.
std::string read_frame(Socket& socket) {
  std::size_t length = 0;
  for (const char byte : socket.read(4))
    length = length << 8U | static_cast<unsigned char>(byte);
  return socket.read(length);
}

/// As the reference node says that it is there: with any object.
const std::string greeting =
    frame(R"({"type":"create_notify","object_id":281474976710657,"machine_id":"old"})");

std::string call(int id, const RunningNode& node, std::string_view input) {
  const std::uint64_t echo_object = std::uint64_t{node.address().port} << 48U;
  return frame(R"({"type":"call","request_id":)" + std::to_string(id) + R"(,"target":)" +
               std::to_string(echo_object) + R"(,"input":)" + std::string(input) +
               R"(,"sender":281474976710657,"sender_machine":"old"})");
}

std::string answer(int id, std::string_view output) {
  return R"({"type":"call_response","request_id":)" + std::to_string(id) + R"(,"result":{"Ok":)" +
         std::string(output) + "}}";
}

/// Reads frames until there is an answer.
std::string read_call_response(Socket& socket) {
  while (true) {
    std::string json = read_frame(socket);
    if (json.contains("\"call_response\"")) return json;
  }
}

/// A node still serves others.
void check_serves(const RunningNode& node) {
  Socket socket(node.address());
  socket.write(greeting + call(1, node, R"({"Nat":7})"));
  CHECK(read_call_response(socket) == answer(1, R"({"Nat":7})"));
}

}  // namespace

TEST_CASE("the first frame of a node says who it is, to whoever connects") {
  const RunningNode node(with_http("alpha"), echo());
  Socket socket(node.address());
  CHECK_THAT(read_frame(socket), StartsWith(R"({"type":"create_notify","object_id":)") &&
                                     Contains(R"("machine_id":"alpha","hello":{"protocol":2)"));
}

TEST_CASE("a reference node is answered over the connection by which it asked") {
  const RunningNode node(with_http("alpha"), echo());
  check_serves(node);
}

TEST_CASE("many frames at once are answered in their order, and cut anywhere they are the same") {
  const RunningNode node(with_http("alpha"), echo());
  constexpr int calls = 200;
  std::string frames = greeting;
  for (int i = 1; i <= calls; ++i)
    frames += call(i, node, R"({"Nat":)" + std::to_string(i) + "}");
  for (const std::size_t piece : {std::size_t{1'000'000}, std::size_t{777}, std::size_t{3}}) {
    CAPTURE(piece);
    Socket socket(node.address());
    for (std::size_t at = 0; at < frames.size(); at += piece)
      socket.write(std::string_view(frames).substr(at, piece));
    for (int i = 1; i <= calls; ++i)
      REQUIRE(read_call_response(socket) == answer(i, R"({"Nat":)" + std::to_string(i) + "}"));
  }
}

TEST_CASE("a value of some megabytes comes back") {
  const RunningNode node(with_http("alpha"), echo());
  const std::string text = R"({"Str":")" + std::string(8'000'000, 'x') + "\"}";
  Socket socket(node.address());
  socket.write(greeting + call(1, node, text));
  CHECK((read_call_response(socket) == answer(1, text)));
}

TEST_CASE("what is no frame ends its connection and nothing else") {
  RunningNode node(with_http("alpha"), echo());
  const std::string half = call(1, node, "{}").substr(0, 20);
  for (const std::string& bytes :
       {std::string(4, '\xff') + "x", std::string("\x01\x00\x00\x01", 4),
        std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        std::string("\x16\x03\x01\x02\x00\x01", 6), frame("no JSON"), frame("{}"), frame("[]"),
        frame(""), frame(R"({"type":5})"), frame(R"({"type":"call"})"),
        frame("{\"type\":\"ping\",\"nonce\":-1}"), frame(std::string("\0\xff\xfe", 3)),
        greeting + std::string(4, '\xff')}) {
    CAPTURE(bytes);
    Socket socket(node.address());
    socket.write(bytes);
    socket.read_all();
    check_serves(node);
  }
  // One that ends in the midst of a frame.
  Socket socket(node.address());
  socket.write(greeting + half);
  socket.end();
  socket.read_all();
  check_serves(node);
}

TEST_CASE("a value that is nested too deep ends its connection") {
  const RunningNode node(with_http("alpha"), echo());
  std::string deep;
  for (int i = 0; i < 100'000; ++i)
    deep += R"({"Just":)";
  deep += "\"Nothing\"" + std::string(100'000, '}');
  Socket socket(node.address());
  socket.write(greeting + call(1, node, deep));
  socket.read_all();
  check_serves(node);
}

TEST_CASE("an unknown type is no trouble") {
  const RunningNode node(with_http("alpha"), echo());
  Socket socket(node.address());
  socket.write(greeting + frame(R"({"type":"of another time","more":[1,2]})") +
               call(1, node, R"({"Nat":7})"));
  CHECK(read_call_response(socket) == answer(1, R"({"Nat":7})"));
}

TEST_CASE("one connection too many is closed, and the others go on") {
  node::ShellOptions options = with_http("alpha");
  options.connections = 2;
  RunningNode node(options, echo());
  Socket first(node.address());
  Socket second(node.address());
  first.write(greeting + call(1, node, R"({"Nat":1})"));
  CHECK(read_call_response(first) == answer(1, R"({"Nat":1})"));
  second.write(greeting);
  read_frame(second);
  Socket third(node.address());
  CHECK(third.read_all().empty());
  node.log().wait_for("a connection is refused, there are 2 (--max-connections)");
  first.write(call(2, node, R"({"Nat":2})"));
  CHECK(read_call_response(first) == answer(2, R"({"Nat":2})"));
}

TEST_CASE("a peer that reads nothing is cut off, and the others do not notice") {
  node::ShellOptions options = with_http("alpha");
  options.queue = 1'000'000;
  RunningNode node(options, echo());
  Socket deaf(node.address());
  deaf.write(greeting);
  const std::string text = R"({"Str":")" + std::string(400'000, 'x') + "\"}";
  // More than the system's own buffers hold. Where it is cut off it takes no more.
  for (int i = 1; i <= 100; ++i)
    deaf.write(call(i, node, text));
  node.log().wait_for("bytes wait to be written (--max-queue is 1000000)");
  check_serves(node);
}

TEST_CASE("a node with more to do than it can still gives signs of life") {
  node::ShellOptions options = with_http("alpha");
  options.backlog = 100;
  options.stop_timeout = 1;
  const RunningNode node(options, {.source = "behavior forever(%x) {\nagain:\n jmp again\n}\n",
                                   .objects = {"f=forever"}});
  Socket floods(node.address());
  floods.write(greeting);
  constexpr int calls = 1'000;
  for (int i = 1; i <= calls; ++i)
    floods.write(call(i, node, R"({"Nat":7})"));
  Socket other(node.address());
  for (Socket* const socket : {&floods, &other}) {
    socket->write(frame(R"({"type":"ping","nonce":77})"));
    while (read_frame(*socket) != R"({"type":"pong","nonce":77})") {
    }
  }
  const Answer metrics = ask(node.http(), get(node.http(), "/metrics"));
  CHECK_THAT(metrics.body, Contains("\navm_node_executions 1000\n"));
}

TEST_CASE("two nodes: a call goes over, and both know of each other") {
  const RunningNode beta(with_http("beta"), echo());
  node::ShellOptions options = with_http("alpha");
  options.peers.push_back({.name = "beta", .address = beta.address()});
  RunningNode alpha(options, echo());
  alpha.log().wait_for("connected with beta");
  const std::string target = "obj:" + std::to_string(beta.address().port) + ".0";
  const Answer called = ask(
      alpha.http(), post(alpha.http(), "/call", R"({"target":")" + target + R"(","input":"5"})"));
  CHECK(called.body == R"({"value":{"text":"just 5","json":{"Just":{"Nat":5}}}})");
  const Answer peers = ask(alpha.http(), get(alpha.http(), "/peers"));
  CHECK_THAT(peers.body, Contains(R"("machine":"beta")") && Contains(R"("connected":true)") &&
                             Contains(R"("http":")" + to_text(beta.http()) + "\""));
  // The page of a peer may look at a node, and no other one.
  const std::string page = "http://" + to_text(alpha.http());
  CHECK_THAT(ask(beta.http(), get(beta.http(), "/peers", {"Origin: " + page})).head,
             Contains("Access-Control-Allow-Origin: " + page + "\r\n"));
  CHECK_THAT(ask(beta.http(), get(beta.http(), "/peers", {"Origin: http://evil.example"})).head,
             !Contains("Access-Control"));
}

TEST_CASE("a node is dialled again until it is there, and when it comes back") {
  node::ShellOptions options = with_http("beta");
  auto beta = std::make_unique<RunningNode>(options, echo());
  const node::HostPort address = beta->address();
  beta.reset();
  node::ShellOptions alpha_options = with_http("alpha");
  alpha_options.peers.push_back({.address = address});
  RunningNode alpha(alpha_options);
  alpha.log().wait_for("cannot be reached yet");
  options.listen = address;
  beta = std::make_unique<RunningNode>(options, echo());
  alpha.log().wait_for("connected with beta");
  beta.reset();
  alpha.log().wait_for("connection with beta lost");
  beta = std::make_unique<RunningNode>(options, echo());
  alpha.log().wait_for("again connected with beta");
}

TEST_CASE("a name that leads nowhere is said; only in the demo it means this machine") {
  const RunningNode beta(with_http("beta"), echo());
  node::ShellOptions options = with_http("alpha");
  options.node.connect_timeout = 1'000;
  options.peers.push_back({.address = {"nowhere.invalid", beta.address().port}});
  {
    RunningNode alpha(options);
    alpha.log().wait_for("the name 'nowhere.invalid' leads nowhere");
  }
  options.unknown_is_here = true;
  RunningNode alpha(options);
  alpha.log().wait_for("connected with beta");
}
