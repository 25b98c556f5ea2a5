// The driver of the conformance files sees what is wrong: for each thing that a file may state, a
// wrong statement is a complaint that shows both, and `?` is filled in.
#include <catch2/catch.hpp>

#include <string>
#include <string_view>

#include "conformance/driver.hpp"

using namespace avm;
using conformance::check;
using conformance::Outcome;
using conformance::Report;

namespace {

// What each directive says of this program when it is right.
constexpr std::string_view program = R"(
program main(%x) {
    %id = create_obj "picky"
    call %id, %x
    %sum = add %x, 1
    ret %sum
unused:
    %idle = 0
    ret 0
}

behavior picky {
    %message = "no"
    reject %message
}
)";

struct Statement {
  std::string_view key;
  std::string_view right;
  std::string_view wrong;
};

constexpr Statement statements[] = {
    {"value", " 8", " 9"},
    {"error", " PureError.TypeMismatch: add wants nat, got bool",
     " PureError.TypeMismatch: add wants nat, got str"},
    {"exit", " 0", " 1"},
    {"diagnostics", " unused-label@9:1-9:7, never-read@10:5-10:10",
     " unused-label@9:1-9:7, never-read@10:5-10:11"},
    {"steps", " 3", " 4"},
    {"trace", " 1 ObjectCreated, 0 ObjectFrozen", " 1 ObjectCreated, 1 ObjectFrozen"},
    {"trace-like", "\n;   ObjectCreated obj:0 …\n;   ObjectCalled obj:0 … -> failed",
     "\n;   ObjectCalled obj:0 … -> failed\n;   ObjectCreated obj:0 …"},
    {"events",
     "\n;   {\"timestamp\":0,\"event_type\":{\"ObjectCreated\":{\"id\":0,\"behavior_name\":"
     "\"picky\"}},\"executing_controller\":null}\n;   {\"timestamp\":1,\"event_type\":{"
     "\"ErrorOccurred\":\"ObjError.RejectedCall: object obj:0 rejected the call: no\"},"
     "\"executing_controller\":null}\n;   {\"timestamp\":2,\"event_type\":{\"ObjectCalled\":{"
     "\"id\":0,\"input\":{\"Nat\":7},\"output\":null}},\"executing_controller\":null}",
     "\n;   {\"timestamp\":0}"},
    {"failures",
     "\n;   ObjError.RejectedCall: object obj:0 rejected the call: no in picky:14 < main:7",
     "\n;   ObjError.RejectedCall: object obj:0 rejected the call: no in picky:13 < main:7"},
    {"store",
     "\n;   {\"id\":0,\"behavior\":\"picky\",\"machine\":\"local\",\"creating_controller\":null,"
     "\"current_controller\":null,\"state\":{\"List\":[]},\"waiting\":false,\"mailbox\":[]}",
     "\n;   {\"id\":0,\"behavior\":\"pickier\"}"},
};

/// A file that states `text` of `key`, and else what has to be stated of the program: two lines.
std::string stating(std::string_view key, std::string_view text) {
  std::string file = "; run: --input 7\n";
  if (key == "error") file = "; run: --input true\n";
  file += "; " + std::string(key) + ":" + std::string(text) + "\n";
  // The numbers of lines in the statements are those of a head of these two lines.
  std::string body(program);
  if (key != "diagnostics")
    body.erase(body.find("unused:"), sizeof "unused:\n    %idle = 0\n    ret 0");
  return file + body;
}

Report checked(const std::string& text, bool accept = false) {
  return check({"test.avm", text}, accept);
}

bool has(const Report& report, std::string_view part) {
  for (const std::string& complaint : report.complaints) {
    if (complaint.find(part) != std::string::npos) return true;
  }
  return false;
}

// As it stands in a complaint: without the marks of comments.
std::string unmarked(std::string_view text) {
  std::string result(text.substr(text[0] == '\n' ? 5 : 1));
  for (auto at = result.find("\n;   "); at != std::string::npos; at = result.find("\n;   "))
    result.replace(at, 5, "\n");
  return result;
}

}  // namespace

