// avm-diff: its options and exit codes, what it says, and that both backends agree on all programs
// that there are.
#include "lib/diff.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>

#include "avm/assemble.hpp"
#include "lib/comparison.hpp"
#include "lib/stated_runs.hpp"
#include "support/files.hpp"
#include "tools/tool_run.hpp"

namespace fs = std::filesystem;
using namespace avm;
using avm::test::Folder;
using avm::test::run_tool;
using avm::test::ToolRun;
using avm::test::write_file;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

ToolRun avm_diff(const std::vector<std::string>& arguments) { return run_tool(diff, arguments); }

Ran ran(std::vector<EventType> events, std::string result = "1") {
  Ran made;
  for (EventType& event : events)
    made.trace.record({made.trace.entries().size(), std::move(event), {}, {}});
  made.result = std::move(result);
  return made;
}

const EventType created = event::ObjectCreated{{0}, Val::str("a")};
const EventType changed = event::StateUpdated{{0}};

const std::string adder = "program main(%x) {\n    %y = add %x, 1\n    ret %y\n}\n";

}  // namespace

TEST_CASE("both backends agree on the examples and the conformance programs") {
  fs::current_path(test::source_path("."));
  std::vector<std::string> files{"--quiet"};
  for (const std::string folder : {"examples", "tests/conformance"}) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const std::string path = entry.path().string();
      if (entry.path().extension() != ".avm" || path.find("/imported/") != std::string::npos)
        continue;
      // Some are there for their mistakes.
      if (assemble({path, test::read_file(path)}).tape) files.push_back(path);
    }
  }
  CHECK(files.size() > 200);
  const ToolRun compared = avm_diff(files);
  CHECK(compared.out.empty());
  CHECK(compared.err.empty());
  CHECK(compared.code == 0);
}

TEST_CASE("a line for each run that the head of a source states") {
  const Folder folder;
  write_file("a.avm",
             "; Adds.\n;\n; run: avm-run a.avm --input 1\n; run: --input '\"x\"'\n" + adder);
  const ToolRun compared = avm_diff({"a.avm"});
  CHECK(compared.code == 0);
  CHECK(compared.out == "same      a.avm --input 1: 0 events, 1 steps\n"
                        "same      a.avm --input \"x\": 1 events, 1 steps\n");
  CHECK(avm_diff({"a.avm", "--quiet"}).out.empty());
  CHECK(avm_diff({"a.avm", "--input", "7", "--max-steps=0"}).out ==
        "same      a.avm --input 7 --max-steps 0: 1 events, 0 steps\n");
}

