// avm-run: its options, what it says, and its exit codes. (What programs do is for the conformance
// tests.)
#include "lib/run.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>

#include "avm/assemble.hpp"
#include "avm/tape.hpp"
#include "support/files.hpp"
#include "tools/tool_run.hpp"

namespace fs = std::filesystem;
using namespace avm;
using avm::test::Folder;
using avm::test::read_file;
using avm::test::run_tool;
using avm::test::ToolRun;
using avm::test::write_file;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

std::string tape_of(std::string_view source, const std::string& name, bool debug = true) {
  const Assembly assembly = assemble({name, std::string(source)}, {.debug = debug});
  REQUIRE(assembly.tape.has_value());
  const auto bytes = serialize(*assembly.tape);
  return {bytes.begin(), bytes.end()};
}

ToolRun avm_run(const std::vector<std::string>& arguments, const std::string& input = {},
                bool terminal = false) {
  return run_tool(run, arguments, input, terminal);
}

/// A run that ends before any program does, with this on standard error.
void refused(const std::vector<std::string>& arguments, int code, const std::string& message) {
  CAPTURE(arguments);
  const ToolRun ran = avm_run(arguments);
  CHECK(ran.code == code);
  CHECK(ran.out.empty());
  CHECK_THAT(ran.err, StartsWith("error: " + message));
}

constexpr std::string_view echo = "program main(%x) {\n  ret %x\n}\n";

constexpr std::string_view caller = R"(program main(%n) {
  %id  = create_obj "inverse"
  %out = call %id, %n
  %out = unwrap %out
  ret %out
}

behavior inverse(%n) {
	%x = div 1000, %n  ; after a tab
  ret %x
}
)";

}  // namespace

TEST_CASE("the value goes to standard output, and nothing to standard error") {
  const Folder folder;
  write_file("echo.avm", echo);
  const ToolRun ran = avm_run({"echo.avm", "--input", R"(["hi", (1, obj:7)])"});
  CHECK(ran.code == 0);
  CHECK(ran.out == "[\"hi\", (1, obj:7)]\n");
  CHECK(ran.err.empty());
  CHECK(avm_run({"echo.avm"}).out == "nothing\n");
}

TEST_CASE("a file is told to be source or tape by its content") {
  const Folder folder;
  write_file("tape.avm", tape_of(echo, "echo.avm"));
  write_file("source.tape", echo);
  CHECK(avm_run({"tape.avm", "--input=1"}).out == "1\n");
  CHECK(avm_run({"source.tape", "--input=2"}).out == "2\n");
  CHECK(avm_run({"-", "--input=3"}, std::string(echo)).out == "3\n");
  CHECK(avm_run({"-", "--input=4"}, tape_of(echo, "echo.avm")).out == "4\n");
}

