// The HTTP side of a running node: what it answers, whom it lets in, and what it does not let itself be
// made to do.
#include <catch2/catch.hpp>

#include <memory>
#include <regex>
#include <string>
#include <vector>

#include "shell/http.hpp"
#include "shell/running_node.hpp"
#include "shell/socket.hpp"

using namespace avm;
using namespace avm::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

constexpr std::string_view source = R"(
behavior counter(%msg) {
    match %msg, ["add", %n], other
    %state = get_state
    match %state, [%count], first
    jmp add
first:
    %count = 0
add:
    %count = add %count, %n
    set_state [%count]
    ret %count
other:
    reject "counter: unknown message"
}

behavior forever(%msg) {
again:
    jmp again
}

behavior waits(%msg) {
    %next = receive
    ret %next
}
)";

Program program(std::vector<std::string> objects = {"counter=counter"}) {
  return {.source = std::string(source), .objects = std::move(objects)};
}

Answer get_from(const RunningNode& node, std::string_view target,
                const std::vector<std::string>& headers = {}) {
  return ask(node.http(), get(node.http(), target, headers));
}

Answer call(const RunningNode& node, std::string_view target, std::string_view input) {
  return ask(node.http(), post(node.http(), "/call",
                               R"({"target":")" + std::string(target) + R"(","input":")" +
                                   std::string(input) + R"("})"));
}

/// An object that the node itself would have made.
std::string missing_object(const RunningNode& node) {
  return "obj:" + std::to_string(node.address().port) + ".77";
}

/// `text` with the numbers of ids and ports in it made alike.
std::string shape(const std::string& text) {
  return std::regex_replace(text, std::regex(R"(\d{4,})"), "N");
}

}  // namespace

TEST_CASE("health, peers and metrics") {
  const RunningNode node(with_http("alpha"), program());
  CHECK(get_from(node, "/health").body == R"({"name":"alpha","status":"ok"})");
  CHECK(shape(get_from(node, "/peers").body) ==
        R"({"self":{"machine":"alpha","prefix":N,"root":"obj:N.N",)"
        R"("http":"127.0.0.1:N","epoch":N},"peers":[]})");
  const Answer metrics = get_from(node, "/metrics");
  CHECK_THAT(metrics.head, Contains("Content-Type: text/plain; version=0.0.4"));
  CHECK_THAT(metrics.body, Contains("# TYPE avm_node_objects gauge\navm_node_objects 1\n"));
}

