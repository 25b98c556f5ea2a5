// NodeCore: its limits, each on both sides.
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "avm/heap.hpp"
#include "avm/text.hpp"
#include "node/bare_node.hpp"
#include "node/peer.hpp"
#include "node/said.hpp"

namespace avm::node::test {
namespace {

const std::string unreachable = "MachineError.Unreachable: machine alpha cannot be reached";

// The texts of what calls were answered with.
Texts answers(const std::vector<Frame>& frames) {
  Texts texts;
  for (const CallResponse& response : frames_of<CallResponse>(frames))
    texts.push_back(response.result ? to_text(*response.result) : response.result.error().text);
  return texts;
}

// ─── requests ───────────────────────────────────────────────────────────────────────────────────

TEST_CASE("requests of one peer under way at once") {
  BareNode node(NodeLimits{.requests = 3});
  const ObjectId relay = *node.core.create("relay");
  // A call of it waits for delta, which does not come.
  const Val input = list({Val::object(object(4, 0)), Val::nat(1)});
  const ConnectionId gamma = node.meet("gamma", 3);
  const bool knows_protocol2 = GENERATE(true, false);
  const bool has_name = knows_protocol2 || GENERATE(true, false);
  ConnectionId beta = knows_protocol2 ? node.meet("beta", 2) : node.connect();
  node.heard(beta);
  const auto call = [&] {
    Call frame = calling(relay, input);
    if (!has_name) frame.sender_machine = "";
    node.tell(beta, frame);
  };
  for (unsigned i = 0; i < 3; ++i)
    call();
  CHECK(answers(node.taken(beta)).empty());
  call();
  CHECK(answers(node.taken(beta)) == Texts{unreachable});
  // Others do not notice.
  node.tell(gamma, calling(relay, input));
  CHECK(answers(node.taken(gamma)).empty());
  // Nor does it help to come back.
  node.lose(beta);
  beta = knows_protocol2 ? node.meet("beta", 2, 2) : node.connect();
  node.heard(beta);
  call();
  CHECK(answers(node.taken(beta)) == Texts{unreachable});
  CHECK(node.core.metrics().executions == 4);
  // They end, and there is room again.
  node.pass(5'000);
  node.heard(beta);
  call();
  CHECK(answers(node.taken(beta)).empty());
}

TEST_CASE("what messages of one peer wake counts until it ends") {
  BareNode node(NodeLimits{.requests = 2});
  const ConnectionId beta = node.meet("beta", 2);
  const Val far = list({Val::object(object(4, 0)), Val::nat(1)});
  Texts told;
  for (unsigned i = 0; i < 3; ++i) {
    const ObjectId sleeper = *node.core.create("sleeper");
    node.call(sleeper, far);
    node.heard(beta);
    node.tell(beta, asking(Request::post, {Val::object(sleeper), far}));
    told.push_back(answers(node.taken(beta)).at(0));
  }
  CHECK(told == Texts{"true", "true", unreachable});
  CHECK(node.peer("beta").requests_in == 2);
  node.pass(5'000);
  CHECK(node.peer("beta").requests_in == 0);
}

// ─── answers ────────────────────────────────────────────────────────────────────────────────────

TEST_CASE("answers that a peer does not settle") {
  constexpr std::size_t size = 1'000;
  BareNode node(NodeLimits{.peer_bytes = 10 * size});
  const ObjectId counter = *node.core.create("counter");
  const ObjectId echo = *node.core.create("echo");
  const ConnectionId beta = node.meet("beta", 2);
  const Call first = calling(counter);
  node.tell(beta, first);
  std::size_t kept = node.heard(beta)[0].size() + answer_overhead;
  // Of a length that an answer takes in all.
  const auto fill = [&](std::size_t bytes) {
    Call call = calling(echo, str(""));
    const std::size_t around =
        fmt::format(R"({{"type":"call_response","request_id":{},"result":{{"Ok":{{"Str":""}}}}}})",
                    call.request_id)
            .size() +
        answer_overhead;
    call.input = str(std::string(bytes - around, 'x'));
    node.tell(beta, call);
    kept += bytes;
  };
  while (kept + 2 * size <= 10 * size)
    fill(size);
  fill(10 * size - kept);
  node.heard(beta);
  SECTION("up to the limit are kept") {
    node.tell(beta, first);
    CHECK(answers(node.taken(beta)) == Texts{"[1]"});
    CHECK_FALSE(node.has_said("does not settle"));
  }
  SECTION("over it are forgotten, and what was asked is not done again") {
    fill(300);
    CHECK(node.has_said("beta does not settle its answers; they are forgotten"));
    CHECK(answers(node.taken(beta)).size() == 1);
    node.tell(beta, first);
    CHECK(answers(node.taken(beta)) == Texts{unreachable});
    CHECK(to_text(node.core.find_object(counter)->state) == "[1]");
    CHECK(node.is_open(beta));
    // It goes on.
    node.tell(beta, calling(counter));
    CHECK(answers(node.taken(beta)) == Texts{"[1, 1]"});
  }
  SECTION("settled are not kept") {
    Call call = calling(echo);
    call.extras.settled = call.request_id;
    node.tell(beta, call);
    for (unsigned i = 0; i < 8; ++i)
      fill(size);
    CHECK_FALSE(node.has_said("does not settle"));
  }
}

TEST_CASE("a peer that asks and does not read") {
  BareNode node(NodeLimits{.peer_bytes = 10'000});
  const ObjectId echo = *node.core.create("echo");
  const ConnectionId beta = node.meet("beta", 2);
  node.core.on_congested(beta, true);
  const Call first = calling(echo, str(std::string(4'000, 'x')));
  node.tell(beta, first);
  node.tell(beta, calling(echo, str(std::string(4'000, 'x'))));
  CHECK(node.is_open(beta));
  CHECK(answers(node.taken(beta)).empty());
  node.tell(beta, calling(echo, str(std::string(4'000, 'x'))));
  CHECK_FALSE(node.is_open(beta));
  // It is not left without an answer.
  const ConnectionId again = node.meet("beta", 2);
  node.tell(again, first);
  CHECK(answers(node.taken(again)) == Texts{unreachable});
}

TEST_CASE("answers that are larger than all that a peer takes are bounded as well") {
  BareNode node(NodeLimits{.peer_bytes = 10 * answer_overhead});
  const ObjectId echo = *node.core.create("echo");
  const ConnectionId beta = node.meet("beta", 2, 1, {.bytes = 10, .nesting = 1});
  for (unsigned i = 0; i < 10; ++i)
    node.tell(beta, calling(echo));
  CHECK_FALSE(node.has_said("does not settle"));
  node.tell(beta, calling(echo));
  CHECK(node.has_said("does not settle"));
}

TEST_CASE("requests that a peer has given up leave nothing behind when they end") {
  BareNode node(NodeLimits{.peer_bytes = 10 * answer_overhead});
  const ObjectId relay = *node.core.create("relay");
  const ConnectionId beta = node.meet("beta", 2);
  for (unsigned i = 0; i < 20; ++i) {
    Call call = calling(relay, list({Val::object(object(4, 0)), Val::nat(1)}));
    call.extras.settled = call.request_id;
    node.tell(beta, call);
  }
  CHECK(node.peer("beta").requests_in == 20);
  Call call = calling(relay, Val::nat(1));
  call.extras.settled = call.request_id;
  node.tell(beta, call);
  node.pass(5'000);
  CHECK(node.peer("beta").requests_in == 0);
  CHECK_FALSE(node.has_said("does not settle"));
}

// ─── objects that are offered ───────────────────────────────────────────────────────────────────

TEST_CASE("objects that a peer offers and does not settle") {
  BareNode node(NodeLimits{.requests = 3});
  const ConnectionId beta = node.meet("beta", 2);
  const auto offer = [&](std::uint64_t number) {
    node.tell(beta, take(object(2, number), packed_object("echo")));
    return answers(node.taken(beta))[0];
  };
  const std::string full = "MachineError.InvalidTransfer: cannot transfer to machine alpha: it "
                           "cannot take the object now";
  for (std::uint64_t i = 0; i < 3; ++i)
    CHECK(offer(i) == "true");
  CHECK(offer(3) == full);
  SECTION("until one is settled") {
    node.tell(beta, settle(object(2, 0), GENERATE(true, false)));
    CHECK(answers(node.taken(beta)) == Texts{"true"});
  }
  SECTION("until it is started again") {
    node.tell(node.connect(), greeting(hello_of("beta", 2, 2)));
    CHECK_FALSE(node.is_open(beta));
    const ConnectionId again = node.meet("beta", 2, 2);
    node.tell(again, take(object(2, 0), packed_object("echo")));
    CHECK(answers(node.taken(again)) == Texts{"true"});
    return;
  }
  CHECK(offer(4) == "true");
  CHECK(offer(5) == full);
}

// ─── what is known of others ────────────────────────────────────────────────────────────────────

TEST_CASE("objects of which one peer tells where they are") {
  BareNode node(NodeLimits{.announced = 5});
  const ConnectionId beta = node.meet("beta", 2);
  const ConnectionId gamma = node.meet("gamma", 3);
  const auto announce = [&](ConnectionId from, ObjectId object, std::string machine,
                            std::uint32_t moves = 0) {
    node.tell(from, CreateNotify{.object = object, .machine = std::move(machine), .moves = moves});
  };
  for (std::uint64_t i = 0; i < 1'000; ++i)
    announce(beta, object(2, i), i % 2 == 0 ? "beta" : "delta");
  CHECK(node.core.metrics().directory == 5);
  CHECK(node.peer("beta").announced == 3);
  CHECK(node.peer("delta").announced == 2);
  CHECK(node.core.located(object(2, 4)) == "beta");
  CHECK_FALSE(node.core.located(object(2, 5)));
  // What is known can change, and what has gone makes room.
  announce(beta, object(2, 0), "delta", 1);
  CHECK(node.core.located(object(2, 0)) == "delta");
  node.tell(beta, DestroyNotify{object(2, 1)});
  announce(beta, object(2, 6), "beta");
  announce(beta, object(2, 7), "beta");
  CHECK(node.core.located(object(2, 6)) == "beta");
  CHECK_FALSE(node.core.located(object(2, 7)));
  // Others have room of their own; those whose names are not known have it together.
  announce(gamma, object(3, 0), "gamma");
  CHECK(node.core.located(object(3, 0)) == "gamma");
  for (std::uint64_t i = 0; i < 10; ++i)
    announce(node.connect(), object(4, i), i == 0 ? "epsilon" : "beta");
  CHECK(node.core.metrics().directory == 5 + 1 + 1 + 5);
}

TEST_CASE("a million objects are told of") {
  constexpr std::uint64_t limit = 1'000;
  BareNode node(NodeLimits{.announced = limit});
  const ConnectionId beta = node.meet("beta", 2);
  std::string json;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) {
    json.clear();
    encode(CreateNotify{.object = object(2, i), .machine = "beta", .name = "n"}, {}, json);
    node.core.on_frame(beta, json);
  }
  CHECK(node.core.metrics().directory == limit);
  CHECK(node.core.located(object(2, limit - 1)) == "beta");
  CHECK_FALSE(node.core.located(object(2, limit)));
  CHECK(node.is_open(beta));
}

TEST_CASE("where an object of this node went is known, whatever others have told") {
  BareNode node(NodeLimits{.announced = 1});
  const ConnectionId beta = node.meet("beta", 2);
  node.tell(beta, CreateNotify{.object = object(2, 0), .machine = "beta"});
  const ObjectId echo = *node.core.create("echo");
  node.submit("moving", list({Val::object(echo), str("beta")}));
  node.tell(beta, answer(frames_of<Ask>(node.taken(beta)).at(0).request_id, Val::boolean(true)));
  CHECK(node.core.located(echo) == "beta");
}

TEST_CASE("machines that are known at once") {
  // Beside itself: beta, and one more.
  BareNode node(NodeLimits{.peers = 2});
  const ObjectId echo = *node.core.create("echo");
  const ConnectionId beta = node.meet("beta", 2);
  REQUIRE(node.peer("beta").connected);
  const auto names = [&] {
    Texts all;
    for (const PeerView& peer : node.core.peers())
      all.push_back(peer.machine);
    return all;
  };
  SECTION("as peers") {
    node.meet("gamma", 3);
    CHECK(names() == Texts{"beta", "gamma"});
    const ConnectionId delta = node.connect();
    node.heard(delta);
    node.tell(delta, greeting(hello_of("delta", 4)));
    CHECK_FALSE(node.is_open(delta));
    CHECK(frames_of<Goodbye>(node.taken(delta)).at(0).reason == "too many machines are known");
    CHECK(
        node.has_said("no more than 2 machines are known at once (--max-peers); \"delta\" is not"));
  }
  SECTION("as places of objects") {
    node.tell(beta, CreateNotify{.object = object(3, 0), .machine = "gamma"});
    node.tell(beta, CreateNotify{.object = object(3, 1), .machine = "delta"});
    CHECK(node.core.located(object(3, 0)) == "gamma");
    CHECK_FALSE(node.core.located(object(3, 1)));
  }
  SECTION("by ids") {
    const std::size_t fourth = node.call(object(4, 0), Val::nat(1));
    const std::size_t fifth = node.call(object(5, 0), Val::nat(1));
    CHECK(node.result(fifth).starts_with("ObjError.NotFound"));
    node.pass(5'000);
    CHECK(node.result(fourth) == "MachineError.Unreachable: machine node 4 cannot be reached");
  }
  SECTION("as those who speak without a hello") {
    node.tell(node.connect(), CreateNotify{.object = object(3, 0), .machine = "gamma"});
    node.tell(node.connect(), CreateNotify{.object = object(3, 1), .machine = "delta"});
    CHECK(names() == Texts{"beta", "gamma"});
  }
  SECTION("as places of replicas") {
    const auto fetched_by = [&](std::string_view reader) {
      node.heard(beta);
      node.tell(beta, asking(Request::fetch, {Val::object(echo), str(reader)}));
      return answers(node.taken(beta)).at(0);
    };
    CHECK(fetched_by("gamma").starts_with("[\"echo\""));
    CHECK(fetched_by("beta").starts_with("[\"echo\""));
    CHECK(fetched_by("alpha").starts_with("[\"echo\""));
    const std::string too_many =
        "MachineError.InvalidTransfer: cannot transfer to machine alpha: it "
        "knows too many machines";
    CHECK(fetched_by("delta") == too_many);
    const auto offered_with = [&](std::string_view replica) {
      Val packed = packed_object("echo");
      packed = list({packed.list_at(0), packed.list_at(1), packed.list_at(2), packed.list_at(3),
                     packed.list_at(4), packed.list_at(5), packed.list_at(6),
                     list({list({str(replica), Val::boolean(true)})})});
      node.tell(beta, take(object(2, 0), packed));
      return answers(node.taken(beta)).at(0);
    };
    CHECK(offered_with("delta") == too_many);
    CHECK(offered_with("gamma") == "true");
  }
}

TEST_CASE("names that are told") {
  BareNode node(NodeLimits{.name = 10});
  const std::string longest(10, 'n');
  const std::string longer(11, 'n');
  const ConnectionId peer = node.connect();
  SECTION("of a machine that says hello") {
    node.tell(peer, greeting(hello_of(longest, 2)));
    CHECK(node.peer(longest).connected);
    const ConnectionId other = node.connect();
    node.tell(other, greeting(hello_of(longer, 3)));
    CHECK_FALSE(node.is_open(other));
    CHECK(node.has_said("its name is longer than 10 bytes"));
  }
  SECTION("of its HTTP side") {
    Hello hello = hello_of("beta", 2);
    hello.http = longer;
    node.tell(peer, greeting(hello));
    CHECK_FALSE(node.is_open(peer));
  }
  SECTION("of machines where objects are") {
    node.tell(peer, CreateNotify{.object = object(2, 0), .machine = longest});
    node.tell(peer, CreateNotify{.object = object(2, 1), .machine = longer});
    CHECK(node.core.located(object(2, 0)) == longest);
    CHECK_FALSE(node.core.located(object(2, 1)));
  }
  SECTION("of objects") {
    node.tell(peer, CreateNotify{.object = object(2, 0), .machine = "beta", .name = longest});
    node.tell(peer, CreateNotify{.object = object(2, 1), .machine = "beta", .name = longer});
    CHECK(node.core.find_name(longest) == object(2, 0));
    CHECK_FALSE(node.core.find_name(longer));
    CHECK(node.core.located(object(2, 1)) == "beta");
  }
}

// ─── memory, steps, depth ───────────────────────────────────────────────────────────────────────

TEST_CASE("an offer for which there is no memory is refused") {
  // Its mailbox takes more here than in the frame.
  const Val echo = packed_object("echo");
  const std::vector<Val> mailbox(500, list({Val::nothing(), Val::nat(1)}));
  const Val packed = list({echo.list_at(0), echo.list_at(1), echo.list_at(2), echo.list_at(3),
                           echo.list_at(4), Val::list(mailbox), echo.list_at(6), echo.list_at(7)});
  unsigned cut_off = 0;
  unsigned refused = 0;
  for (std::size_t spare = 0;; spare += 4'000) {
    NodeLimits limits;
    limits.own.memory = heap::bytes_in_use() + spare;
    BareNode node(limits);
    const ConnectionId beta = node.meet("beta", 2);
    const Ask offer = take(object(2, 0), packed);
    node.tell(beta, offer);
    if (!node.is_open(beta)) {
      REQUIRE(node.has_said("no memory for what came"));
      ++cut_off;
      continue;
    }
    const std::string text = answers(node.taken(beta)).at(0);
    if (text == "true") break;
    REQUIRE(text.starts_with("ResourceError.Memory"));
    ++refused;
    // It is settled as one that was not taken.
    node.tell(beta, settle(object(2, 0), false));
    REQUIRE(answers(node.taken(beta)) == Texts{"false"});
  }
  CHECK(cut_off > 0);
  CHECK(refused > 0);
}

TEST_CASE("what another node has decided needs no memory that is left") {
  NodeLimits limits;
  limits.own.memory = heap::bytes_in_use() + 500'000;
  BareNode node(limits);
  const ConnectionId beta = node.meet("beta", 2);
  node.tell(beta, take(object(2, 0), packed_object("echo")));
  // A page of the store is more than is left.
  const Val rest = str(std::string(limits.own.memory - heap::bytes_in_use() - 5'000, 'x'));
  node.tell(beta, settle(object(2, 0), true));
  CHECK(answers(node.taken(beta)) == Texts{"true", "true"});
  CHECK(node.core.find_object(object(2, 0)));
}

TEST_CASE("what others ask for has limits of its own") {
  NodeLimits limits;
  limits.outside = {.steps = 1'000, .memory = heap::bytes_in_use() + 2'000'000, .depth = 5};
  BareNode node(limits);
  const ConnectionId beta = node.meet("beta", 2);
  const auto asked = [&](const char* behavior, const Val& input) {
    const ObjectId object = *node.core.create(behavior);
    node.heard(beta);
    node.tell(beta, calling(object, input));
    return answers(node.taken(beta)).at(0);
  };
  CHECK(asked("endless", Val::nat(1)).starts_with("ResourceError.Steps"));
  CHECK(asked("recursive", Val::nat(1)).starts_with("ResourceError.Depth"));
  CHECK(asked("nesting", Val::nat(300)).starts_with("[[["));
  CHECK(node.core.metrics().executions_failed == 2);
  // The node's own programs go further.
  const ObjectId nesting = *node.core.create("nesting");
  const std::size_t client = node.submit("calling", list({Val::object(nesting), Val::nat(2'000)}));
  CHECK(node.result(client).starts_with("just [[["));
}

TEST_CASE("memory of what others ask for") {
  NodeLimits limits;
  limits.outside = {.memory = heap::bytes_in_use() + 2'000'000};
  BareNode node(limits);
  const ConnectionId beta = node.meet("beta", 2);
  const ObjectId greedy = *node.core.create("greedy");
  node.tell(beta, calling(greedy));
  CHECK(answers(node.taken(beta)).at(0).starts_with("ResourceError.Memory"));
}

}  // namespace
}  // namespace avm::node::test