TEST_CASE("tapes are compared too") {
  const Folder folder;
  for (const bool debug : {true, false}) {
    const auto bytes = serialize(*assemble({"a.avm", adder}, {.debug = debug}).tape);
    write_file("a.tape", {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    CHECK(avm_diff({"a.tape", "--input=1"}).out ==
          "same      a.tape --input 1: 0 events, 1 steps\n");
  }
}

TEST_CASE("what cannot be run is told, and the rest is compared") {
  const Folder folder;
  write_file("bad.avm", "program main {\n    ret 1 2\n}\n");
  write_file("good.avm", adder);
  write_file("two.avm", "program a {\n    ret\n}\nprogram b {\n    ret\n}\n");
  write_file("unsafe.avm", "unsafe program main {\n    %a = reify_tx_state\n    ret %a\n}\n");
  write_file("cut.tape", std::string("AVMT\1", 5));
  const ToolRun compared =
      avm_diff({"bad.avm", "cut.tape", "two.avm", "unsafe.avm", "missing.avm", "good.avm"});
  CHECK(compared.code == 3);
  CHECK_THAT(compared.err, StartsWith("error[syntax]"));
  CHECK_THAT(compared.out,
             StartsWith("not run   bad.avm: the source has mistakes\nnot run   cut.tape: ") &&
                 Contains("not run   two.avm: it has no program main\n") &&
                 Contains("same      unsafe.avm: both refuse it: ") &&
                 Contains("not run   missing.avm: cannot read 'missing.avm'") &&
                 Contains("same      good.avm: 1 events, 1 steps\n"));
}

TEST_CASE("wrong use of avm-diff says what would be right") {
  CHECK(avm_diff({}).code == 2);
  CHECK_THAT(avm_diff({}).err, StartsWith("error: no FILE to run"));
  CHECK_THAT(avm_diff({"a.avm", "--inpt", "1"}).err,
             StartsWith("error: unknown option '--inpt'; did you mean '--input'?"));
  CHECK_THAT(avm_diff({"a.avm", "--setup", "p"}).err, StartsWith("error: --setup prepares"));
  CHECK(avm_diff({"--help"}).code == 0);
  CHECK_THAT(avm_diff({"--help"}).out, Contains("Examples:\n") && Contains("Exit codes: "));
}

TEST_CASE("the first difference of two runs") {
  const Ran same = ran({created, changed});
  CHECK_FALSE(first_difference(same, ran({created, changed})).has_value());

  const auto event = first_difference(same, ran({created, created}, "2"));
  REQUIRE(event.has_value());
  CHECK(event->what == "event 1");
  CHECK(event->event == 1U);
  CHECK_THAT(event->left, Contains("StateUpdated"));
  CHECK_THAT(event->right, Contains("ObjectCreated"));

  const auto lost = first_difference(same, ran({created}));
  REQUIRE(lost.has_value());
  CHECK(lost->what == "event 1");
  CHECK(lost->right == "no more events");

  const auto result = first_difference(same, ran({created, changed}, "2"));
  REQUIRE(result.has_value());
  CHECK(result->what == "the result");
  CHECK(result->left == "1");
  CHECK(result->right == "2");

  Ran other = same;
  other.steps = 1;
  CHECK(first_difference(same, other)->what == "the steps");
  other.store = {"{}"};
  CHECK(first_difference(same, other)->what == "object 0 at the end");
  CHECK(first_difference(same, other)->left == "no such object");
  other.refusal = "unsafe";
  CHECK(first_difference(same, other)->what == "what is run");
  CHECK_FALSE(first_difference(other, other).has_value());
}

TEST_CASE("each backend comes to the end of its memory in its own time") {
  const EventType error = event::ErrorOccurred{"ResourceError.Memory"};
  Ran early = ran({created, error}, "ResourceError.Memory");
  early.hit_memory_limit = true;
  const Ran late = ran({created, changed, changed, error});
  CHECK_FALSE(first_difference(early, late).has_value());
  CHECK_FALSE(first_difference(late, early).has_value());
  CHECK(first_difference(early, ran({changed, changed, changed}))->what == "event 0");

  // What follows the error is not the same either: here the abort of an open transaction.
  Ran aborts = ran({created, error, event::TransactionAborted{{0}}}, "ResourceError.Memory");
  aborts.hit_memory_limit = true;
  CHECK_FALSE(first_difference(aborts, late).has_value());
  CHECK_FALSE(first_difference(late, aborts).has_value());
  CHECK(first_difference(aborts, ran({changed, changed, changed, changed}))->event == 0);
}

TEST_CASE("columns are as long as they have to be") {
  CHECK(columns("a", "b", '>') == "> a" + std::string(57, ' ') + " | b\n");
  const std::string both = columns(std::string(60, 'x'), "é");
  CHECK(both == "  " + std::string(58, 'x') + " | é\n  xx" + std::string(56, ' ') + " |\n");
}

TEST_CASE("stated runs are read from the head alone") {
  CHECK(stated_runs("; run: avm-run f.avm --input 1\n;\n; run:\nconst A = 1\n; run: --input 2\n") ==
        std::vector<std::vector<std::string>>{{"--input", "1"}, {}});
  CHECK(stated_runs("; run: avm-run").size() == 1);
  CHECK(shell_words("a 'b c'  d''") == std::vector<std::string>{"a", "b c", "d"});
}
