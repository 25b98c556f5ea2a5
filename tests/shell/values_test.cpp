// What clients write: values with names in them, targets of requests, and the streams that they read.
#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <vector>

#include "avm/text.hpp"
#include "lib/sse.hpp"
#include "node/shell/named_values.hpp"
#include "node/shell/url.hpp"

using namespace avm;
using namespace avm::node;

namespace {

std::optional<ObjectId> find(std::string_view name) {
  if (name == "pong") return ObjectId{(std::uint64_t{9002} << 48U) + 1};
  if (name == "größe-1.x") return ObjectId{7};
  return std::nullopt;
}

std::string value(std::string_view text) {
  const auto parsed = parse_named_value(text, find);
  return parsed ? to_text(*parsed) : parsed.error();
}

std::string target(std::string_view text) {
  const auto parsed = parse_target(text, find);
  return parsed ? to_text(*parsed) : parsed.error();
}

std::vector<std::string> events_of(std::string_view text, std::size_t piece) {
  SseReader reader;
  std::vector<std::string> events;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    reader.feed(text.substr(at, piece), [&](const ServerEvent& event) {
      events.push_back(event.id + "|" + event.event + "|" + event.data);
      return true;
    });
  }
  return events;
}

}  // namespace

TEST_CASE("names stand for objects wherever a reference may stand") {
  CHECK(value("@pong") == "obj:9002.1");
  CHECK(value("[@pong, (1, @größe-1.x), just @pong]") ==
        "[obj:9002.1, (1, obj:7), just obj:9002.1]");
  CHECK(value("42") == "42");
}

TEST_CASE("in strings an @ is an @") {
  CHECK(value(R"(["@pong", "a\"@pong", @pong])") == R"(["@pong", "a\"@pong", obj:9002.1])");
  CHECK(names_in(R"(["@a", @b, "\\", @c])") == std::vector<std::string>{"b", "c"});
}

TEST_CASE("what is wrong with a value is said") {
  CHECK(value("@ping") == "there is no object named \"ping\"");
  CHECK(value("[@]") == "a name has to stand behind '@'");
  CHECK(value("[1, @ping, @pang]") == "there is no object named \"ping\"");
  CHECK(value("[@pong").starts_with("expected ',' or ']'"));
  CHECK(value("\"no end").contains("(at byte "));
  CHECK(value("\"no end\\").contains("(at byte "));
}

TEST_CASE("a target is an object") {
  CHECK(target("@pong") == "obj:9002.1");
  CHECK(target("obj:9002.1") == "obj:9002.1");
  CHECK(target("7") == "obj:7");
  CHECK(target("\"pong\"") == "an object is written as @NAME, obj:9002.0, or its number");
  CHECK(target("") != "");
}

TEST_CASE("names that can stand behind an @") {
  for (const auto* const good : {"pong", "größe-1.x", "a/b"})
    CHECK(is_object_name(good));
  for (const auto* const bad : {"", "a b", "a,b", "a=b", "a\"b", "@a", "a]", "\xff", "a\n"}) {
    CAPTURE(bad);
    CHECK(!is_object_name(bad));
  }
}

TEST_CASE("a request's target is a path and a query") {
  const auto url = Url::parse("/objects/obj%3A1.2?filter=a%20b+c&limit=5&empty=&flag");
  REQUIRE(url);
  CHECK(url->path == "/objects/obj:1.2");
  CHECK(*url->find("filter") == "a b c");
  CHECK(*url->find("limit") == "5");
  CHECK(url->find("empty")->empty());
  CHECK(url->find("flag")->empty());
  CHECK(url->find("nothing") == nullptr);
}

TEST_CASE("what is no target is refused") {
  for (const auto* const bad :
       {"", "objects", "http://x/", "/%", "/%4", "/%zz", "/%ff", "/?a=%c3"}) {
    CAPTURE(bad);
    CHECK(!Url::parse(bad));
  }
}

TEST_CASE("any text comes through a query") {
  const std::string text = "a b&c=d?e/f#g+h%äöü\"";
  const auto url = Url::parse("/?x=" + percent_encoded(text));
  REQUIRE(url);
  CHECK(*url->find("x") == text);
}

TEST_CASE("server-sent events, in whatever pieces they come") {
  const std::string text = "retry: 1000\n\n"
                           ":\n\n"
                           "id: 1\ndata: {1}\n\n"
                           "event: wire\r\nid: 2\r\ndata: two\r\ndata: lines\r\n\r\n"
                           "id: 3\ndata:none\n\n"
                           "data: not whole";
  const std::vector<std::string> events{"1||{1}", "2|wire|two\nlines", "3||none"};
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 1'000U}) {
    CAPTURE(piece);
    CHECK(events_of(text, piece) == events);
  }
}

TEST_CASE("a reader of events can stop") {
  SseReader reader;
  int seen = 0;
  const bool goes_on = reader.feed("data: 1\n\ndata: 2\n\ndata: 3\n\n",
                                   [&](const ServerEvent&) { return ++seen < 2; });
  CHECK(!goes_on);
  CHECK(seen == 2);
}