TEST_CASE("wrong use says what would be right") {
  const Folder folder;
  write_file("echo.avm", echo);
  refused({}, 2, "no FILE to run, as in avm-run examples/fib.avm\n");
  refused({"echo.avm", "--trce"}, 2, "unknown option '--trce'; did you mean '--trace'?\n");
  refused({"echo.avm", "--zzzzzz=1"}, 2, "unknown option '--zzzzzz'\n");
  refused({"echo.avm", "more.avm"}, 2, "'more.avm' is one argument too many\n");
  refused({"echo.avm", "--input"}, 2, "--input needs a value: --input VALUE\n");
  refused({"echo.avm", "--input", "1", "--input", "2"}, 2, "--input may be given once only");
  refused({"echo.avm", "--input", "hi"}, 2, "--input \"hi\": 'hi' is no value");
  refused({"echo.avm", "--input", "[1, 2"}, 2, "--input \"[1, 2\": expected ',' or ']'");
  refused({"echo.avm", "--trace=xml"}, 2,
          "--trace \"xml\": it has to be text or json, as in --trace=json\n");
  refused({"echo.avm", "--max-steps", "many"}, 2,
          "--max-steps \"many\": it has to be a number, as in 1000000\n");
  refused({"echo.avm", "--max-memory", "4T"}, 2,
          "--max-memory \"4T\": it has to be a number of bytes, as in 4096, 512K, 64M or 4G\n");
  refused({"echo.avm", "--max-memory", "99999999999G"}, 2, "--max-memory \"99999999999G\"");
  refused({"echo.avm", "--max-layer", "5"}, 2, "--max-layer \"5\": it has to be a layer from 0");
  refused({"echo.avm", "--machine", ""}, 2, "--machine \"\": it has to be a name\n");
  refused({"echo.avm", "--machines", "a,,b"}, 2, "--machines \"a,,b\": it has to be names with");
  refused({"echo.avm", "--machines", "a,\xff"}, 2, "--machines");
  refused({"echo.avm", "--post", "5"}, 2, "--post \"5\": it has to be an object and a value");
  refused({"echo.avm", "--post", "tx:0=5"}, 2, "--post \"tx:0=5\": it has to be an object");
  refused({"echo.avm", "--post", "0=[1"}, 2, "--post \"0=[1\": expected");
  refused({"echo.avm", "--schedule", "0,1"}, 2, "--schedule is for the programs of --run");
  refused({"echo.avm", "--setup", "main"}, 2, "--setup prepares for the programs of --run");
  refused({"echo.avm", "--run", "main", "--entry", "main"}, 2, "--entry and --run exclude");
  refused({"echo.avm", "--run", "main,main", "--schedule", "0,2"}, 2,
          "--schedule names turn 2, but --run names 2 programs");
  refused({"echo.avm", "--run", "main", "--schedule", "seed:x"}, 2,
          "--schedule \"seed:x\": it has to be seed:N, or turns counted from 0");
}

TEST_CASE("sizes have suffixes") {
  const Folder folder;
  write_file("echo.avm", echo);
  const auto cut_at = [](const std::string& size) {
    return avm_run(
        {"echo.avm", "--input", "\"" + std::string(3000, 'x') + "\"", "--max-output", size});
  };
  CHECK(cut_at("2K").code == 1);
  CHECK(cut_at("3K").code == 0);
  CHECK(cut_at("3001").code == 1);
  CHECK(cut_at("3002").code == 0);
  CHECK(cut_at("1M").code == 0);
  CHECK(cut_at("1G").code == 0);
}

TEST_CASE("a file that cannot be read is wrong use") {
  const Folder folder;
  refused({"missing.avm"}, 2, "cannot read 'missing.avm': No such file or directory\n");
  refused({"."}, 2, "cannot read '.': is a directory\n");
}

TEST_CASE("mistakes in the source are bad input") {
  const Folder folder;
  write_file("bad.avm", "program main {\n  %x = crate_obj \"thing\"\n  %y = ad 1, 2\n  ret\n}\n");
  const ToolRun ran = avm_run({"bad.avm"});
  CHECK(ran.code == 3);
  CHECK(ran.out.empty());
  CHECK_THAT(ran.err, Contains("unknown instruction 'crate_obj'") &&
                          Contains("did you mean 'create_obj'?") && Contains("bad.avm:2:8") &&
                          Contains("unknown instruction 'ad'"));
  CHECK(avm_run({"-"}, std::string("\0\1\2\xff", 4)).code == 3);
  CHECK(avm_run({"-"}, "").code == 3);
}

TEST_CASE("warnings are told, and left out by -q") {
  const Folder folder;
  write_file("warn.avm", "program main {\n  %x = add 1, 2\n  ret 7\n}\n");
  const ToolRun ran = avm_run({"warn.avm"});
  CHECK(ran.code == 0);
  CHECK(ran.out == "7\n");
  CHECK_THAT(ran.err, Contains("warning"));
  CHECK(avm_run({"warn.avm", "-q"}).err.empty());
  CHECK(avm_run({"warn.avm", "--quiet"}).err.empty());
}

TEST_CASE("a tape that is not what it says is bad input") {
  const Folder folder;
  const std::string tape = tape_of(echo, "echo.avm");
  write_file("short.tape", tape.substr(0, tape.size() - 1));
  refused({"short.tape"}, 3, "short.tape: ");
  std::string flipped = tape;
  flipped[flipped.size() / 2] ^= 1;
  write_file("flipped.tape", flipped);
  refused({"flipped.tape"}, 3, "flipped.tape: ");
}