TEST_CASE("what is stated rightly gives no complaint") {
  for (const Statement& statement : statements) {
    CAPTURE(statement.key);
    const Report report = checked(stating(statement.key, statement.right));
    for (const std::string& complaint : report.complaints)
      FAIL_CHECK(complaint);
  }
}

TEST_CASE("what is stated wrongly is a complaint that shows both") {
  for (const Statement& statement : statements) {
    CAPTURE(statement.key);
    const Report report = checked(stating(statement.key, statement.wrong));
    REQUIRE(report.complaints.size() == 1);
    INFO(report.complaints[0]);
    CHECK(has(report, statement.key));
    CHECK(has(report, unmarked(statement.wrong)));
    if (statement.key != "trace-like") CHECK(has(report, unmarked(statement.right)));
    CHECK(report.text == stating(statement.key, statement.wrong));
  }
}

TEST_CASE("what is not known yet is a complaint, and is filled in where it is accepted") {
  for (const Statement& statement : statements) {
    if (statement.key == "trace" || statement.key == "trace-like") continue;
    CAPTURE(statement.key);
    const std::string text = stating(statement.key, " ?");
    CHECK_FALSE(checked(text).complaints.empty());
    const Report accepted = checked(text, true);
    CHECK(accepted.complaints.empty());
    // What is filled in moves the lines that it names.
    CHECK(checked(checked(accepted.text, true).text).complaints.empty());
    if (statement.key != "failures")
      CHECK(accepted.text == stating(statement.key, statement.right));
  }
}

TEST_CASE("of a trace that is not known all events are filled in") {
  CHECK(checked(stating("trace", " ?"), true).text ==
        stating("trace", " 1 ObjectCreated, 1 ObjectCalled, 1 ErrorOccurred"));
  CHECK(checked(stating("trace-like", " ?"), true).text ==
        stating("trace-like",
                "\n;   ObjectCreated obj:0 picky\n"
                ";   ErrorOccurred ObjError.RejectedCall: object obj:0 rejected the call: no\n"
                ";   ObjectCalled obj:0 7 -> failed"));
}

TEST_CASE("wrong statements are put right where they are accepted") {
  for (const Statement& statement : statements) {
    if (statement.key == "trace-like" || statement.key == "failures") continue;
    CAPTURE(statement.key);
    const Report report = checked(stating(statement.key, statement.wrong), true);
    CHECK(report.complaints.empty());
    CHECK(report.text == stating(statement.key, statement.right));
  }
}

TEST_CASE("a long text is broken so that it reads back") {
  const std::string file = R"(; value: ?

program main {
    ret ["two  blanks, which no line may end between: they would be one", "and many more words, so that it is long", [1, 2, 3], [1, 2, 3]]
}
)";
  const std::string accepted = checked(file, true).text;
  CHECK(
      accepted.substr(0, accepted.find("\n\n")) ==
      R"(; value: ["two  blanks, which no line may end between: they would be one", "and many more words, so
;        that it is long", [1, 2, 3], [1, 2, 3]])");
  CHECK(checked(accepted).complaints.empty());
}

TEST_CASE("an event is like a pattern whose parts it has in order") {
  const auto is_like = [](std::string_view pattern) {
    return checked(stating("trace-like", "\n;   " + std::string(pattern))).complaints.empty();
  };
  CHECK(is_like("ObjectCalled obj:0 7 -> failed"));
  CHECK(is_like("…"));
  CHECK(is_like("ObjectCalled …"));
  CHECK(is_like("… failed"));
  CHECK(is_like("ObjectCalled … 7 … failed"));
  CHECK_FALSE(is_like("ObjectCalled"));
  CHECK_FALSE(is_like("failed"));
  CHECK_FALSE(is_like("ObjectCalled … 8 … failed"));
  CHECK_FALSE(is_like("ObjectCalled … failed … 7"));
  CHECK_FALSE(is_like("ObjectCalled … failed failed"));
  CHECK_FALSE(is_like("…\n;   …\n;   …\n;   …"));
}

