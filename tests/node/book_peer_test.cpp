// NodeCore: peers that know the book's frames alone, as the reference node does.
#include <catch2/catch.hpp>

#include "avm/text.hpp"
#include "node/bare_node.hpp"
#include "node/said.hpp"

namespace avm::node::test {
namespace {

// A connection that says what `machine` is, and no hello.
ConnectionId connect(BareNode& node, std::string_view machine, ObjectId announced) {
  const ConnectionId connection = node.connect();
  node.tell(connection, CreateNotify{.object = announced, .machine = std::string(machine)});
  node.heard(connection);
  return connection;
}

Call call_of(std::uint64_t id, ObjectId target, std::string sender_machine) {
  return {.request_id = id,
          .target = target,
          .input = Val::nat(5),
          .sender = object(2, 7),
          .sender_machine = std::move(sender_machine)};
}

TEST_CASE("it is called by the book's frames, and answers") {
  BareNode node;
  const ConnectionId beta = connect(node, "beta", object(2, 0));
  CHECK(node.peer("beta").connected);
  CHECK_FALSE(node.peer("beta").protocol2);
  const std::size_t client = node.call(object(2, 0), Val::nat(5));
  // No field more than these.
  CHECK(node.heard(beta) ==
        Texts{R"({"type":"call","request_id":1,"target":562949953421312,"input":{"Nat":5},)"
              R"("sender":562949953421311,"sender_machine":"alpha"})"});
  node.tell(beta, answer(1, str("well")));
  CHECK(node.result(client) == R"(just "well")");
}

TEST_CASE("it knows errors as texts") {
  BareNode node;
  const ConnectionId beta = connect(node, "beta", object(2, 0));
  const auto told = [&](const char* text) {
    const std::size_t client = node.call(object(2, 0), Val::nat(5));
    node.tell(beta, refusal(frames_of<Call>(node.taken(beta)).at(0).request_id, text));
    return node.result(client);
  };
  CHECK(told("object not found: 562949953421312") ==
        "ObjError.NotFound: object obj:2.0 does not exist");
  CHECK(told("behavior failed: object not found: 3") == "nothing");
  CHECK(told("") == "nothing");

  const auto answered = [&](ObjectId target) {
    node.heard(beta);
    node.tell(beta, call_of(9, target, "beta"));
    return node.heard(beta).at(0);
  };
  CHECK(answered(object(1, 5)) == R"({"type":"call_response","request_id":9,"result":)"
                                  R"({"Err":"ObjError.NotFound: object obj:1.5 does not exist"}})");
  CHECK(answered(*node.core.create("failing")).contains(R"({"Err":"ObjError.RejectedCall: )"));
}

TEST_CASE("it calls, and is answered where the machine is that it names") {
  BareNode node;
  const ObjectId echo = *node.core.create("echo");
  const ConnectionId beta = connect(node, "beta", object(2, 0));
  const ConnectionId second = node.connect();
  node.heard(second);
  const std::string answered =
      R"({"type":"call_response","request_id":4,"result":{"Ok":{"Nat":5}}})";
  SECTION("by the connection of that name") {
    node.tell(second, call_of(4, echo, "beta"));
    CHECK(node.heard(beta) == Texts{answered});
    CHECK(node.heard(second).empty());
  }
  SECTION("back the way that the call came") {
    node.tell(second, call_of(4, echo, "127.0.0.1:53124"));
    CHECK(node.heard(second).back() == answered);
    CHECK(node.heard(beta).empty());
  }
  SECTION("where it has no name") {
    node.tell(second, call_of(4, echo, ""));
    CHECK(node.heard(second) == Texts{answered});
  }
  SECTION("a name that is another's with a hello: back the way that it came") {
    const ConnectionId gamma = node.meet("gamma", 3);
    node.tell(second, call_of(4, echo, "gamma"));
    CHECK(node.heard(second) == Texts{answered});
    CHECK(node.heard(gamma).empty());
  }
  SECTION("this node's own name") {
    node.tell(second, call_of(4, echo, "alpha"));
    CHECK(node.heard(second) == Texts{answered});
  }
  SECTION("the same id again is another call") {
    node.tell(beta, call_of(4, echo, "beta"));
    node.tell(beta, call_of(4, echo, "beta"));
    CHECK(node.heard(beta) == Texts{answered, answered});
  }
}

TEST_CASE(
    "who says hello while its call of before is under way gets no answer under an id of now") {
  BareNode node;
  const ObjectId relay = *node.core.create("relay");
  const ConnectionId before = connect(node, "beta", object(2, 0));
  Call call = call_of(1, relay, "beta");
  call.input = list({Val::object(object(4, 0)), Val::nat(1)});
  node.tell(before, call);
  const ConnectionId now = node.connect();
  node.tell(now, greeting(hello_of("beta", 2)));
  CHECK_FALSE(node.is_open(before));
  node.heard(now);
  node.pass(5'000);
  CHECK(frames_of<CallResponse>(node.taken(now)).empty());
  CHECK(node.core.is_idle());
}

TEST_CASE("one that was dialled bears the name that it was dialled by") {
  BareNode node;
  node.core.add_peer("beta", "beta:1");
  node.pass(10);
  const ConnectionId beta = node.connect({.peer = 0, .address = "beta:1"});
  node.tell(beta, CreateNotify{.object = object(2, 0), .machine = "beta.example"});
  CHECK(node.peer("beta").connected);
  CHECK_FALSE(node.peer("beta.example").connected);
}

TEST_CASE("it is not pinged, and not asked for anything but calls") {
  BareNode node;
  const ConnectionId beta = connect(node, "beta", object(2, 0));
  node.pass(100'000);
  CHECK(node.heard(beta).empty());
  CHECK(node.is_open(beta));

  const std::string calls_alone =
      "MachineError.InvalidTransfer: cannot transfer to machine beta: it knows calls alone";
  const Val there = Val::object(object(2, 0));
  CHECK(node.result(node.submit("locating", there)) == calls_alone);
  CHECK(node.result(node.submit("fetching", there)) == calls_alone);
  CHECK(node.result(node.submit("destroying", there)) == calls_alone);
  CHECK(node.result(node.submit("moving", list({there, str("alpha")}))) == calls_alone);
  CHECK(node.result(node.submit("going", str("beta"))) == calls_alone);
  CHECK(node.result(node.post(object(2, 0), Val::nat(1))) == calls_alone);
  const ObjectId echo = *node.core.create("echo");
  node.heard(beta);
  CHECK(node.result(node.submit("moving", list({Val::object(echo), str("beta")}))) == calls_alone);
  CHECK(node.core.find_object(echo));
  CHECK(frames_of<Ask>(node.taken(beta)).empty());
}

TEST_CASE("calls to it fail as soon as its connection breaks") {
  BareNode node;
  const ConnectionId beta = connect(node, "beta", object(2, 0));
  const std::size_t client = node.call(object(2, 0), Val::nat(5));
  node.lose(beta);
  CHECK(node.result(client) == "MachineError.Unreachable: machine beta cannot be reached");
  // One that was not sent waits for a connection.
  const std::size_t next = node.call(object(2, 0), Val::nat(5));
  CHECK(node.result(next).empty());
  const ConnectionId again = node.connect();
  node.tell(again, CreateNotify{.object = object(2, 1), .machine = "beta"});
  CHECK(frames_of<Call>(node.taken(again)).size() == 1);
}

TEST_CASE("it is told of objects once it is known, and as they come and go") {
  BareNode node;
  const ObjectId first = *node.core.create("echo", "mirror");
  const ConnectionId beta = node.connect();
  const std::string root =
      R"({"type":"create_notify","object_id":562949953421311,"machine_id":"alpha","hello":)";
  const Texts greeted = node.heard(beta);
  REQUIRE(greeted.size() == 1);
  CHECK(greeted[0].starts_with(root));
  node.tell(beta, CreateNotify{.object = object(2, 0), .machine = "beta"});
  CHECK(node.heard(beta) ==
        Texts{R"({"type":"create_notify","object_id":281474976710656,"machine_id":"alpha",)"
              R"("name":"mirror"})"});
  const ObjectId second = *node.core.create("echo");
  CHECK(node.heard(beta) ==
        Texts{R"({"type":"create_notify","object_id":281474976710657,"machine_id":"alpha"})"});
  for (const ObjectId object : {first, second})
    node.submit("destroying", Val::object(object));
  CHECK(node.heard(beta) == Texts{R"({"type":"destroy_notify","object_id":281474976710656})",
                                  R"({"type":"destroy_notify","object_id":281474976710657})"});
}

TEST_CASE("its calls are sent on to where an object has moved") {
  BareNode node;
  const ObjectId echo = *node.core.create("echo");
  const ConnectionId beta = connect(node, "beta", object(2, 0));
  const ConnectionId gamma = node.meet("gamma", 3);
  const std::size_t client = node.submit("moving", list({Val::object(echo), str("gamma")}));
  node.tell(gamma, answer(frames_of<Ask>(node.taken(gamma)).at(0).request_id, Val::boolean(true)));
  CHECK(node.result(client) == "true");
  node.taken(gamma);
  node.tell(beta, call_of(4, echo, "beta"));
  const Call sent_on = frames_of<Call>(node.taken(gamma)).at(0);
  CHECK(sent_on.sender == object(2, 7));
  CHECK(sent_on.sender_machine == "alpha");
  node.tell(gamma, answer(sent_on.request_id, Val::nat(6)));
  CHECK(node.heard(beta) ==
        Texts{R"({"type":"create_notify","object_id":281474976710656,"machine_id":"gamma",)"
              R"("moves":1})",
              R"({"type":"call_response","request_id":4,"result":{"Ok":{"Nat":6}}})"});
}

TEST_CASE("it takes values that nest up to 60") {
  BareNode node;
  const ConnectionId beta = connect(node, "beta", object(2, 0));
  Val value = Val::nothing();
  for (unsigned i = 0; i < 60; ++i)
    value = list({value});
  node.call(object(2, 0), value);
  CHECK(frames_of<Call>(node.taken(beta)).size() == 1);
  CHECK(node.result(node.call(object(2, 0), list({value}))) ==
        "MachineError.InvalidTransfer: cannot transfer to machine beta: what is to be sent is more "
        "than it takes");
  const ObjectId nesting = *node.core.create("nesting");
  node.heard(beta);
  Call call = call_of(4, nesting, "beta");
  call.input = Val::nat(61);
  node.tell(beta, call);
  const std::string too_much =
      R"({"type":"call_response","request_id":4,"result":{"Err":"MachineError.InvalidTransfer: cannot )"
      R"(transfer to machine alpha: the answer is more than is taken there"}})";
  CHECK(node.heard(beta) == Texts{too_much});
  // As does one whose name is not known.
  const ConnectionId stranger = node.connect();
  call.sender_machine = "";
  node.tell(stranger, call);
  CHECK(node.heard(stranger).back() == too_much);
}

}  // namespace
}  // namespace avm::node::test