TEST_CASE("unsafe code and higher layers are refused") {
  const Folder folder;
  write_file("unsafe.avm", "unsafe program main {\n  %x = reify_tx_state\n  ret %x\n}\n");
  const ToolRun ran = avm_run({"unsafe.avm"});
  CHECK(ran.code == 2);
  CHECK_THAT(ran.err, Contains("unsafe.avm: ") && Contains("--allow-unsafe"));
  CHECK(avm_run({"unsafe.avm", "--allow-unsafe"}).out == "nothing\n");

  write_file("layer3.avm", "program main {\n  %x = get_current_controller\n  ret %x\n}\n");
  CHECK(avm_run({"layer3.avm", "--max-layer", "2"}).code == 3);
  CHECK(avm_run({"layer3.avm", "--max-layer", "3"}).code == 0);
}

TEST_CASE("which program runs") {
  const Folder folder;
  write_file("several.avm", "program one {\n  ret 1\n}\nprogram two {\n  ret 2\n}\n"
                            "behavior three {\n  ret 3\n}\n");
  refused({"several.avm"}, 2,
          "several.avm holds several programs and none is main; choose one of them with --entry: "
          "one, two\n");
  CHECK(avm_run({"several.avm", "--entry", "two"}).out == "2\n");
  refused({"several.avm", "--entry", "tow"}, 2,
          "several.avm holds no program \"tow\"; did you mean 'two'?\n");
  refused({"several.avm", "--entry", "nobody"}, 2,
          "several.avm holds no program \"nobody\", but these: one, two\n");
  refused({"several.avm", "--entry", "three"}, 2,
          "several.avm holds no program \"three\", only a behavior");
  refused({"several.avm", "--setup", "one", "--run", "two,tow"}, 2,
          "several.avm holds no program \"tow\"");
  refused({"several.avm", "--setup", "oen", "--run", "two"}, 2,
          "several.avm holds no program \"oen\"");

  write_file("none.avm", "pure f {\n  ret 1\n}\n");
  refused({"none.avm"}, 3, "none.avm holds no program to run\n");
}

TEST_CASE("an error shows the source line and the chain of calls") {
  const Folder folder;
  write_file("caller.avm", caller);
  const ToolRun ran = avm_run({"caller.avm", "--input", "0"});
  CHECK(ran.code == 1);
  CHECK(ran.out.empty());
  CHECK(ran.err == R"(note: PureError.DivisionByZero: div by zero
  in inverse at caller.avm:9
  |
9 |     %x = div 1000, %n  ; after a tab
  |     ^
  called from main at caller.avm:3
error: PureError.TypeMismatch: unwrap wants just, got nothing
  in main at caller.avm:4
  |
4 |   %out = unwrap %out
  |   ^
)");
  CHECK_THAT(avm_run({"caller.avm", "--input", "0", "-q"}).err,
             StartsWith("error: PureError.Type"));
}

TEST_CASE("the source line of a tape is shown where its source is still the same") {
  const Folder folder;
  write_file("caller.avm", caller);
  write_file("caller.tape", tape_of(caller, "caller.avm"));
  const std::string with_lines = avm_run({"caller.avm", "--input", "0"}).err;
  CHECK(avm_run({"caller.tape", "--input", "0"}).err == with_lines);

  const std::string without = "note: PureError.DivisionByZero: div by zero\n"
                              "  in inverse at caller.avm:9\n"
                              "  called from main at caller.avm:3\n"
                              "error: PureError.TypeMismatch: unwrap wants just, got nothing\n"
                              "  in main at caller.avm:4\n";
  write_file("caller.avm", "; a line more\n" + std::string(caller));
  CHECK(avm_run({"caller.tape", "--input", "0"}).err == without);
  fs::remove("caller.avm");
  CHECK(avm_run({"caller.tape", "--input", "0"}).err == without);
  fs::create_directory("caller.avm");
  CHECK(avm_run({"caller.tape", "--input", "0"}).err == without);

  write_file("bare.tape", tape_of(caller, "caller.avm", false));
  CHECK(avm_run({"bare.tape", "--input", "0"}).err ==
        "note: PureError.DivisionByZero: div by zero\n  in inverse\n  called from main\n"
        "error: PureError.TypeMismatch: unwrap wants just, got nothing\n  in main\n");
}