TEST_CASE("a head that says nothing, or something unknown, is a complaint") {
  const std::string body = "\nprogram main {\n    ret 1\n}\n";
  CHECK(has(checked("; Prose.\n" + body), "the file states nothing"));
  CHECK(has(checked("; run: --input 7\n; run:\n; value: 1\n" + body),
            "run '--input 7': this run states nothing"));
  CHECK(has(checked("; vaule: 1\n; value: 1\n" + body), "there is no directive 'vaule'"));
  CHECK(has(checked("; value: 1\n; value: 1\n" + body), "line 2: 'value' stands twice"));
  CHECK(has(checked("; covers: a\n; covers: b\n; value: 1\n" + body), "'covers' stands twice"));
  CHECK(has(checked("; run: --inputs 7\n; value: 1\n" + body), "--inputs"));
  CHECK(has(checked("; run: avm-run other.avm\n; value: 1\n" + body), "other.avm"));
  CHECK(has(checked("; trace: 1 ObjectFound\n; value: 1\n" + body), "no event 'ObjectFound'"));
  CHECK(checked("; A word: prose.\n;\n; value: 1\n" + body).complaints.empty());
}

TEST_CASE("what nobody states must not come to pass") {
  CHECK(has(checked("; steps: 0\n\nprogram main {\n    ret %x\n}\n"), "read-before-set"));
  CHECK(has(checked("; value: 1\n\nprogram main {\n    ret 1\nlabel:\n    ret 2\n}\n"),
            "unused-label"));
  CHECK(has(checked("; steps: 0\n\nprogram main {\n    reject 1\n}\n"), "RejectedCall"));
  CHECK(has(checked("; error:\n\nprogram main {\n    ret\n}\n"), "the exit code is 0"));
}

TEST_CASE("covers names rows") {
  const conformance::File file("; Prose, and\n; more of it.\n;\n; Another paragraph.\n;\n"
                               "; covers: a.b,\n;         c.d\n; value: 1\n");
  CHECK(file.covers() == std::vector<std::string>{"a.b", "c.d"});
}

TEST_CASE("backends that differ are a complaint") {
  Outcome one;
  one.ran.result = "1";
  one.ran.steps = 1;
  one.ran.store = {"{}"};
  one.ran.trace.record({0, event::StateUpdated{{0}}, std::nullopt, std::nullopt});
  one.failures = {"error in main:1"};

  CHECK(conformance::compare(one, one, true).empty());
  const auto difference = [&](auto change, bool has_lines = true) {
    Outcome other = one;
    change(other);
    return conformance::compare(one, other, has_lines);
  };
  const auto shows = [](const char* part) { return Catch::Matchers::Contains(part); };
  CHECK_THAT(difference([](Outcome& other) { other.ran.result = "2"; }),
             shows("the result") && shows("1") && shows("2"));
  CHECK_THAT(difference([](Outcome& other) { other.ran.steps = 2; }), shows("steps"));
  CHECK_THAT(difference([](Outcome& other) { other.ran.store.clear(); }), shows("object 0"));
  CHECK_THAT(difference([](Outcome& other) { other.ran.trace = {}; }), shows("event 0"));
  CHECK_THAT(difference([](Outcome& other) { other.ran.refusal = "no"; }), shows("no"));
  CHECK_THAT(difference([](Outcome& other) { other.exit = ExitCode::Failed; }), shows("exit"));
  const auto fail_elsewhere = [](Outcome& other) { other.failures = {"error in main:2"}; };
  CHECK_THAT(difference(fail_elsewhere), shows("main:1") && shows("main:2"));
  // A backend that knows no lines cannot have the same.
  CHECK(difference(fail_elsewhere, false).empty());
}
