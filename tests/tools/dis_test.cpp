// avm-dis: its options, what it says, its exit codes, and that what it prints does the same.
#include "lib/dis.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "avm/assemble.hpp"
#include "avm/disassemble.hpp"
#include "avm/machine.hpp"
#include "avm/text.hpp"
#include "random/random_program.hpp"
#include "support/files.hpp"
#include "tools/tool_run.hpp"

using namespace avm;
using avm::test::Folder;
using avm::test::run_tool;
using avm::test::ToolRun;
using avm::test::write_file;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

Tape assembled(const std::string& source, const std::string& name, bool debug) {
  Assembly assembly = assemble({name, source}, {.debug = debug});
  if (!assembly.tape) FAIL(render(assembly, false) << source);
  return *std::move(assembly.tape);
}

std::string file_of(const Tape& tape) {
  const auto bytes = serialize(tape);
  return {bytes.begin(), bytes.end()};
}

ToolRun avm_dis(const std::vector<std::string>& arguments, const std::string& input = {}) {
  return run_tool(dis, arguments, input);
}

void refused(const std::vector<std::string>& arguments, int code, const std::string& message) {
  CAPTURE(arguments);
  const ToolRun shown = avm_dis(arguments);
  CHECK(shown.code == code);
  CHECK(shown.out.empty());
  CHECK_THAT(shown.err, StartsWith("error: " + message));
}

const std::string adder = "program main(%x) {\n    %y = add %x, 1\n    ret %y\n}\n";

}  // namespace

TEST_CASE("what it prints assembles to the same tape") {
  const Folder folder;
  const std::string tape = file_of(assembled(adder, "adder.avm", false));
  write_file("adder.tape", tape);
  const ToolRun shown = avm_dis({"adder.tape"});
  CHECK(shown.code == 0);
  CHECK(shown.err.empty());
  CHECK(shown.out == "program main {\n    %0 = get_input\n    %0 = add %0, 1\n    ret %0\n}\n");
  CHECK(file_of(assembled(shown.out, "again.avm", false)) == tape);
  CHECK(avm_dis({"-"}, tape).out == shown.out);
}

TEST_CASE("the source stands in the comments where it is still what the tape was made of") {
  const Folder folder;
  write_file("adder.tape", file_of(assembled(adder, "adder.avm", true)));
  CHECK_THAT(avm_dis({"adder.tape"}).out, StartsWith("; adder.avm:1\nprogram main {\n") &&
                                              Contains("\n    ; 2\n    %y = add %x, 1\n"));
  write_file("adder.avm", adder);
  CHECK_THAT(avm_dis({"adder.tape"}).out,
             StartsWith("; adder.avm:1: program main(%x) {\nprogram main {\n"));
  write_file("adder.avm", adder + "\n; changed\nprogram other {\n    ret\n}\n");
  CHECK_THAT(avm_dis({"adder.tape"}).out, StartsWith("; adder.avm:1\n"));
  CHECK_THAT(avm_dis({"adder.tape", "-g0"}).out,
             StartsWith("program main {\n    %0 = get_input\n"));
}

TEST_CASE("other things to see of a tape") {
  const Folder folder;
  write_file("adder.tape", file_of(assembled(adder, "adder.avm", false)));
  CHECK_THAT(avm_dis({"adder.tape", "--raw"}).out,
             StartsWith("program main: registers 1, ") && Contains("add_imm %0, %0, 1\n"));
  CHECK_THAT(avm_dis({"adder.tape", "--stats"}).out, Contains("\nops         "));
  CHECK_THAT(avm_dis({"adder.tape", "--cfg=mermaid"}).out, StartsWith("flowchart TD\n"));
  CHECK_THAT(avm_dis({"adder.tape", "--cfg", "dot"}).out, StartsWith("digraph tape {\n"));
}

TEST_CASE("wrong use of avm-dis says what would be right") {
  const Folder folder;
  write_file("adder.tape", file_of(assembled(adder, "adder.avm", false)));
  refused({}, 2, "no FILE to show, as in avm-dis fib.tape\n");
  refused({"adder.tape", "--row"}, 2, "unknown option '--row'; did you mean '--raw'?\n");
  refused({"adder.tape", "--cfg=svg"}, 2,
          "--cfg \"svg\": it has to be mermaid or dot, as in --cfg=dot\n");
  refused({"adder.tape", "-g7"}, 2, "-g \"7\": it has to be 0 (no names and lines) or 1\n");
  refused({"adder.tape", "--raw", "--stats"}, 2, "--raw, --stats and --cfg exclude each other\n");
  refused({"missing.tape"}, 2, "cannot read 'missing.tape': No such file or directory\n");
}

TEST_CASE("what is no good tape is refused") {
  const Folder folder;
  std::string tape = file_of(assembled(adder, "adder.avm", false));
  write_file("source.avm", adder);
  refused({"source.avm"}, 3, "source.avm: this is not a tape file; avm-as makes one of a source\n");
  write_file("cut.tape", tape.substr(0, tape.size() - 1));
  refused({"cut.tape"}, 3, "cut.tape: the checksum is wrong: the tape file is damaged\n");
  tape[4] = 9;
  write_file("later.tape", tape);
  refused({"later.tape"}, 3,
          "later.tape: this is a tape of version 9, and only version 2 can be read\n");
  Tape unproved = assembled(adder, "adder.avm", false);
  Words& code = unproved.functions[0].code;
  code = Words(std::span(code).first(code.size() - 1));
  write_file("bad.tape", file_of(unproved));
  refused({"bad.tape"}, 3, "bad.tape: function 'main', word 1: control can run past the end");
}

TEST_CASE("the help of avm-dis has examples and exit codes") {
  const ToolRun shown = avm_dis({"--help"});
  CHECK(shown.code == 0);
  CHECK_THAT(shown.out, Contains("Examples:\n") && Contains("Exit codes: "));
}

namespace {

/// What a run leaves behind for everyone to see.
std::string run_of(const Tape& tape) {
  Machine machine({.machines = {"other"}, .allow_unsafe = true});
  REQUIRE(machine.load(tape).has_value());
  MemoryTrace trace;
  StartOptions options;
  options.trace = &trace;
  options.limits.steps = 20'000;
  options.limits.depth = 1'000;
  const auto execution = machine.start("main", Val::nat(3), options);
  REQUIRE(execution.has_value());
  (*execution)->run();
  std::string text;
  for (const TraceEntry& entry : trace.entries())
    text += to_text(entry) + "\n";
  const Error* const error = (*execution)->error();
  const bool is_limit = error != nullptr && error->is_resource();
  if (error == nullptr)
    text += to_message_text(*(*execution)->value());
  else
    text += error->text();
  if (!is_limit) text += fmt::format("\n{} steps", (*execution)->stats().steps);
  machine.for_each_object([&](const ObjectView& object) { text += "\n" + to_json(object); });
  return text;
}

}  // namespace

TEST_CASE("what it prints does the same, with names or without") {
  for (std::uint64_t seed = 0; seed < 250; ++seed) {
    const std::string source = random_program({.seed = seed, .layer = 3});
    if (source.find("program main") == source.npos) continue;  // several that compete
    const Tape tape = assembled(source, "random.avm", true);
    const std::string expected = run_of(tape);
    for (const bool debug : {true, false}) {
      const std::string text = disassemble(tape, {.debug = debug});
      INFO("seed " << seed << "\n" << text);
      CHECK(run_of(assembled(text, "again.avm", debug)) == expected);
    }
  }
}
