// The helpers over the instructions.
#include "avm/dsl.hpp"

#include "itree/trees.hpp"

namespace avm {
namespace {

using namespace test;
using namespace instruction;

// [committed, what the body gave]
template <typename T>
ITree<Val> as_list(ITree<Transacted<T>> tree) {
  return map(std::move(tree),
             [](const Transacted<T>& done) { return list_of(done.committed, done.value); });
}

Strings event_names(const MemoryTrace& trace) {
  Strings names;
  for (const TraceEntry& entry : trace.entries())
    names.emplace_back(event_name(entry.event_type.index()));
  return names;
}

TEST_CASE("a transaction that is committed") {
  Machine machine;
  load(machine, helpers);
  taken_in(machine.add_program("main", [](const Val&) {
    return as_list(with_transaction([](const Val& tx) {
      return bind(create_obj("cell"), [tx](const Val& id) {
        return map(call(id, 5), [tx, id](const Val& old) { return list_of(tx, id, old); });
      });
    }));
  }));
  MemoryTrace trace;
  CHECK(run(machine, "main", Val(), {.trace = &trace}).text() == "[true, [tx:0, obj:0, just []]]");
  CHECK(event_names(trace) == Strings{"TransactionStarted", "ObjectCreated", "StateUpdated",
                                      "ObjectCalled", "TransactionCommitted"});
  CHECK(machine.object_count() == 1);
}

TEST_CASE("a transaction has the controller that it is given") {
  Machine machine;
  load(machine, helpers);
  taken_in(machine.add_program("main", [](const Val&) {
    return as_list(with_transaction(
        [](const Val&) {
          return bind(create_obj("cell"), [](const Val&) { return get_current_controller(); });
        },
        Val::str("alice")));
  }));
  MemoryTrace trace;
  CHECK(run(machine, "main", Val(), {.trace = &trace}).text() == "[true, just \"alice\"]");
  CHECK(trace.entries().back().executing_controller->name == Val::str("alice"));
}

TEST_CASE("a transaction that conflicts gives false, and what its body gave") {
  Machine machine;
  load(machine, std::string(helpers) + R"(
program setup {
    %id = create_obj "cell"
    ret %id
}
program change(%id) {
    %x = call %id, "changed"
    ret %x
}
)");
  taken_in(machine.add_program("main", [](const Val& id) {
    return as_list(with_transaction([id](const Val&) {
      return map(call(id, 1), [](const Val& old) { return std::vector<Val>{old}; });
    }));
  }));
  const Val id = *run(machine, "setup").execution->value();
  const auto execution = started(machine, "main", id);
  execution->step();  // get_input
  execution->step();  // begin_tx
  execution->step();  // call
  run(machine, "change", id);
  execution->run();
  CHECK(to_text(*execution->value()) == "[false, [just []]]");
  CHECK(execution->stats().conflicts == 1);
  CHECK(store_of(machine).front().find(R"("state":{"List":[{"Str":"changed"}]})") !=
        std::string::npos);
  // And can be tried again.
  CHECK(run(machine, "main", id).text() == "[true, [just [\"changed\"]]]");
}

TEST_CASE("a transaction whose body fails is aborted") {
  const auto failing = GENERATE(0, 1, 2);
  Machine machine;
  load(machine, helpers);
  const auto body = [failing](const Val&) {
    return as_list(with_transaction([failing](const Val&) {
      return bind(create_obj("cell"), [failing](const Val& id) -> ITree<Val> {
        if (failing == 0) return reject(Val::str("no"));
        if (failing == 1) throw std::runtime_error("no");
        return add(id, 1);
      });
    }));
  };
  taken_in(machine.add_program("main", body));
  taken_in(machine.add_behavior("inside", body));
  taken_in(machine.add_program("calls", [](const Val& x) { return create_and_call("inside", x); }));
  MemoryTrace trace;
  const Ran ran = run(machine, "main", Val(), {.trace = &trace});
  CHECK(ran.execution->error() != nullptr);
  CHECK(event_names(trace) ==
        Strings{"TransactionStarted", "ObjectCreated", "ErrorOccurred", "TransactionAborted"});
  CHECK(machine.object_count() == 0);
  CHECK(run(machine, "calls").text() == "nothing");
  CHECK(machine.object_count() == 1);
}

TEST_CASE("create_and_call and send") {
  CHECK(end_of(create_and_call("echo", Val::nat(5))) == "just [\"echo\", 5]");
  CHECK(end_of(create_and_call("fails", Val::nat(5))) == "nothing");
  CHECK(end_of(create_and_call("nobody", Val::nat(5))) ==
        "ObjError.BehaviorNotFound: no behavior is named nobody");
  CHECK(end_of(bind(create_obj("echo"), [](const Val& id) { return send(id, "hi"); })) ==
        "just [\"echo\", \"hi\"]");
  CHECK(end_of(bind(create_obj("echo"), [](const Val& id) {
          return send(id.as_object(), std::vector<int>{1, 2});
        })) == "just [\"echo\", [1, 2]]");
  CHECK(outcomes_of(create_and_call("cell", Val::nat(5))) ==
        outcomes_of(bind(create_obj("cell"), [](const Val& id) { return call(id, 5); })));
}

TEST_CASE("count_events") {
  Machine machine;
  load(machine, helpers);
  taken_in(machine.add_program("main", [](const Val&) {
    return bind(create_and_call("cell", Val::nat(1)),
                [](const Val&) { return create_and_call("echo", Val::nat(2)); });
  }));
  MemoryTrace trace;
  run(machine, "main", Val(), {.trace = &trace});
  const auto is_created = [](const EventType& e) {
    return std::holds_alternative<event::ObjectCreated>(e);
  };
  CHECK(count_events(trace, is_created) == 2);
  CHECK(count_events(trace, [](const EventType&) { return true; }) == 5);
  CHECK(count_events(trace, [](const EventType&) { return false; }) == 0);
  CHECK(count_events(MemoryTrace(), is_created) == 0);
}

}  // namespace
}  // namespace avm