TEST_CASE("of calls that failed the first five are told, and the rest counted") {
  const Folder folder;
  write_file("many.avm", R"(program main(%n) {
  %id = create_obj "no"
again:
  call %id, nothing
  %n    = sub %n, 1
  %more = gt %n, 0
  br %more, again
  ret "done"
}

behavior no {
  reject "no"
}
)");
  const auto notes = [](const std::string& text) {
    std::size_t count = 0;
    for (auto at = text.find("note: "); at != text.npos; at = text.find("note: ", at + 1))
      ++count;
    return count;
  };
  const ToolRun five = avm_run({"many.avm", "--input", "5"});
  CHECK(five.code == 0);
  CHECK(five.out == "\"done\"\n");
  CHECK(notes(five.err) == 5);
  CHECK_THAT(five.err, !Contains("more calls failed"));

  const ToolRun hundred = avm_run({"many.avm", "--input", "100"});
  CHECK(notes(hundred.err) == 6);
  CHECK_THAT(hundred.err, EndsWith("note: 95 more calls failed\n"));
  CHECK(avm_run({"many.avm", "--input", "100", "-q"}).err.empty());
}

TEST_CASE("of a long chain of calls the middle is left out") {
  const Folder folder;
  write_file("deep.avm", "program main(%n) {\n  %x = deep(%n)\n  ret %x\n}\n"
                         "pure deep(%n) {\n  %n = sub %n, 1\n  %n = deep(%n)\n  ret %n\n}\n");
  const std::string err = avm_run({"deep.avm", "--input", "1000"}).err;
  CHECK_THAT(err, StartsWith("error: PureError.Overflow: ") &&
                      Contains("  in deep at deep.avm:6\n") &&
                      Contains("\n  … 938 more calls …\n") &&
                      EndsWith("  called from main at deep.avm:2\n"));
}

TEST_CASE("the trace goes to standard error, or to a file") {
  const Folder folder;
  write_file("create.avm",
             "program main {\n  create_obj \"thing\"\n  ret\n}\nbehavior thing {\n  ret\n}\n");
  const std::string json = R"({"timestamp":0,"event_type":{"ObjectCreated":{"id":0,)"
                           R"("behavior_name":"thing"}},"executing_controller":null})"
                           "\n";
  const std::string text = avm_run({"create.avm", "--trace"}).err;
  CHECK_THAT(text, Contains("ObjectCreated") && Contains("obj:0  thing"));
  CHECK(avm_run({"--trace", "create.avm"}).err == text);
  CHECK(avm_run({"create.avm", "--trace=text"}).err == text);
  CHECK(avm_run({"create.avm", "--trace=json"}).err == json);

  const ToolRun filed = avm_run({"create.avm", "--trace=json", "--trace-file", "trace.jsonl"});
  CHECK(filed.err.empty());
  CHECK(filed.out == "nothing\n");
  CHECK(read_file("trace.jsonl") == json);
  CHECK(avm_run({"create.avm", "--trace-file", "trace.txt"}).code == 0);
  CHECK(read_file("trace.txt") == text);
}

TEST_CASE("the trace of a program that fails is handed over too") {
  const Folder folder;
  write_file("fail.avm", "program main {\n  begin_tx\n  reject \"no\"\n}\n");
  CHECK(avm_run({"fail.avm", "--trace=json", "--trace-file", "trace.jsonl"}).code == 1);
  CHECK_THAT(read_file("trace.jsonl"), Contains("TransactionStarted") &&
                                           Contains("ErrorOccurred") &&
                                           Contains("TransactionAborted"));
}

