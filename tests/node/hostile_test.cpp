// NodeCore: peers that lie, ask for too much, or say what makes no sense. It hurts nobody else.
#include <catch2/catch.hpp>

#include <algorithm>

#include "avm/assemble.hpp"
#include "avm/text.hpp"
#include "node/bare_node.hpp"

namespace avm::node::test {
namespace {

constexpr std::string_view source = R"(
program calling(%target) {
  %x = call %target, 5
  ret %x
}
program moving(%args) {
  match %args, [%what, %to], bad
  %x = move_object %what, %to
  ret %x
bad:
  reject "bad"
}
behavior echo(%m) {
  ret %m
}
)";

struct Node : BareNode {
  explicit Node(NodeOptions options = {.name = "alpha", .prefix = 1, .epoch = 1})
      : BareNode(std::move(options)) {
    load(source);
  }
};

// An `echo` as another node sends it, and the steps of its move here.
std::string hash_of(std::string_view function) {
  const Assembly assembly = assemble({"node.avm", std::string(source)});
  return std::ranges::find(assembly.tape->functions, function, &TapeFunction::name)->hash.hex();
}

Val packed() {
  return Val::list({Val::str("echo"), Val::str(hash_of("echo")), Val::empty_list(), Val::nothing(),
                    Val::nothing(), Val::empty_list(), Val::nothing(), Val::empty_list()});
}

std::uint64_t next_request = 1;

Ask asking(Request request, std::vector<Val> arguments) {
  return {.request = request,
          .request_id = next_request++,
          .arguments = std::move(arguments),
          .sender = root_of(2),
          .sender_machine = "beta"};
}

Ask take(ObjectId object, Val packed_object, std::uint64_t moves = 1) {
  return asking(Request::take_object,
                {Val::object(object), std::move(packed_object), Val::nat(moves)});
}

Ask settle(ObjectId object, bool is_moved, std::uint64_t moves = 1) {
  return asking(Request::settle_object,
                {Val::object(object), Val::nat(moves), Val::boolean(is_moved)});
}

// ─── who they say they are ──────────────────────────────────────────────────────────────────────

TEST_CASE("a machine can have the name by which a node of unknown prefix is called") {
  Node node;
  const std::size_t client = node.call(object(5, 0), Val::nat(1));
  const ConnectionId five = node.connect();
  SECTION("of that prefix") {
    node.tell(five, greeting(hello_of("node 5", 5)));
    CHECK(frames_of<Call>(node.taken(five)).size() == 1);
    node.tell(five, CallResponse{1, Val::nat(2)});
    CHECK(node.result(client) == "just 2");
  }
  SECTION("of another, and what was asked of it stays asked of it") {
    node.tell(five, greeting(hello_of("node 5", 6)));
    const std::vector<Call> asked = frames_of<Call>(node.taken(five));
    REQUIRE(asked.size() == 1);
    const ConnectionId real = node.meet("epsilon", 5);
    CHECK(frames_of<Call>(node.taken(real)).empty());
    node.tell(five, CallResponse{asked[0].request_id, Val::nat(2)});
    CHECK(node.result(client) == "just 2");
  }
}

TEST_CASE("who speaks under a name without a hello gives way to who says hello under it") {
  Node node;
  node.core.add_peer("beta", "beta:1");
  node.pass(10);
  const ConnectionId squatter = node.connect();
  node.tell(squatter, CreateNotify{.object = object(2, 0), .machine = "beta"});
  REQUIRE(node.peer("beta").connected);
  const bool is_dialled = GENERATE(true, false);
  const ConnectionId beta = is_dialled ? node.connect({.peer = 0}) : node.connect();
  node.tell(beta, greeting(hello_of("beta", 0)));
  CHECK(node.is_open(beta));
  CHECK_FALSE(node.is_open(squatter));
  CHECK(node.peer("beta").protocol2);
  // And then keeps it.
  const ConnectionId late = node.connect();
  node.tell(late, CreateNotify{.object = object(2, 1), .machine = "beta"});
  node.heard(beta);
  node.call(object(2, 1), Val::nat(1));
  CHECK(node.heard(beta).size() == 1);
}

// ─── ids ────────────────────────────────────────────────────────────────────────────────────────

TEST_CASE("ids of this node that others know of are not given out again") {
  Node node;
  const ConnectionId beta = node.meet("beta", 2);
  SECTION("one that it made in an earlier life") {
    node.tell(beta, CreateNotify{.object = object(1, 41), .machine = "beta"});
    CHECK(node.core.create("echo") == object(1, 42));
  }
  SECTION("and that comes back") {
    node.tell(beta, take(object(1, 41), packed()));
    node.tell(beta, settle(object(1, 41), true));
    CHECK(node.core.create("echo") == object(1, 42));
  }
  SECTION("but nobody can use them up") {
    for (const std::uint64_t number : {0xFFFF'FFFF'FFFEU, 0x8000'0000'0000U, 0xFFFF'FFFF'FFFFU}) {
      node.tell(beta, CreateNotify{.object = object(1, number), .machine = "beta"});
      node.tell(beta, take(object(1, number), packed()));
      node.tell(beta, settle(object(1, number), true));
    }
    CHECK(node.core.create("echo") == object(1, 0));
    CHECK(node.core.create("echo") == object(1, 1));
  }
}

TEST_CASE("a root object is nowhere but in its place") {
  Node node;
  const ConnectionId beta = node.meet("beta", 2);
  for (std::uint16_t prefix = 1; prefix <= 3; ++prefix) {
    node.tell(beta, CreateNotify{.object = root_of(prefix), .machine = "beta"});
    CHECK_FALSE(node.core.located(root_of(prefix)));
    node.heard(beta);
    node.tell(beta, take(root_of(prefix), packed()));
    const auto answers = frames_of<CallResponse>(node.taken(beta));
    REQUIRE(answers.size() == 1);
    REQUIRE_FALSE(answers[0].result);
    CHECK(answers[0].result.error().text.starts_with("MachineError.InvalidTransfer"));
    node.tell(beta, settle(root_of(prefix), true));
  }
  CHECK(node.core.metrics().objects == 0);
}

// ─── what is answered ───────────────────────────────────────────────────────────────────────────

TEST_CASE("an object has gone only where its new home says so in so many words") {
  Node node;
  const ConnectionId beta = node.meet("beta", 2);
  const ObjectId echo = *node.core.create("echo");
  const std::size_t client =
      node.submit("moving", Val::list({Val::object(echo), Val::str("beta")}));
  const auto offers = frames_of<Ask>(node.taken(beta));
  REQUIRE(offers.size() == 1);
  REQUIRE(offers[0].request == Request::take_object);
  CHECK_FALSE(node.core.find_object(echo));
  const Val answer =
      GENERATE(Val::boolean(false), Val::nat(1), Val::nothing(), Val::just(Val::boolean(true)));
  node.tell(beta, CallResponse{offers[0].request_id, answer});
  CHECK(node.result(client) ==
        "MachineError.InvalidTransfer: cannot transfer to machine beta: its answer makes no sense");
  CHECK(node.core.find_object(echo));
  const auto settlements = frames_of<Ask>(node.taken(beta));
  REQUIRE(settlements.size() == 1);
  CHECK(settlements[0].arguments[2] == Val::boolean(false));
}

TEST_CASE("a program that comes in speaks for a root object alone") {
  Node node;
  const ConnectionId beta = node.meet("beta", 2);
  const ObjectId echo = *node.core.create("echo");
  // As a program of beta would come; its self is another's object.
  const Val program =
      Val::list({Val::str("calling"), Val::str(hash_of("calling")), Val::object(echo),
                 Val::nothing(), Val::empty_list(), Val::nat(0)});
  node.heard(beta);
  node.tell(beta, asking(Request::teleport, {program, Val::str("beta")}));
  CHECK(node.heard(beta)[0].contains("what came is not a program"));
}

// ─── what is said of it ─────────────────────────────────────────────────────────────────────────

TEST_CASE("a log line is one line, and short, whatever a peer calls itself or its frames") {
  BareNode node;
  const ConnectionId beta = node.meet("beta\nerror: forged", 2);
  node.tell(beta, Unknown{"a\x1b[31m" + std::string(100'000, 'x')});
  node.tell(beta, Goodbye{.reason = std::string(100'000, '\n'), .stopping = false});
  node.lose(beta);
  CHECK(node.log_lines.size() >= 3);
  for (const std::string& line : node.log_lines) {
    CHECK(line == bare(line));
    CHECK(line.size() < 7'000);
  }
}

}  // namespace
}  // namespace avm::node::test
