// The forms of trace entries, and the sinks.
#include "avm/trace.hpp"

#include <catch2/catch.hpp>

#include <sstream>
#include <vector>

#include "core/random_value.hpp"

using namespace avm;
using namespace avm::test;

namespace {

MachineId machine(std::string_view name) { return {Val::str(name)}; }
ControllerId controller(std::string_view name) { return {Val::str(name)}; }

TraceEntry entry(EventType event) {
  return {
      .timestamp = 3, .event_type = std::move(event), .executing_controller = {}, .execution = {}};
}

std::string json(EventType event) {
  const std::string line = to_json(entry(std::move(event)));
  constexpr std::string_view head = R"({"timestamp":3,"event_type":)";
  constexpr std::string_view tail = R"(,"executing_controller":null})";
  CHECK(line.starts_with(head));
  CHECK(line.ends_with(tail));
  return line.substr(head.size(), line.size() - head.size() - tail.size());
}

std::string text(EventType event) { return to_text(entry(std::move(event))); }

}  // namespace

TEST_CASE_METHOD(NothingLeaks, "each event has a JSON form") {
  CHECK(
      to_json(entry(event::ObjectCalled{{1}, Val::nothing(), std::nullopt})) ==
      R"({"timestamp":3,"event_type":{"ObjectCalled":{"id":1,"input":"Nothing","output":null}},"executing_controller":null})");
  CHECK(json(event::ObjectCreated{{1}, Val::str("ping")}) ==
        R"({"ObjectCreated":{"id":1,"behavior_name":"ping"}})");
  CHECK(json(event::ObjectDestroyed{{1}}) == R"({"ObjectDestroyed":1})");
  CHECK(json(event::ObjectCalled{{1}, Val::nat(1), Val::list({Val::nat(2)})}) ==
        R"({"ObjectCalled":{"id":1,"input":{"Nat":1},"output":{"List":[{"Nat":2}]}}})");
  CHECK(json(event::MessageReceived{{1}, Val::str("x")}) ==
        R"({"MessageReceived":{"id":1,"input":{"Str":"x"}}})");
  CHECK(json(event::StateUpdated{{1}}) == R"({"StateUpdated":1})");
  CHECK(json(event::ObjectMoved{{1}, machine("a"), machine("b\"")}) ==
        R"({"ObjectMoved":{"id":1,"from":"a","to":"b\""}})");
  CHECK(json(event::ExecutionMoved{machine("a"), machine("b")}) ==
        R"({"ExecutionMoved":{"from":"a","to":"b"}})");
  CHECK(json(event::ObjectFetched{{1}, machine("a")}) ==
        R"({"ObjectFetched":{"id":1,"machine":"a"}})");
  CHECK(json(event::ObjectTransferred{{1}, std::nullopt, controller("bob")}) ==
        R"({"ObjectTransferred":{"id":1,"from":null,"to":"bob"}})");
  CHECK(json(event::ObjectTransferred{{1}, controller("al"), controller("bob")}) ==
        R"({"ObjectTransferred":{"id":1,"from":"al","to":"bob"}})");
  CHECK(json(event::ObjectFrozen{{1}, controller("al")}) ==
        R"({"ObjectFrozen":{"id":1,"controller":"al"}})");
  CHECK(json(event::FunctionUpdated{Val::str("f")}) == R"({"FunctionUpdated":"f"})");
  CHECK(json(event::TransactionStarted{{2}}) == R"({"TransactionStarted":2})");
  CHECK(json(event::TransactionCommitted{{2}}) == R"({"TransactionCommitted":2})");
  CHECK(json(event::TransactionAborted{{2}}) == R"({"TransactionAborted":2})");
  CHECK(json(event::ErrorOccurred{"TxError.NoActiveTx: \"x\""}) ==
        R"({"ErrorOccurred":"TxError.NoActiveTx: \"x\""})");
}

TEST_CASE_METHOD(NothingLeaks, "a controller and an execution stand at the end of the JSON") {
  TraceEntry full = entry(event::StateUpdated{{1}});
  full.executing_controller = controller("alice");
  full.execution = 2;
  CHECK(
      to_json(full) ==
      R"({"timestamp":3,"event_type":{"StateUpdated":1},"executing_controller":"alice","execution":2})");
}

