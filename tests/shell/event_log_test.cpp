// The event stream: its messages, readers that fall behind, and what an event looks like.
#include "node/shell/event_log.hpp"

#include <catch2/catch.hpp>

#include <string>

#include "avm/text.hpp"
#include "node/shell/event_json.hpp"

using namespace avm;
using namespace avm::node;
using Catch::Matchers::Contains;

namespace {

constexpr std::size_t much = 1'000'000;
constexpr auto trace = EventLog::Kind::Trace;

struct Reader final : EventReader {
  int told = 0;
  void on_news() override { ++told; }
};

std::string json_of(const EventType& event) {
  const TraceEntry entry{
      .timestamp = 3, .event_type = event, .executing_controller = {}, .execution = 5};
  return to_json(NodeEvent{.entry = entry});
}

}  // namespace

TEST_CASE("messages have ids from 1, and wire messages a name") {
  EventLog log(10, much);
  log.add(trace, "{1}");
  log.add(EventLog::Kind::Wire, "{2}");
  std::uint64_t place = log.after(0);
  CHECK(log.read(place, much) == "id: 1\ndata: {1}\n\nevent: wire\nid: 2\ndata: {2}\n\n");
  CHECK(place == 3);
  CHECK(log.read(place, much).empty());
}

TEST_CASE("a reader goes on after the last message that it has seen") {
  EventLog log(10, much);
  for (const auto* const text : {"{1}", "{2}", "{3}"})
    log.add(trace, text);
  std::uint64_t place = log.after(2);
  CHECK(log.read(place, much) == "id: 3\ndata: {3}\n\n");
  // One that has seen more than there is has seen another start of the node.
  place = log.after(77);
  CHECK(log.read(place, much).starts_with("id: 1\n"));
}

TEST_CASE("a reader that has fallen behind is told how much it missed, and by an id that it can go "
          "on from") {
  EventLog log(3, much);
  std::uint64_t place = log.after(0);
  for (int i = 1; i <= 10; ++i)
    log.add(trace, "{" + std::to_string(i) + "}");
  const std::string text = log.read(place, much);
  CHECK(text == "event: skipped\nid: 7\ndata: {\"count\":7}\n\n"
                "id: 8\ndata: {8}\n\nid: 9\ndata: {9}\n\nid: 10\ndata: {10}\n\n");
  CHECK(log.after(7) == 8);
}

TEST_CASE("a reader takes pieces") {
  EventLog log(1'000, much);
  for (int i = 0; i < 100; ++i)
    log.add(trace, "{\"number\":" + std::to_string(i) + "}");
  std::uint64_t place = 1;
  std::string all;
  int pieces = 0;
  for (std::string piece; !(piece = log.read(place, 100)).empty(); ++pieces)
    all += piece;
  CHECK(pieces > 10);
  place = 1;
  CHECK(all == log.read(place, much));
}

TEST_CASE("bytes are bounded too, but the newest message is always kept") {
  EventLog log(1'000, 100);
  for (int i = 0; i < 50; ++i)
    log.add(trace, std::string(30, 'x'));
  std::uint64_t place = 1;
  CHECK_THAT(log.read(place, much), Contains("{\"count\":47}"));
  log.add(trace, std::string(500, 'y'));
  place = log.after(50);
  CHECK_THAT(log.read(place, much), Contains("yyy"));
}

TEST_CASE("readers are told once a turn, and only of something new") {
  EventLog log(10, much);
  Reader reader;
  log.subscribe(reader);
  log.tell();
  CHECK(reader.told == 0);
  log.add(trace, "{}");
  log.add(trace, "{}");
  log.tell();
  log.tell();
  CHECK(reader.told == 1);
  log.unsubscribe(reader);
  log.add(trace, "{}");
  log.tell();
  CHECK(reader.told == 1);
}

TEST_CASE("an event of an execution") {
  const ObjectId object{std::uint64_t{9001} << 48U};
  CHECK(json_of(event::StateUpdated{object}) ==
        R"({"timestamp":3,"event_type":{"StateUpdated":2533556265372614656},)"
        R"("executing_controller":null,"execution":5,"object":"obj:9001.0",)"
        R"("text":"StateUpdated  obj:9001.0"})");
  CHECK_THAT(json_of(event::TransactionStarted{TxId{4}}), Contains(R"("object":null)"));
  const TraceEntry entry{.event_type = event::ObjectDestroyed{object}};
  const std::string machine = "alpha";
  CHECK_THAT(to_json(NodeEvent{.entry = entry, .cause_machine = &machine, .cause = {4, 2}}),
             Contains(R"("cause":{"machine":"alpha","execution":4,"seq":2}})"));
}

TEST_CASE("a message on the wire") {
  const Val value = Val::list({Val::nat(1), Val::str("two")});
  WireEvent event{.what = WireEvent::What::CallSent,
                  .peer = "beta",
                  .request_id = 3,
                  .sender = {1},
                  .target = {2},
                  .value = &value};
  CHECK(to_json(event, "alpha", 77) ==
        R"({"what":"call_sent","machine":"alpha","peer":"beta","request_id":3,"sender":"obj:1",)"
        R"("target":"obj:2","value":"[1, \"two\"]","time":77})");
  event.what = WireEvent::What::AnswerReceived;
  event.value = nullptr;
  event.error = "MachineError.Unreachable: machine \"beta\" cannot be reached";
  CHECK_THAT(to_json(event, "alpha", 77),
             Contains(R"("value":null,"error":"MachineError.Unreachable: machine \"beta\")"));
}

TEST_CASE("no event is long, whatever is in it") {
  const Val text = Val::str(std::string(100'000, 'x'));
  Val tree = Val::empty_list();
  // A small value that is a huge tree.
  for (int i = 0; i < 60; ++i)
    tree = Val::list({tree, tree});
  for (const Val& value : {text, tree}) {
    CHECK(json_of(event::ObjectCalled{.id = {}, .input = value, .output = value}).size() < 50'000);
    const WireEvent event{
        .what = WireEvent::What::CallSent, .peer = "b", .request_id = 1, .value = &value};
    CHECK(to_json(event, "a", 1).size() < 10'000);
  }
  CHECK(json_of(event::ObjectCreated{.id = {}, .behavior_name = text}).size() < 50'000);
  std::string error;
  for (int i = 0; i < 10'000; ++i)
    error += "ä";
  const std::string json = json_of(event::ErrorOccurred{error});
  CHECK(json.size() < 50'000);
  CHECK(is_utf8(json));
}