TEST_CASE("objects: pages of them, a filter, and one by its id or name") {
  const RunningNode node(with_http("alpha"), program({"a=counter", "b=counter", "c=waits"}));
  const Answer all = get_from(node, "/objects");
  CHECK(all.status == 200);
  CHECK_THAT(all.body, Contains(R"("total":3,"next":null)"));
  const std::string first = "obj:" + std::to_string(node.address().port) + ".0";
  const Answer page = get_from(node, "/objects?limit=1");
  CHECK_THAT(page.body, StartsWith(R"({"objects":[{"id":")" + first + R"(","number":)"));
  CHECK_THAT(page.body, Contains(R"("total":3,"next":")" + first + R"("})"));
  const Answer next = get_from(node, "/objects?limit=5&after=" + first);
  CHECK_THAT(next.body, Contains(R"("name":"b")") && Contains(R"("name":"c")") &&
                            !Contains(R"("name":"a")") && Contains(R"("next":null)"));
  const Answer filtered = get_from(node, "/objects?filter=wai");
  CHECK_THAT(filtered.body, Contains(R"("behavior":"waits")") && Contains(R"("total":1)"));

  CHECK_THAT(get_from(node, "/objects/" + first).body, StartsWith(R"({"id":")" + first));
  CHECK_THAT(get_from(node, "/objects/@a").body, StartsWith(R"({"id":")" + first));
  CHECK(get_from(node, "/objects/7").status == 404);
  CHECK(get_from(node, "/objects/@nobody").status == 400);
  CHECK(get_from(node, "/objects?limit=0").status == 400);
  CHECK(get_from(node, "/objects?after=x").status == 400);
}

TEST_CASE("call and post") {
  const RunningNode node(with_http("alpha"), program({"counter=counter", "waits=waits"}));
  const Answer two = call(node, "@counter", R"([\"add\", 2])");
  CHECK(two.status == 200);
  CHECK(two.body == R"({"value":{"text":"just 2","json":{"Just":{"Nat":2}}}})");
  // A behavior that refuses gives nothing, as it does to any caller.
  CHECK(call(node, "@counter", "5").body == R"({"value":{"text":"nothing","json":"Nothing"}})");
  const Answer missing = call(node, missing_object(node), "5");
  CHECK(missing.status == 404);
  CHECK(shape(missing.body) == R"({"error":{"name":"ObjError.NotFound",)"
                               R"("text":"ObjError.NotFound: object obj:N.77 does not exist"}})");

  const std::string message = R"({"target":"@waits","message":"[@counter, 1]"})";
  const Answer posted = ask(node.http(), post(node.http(), "/post", message));
  CHECK(posted.status == 202);
  CHECK(posted.body == R"({"posted":true})");
  CHECK_THAT(get_from(node, "/objects/@waits").body, Contains(R"("mailbox_size":1)"));
}

TEST_CASE("bodies that make no sense are refused with a reason") {
  const RunningNode node(with_http("alpha"), program());
  for (const auto* const body :
       {"", "{", "[]", "{}", R"({"target":"@counter"})", R"({"target":5,"input":"1"})",
        R"({"target":"@counter","input":1})", R"({"target":"@nobody","input":"1"})",
        R"({"target":"@counter","input":"[1"})", R"({"target":"@counter","input":"@nobody"})"}) {
    CAPTURE(body);
    const Answer answer = ask(node.http(), post(node.http(), "/call", body));
    CHECK(answer.status == 400);
    CHECK_THAT(answer.body, StartsWith(R"({"error":{"name":"BadRequest","text":")"));
  }
  std::string deep = R"({"target":"@counter","input":)";
  for (int i = 0; i < 100'000; ++i)
    deep += '[';
  CHECK(ask(node.http(), post(node.http(), "/call", deep)).status == 400);
}

TEST_CASE("what there is not, and methods that are not known") {
  const RunningNode node(with_http("alpha"), program());
  CHECK(get_from(node, "/nothing").status == 404);
  CHECK(get_from(node, "/web/nothing.js").status == 404);
  CHECK(get_from(node, "/web/../shell.cpp").status == 404);
  CHECK(get_from(node, "/call").status == 404);
  CHECK(get_from(node, "/%zz").status == 400);
  const std::string host = "Host: " + to_text(node.http()) + "\r\n\r\n";
  const Answer remove = ask(node.http(), "DELETE /objects HTTP/1.1\r\n" + host);
  CHECK(remove.status == 405);
  CHECK_THAT(remove.head, Contains("Allow: GET, POST"));
  // So no browser gets leave for a request that it would have to ask about first.
  CHECK(ask(node.http(), "OPTIONS /call HTTP/1.1\r\n" + host).status == 405);
}

TEST_CASE("the page comes with a policy that lets nothing else in") {
  const RunningNode node(with_http("alpha"), program());
  const Answer page = get_from(node, "/");
  CHECK(page.status == 200);
  CHECK_THAT(page.head, Contains("Content-Type: text/html; charset=utf-8"));
  CHECK_THAT(page.head, Contains("Content-Security-Policy: default-src 'self';"));
  CHECK_THAT(page.head, Contains("X-Content-Type-Options: nosniff"));
  CHECK(get_from(node, "/web/index.html").body == page.body);
}

TEST_CASE("another Host, another Origin and another Content-Type are refused") {
  const RunningNode node(with_http("alpha"), program());
  const node::HostPort evil{"evil.example", node.http().port};
  CHECK(ask(node.http(), get(evil, "/health")).status == 403);
  CHECK(ask(node.http(), "GET /health HTTP/1.0\r\n\r\n").status == 403);
  const std::string request = post(node.http(), "/call", R"({"target":"@counter","input":"5"})");
  const std::string origin = "POST /call HTTP/1.1\r\nOrigin: ";
  CHECK(ask(node.http(), origin + "http://evil.example" + request.substr(19)).status == 403);
  CHECK(ask(node.http(), origin + "http://" + to_text(node.http()) + request.substr(19)).status ==
        200);
  const std::string plain =
      std::regex_replace(request, std::regex("application/json"), "text/plain");
  CHECK(ask(node.http(), plain).status == 415);
}

TEST_CASE("with a token nobody gets more than the page without it") {
  node::ShellOptions options = with_http("alpha");
  options.http->token = "secret";
  const RunningNode node(options, program());
  const Answer refused = get_from(node, "/health");
  CHECK(refused.status == 401);
  CHECK_THAT(refused.head, Contains("WWW-Authenticate: Bearer"));
  for (const auto* const closed :
       {"/events", "/objects", "/objects/@counter", "/peers", "/metrics", "/nothing", "/web",
        "/web/", "/web/nothing.js", "/web/../objects"}) {
    CAPTURE(closed);
    CHECK(get_from(node, closed).status == 401);
  }
  for (const auto* const file : {"/", "/?x", "/web/index.html", "/web/main.js", "/web/icon.svg"}) {
    CAPTURE(file);
    CHECK(get_from(node, file).status == 200);
    CHECK(ask(node.http(), get({"evil.example", node.http().port}, file)).status == 403);
    CHECK(ask(node.http(), post(node.http(), file, "{}")).status == 401);
  }
  CHECK(call(node, "@counter", "5").status == 401);
  CHECK(get_from(node, "/health", {"Authorization: Bearer wrong"}).status == 401);
  CHECK(get_from(node, "/health", {"Authorization: Bearer secret"}).status == 200);
}

TEST_CASE("the page of a peer may read with the node's token, and no other page") {
  node::ShellOptions beta_options = with_http("beta");
  beta_options.http->token = "secret";
  const RunningNode beta(beta_options, program());
  node::ShellOptions alpha_options = with_http("alpha");
  alpha_options.peers.push_back({.name = "beta", .address = beta.address()});
  RunningNode alpha(alpha_options);
  alpha.log().wait_for("connected with beta");
  const std::string page = "http://" + to_text(alpha.http());
  const auto preflight = [&](std::string_view target, const std::string& origin) {
    return ask(beta.http(), "OPTIONS " + std::string(target) + " HTTP/1.1\r\nHost: " +
                                to_text(beta.http()) + "\r\nOrigin: " + origin +
                                "\r\nAccess-Control-Request-Method: GET"
                                "\r\nAccess-Control-Request-Headers: authorization\r\n\r\n");
  };
  const Answer leave = preflight("/objects", page);
  CHECK(leave.status == 204);
  CHECK_THAT(leave.head, Contains("Access-Control-Allow-Origin: " + page + "\r\n") &&
                             Contains("Access-Control-Allow-Headers: authorization\r\n") &&
                             Contains("Vary: Origin\r\n") &&
                             !Contains("Access-Control-Allow-Methods") &&
                             !Contains("Access-Control-Allow-Credentials"));
  for (const std::string& other : {std::string("http://evil.example"), std::string("null"),
                                   "http://" + to_text(beta.http()), page + ".evil.example"}) {
    CAPTURE(other);
    const Answer refused = preflight("/objects", other);
    CHECK(refused.status == 401);
    CHECK_THAT(refused.head, !Contains("Access-Control"));
  }
  // That it has to have the token is something that the page must see, too.
  const std::string from = "Origin: " + page;
  const Answer without = get_from(beta, "/objects", {from});
  CHECK(without.status == 401);
  CHECK_THAT(without.head, Contains("Access-Control-Allow-Origin: " + page + "\r\n"));
  const Answer with = get_from(beta, "/objects", {from, "Authorization: Bearer secret"});
  CHECK(with.status == 200);
  CHECK_THAT(with.head, Contains("Access-Control-Allow-Origin: " + page + "\r\n"));
  CHECK_THAT(get_from(beta, "/objects", {"Origin: http://evil.example"}).head,
             !Contains("Access-Control"));
  // It still may not drive the node, with the token or without.
  std::string request = post(beta.http(), "/call", R"({"target":"@counter","input":"5"})");
  request.insert(request.find("Content-Type"), from + "\r\nAuthorization: Bearer secret\r\n");
  const Answer driven = ask(beta.http(), request);
  CHECK(driven.status == 403);
  CHECK_THAT(driven.head, !Contains("Access-Control"));
}

TEST_CASE("several requests over one connection, also sent at once") {
  const RunningNode node(with_http("alpha"), program());
  Socket socket(node.http());
  socket.write(get(node.http(), "/health"));
  CHECK(read_answer(socket).status == 200);
  socket.write(get(node.http(), "/health") + get(node.http(), "/nothing") +
               post(node.http(), "/call", R"({"target":"@counter","input":"[\"add\", 1]"})") +
               get(node.http(), "/objects/@counter"));
  CHECK(read_answer(socket).status == 200);
  CHECK(read_answer(socket).status == 404);
  CHECK(read_answer(socket).status == 200);
  CHECK_THAT(read_answer(socket).body, Contains(R"("state":{"text":"[1]")"));
  socket.write(get(node.http(), "/health", {"Connection: close"}));
  CHECK(read_answer(socket).status == 200);
  CHECK(socket.is_closed());
}

TEST_CASE("long heads, long bodies and no HTTP at all") {
  node::ShellOptions options = with_http("alpha");
  options.http->body = 1'000;
  const RunningNode node(options, program());
  Socket long_head(node.http());
  long_head.write("GET / HTTP/1.1\r\nX: " + std::string(100'000, 'x'));
  CHECK(read_answer(long_head).status == 431);
  CHECK(long_head.is_closed());
  Socket long_body(node.http());
  long_body.write(post(node.http(), "/call", std::string(1'001, ' ')));
  CHECK(read_answer(long_body).status == 413);
  CHECK(long_body.is_closed());
  // A length alone is enough, whatever comes behind it.
  Socket promise(node.http());
  promise.write("POST /call HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n");
  CHECK(read_answer(promise).status == 413);
  Socket junk(node.http());
  junk.write("\x16\x03\x01 this is not HTTP\r\n\r\n");
  CHECK(read_answer(junk).status == 400);
  CHECK(junk.is_closed());
  CHECK(get_from(node, "/health").status == 200);
}

TEST_CASE("a request that does not come ends its connection") {
  node::ShellOptions options = with_http("alpha");
  options.http->request_time = 50;
  const RunningNode node(options, program());
  Socket silent(node.http());
  Socket slow(node.http());
  slow.write("GET /hea");
  CHECK(silent.is_closed());
  CHECK(slow.is_closed());
}

TEST_CASE("one client too many is turned away, and the others go on") {
  node::ShellOptions options = with_http("alpha");
  options.http->connections = 3;
  const RunningNode node(options, program());
  std::vector<std::unique_ptr<Socket>> sockets;
  for (int i = 0; i < 3; ++i) {
    sockets.push_back(std::make_unique<Socket>(node.http()));
    sockets.back()->write(get(node.http(), "/health"));
    CHECK(read_answer(*sockets.back()).status == 200);
  }
  Socket one_too_many(node.http());
  CHECK(one_too_many.is_closed());
  sockets.front()->write(get(node.http(), "/health", {"Connection: close"}));
  CHECK(read_answer(*sockets.front()).status == 200);
  CHECK(sockets.front()->is_closed());
  sockets.erase(sockets.begin());
  // The node sees in its own time that there is room again.
  while (true) {
    Socket next(node.http());
    next.write(get(node.http(), "/health"));
    if (next.read(12) == "HTTP/1.1 200") break;
  }
}

TEST_CASE("a program that does not end keeps nobody waiting but its caller") {
  const RunningNode node(with_http("alpha"), program({"forever=forever", "counter=counter"}));
  Socket waits(node.http());
  waits.write(post(node.http(), "/call", R"({"target":"@forever","input":"1"})"));
  CHECK(call(node, "@counter", R"([\"add\", 2])").status == 200);
  CHECK(get_from(node, "/health").status == 200);
}

TEST_CASE("a caller that leaves gives its place back, though its call goes on") {
  node::ShellOptions options = with_http("alpha");
  options.http->connections = 2;
  const RunningNode node(options, program({"forever=forever"}));
  Socket watcher(node.http());
  const auto connections = [&] {
    watcher.write(get(node.http(), "/metrics"));
    const std::string body = read_answer(watcher).body;
    const std::size_t at = body.find("\navm_node_http_connections ") + 27;
    return std::stoi(body.substr(at));
  };
  {
    Socket leaves(node.http());
    leaves.write(post(node.http(), "/call", R"({"target":"@forever","input":"1"})"));
    while (connections() != 2) {
    }
  }
  while (connections() != 1) {
  }
  CHECK(call(node, missing_object(node), "1").status == 404);
}

// ─── the event stream ───────────────────────────────────────────────────────────────────────────

TEST_CASE("events come as they happen, each with an id") {
  const RunningNode node(with_http("alpha"), program());
  Socket events(node.http());
  events.write(get(node.http(), "/events"));
  const Answer head = read_answer(events);
  CHECK(head.status == 200);
  CHECK_THAT(head.head, Contains("Content-Type: text/event-stream"));
  events.read_until("retry: 1000\n\n");
  CHECK(call(node, "@counter", R"([\"add\", 2])").status == 200);
  const std::string first = events.read_until("\n\n");
  // The object's own creation came before.
  CHECK_THAT(first, StartsWith("id: 2\ndata: {\"timestamp\":0,\"event_type\":{\"StateUpdated\":"));
  CHECK_THAT(events.read_until("\n\n"),
             StartsWith("id: 3\n") && Contains("ObjectCalled") && Contains(R"("object":"obj:)"));
}

TEST_CASE("a reader goes on after the last event that it has seen") {
  const RunningNode node(with_http("alpha"), program({"a=counter", "b=counter", "c=counter"}));
  for (const auto& [target, header] :
       {std::pair("/events?after=1", "X: 1"), std::pair("/events", "Last-Event-ID: 1"),
        std::pair("/events?after=0", "Last-Event-ID: 1")}) {
    CAPTURE(target, header);
    Socket events(node.http());
    events.write(get(node.http(), target, {header}));
    CHECK_THAT(read_answer(events).head, Contains("Avm-Last-Event: 3"));
    events.read_until("retry: 1000\n\n");
    CHECK_THAT(events.read_until("\n\n"), StartsWith("id: 2\n"));
    CHECK_THAT(events.read_until("\n\n"), StartsWith("id: 3\n"));
  }
  CHECK(get_from(node, "/events?after=x").status == 400);
}

TEST_CASE("a reader that was away for too long is told how much it has missed") {
  node::ShellOptions options = with_http("alpha");
  options.http->events = 3;
  const RunningNode node(
      options, program({"a=counter", "b=counter", "c=counter", "d=counter", "e=counter"}));
  Socket events(node.http());
  events.write(get(node.http(), "/events?after=0"));
  read_answer(events);
  events.read_until("retry: 1000\n\n");
  CHECK(events.read_until("\n\n") == "event: skipped\nid: 2\ndata: {\"count\":2}\n\n");
  CHECK_THAT(events.read_until("\n\n"), StartsWith("id: 3\n"));
}

TEST_CASE("a reader that takes nothing costs no more than its place, and skips") {
  node::ShellOptions options = with_http("alpha");
  options.http->events = 100;
  const RunningNode node(options, program());
  Socket slow(node.http());
  slow.write(get(node.http(), "/events"));
  read_answer(slow);
  slow.read_until("retry: 1000\n\n");
  // Long events, until the system's buffers are full and the log has gone on without this reader.
  const std::string text(3'000, 'x');
  Socket caller(node.http());
  constexpr int calls = 6'000;
  for (int i = 0; i < calls; ++i) {
    caller.write(
        post(node.http(), "/call", R"({"target":"@counter","input":"\")" + text + R"(\""})"));
    REQUIRE(read_answer(caller).status == 200);
  }
  slow.read_until("event: skipped\n");
  CHECK_THAT(slow.read_until("\n\n"), Contains("data: {\"count\":"));
  // It ends with the newest: the object's creation, and two events of each call.
  slow.read_until("\nid: " + std::to_string(1 + 2 * calls) + "\n");
}

TEST_CASE("the stream ends when the node does") {
  RunningNode node(with_http("alpha"), program());
  Socket events(node.http());
  events.write(get(node.http(), "/events"));
  read_answer(events);
  node.stop();
  events.read_all();
  node.wait();
}

TEST_CASE("a node that stops says so, and finishes what is under way") {
  node::ShellOptions options = with_http("alpha");
  options.stop_timeout = 300;
  RunningNode node(options, program({"forever=forever"}));
  Socket health(node.http());
  Socket waits(node.http());
  waits.write(post(node.http(), "/call", R"({"target":"@forever","input":"1"})"));
  health.write(get(node.http(), "/health"));
  CHECK(read_answer(health).status == 200);
  node.stop();
  Answer answer;
  do {
    health.write(get(node.http(), "/health"));
    answer = read_answer(health);
  } while (answer.status == 200);
  CHECK(answer.status == 503);
  CHECK(answer.body == R"({"name":"alpha","status":"stopping"})");
  // Its time is up: the caller is told, and nothing is left.
  CHECK(read_answer(waits).status >= 400);
  CHECK(waits.is_closed());
  node.wait();
}