TEST_CASE_METHOD(NothingLeaks, "each event has a line of text") {
  CHECK(text(event::ObjectCreated{{1}, Val::str("ping")}) ==
        "   3  ObjectCreated         obj:1  ping");
  CHECK(text(event::ObjectDestroyed{{1}}) == "   3  ObjectDestroyed       obj:1");
  CHECK(text(event::ObjectCalled{{1},
                                 Val::list({Val::str("Ping"), Val::nat(0)}),
                                 Val::list({Val::str("done"), Val::nat(3)})}) ==
        R"(   3  ObjectCalled          obj:1  ["Ping", 0]  ->  ["done", 3])");
  CHECK(text(event::ObjectCalled{{1}, Val::nothing(), std::nullopt}) ==
        "   3  ObjectCalled          obj:1  nothing  ->  failed");
  CHECK(text(event::MessageReceived{{1}, Val::nat(5)}) == "   3  MessageReceived       obj:1  5");
  CHECK(text(event::StateUpdated{{1}}) == "   3  StateUpdated          obj:1");
  CHECK(text(event::ObjectMoved{{1}, machine("a"), machine("b")}) ==
        "   3  ObjectMoved           obj:1  a  ->  b");
  CHECK(text(event::ExecutionMoved{machine("a"), machine("b")}) ==
        "   3  ExecutionMoved        a  ->  b");
  CHECK(text(event::ObjectFetched{{1}, machine("a")}) == "   3  ObjectFetched         obj:1  a");
  CHECK(text(event::ObjectTransferred{{1}, std::nullopt, controller("bob")}) ==
        "   3  ObjectTransferred     obj:1  no controller  ->  bob");
  CHECK(text(event::ObjectFrozen{{1}, controller("al")}) ==
        "   3  ObjectFrozen          obj:1  al");
  CHECK(text(event::FunctionUpdated{Val::str("f\n")}) == "   3  FunctionUpdated       f\\n");
  CHECK(text(event::TransactionStarted{{2}}) == "   3  TransactionStarted    tx:2");
  CHECK(text(event::TransactionCommitted{{2}}) == "   3  TransactionCommitted  tx:2");
  CHECK(text(event::TransactionAborted{{2}}) == "   3  TransactionAborted    tx:2");
  CHECK(text(event::ErrorOccurred{"a\nb"}) == "   3  ErrorOccurred         a\\nb");
  TraceEntry full = entry(event::StateUpdated{{1}});
  full.executing_controller = controller("alice");
  full.execution = 2;
  CHECK(to_text(full) == "#2      3  StateUpdated          obj:1  (controller alice)");
}

TEST_CASE_METHOD(NothingLeaks, "a trace in memory gives back each entry as it was recorded") {
  const Val value = Val::list({Val::str("a string that is not short"), Val::nat(2)});
  const std::vector<EventType> events{
      event::ObjectCreated{{1}, Val::str("ping")},
      event::ObjectDestroyed{{2}},
      event::ObjectCalled{{3}, value, std::nullopt},
      event::ObjectCalled{{4}, Val::nat(0), value},
      event::MessageReceived{{5}, value},
      event::StateUpdated{{6}},
      event::ObjectMoved{{7}, machine("a"), machine("b")},
      event::ExecutionMoved{machine("b"), machine("a")},
      event::ObjectFetched{{8}, machine("c")},
      event::ObjectTransferred{{9}, std::nullopt, controller("alice")},
      event::ObjectTransferred{{10}, controller("alice"), controller("bob")},
      event::ObjectFrozen{{11}, controller("bob")},
      event::FunctionUpdated{Val::str("f")},
      event::TransactionStarted{{12}},
      event::TransactionCommitted{{13}},
      event::TransactionAborted{{14}},
      event::ErrorOccurred{"TxError.NoActiveTx"}};
  MemoryTrace trace;
  std::vector<TraceEntry> recorded;
  const auto record = [&](TraceEntry entry) {
    trace.record(entry);
    recorded.push_back(std::move(entry));
  };
  std::uint64_t time = 0;
  for (int round = 0; round < 100; ++round) {
    for (const EventType& event : events)
      record({time++, event, std::nullopt, std::nullopt});
  }
  // Whatever is shared with the entry before, and whatever is not.
  for (const std::optional<std::uint64_t> execution : {std::optional<std::uint64_t>(), {0}, {9}}) {
    for (const std::string_view name : {"", "alice", "bob"}) {
      for (const std::uint64_t at : {time, std::uint64_t{0}, ~std::uint64_t{0}}) {
        for (std::uint64_t i = 0; i < 3; ++i) {
          record({at + i, events[i], name.empty() ? std::nullopt : std::optional(controller(name)),
                  execution});
        }
      }
    }
  }
  const auto entries = trace.entries();
  REQUIRE(entries.size() == recorded.size());
  for (std::size_t i = 0; i < recorded.size(); ++i) {
    CAPTURE(i);
    REQUIRE(to_json(entries[i]) == to_json(recorded[i]));
  }
  CHECK(trace.count("ObjectCalled") == 200 + 27);
  const MemoryTrace copy = trace;
  REQUIRE(copy.size() == recorded.size());
  CHECK(to_json(copy[copy.size() - 1]) == to_json(recorded.back()));
}

TEST_CASE_METHOD(NothingLeaks, "sinks keep, count or write what they are given") {
  const TraceEntry created = entry(event::ObjectCreated{{1}, Val::str("ping")});
  const TraceEntry updated = entry(event::StateUpdated{{1}});
  MemoryTrace memory;
  CountedTrace counted;
  std::ostringstream lines;
  std::ostringstream objects;
  StreamTrace text_trace(lines, StreamTrace::Format::Text);
  StreamTrace json_trace(objects, StreamTrace::Format::Json);
  for (TraceSink* sink :
       std::initializer_list<TraceSink*>{&memory, &counted, &text_trace, &json_trace}) {
    sink->record(created);
    sink->record(updated);
    sink->record(updated);
  }
  CHECK(memory.entries().size() == 3);
  CHECK(memory.count("StateUpdated") == 2);
  CHECK(memory.count("ObjectMoved") == 0);
  CHECK(memory.count("NoSuchEvent") == 0);
  CHECK(counted.count("ObjectCreated") == 1);
  CHECK(counted.count("StateUpdated") == 2);
  CHECK(counted.count("NoSuchEvent") == 0);
  CHECK(lines.str() == to_text(created) + "\n" + to_text(updated) + "\n" + to_text(updated) + "\n");
  CHECK(objects.str() ==
        to_json(created) + "\n" + to_json(updated) + "\n" + to_json(updated) + "\n");
}