TEST_CASE("--stats counts") {
  const Folder folder;
  write_file("caller.avm", caller);
  const ToolRun ran = avm_run({"caller.avm", "--input", "5", "--stats"});
  CHECK(ran.out == "200\n");
  CHECK_THAT(ran.err, StartsWith("steps:       4\n"
                                 "calls:       1\n"
                                 "commits:     0\n"
                                 "conflicts:   0\n"
                                 "peak memory: ") &&
                          Contains(" bytes\ntime:        0.") && EndsWith(" s\n"));
}

TEST_CASE("--dump-store writes the objects at the end, whatever that was") {
  const Folder folder;
  write_file("store.avm", "program main(%fail) {\n  %id = create_obj \"cell\", \"office\"\n"
                          "  call %id, [1]\n  br %fail, fail\n  ret\nfail:\n  reject \"no\"\n}\n"
                          "behavior cell(%x) {\n  set_state %x\n  ret\n}\n");
  const std::string store = R"({"id":0,"behavior":"cell","machine":"local",)"
                            R"("creating_controller":"office","current_controller":"office",)"
                            R"("state":{"List":[{"Nat":1}]},"waiting":false,"mailbox":[]})"
                            "\n";
  CHECK(avm_run({"store.avm", "--input", "false", "--dump-store", "a.jsonl"}).code == 0);
  CHECK(read_file("a.jsonl") == store);
  CHECK(avm_run({"store.avm", "--input", "true", "--dump-store", "b.jsonl"}).code == 1);
  CHECK(read_file("b.jsonl") == store);
  // Where nothing runs, what was there stays, and nothing is left behind.
  CHECK(avm_run({"missing.avm", "--dump-store", "a.jsonl"}).code == 2);
  CHECK(read_file("a.jsonl") == store);
  CHECK(std::distance(fs::directory_iterator("."), fs::directory_iterator()) == 3);
}

TEST_CASE("outputs that cannot be written are wrong use") {
  const Folder folder;
  write_file("echo.avm", echo);
  refused({"echo.avm", "--dump-store", "no/such/folder"}, 2,
          "cannot write 'no/such/folder': No such");
  refused({"echo.avm", "--trace-file", "no/such/folder"}, 2, "cannot write 'no/such/folder'");
  if (fs::exists("/dev/full")) {
    write_file("create.avm",
               "program main {\n  create_obj \"thing\"\n  ret\n}\nbehavior thing {\n  ret\n}\n");
    CHECK(avm_run({"create.avm", "--dump-store", "/dev/full"}).code == 2);
    CHECK(avm_run({"create.avm", "--trace-file", "/dev/full"}).code == 2);
  }
}

TEST_CASE("a value that is too long is cut, with a warning and exit code 1") {
  const Folder folder;
  write_file("echo.avm", echo);
  const ToolRun ran = avm_run({"echo.avm", "--input", "[1, 2, 3]", "--max-output", "5"});
  CHECK(ran.code == 1);
  CHECK_THAT(ran.out, StartsWith("[1, 2") && EndsWith("…\n"));
  CHECK(ran.err == "warning: the value is cut: its text has more than 5 bytes (--max-output)\n");
}

TEST_CASE("an object that is huge when it is written out is cut in the dump") {
  const Folder folder;
  // As a tree its state has 2^40 leaves.
  write_file("bomb.avm",
             "program main {\n  %o = create_obj \"b\"\n  call %o, 1\n  ret 1\n}\n"
             "behavior b {\n  %p = 1\n  %i = 0\ntop:\n  %p = (%p, %p)\n  %i = add %i, 1\n"
             "  %c = lt %i, 40\n  br %c, top\n  set_state [%p]\n  ret 1\n}\n");
  const ToolRun ran = avm_run({"bomb.avm", "--dump-store", "store.jsonl", "--max-output", "1000"});
  CHECK(ran.code == 1);
  CHECK(ran.out == "1\n");
  CHECK(ran.err ==
        "warning: obj:0 is cut in 'store.jsonl': it has more than 1000 bytes (--max-output)\n");
  const std::string dump = test::read_file("store.jsonl");
  CHECK(dump.size() < 2000);
  CHECK_THAT(dump, Contains("…") && EndsWith("\"mailbox\":[]}\n"));
}

