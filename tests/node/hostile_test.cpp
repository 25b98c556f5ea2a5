// NodeCore: peers that lie, ask for too much, or say what makes no sense. It hurts nobody else.
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "avm/text.hpp"
#include "node/bare_node.hpp"
#include "node/said.hpp"

namespace avm::node::test {
namespace {

// ─── who they say they are ──────────────────────────────────────────────────────────────────────

TEST_CASE("a machine can have the name by which a node of unknown prefix is called") {
  BareNode node;
  const std::size_t client = node.call(object(5, 0), Val::nat(1));
  const ConnectionId five = node.connect();
  SECTION("of that prefix") {
    node.tell(five, greeting(hello_of("node 5", 5)));
    CHECK(frames_of<Call>(node.taken(five)).size() == 1);
    node.tell(five, answer(1, Val::nat(2)));
    CHECK(node.result(client) == "just 2");
  }
  SECTION("of another, and what was asked of it stays asked of it") {
    node.tell(five, greeting(hello_of("node 5", 6)));
    const std::vector<Call> asked = frames_of<Call>(node.taken(five));
    REQUIRE(asked.size() == 1);
    const ConnectionId real = node.meet("epsilon", 5);
    CHECK(frames_of<Call>(node.taken(real)).empty());
    node.tell(five, answer(asked[0].request_id, Val::nat(2)));
    CHECK(node.result(client) == "just 2");
  }
}

TEST_CASE("who speaks under a name without a hello gives way to who says hello under it") {
  BareNode node;
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

TEST_CASE("who says that it is this node, or bears its node id") {
  BareNode node;
  const ConnectionId there = node.connect({.address = "10.0.0.7:9001"});
  node.heard(there);
  const auto [name, prefix, why] = GENERATE(table<std::string, std::uint16_t, std::string>({
      {"alpha", 2, R"(both nodes are named "alpha"; --name gives another name)"},
      {"beta", 1, R"("alpha" and "beta" have the same node id, 1; --node-id gives another one)"},
  }));
  node.tell(there, greeting(hello_of(name, prefix)));
  CHECK_FALSE(node.is_open(there));
  const std::vector<Frame> heard = node.taken(there);
  REQUIRE(heard.size() == 1);
  CHECK(std::get<Goodbye>(heard[0]).reason == why);
  CHECK(node.has_said("10.0.0.7:9001: " + why));
  CHECK(node.core.peers().empty());
}

TEST_CASE("who bears the node id of another peer") {
  BareNode node;
  const ConnectionId beta = node.meet("beta", 2);
  ConnectionId gamma = node.connect();
  node.tell(gamma, greeting(hello_of("gamma", 2)));
  CHECK_FALSE(node.is_open(gamma));
  CHECK(node.is_open(beta));
  CHECK(
      node.has_said(R"("beta" and "gamma" have the same node id, 2; --node-id gives another one)"));
  // That of one that has gone is free.
  node.lose(beta);
  gamma = node.meet("gamma", 2);
  CHECK(node.is_open(gamma));
}

TEST_CASE("who calls itself otherwise than its certificate does") {
  BareNode node;
  const ConnectionId forged = node.connect({.address = "there", .certified_name = "gamma"});
  node.tell(forged, greeting(hello_of("beta", 2)));
  CHECK_FALSE(node.is_open(forged));
  CHECK(node.has_said(R"(it calls itself "beta", but its certificate is for "gamma")"));
  const ConnectionId gamma = node.connect({.address = "there", .certified_name = "gamma"});
  node.tell(gamma, greeting(hello_of("gamma", 3)));
  CHECK(node.peer("gamma").connected);
}

TEST_CASE("who has a certificate and says no hello has no other name either") {
  BareNode node;
  const ConnectionId forged = node.connect({.address = "there", .certified_name = "gamma"});
  node.tell(forged, CreateNotify{.object = object(2, 0), .machine = "beta"});
  CHECK_FALSE(node.peer("beta").connected);
  Call call = calling(object(1, 0));
  call.sender_machine = "beta";
  node.tell(forged, call);
  CHECK_FALSE(node.peer("beta").connected);
}

TEST_CASE("who says hello under the name of one that is connected") {
  BareNode node;
  const ConnectionId beta = node.meet("beta", 2);
  const std::size_t client = node.call(object(2, 0), Val::nat(1));
  const ConnectionId second = node.connect();
  SECTION("is that one, on a newer connection") {
    node.tell(second, greeting(hello_of("beta", 2)));
    CHECK_FALSE(node.is_open(beta));
    CHECK(frames_of<Call>(node.taken(second)).size() == 1);
    CHECK(node.result(client).empty());
  }
  SECTION("or was started again") {
    node.tell(second, greeting(hello_of("beta", 2, 9)));
    CHECK_FALSE(node.is_open(beta));
    CHECK(node.is_open(second));
    CHECK(node.result(client) == "MachineError.Unreachable: machine beta cannot be reached");
  }
}

TEST_CASE("of two connections that both have dialled the one of the smaller node id stays") {
  const std::uint16_t other = GENERATE(std::uint16_t{0}, std::uint16_t{2});
  BareNode node;
  node.core.add_peer("beta", "beta:1");
  const bool is_dialled_first = GENERATE(true, false);
  const auto connect = [&](bool is_dialled) {
    const ConnectionId made =
        node.connect(is_dialled ? Connected{.peer = 0} : Connected{.address = "there"});
    node.tell(made, greeting(hello_of("beta", other)));
    return made;
  };
  const ConnectionId first = connect(is_dialled_first);
  const ConnectionId second = connect(!is_dialled_first);
  const ConnectionId dialled = is_dialled_first ? first : second;
  const ConnectionId accepted = is_dialled_first ? second : first;
  CHECK(node.is_open(dialled) == (other == 2));
  CHECK(node.is_open(accepted) == (other == 0));
  node.call(object(other, 0), Val::nat(1));
  CHECK(frames_of<Call>(node.taken(other == 2 ? dialled : accepted)).size() == 1);
}

TEST_CASE("a second hello on a connection changes nothing") {
  BareNode node;
  const ConnectionId beta = node.meet("beta", 2);
  const Hello second = GENERATE(hello_of("beta", 2), hello_of("beta", 2, 2), hello_of("gamma", 3),
                                hello_of("alpha", 1));
  node.tell(beta, greeting(second));
  CHECK(node.is_open(beta));
  CHECK(node.heard(beta).empty());
  CHECK(node.peer("beta").connected);
  CHECK(node.peer("beta").epoch == 1);
  CHECK_FALSE(node.peer("gamma").connected);
}

// ─── ids ────────────────────────────────────────────────────────────────────────────────────────

TEST_CASE("ids of this node that others know of are not given out again") {
  BareNode node;
  const ConnectionId beta = node.meet("beta", 2);
  SECTION("one that it made in an earlier life") {
    node.tell(beta, CreateNotify{.object = object(1, 41), .machine = "beta"});
    CHECK(node.core.create("echo") == object(1, 42));
  }
  SECTION("and that comes back") {
    node.tell(beta, take(object(1, 41), packed_object("echo")));
    node.tell(beta, settle(object(1, 41), true));
    CHECK(node.core.create("echo") == object(1, 42));
  }
  SECTION("but nobody can use them up") {
    for (const std::uint64_t number : {0xFFFF'FFFF'FFFEU, 0x8000'0000'0000U, 0xFFFF'FFFF'FFFFU}) {
      node.tell(beta, CreateNotify{.object = object(1, number), .machine = "beta"});
      node.tell(beta, take(object(1, number), packed_object("echo")));
      node.tell(beta, settle(object(1, number), true));
    }
    CHECK(node.core.create("echo") == object(1, 0));
    CHECK(node.core.create("echo") == object(1, 1));
  }
}

TEST_CASE("a root object is nowhere but in its place") {
  BareNode node;
  const ConnectionId beta = node.meet("beta", 2);
  for (std::uint16_t prefix = 1; prefix <= 3; ++prefix) {
    node.tell(beta, CreateNotify{.object = root_of(prefix), .machine = "beta"});
    CHECK_FALSE(node.core.located(root_of(prefix)));
    node.heard(beta);
    node.tell(beta, take(root_of(prefix), packed_object("echo")));
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
  BareNode node;
  const ConnectionId beta = node.meet("beta", 2);
  const ObjectId echo = *node.core.create("echo");
  const std::size_t client = node.submit("moving", list({Val::object(echo), str("beta")}));
  const auto offers = frames_of<Ask>(node.taken(beta));
  REQUIRE(offers.size() == 1);
  REQUIRE(offers[0].request == Request::take_object);
  CHECK_FALSE(node.core.find_object(echo));
  const Val given =
      GENERATE(Val::boolean(false), Val::nat(1), Val::nothing(), Val::just(Val::boolean(true)));
  node.tell(beta, answer(offers[0].request_id, given));
  CHECK(node.result(client) ==
        "MachineError.InvalidTransfer: cannot transfer to machine beta: its answer makes no sense");
  CHECK(node.core.find_object(echo));
  const auto settlements = frames_of<Ask>(node.taken(beta));
  REQUIRE(settlements.size() == 1);
  CHECK(settlements[0].arguments[2] == Val::boolean(false));
}

TEST_CASE("an object that is asked for as one that had come here") {
  BareNode node;
  const ConnectionId beta = node.meet("beta", 2);
  const auto call_of = [](ObjectId target) {
    return Call{.request_id = 1,
                .target = target,
                .input = Val::nat(1),
                .sender = root_of(2),
                .sender_machine = "beta",
                .extras = {.moves = 3}};
  };
  const auto text = [&] {
    return frames_of<CallResponse>(node.taken(beta)).at(0).result.error().text;
  };
  SECTION("and of whose ids this node knows") {
    node.tell(beta, call_of(object(1, 0)));
    CHECK(text() == "ObjError.NotFound: object obj:1.0 does not exist");
  }
  SECTION("or gamma") {
    const ConnectionId gamma = node.meet("gamma", 3);
    node.tell(beta, call_of(object(3, 0)));
    const auto asked = frames_of<Call>(node.taken(gamma));
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].extras.moves == 3);
  }
  SECTION("and that others have by what is known here") {
    node.tell(beta, CreateNotify{.object = object(3, 0), .machine = "beta", .moves = 3});
    node.tell(beta, call_of(object(3, 0)));
    CHECK(text() == "MachineError.Unreachable: machine beta cannot be reached");
  }
  SECTION("and that is offered still") {
    const ConnectionId gamma = node.meet("gamma", 3);
    node.tell(gamma, take(object(1, 0), packed_object("echo")));
    node.tell(gamma, CreateNotify{.object = object(1, 0), .machine = "gamma", .moves = 1});
    node.tell(beta, call_of(object(1, 0)));
    CHECK(text() == "MachineError.Unreachable: machine gamma cannot be reached");
  }
}

TEST_CASE("a program that comes in speaks for a root object alone") {
  BareNode node;
  const ConnectionId beta = node.meet("beta", 2);
  const ObjectId echo = *node.core.create("echo");
  // As a program of beta would come; its self is another's object.
  const Val program = list({str("calling"), hash_of("calling"), Val::object(echo), Val::nothing(),
                            Val::empty_list(), Val::nat(0)});
  node.heard(beta);
  node.tell(beta, asking(Request::teleport, {program, str("beta")}));
  CHECK(node.heard(beta)[0].contains("what came is not a program"));
}

TEST_CASE("answers to nothing are nobody's") {
  BareNode node;
  const ConnectionId beta = node.meet("beta", 2);
  const ConnectionId stranger = node.connect();
  const std::size_t client = node.call(object(2, 0), Val::nat(1));
  const std::uint64_t asked = frames_of<Call>(node.taken(beta)).at(0).request_id;
  node.tell(beta, answer(asked + 1, Val::nat(0)));
  node.tell(beta, answer(~std::uint64_t{0}, Val::nat(0)));
  node.tell(stranger, answer(asked, Val::nat(0)));
  node.tell(node.meet("gamma", 3), answer(asked, Val::nat(0)));
  CHECK(node.result(client).empty());
  node.tell(beta, answer(asked, Val::nat(5)));
  node.tell(beta, answer(asked, Val::nat(6)));
  CHECK(node.result(client) == "just 5");
  CHECK(node.is_open(beta));
}

TEST_CASE("answers that make no sense") {
  BareNode node;
  const ConnectionId beta = node.meet("beta", 2);
  const Val there = Val::object(object(2, 0));
  const Val list_of_two = list({there, str("beta")});
  const Val junk = list({str("junk of more than fourteen bytes")});
  const std::string senseless =
      "MachineError.InvalidTransfer: cannot transfer to machine beta: its answer makes no sense";
  const auto [program, input, given, text] =
      GENERATE_COPY(table<const char*, Val, Val, std::string>({
          {"locating", there, Val::nat(7), senseless},
          {"locating", there, junk, senseless},
          {"asking_owner", there, Val::boolean(true), senseless},
          {"destroying", there, Val::nothing(), senseless},
          {"giving", list_of_two, junk, senseless},
          {"freezing", there, Val::boolean(true), senseless},
          {"moving", list_of_two, Val::just(junk), senseless},
          {"fetching", there, Val::boolean(true),
           "MachineError.InvalidTransfer: cannot transfer to machine alpha: what came is not a "
           "replica"},
          {"fetching", there, junk,
           "MachineError.InvalidTransfer: cannot transfer to machine alpha: what came is not a "
           "replica"},
          // These can be anything.
          {"calling", list({there, Val::nat(1)}), junk, "just " + to_text(junk)},
          {"going", str("beta"), junk, to_text(junk)},
      }));
  INFO(program);
  const std::size_t client = node.submit(program, input);
  const std::vector<Frame> asked = node.taken(beta);
  REQUIRE(asked.size() == 1);
  const std::uint64_t id = std::holds_alternative<Call>(asked[0])
                               ? std::get<Call>(asked[0]).request_id
                               : std::get<Ask>(asked[0]).request_id;
  node.tell(beta, answer(id, given));
  CHECK(node.result(client) == text);
  CHECK(node.is_open(beta));
}

TEST_CASE("errors that another node answers") {
  BareNode node;
  const ConnectionId beta = node.meet("beta", 2);
  const Val there = Val::object(object(2, 0));
  const auto told = [&](const char* program, const Val& input, const Frame& frame) {
    const std::size_t client = node.submit(program, input);
    CallResponse response = std::get<CallResponse>(frame);
    const std::vector<Frame> asked = node.taken(beta);
    response.request_id = std::holds_alternative<Call>(asked.at(0))
                              ? std::get<Call>(asked[0]).request_id
                              : std::get<Ask>(asked[0]).request_id;
    node.tell(beta, response);
    return node.result(client);
  };
  const Val call = list({there, Val::nat(1)});
  const auto error = [](ErrorCode code, Val first, Val second = {}) {
    return refusal(0, Error(code, std::move(first), std::move(second)));
  };
  // Of a call: its own errors are raised, those of the behavior give `nothing`.
  CHECK(told("calling", call, error(ErrorCode::ObjError_NotFound, there)) ==
        "ObjError.NotFound: object obj:2.0 does not exist");
  CHECK(told("calling", call, error(ErrorCode::ObjError_NotFound, Val::object(object(2, 1)))) ==
        "nothing");
  CHECK(told("calling", call, error(ErrorCode::ObjError_NotFound, str("junk"))) == "nothing");
  CHECK(told("calling", call, error(ErrorCode::PureError_Overflow, str("add"))) == "nothing");
  CHECK(told("calling", call, refusal(0, "object not found: 5")) == "nothing");
  CHECK(told("calling", call, refusal(0, "")) == "nothing");
  CHECK(told("calling", call, error(ErrorCode::ResourceError_Steps, Val::nat(9)))
            .starts_with("ResourceError.Steps"));
  CHECK(told("calling", call, error(ErrorCode::MachineError_Unreachable, list({there})))
            .starts_with("MachineError.Unreachable"));
  // Of any other request all are raised.
  CHECK(told("locating", there, error(ErrorCode::PureError_Overflow, str("add")))
            .starts_with("PureError.Overflow"));
  CHECK(told("locating", there, refusal(0, "no")) ==
        "MachineError.InvalidTransfer: cannot transfer to machine beta: it gave no reason");
  // One that is not known here is none.
  const std::size_t client = node.submit("calling", call);
  node.tell(beta, fmt::format(R"({{"type":"call_response","request_id":{},"result":{{"Err":"x"}},)"
                              R"("error":{{"name":"NewError.Unheard","data":[]}}}})",
                              frames_of<Call>(node.taken(beta)).at(0).request_id));
  CHECK(node.result(client) == "nothing");
  CHECK(node.is_open(beta));
}

// ─── what is asked ──────────────────────────────────────────────────────────────────────────────

TEST_CASE("a request before the hello") {
  BareNode node;
  const ConnectionId stranger = node.connect();
  node.heard(stranger);
  node.tell(stranger, asking(Request::get_machine, {Val::object(object(1, 0))}));
  CHECK_FALSE(node.is_open(stranger));
  CHECK(node.heard(stranger).empty());
}

TEST_CASE("frames of a type that is not known are ignored") {
  BareNode node;
  const ConnectionId beta = node.meet("beta", 2);
  node.tell(beta, R"({"type":"later\n","request_id":1})");
  CHECK(node.is_open(beta));
  CHECK(node.heard(beta).empty());
  CHECK(node.has_said(R"(beta: a frame of type "later\n" is not known here)"));
  CHECK(node.core.metrics().frames_refused == 0);
}

TEST_CASE("what is no frame ends its connection, and no other") {
  BareNode node;
  const ConnectionId beta = node.meet("beta", 2);
  const ConnectionId gamma = node.meet("gamma", 3);
  const std::string junk = GENERATE(
      values<std::string>({"", "{", "[]", "null", R"({"type":7})", R"({"type":"call"})", "\xff",
                           R"({"type":"ping","nonce":-1})", std::string(100'000, '[')}));
  node.tell(beta, junk);
  CHECK_FALSE(node.is_open(beta));
  CHECK(frames_of<Goodbye>(node.taken(beta)).at(0).reason == "what came is no frame");
  CHECK(node.core.metrics().frames_refused == 1);
  CHECK(node.is_open(gamma));
}

TEST_CASE("requests with wrong arguments end their connection") {
  BareNode node;
  const ObjectId echo = *node.core.create("echo");
  const Val there = Val::object(echo);
  const Val name = str("beta");
  const Val flag = Val::boolean(true);
  const Val number = Val::nat(1);
  const Val packed = packed_object("echo");
  struct Sound {
    Request request;
    std::vector<Val> arguments;
  };
  const std::vector<Sound> all{
      {Request::destroy_obj, {there}},
      {Request::reflect, {there}},
      {Request::get_machine, {there}},
      {Request::get_controller, {there}},
      {Request::transfer_object, {there, name}},
      {Request::freeze, {there}},
      {Request::fetch, {there, name}},
      {Request::move_object, {there, name}},
      {Request::teleport, {packed, name}},
      {Request::post, {there, number}},
      {Request::take_object, {there, packed, number}},
      {Request::settle_object, {there, number, flag}},
      {Request::collect_replica, {there}},
      {Request::release_replica, {there, flag}},
  };
  REQUIRE(all.size() == request_count);
  const auto is_taken = [&](Request request, std::vector<Val> arguments) {
    const ConnectionId beta = node.meet("beta", 2);
    node.tell(beta, asking(request, std::move(arguments)));
    const bool is_open = node.is_open(beta);
    if (!is_open) {
      REQUIRE(frames_of<Goodbye>(node.taken(beta)).at(0).reason == "wrong arguments");
      REQUIRE(node.has_said(fmt::format("a {} with wrong arguments", request_name(request))));
    }
    return is_open;
  };
  const std::vector<Val> kinds{there, name, flag, number, packed, Val::nothing(), Val::just(there)};
  for (const auto& [request, arguments] : all) {
    INFO(request_name(request));
    CHECK(is_taken(request, arguments));
    std::vector<Val> more = arguments;
    more.push_back(number);
    CHECK_FALSE(is_taken(request, more));
    CHECK_FALSE(is_taken(request, {arguments.begin(), arguments.end() - 1}));
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const bool is_any = request == Request::post && i == 1;
      for (const Val& other : kinds) {
        if (other.kind() == arguments[i].kind()) continue;
        std::vector<Val> wrong = arguments;
        wrong[i] = other;
        INFO(i << ": " << to_text(other));
        CHECK(is_taken(request, wrong) == is_any);
      }
    }
  }
}

TEST_CASE("objects that are offered and cannot be taken") {
  BareNode node;
  const ObjectId echo = *node.core.create("echo");
  const ConnectionId beta = node.meet("beta", 2);
  const auto offered = [&](const Val& packed, ObjectId id = object(2, 0), std::uint64_t moves = 1) {
    node.heard(beta);
    node.tell(beta, take(id, packed, moves));
    const CallResponse response = frames_of<CallResponse>(node.taken(beta)).at(0);
    if (response.result) return to_text(*response.result);
    constexpr std::string_view before =
        "MachineError.InvalidTransfer: cannot transfer to machine alpha: ";
    REQUIRE(response.result.error().text.starts_with(before));
    REQUIRE(response.result.error().error);
    return response.result.error().text.substr(before.size());
  };
  const auto with = [](std::size_t part, Val value, std::string_view behavior = "echo") {
    const Val packed = packed_object(behavior);
    std::vector<Val> parts;
    for (std::uint64_t i = 0; i < packed.list_size(); ++i)
      parts.push_back(packed.list_at(i));
    parts.at(part) = std::move(value);
    return Val::list(parts);
  };
  SECTION("its code is not here") {
    CHECK(offered(with(0, str("unknown"))) == "it does not know the behavior");
    CHECK(offered(with(1, str(std::string(64, '0')))) ==
          "its behavior of that name is another one");
    CHECK(offered(with(1, str(""))) == "its behavior of that name is another one");
    CHECK(offered(with(1, hash_of("counter"))) == "its behavior of that name is another one");
  }
  SECTION("it has no such shape") {
    const std::string shapeless = "what came is not an object";
    CHECK(offered(Val::empty_list()) == shapeless);
    for (std::size_t i = 0; i < 8; ++i)
      CHECK(offered(with(i, Val::nat(1))) == shapeless);
    CHECK(offered(with(3, Val::just(Val::nat(1)))) == shapeless);
    CHECK(offered(with(4, Val::just(Val::nat(1)))) == shapeless);
    CHECK(offered(with(5, list({Val::nat(1)}))) == "what came is not a mailbox");
    CHECK(offered(with(5, list({list({Val::nat(1), Val::nat(1)})}))) ==
          "what came is not a mailbox");
    CHECK(offered(with(7, list({Val::nat(1)}))) == "what came is not a list of replicas");
    CHECK(offered(with(7, list({list({str("gamma"), Val::nat(1)})}))) ==
          "what came is not a list of replicas");
  }
  SECTION("what waits in it cannot") {
    const std::string stuck = "what waits in it cannot go on there";
    const auto waiting = [&](Val activation) {
      return offered(with(6, Val::just(std::move(activation)), "waiter"));
    };
    CHECK(waiting(Val::nat(1)) == stuck);
    CHECK(waiting(Val::empty_list()) == stuck);
    CHECK(waiting(list({Val::nat(1'000'000), Val::empty_list()})) == stuck);
    CHECK(waiting(list({str("0"), Val::empty_list()})) == stuck);
    CHECK(waiting(list({Val::nat(0), Val::empty_list()})) == stuck);
    CHECK(waiting(list({Val::nat(0), Val::list(std::vector<Val>(1'000))})) == stuck);
    // An `echo` never waits.
    CHECK(offered(with(6, Val::just(list({Val::nat(0), list({Val::nat(0)})})))) == stuck);
  }
  SECTION("it is here, or on its way") {
    const std::string not_now = "it cannot take the object now";
    CHECK(offered(packed_object("echo"), echo) == not_now);
    CHECK(offered(packed_object("echo"), object(2, 0), 0xFFFF'FFFF) == not_now);
    CHECK(offered(packed_object("echo")) == "true");
    CHECK(offered(packed_object("echo")) == not_now);
    node.submit("moving", list({Val::object(echo), str("beta")}));
    CHECK(offered(packed_object("echo"), echo) == not_now);
  }
  CHECK(node.is_open(beta));
  CHECK(node.core.metrics().objects <= 1);
}

TEST_CASE("objects that are settled and were not offered") {
  BareNode node;
  const ConnectionId beta = node.meet("beta", 2);
  const ConnectionId gamma = node.meet("gamma", 3);
  const auto settled = [&](ConnectionId from, std::uint64_t moves) {
    node.heard(from);
    node.tell(from, settle(object(2, 0), true, moves));
    return to_text(frames_of<CallResponse>(node.taken(from)).at(0).result.value());
  };
  CHECK(settled(beta, 1) == "false");
  node.tell(beta, take(object(2, 0), packed_object("echo")));
  CHECK(settled(gamma, 1) == "false");
  CHECK(settled(beta, 2) == "false");
  CHECK(settled(beta, ~std::uint64_t{0}) == "false");
  CHECK_FALSE(node.core.find_object(object(2, 0)));
  CHECK(settled(beta, 1) == "true");
  CHECK(node.core.find_object(object(2, 0)));
  CHECK(settled(beta, 1) == "false");
}

TEST_CASE("replicas that are not here, or not that peer's") {
  BareNode node;
  const ConnectionId beta = node.meet("beta", 2);
  const auto told = [&](const Ask& frame) {
    node.heard(beta);
    node.tell(beta, frame);
    const CallResponse response = frames_of<CallResponse>(node.taken(beta)).at(0);
    return response.result ? to_text(*response.result) : response.result.error().text;
  };
  const Val there = Val::object(object(2, 0));
  CHECK(told(asking(Request::collect_replica, {there})) == "nothing");
  CHECK(told(asking(Request::release_replica, {there, Val::boolean(true)})) == "false");
  CHECK(told(asking(Request::freeze, {Val::object(object(1, 0))})) == "just false");
  node.tell(beta, DestroyNotify{object(2, 0)});
  CHECK(node.is_open(beta));
  CHECK(node.core.metrics().objects == 0);
}

// ─── what is too much for the other ─────────────────────────────────────────────────────────────

TEST_CASE("a message that is more than the peer takes") {
  BareNode node;
  const ConnectionId beta = node.meet("beta", 2, 1, {.bytes = 500, .nesting = 10});
  const std::string too_much =
      "MachineError.InvalidTransfer: cannot transfer to machine beta: what is to be sent is more "
      "than it takes";
  const auto call = [&](const Val& input) {
    return node.submit("calling", list({Val::object(object(2, 0)), input}));
  };
  const auto nested = [](unsigned depth) {
    Val value = Val::nothing();
    for (; depth > 0; --depth)
      value = list({value});
    return value;
  };
  CHECK(node.result(call(nested(11))) == too_much);
  CHECK(node.result(call(str(std::string(500, 'x')))) == too_much);
  CHECK(node.heard(beta).empty());
  const std::size_t fits = call(nested(10));
  const std::vector<Frame> sent = node.taken(beta);
  node.tell(beta, answer(frames_of<Call>(sent).at(0).request_id, Val::nat(1)));
  CHECK(node.result(fits) == "just 1");
  // To the byte.
  const std::size_t again = call(str(""));
  const std::size_t around = node.heard(beta).at(0).size();
  const std::size_t longest = call(str(std::string(500 - around, 'x')));
  CHECK(node.heard(beta).at(0).size() == 500);
  CHECK(node.result(call(str(std::string(501 - around, 'x')))) == too_much);
  CHECK(node.result(again).empty());
  CHECK(node.result(longest).empty());
  CHECK(node.is_open(beta));
}

TEST_CASE("an answer that is more than the peer takes") {
  BareNode node;
  const ConnectionId beta = node.meet("beta", 2, 1, {.bytes = 500, .nesting = 10});
  const ObjectId nesting = *node.core.create("nesting");
  const auto told = [&](std::uint64_t depth) {
    node.heard(beta);
    node.tell(beta, calling(nesting, Val::nat(depth)));
    const CallResponse response = frames_of<CallResponse>(node.taken(beta)).at(0);
    return response.result ? to_text(*response.result) : response.result.error().text;
  };
  CHECK(told(10) == "[[[[[[[[[[nothing]]]]]]]]]]");
  CHECK(told(11) == "MachineError.InvalidTransfer: cannot transfer to machine beta: the answer is "
                    "more than it takes");
  CHECK(node.is_open(beta));
}

TEST_CASE("an object that is more than the peer takes stays") {
  BareNode node;
  const ConnectionId beta = node.meet("beta", 2, 1, {.bytes = 500, .nesting = 10});
  const ObjectId counter = *node.core.create("counter");
  node.call(counter, str(std::string(500, 'x')));
  const std::size_t client = node.submit("moving", list({Val::object(counter), str("beta")}));
  CHECK(node.result(client) ==
        "MachineError.InvalidTransfer: cannot transfer to machine beta: what is to be sent is more "
        "than it takes");
  CHECK(node.core.find_object(counter));
  CHECK(node.is_open(beta));
}

TEST_CASE("a peer whose hello says that it takes nothing") {
  BareNode node;
  const ConnectionId beta = node.meet("beta", 2, 1, {.bytes = 0, .nesting = 0});
  CHECK(node.result(node.call(object(2, 0), Val::nat(1)))
            .starts_with("MachineError.InvalidTransfer"));
  node.tell(beta, calling(*node.core.create("echo")));
  node.tell(beta, Ping{.nonce = 1});
  node.pass(5'000);
  CHECK(node.heard(beta).empty());
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
