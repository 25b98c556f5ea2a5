// NodeCore: what time does, and stopping.
#include <catch2/catch.hpp>

#include <algorithm>

#include <fmt/format.h>

#include "avm/text.hpp"
#include "node/bare_node.hpp"
#include "node/said.hpp"

namespace avm::node::test {
namespace {

NodeOptions options() { return {.name = "alpha", .prefix = 1, .epoch = 1}; }

const std::string unreachable = "MachineError.Unreachable: machine beta cannot be reached";

// ─── dialling ───────────────────────────────────────────────────────────────────────────────────

// How often peer 0 is dialled in so much time, where each time `answer` is what comes of it.
template <typename Answer>
std::size_t dials_in(BareNode& node, Milliseconds time, Answer answer) {
  std::size_t count = 0;
  for (Milliseconds passed = 0; passed < time; passed += 10) {
    node.pass(10);
    for (; !node.dialled.empty(); node.dialled.clear()) {
      ++count;
      answer();
    }
  }
  return count;
}

TEST_CASE("a peer that cannot be reached is dialled at growing intervals") {
  BareNode node(options());
  node.core.add_peer("beta", "beta:1");
  const std::size_t count =
      dials_in(node, 60'000, [&] { node.core.on_dial_failed(0, "nobody is there"); });
  // 100 ms, doubled up to 10 s, each with jitter that takes up to half of it away.
  CHECK(count >= 10);
  CHECK(count <= 20);
  CHECK(std::ranges::count_if(node.log_lines, [](const std::string& line) {
          return line.contains("cannot be reached yet");
        }) == 1);
}

TEST_CASE("a peer that refuses, or is refused, is dialled at growing intervals") {
  BareNode node(options());
  node.core.add_peer("beta", "beta:1");
  const bool is_refused_here = GENERATE(true, false);
  const std::size_t count = dials_in(node, 60'000, [&] {
    const ConnectionId beta = node.connect({.peer = 0, .address = "beta:1"});
    node.tell(beta, greeting(hello_of("beta", is_refused_here ? 1 : 2)));
    CHECK(node.is_open(beta) != is_refused_here);
    if (is_refused_here) return;
    node.tell(beta, Goodbye{.reason = "not you", .stopping = false});
    node.lose(beta);
  });
  CHECK(count >= 10);
  CHECK(count <= 20);
}

TEST_CASE("a peer whose connection breaks is dialled at once") {
  BareNode node(options());
  node.core.add_peer("beta", "beta:1");
  const std::size_t count = dials_in(node, 1'000, [&] {
    const ConnectionId beta = node.connect({.peer = 0, .address = "beta:1"});
    node.tell(beta, greeting(hello_of("beta", 2)));
    node.lose(beta);
  });
  CHECK(count == 100);
}

// ─── waiting ────────────────────────────────────────────────────────────────────────────────────

TEST_CASE("a call waits for a connection for so long and no longer") {
  NodeOptions with = options();
  with.connect_timeout = 2'000;
  BareNode node(with);
  node.core.add_peer("beta", "beta:1");
  node.tell(node.meet("gamma", 3), CreateNotify{.object = object(2, 0), .machine = "beta"});
  const std::size_t client = node.call(object(2, 0), Val::nat(1));
  node.pass(1'999);
  CHECK(node.result(client).empty());
  SECTION("none is made") {
    node.pass(1);
    CHECK(node.result(client) == unreachable);
    CHECK(node.core.metrics().unreachable == 1);
    CHECK(node.core.is_idle());
  }
  SECTION("one is made, and breaks for as long") {
    ConnectionId beta = node.connect();
    node.tell(beta, greeting(hello_of("beta", 2)));
    CHECK(frames_of<Call>(node.taken(beta)).size() == 1);
    node.pass(10'000);
    node.lose(beta);
    node.pass(1'999);
    CHECK(node.result(client).empty());
    SECTION("it comes back in time") {
      beta = node.connect();
      node.tell(beta, greeting(hello_of("beta", 2)));
      const std::vector<Call> again = frames_of<Call>(node.taken(beta));
      REQUIRE(again.size() == 1);
      CHECK(again[0].request_id == 1);
      CHECK(node.core.metrics().requests_resent == 1);
      node.tell(beta, answer(1, Val::nat(7)));
      CHECK(node.result(client) == "just 7");
    }
    SECTION("it does not") {
      node.pass(1);
      CHECK(node.result(client) == unreachable);
      // The answer that comes late is nobody's.
      beta = node.connect();
      node.tell(beta, greeting(hello_of("beta", 2)));
      node.tell(beta, answer(1, Val::nat(7)));
      CHECK(node.result(client) == unreachable);
      CHECK(node.is_open(beta));
    }
  }
}

TEST_CASE("a call waits for its answer for as long as it takes, unless there is a limit") {
  NodeOptions with = options();
  with.call_timeout = GENERATE(Milliseconds{0}, Milliseconds{7'000});
  with.ping_interval = 100'000'000;
  BareNode node(with);
  const ConnectionId beta = node.meet("beta", 2);
  const std::size_t client = node.call(object(2, 0), Val::nat(1));
  node.pass(6'999);
  CHECK(node.result(client).empty());
  node.pass(1);
  CHECK(node.result(client) == (with.call_timeout == 0 ? "" : unreachable));
  node.pass(1'000'000);
  node.tell(beta, answer(1, Val::nat(7)));
  CHECK(node.result(client) == (with.call_timeout == 0 ? "just 7" : unreachable));
  CHECK(node.is_open(beta));
}

TEST_CASE("a move that is decided is told for as long as it takes") {
  NodeOptions with = options();
  with.call_timeout = 1'000;
  BareNode node(with);
  const ObjectId counter = *node.core.create("counter");
  ConnectionId beta = node.meet("beta", 2);
  const std::size_t client = node.submit("moving", list({Val::object(counter), str("beta")}));
  const std::uint64_t offer = frames_of<Ask>(node.taken(beta)).at(0).request_id;
  SECTION("the offer itself can fail") {
    node.pass(1'000);
    CHECK(node.result(client) == unreachable);
    CHECK(node.core.find_object(counter));
    CHECK(frames_of<Ask>(node.taken(beta)).at(0).arguments[2] == Val::boolean(false));
  }
  SECTION("its settlement cannot") {
    node.tell(beta, answer(offer, Val::boolean(true)));
    CHECK(node.result(client) == "true");
    node.lose(beta);
    node.pass(1'000'000);
    beta = node.connect();
    node.tell(beta, greeting(hello_of("beta", 2)));
    const std::vector<Ask> asked = frames_of<Ask>(node.taken(beta));
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].request == Request::settle_object);
    CHECK(asked[0].arguments ==
          std::vector<Val>{Val::object(counter), Val::nat(1), Val::boolean(true)});
  }
}

// ─── is it there? ───────────────────────────────────────────────────────────────────────────────

TEST_CASE("a peer that answers no ping is dead") {
  NodeOptions with = options();
  with.ping_interval = 1'000;
  with.pings_missed = 3;
  BareNode node(with);
  const ConnectionId beta = node.meet("beta", 2);
  const ConnectionId gamma = node.meet("gamma", 3);
  const std::size_t client = node.call(object(2, 0), Val::nat(1));
  node.heard(beta);
  const bool is_late = GENERATE(false, true);
  for (unsigned i = 0; i < 3; ++i) {
    node.pass(1'000);
    const std::vector<Ping> pings = frames_of<Ping>(node.taken(beta));
    REQUIRE(pings.size() == 1);
    CHECK(pings[0].settled == 1);
    // Any frame says that it is there.
    if (is_late && i == 2) node.tell(beta, Pong{.nonce = 0});
    node.tell(gamma, Pong{.nonce = frames_of<Ping>(node.taken(gamma)).at(0).nonce});
  }
  CHECK(node.is_open(beta));
  node.pass(1'000);
  CHECK(node.is_open(beta) == is_late);
  CHECK(node.result(client) == (is_late ? "" : unreachable));
  CHECK(node.has_said("connection with beta lost: 3 pings were not answered") != is_late);
  CHECK(node.is_open(gamma));
}

TEST_CASE("pings are answered, and settle") {
  BareNode node(options());
  const ConnectionId beta = node.meet("beta", 2);
  const ObjectId counter = *node.core.create("counter");
  const Call call = calling(counter);
  node.tell(beta, call);
  node.heard(beta);
  node.tell(beta, Ping{.nonce = 77, .settled = call.request_id + 1});
  CHECK(node.heard(beta) == Texts{R"({"type":"pong","nonce":77})"});
  // What is settled is not answered again.
  node.tell(beta, call);
  CHECK(node.heard(beta).empty());
}

// ─── the other one ends ─────────────────────────────────────────────────────────────────────────

TEST_CASE("a peer that says goodbye in the middle of a call") {
  BareNode node(options());
  const ConnectionId beta = node.meet("beta", 2);
  const std::size_t client = node.call(object(2, 0), Val::nat(1));
  const bool is_stopping = GENERATE(true, false);
  node.tell(beta, Goodbye{.reason = "so it is", .stopping = is_stopping});
  CHECK(node.has_said("beta says goodbye: so it is"));
  // One that stops answers no more; the other may come back.
  CHECK(node.result(client) == (is_stopping ? unreachable : ""));
  node.lose(beta);
  const ConnectionId again = node.connect();
  node.tell(again, greeting(hello_of("beta", 2)));
  CHECK(frames_of<Call>(node.taken(again)).size() == (is_stopping ? 0 : 1));
}

TEST_CASE("a peer that was started again has forgotten what it was asked") {
  BareNode node(options());
  const ConnectionId beta = node.meet("beta", 2, 1);
  node.tell(beta, CreateNotify{.object = object(2, 0), .machine = "beta", .name = "it"});
  const std::size_t client = node.call(object(2, 0), Val::nat(1));
  node.lose(beta);
  CHECK(node.result(client).empty());
  node.meet("beta", 2, 2);
  CHECK(node.result(client) == unreachable);
  CHECK_FALSE(node.core.located(object(2, 0)));
  CHECK_FALSE(node.core.find_name("it"));
  CHECK(node.has_said("beta was restarted"));
}

// ─── this one ends ──────────────────────────────────────────────────────────────────────────────

TEST_CASE("a node that stops finishes what is under way, and takes nothing new") {
  BareNode node(options());
  const ObjectId relay = *node.core.create("relay");
  const ConnectionId beta = node.meet("beta", 2);
  const ConnectionId book = node.connect();
  node.tell(book, CreateNotify{.object = object(5, 0), .machine = "epsilon"});
  const Val to_beta = list({Val::object(object(2, 0)), Val::nat(1)});
  const Call under_way = calling(relay, to_beta);
  node.tell(beta, under_way);
  const std::uint64_t asked = frames_of<Call>(node.taken(beta)).at(0).request_id;
  node.heard(book);
  node.core.begin_stop();
  CHECK_FALSE(node.core.is_idle());

  const std::string refused = "MachineError.Unreachable: machine alpha cannot be reached";
  node.tell(beta, calling(relay, to_beta));
  CHECK(frames_of<CallResponse>(node.taken(beta)).at(0).result.error().text == refused);
  node.tell(book, calling(relay, to_beta));
  CHECK(frames_of<CallResponse>(node.taken(book)).at(0).result.error().text == refused);
  node.tell(beta, take(object(2, 1), packed_object("echo")));
  CHECK(frames_of<CallResponse>(node.taken(beta)).at(0).result.error().text ==
        "MachineError.InvalidTransfer: cannot transfer to machine alpha: it cannot take the object "
        "now");
  // It dials nobody.
  node.core.add_peer("gamma", "gamma:1");
  node.pass(1'000);
  CHECK(node.dialled.empty());

  SECTION("in time") {
    node.tell(beta, answer(asked, Val::nat(9)));
    const CallResponse response = frames_of<CallResponse>(node.taken(beta)).at(0);
    CHECK(response.request_id == under_way.request_id);
    CHECK(to_text(response.result.value()) == "just 9");
    CHECK(node.core.is_idle());
    node.core.finish_stop();
  }
  SECTION("or not") {
    const std::size_t client = node.call(object(2, 0), Val::nat(1));
    node.heard(beta);
    node.core.finish_stop();
    CHECK(frames_of<CallResponse>(node.taken(beta)).at(0).request_id == under_way.request_id);
    CHECK(node.result(client) == refused);
    CHECK(node.core.is_idle());
  }
  CHECK_FALSE(node.is_open(beta));
  CHECK_FALSE(node.is_open(book));
  // Nothing is left to be told of by and by.
  node.pass(100'000);
  CHECK(node.core.is_idle());
  // Each is told in words that it knows.
  const std::vector<Frame> to_book = node.taken(book);
  CHECK(frames_of<Goodbye>(to_book).empty());
}

TEST_CASE("a node that stops says how many objects of others end with it") {
  BareNode node(options());
  const ConnectionId beta = node.meet("beta", 2);
  const std::string_view said = "objects of other nodes that end with this one: ";
  SECTION("none") {
    node.core.begin_stop();
    node.core.finish_stop();
    CHECK_FALSE(node.has_said(said));
  }
  SECTION("one") {
    node.tell(beta, take(object(2, 1), packed_object("echo")));
    node.tell(beta, settle(object(2, 1), true));
    node.core.begin_stop();
    node.core.finish_stop();
    CHECK(node.has_said(fmt::format("{}1", said)));
  }
}

TEST_CASE("who is connected with a node that stops is told") {
  BareNode node(options());
  const ConnectionId beta = node.meet("beta", 2);
  node.core.begin_stop();
  node.core.finish_stop();
  CHECK(node.heard(beta) ==
        Texts{R"({"type":"goodbye","reason":"the node is stopping","stopping":true})"});
}

}  // namespace
}  // namespace avm::node::test