TEST_CASE("limits end a program") {
  const Folder folder;
  write_file("loop.avm", "program main {\nagain:\n  jmp again\n}\n");
  const ToolRun ran = avm_run({"loop.avm", "--max-steps", "1000"});
  CHECK(ran.code == 1);
  CHECK_THAT(ran.err, StartsWith("error: ResourceError.Steps: the limit of 1000 steps is reached\n"
                                 "  in main at loop.avm:3\n"));
}

TEST_CASE("concurrent programs print the list of their values") {
  const Folder folder;
  write_file("several.avm", "program open {\n  ret 0\n}\nprogram good(%x) {\n  ret %x\n}\n"
                            "program bad(%x) {\n  %y = div 1, %x\n  ret %y\n}\n");
  const ToolRun good = avm_run({"several.avm", "--setup", "open", "--run", "good,good"});
  CHECK(good.code == 0);
  CHECK(good.out == "[0, 0]\n");

  const ToolRun bad = avm_run({"several.avm", "--setup", "open", "--run", "good,bad"});
  CHECK(bad.code == 1);
  CHECK(bad.out == "[0, \"PureError.DivisionByZero: div by zero\"]\n");
  CHECK_THAT(bad.err, StartsWith("error: PureError.DivisionByZero: div by zero\n"
                                 "  in bad at several.avm:8\n"));

  const ToolRun no_set_up =
      avm_run({"several.avm", "--setup", "bad", "--run", "good", "--input", "0"});
  CHECK(no_set_up.code == 1);
  CHECK(no_set_up.out.empty());

  CHECK(
      avm_run({"several.avm", "--run", "good,good", "--input", "5", "--schedule", "seed:7"}).out ==
      "[5, 5]\n");
}

TEST_CASE("help and version go to standard output") {
  const ToolRun help = avm_run({"--help"});
  CHECK(help.code == 0);
  CHECK(help.err.empty());
  CHECK_THAT(help.out, StartsWith("Runs an AVM program.") && Contains("Examples:\n") &&
                           Contains("avm-run examples/ping_pong.avm --input 3\n") &&
                           Contains("--trace[=text|json]") && Contains("Exit codes:"));
  const ToolRun version = avm_run({"--version"});
  CHECK(version.code == 0);
  CHECK_THAT(version.out, StartsWith("avm-run ") && EndsWith("\n"));
}

TEST_CASE("colours are for terminals, and not for those who want none") {
  const Folder folder;
  write_file("caller.avm", caller);
  const std::vector<std::string> arguments = {"caller.avm", "--input", "0"};
  unsetenv("NO_COLOR");
  CHECK_THAT(avm_run(arguments).err, !Contains("\x1b["));
  CHECK_THAT(avm_run(arguments, {}, true).err, Contains("\x1b["));
  CHECK_THAT(avm_run({"missing.avm"}, {}, true).err, Contains("\x1b["));
  setenv("NO_COLOR", "1", 1);
  CHECK_THAT(avm_run(arguments, {}, true).err, !Contains("\x1b["));
  unsetenv("NO_COLOR");
}

TEST_CASE("the process: standard streams, exit codes, and output that cannot be written") {
  const char* const build = std::getenv("AVM_BUILD_ROOT");
  if (build == nullptr) return;
  const Folder folder;
  write_file("echo.avm", echo);
  const auto shell = [&](const std::string& command) {
    const int status =
        std::system(("PATH=" + std::string(build) + "/tools:$PATH; " + command).c_str());
    return WEXITSTATUS(status);
  };
  CHECK(shell("avm-run echo.avm --input 7 >out 2>err") == 0);
  CHECK(read_file("out") == "7\n");
  CHECK(read_file("err").empty());
  CHECK(shell("avm-run - --input 8 <echo.avm >out") == 0);
  CHECK(read_file("out") == "8\n");
  CHECK(shell("avm-run missing.avm 2>err") == 2);
  CHECK(shell("printf x | avm-run - 2>err") == 3);
  if (fs::exists("/dev/full")) {
    CHECK(shell("avm-run echo.avm >/dev/full 2>err") == 2);
    CHECK(read_file("err") == "error: cannot write to standard output\n");
  }
}
