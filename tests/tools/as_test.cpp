// avm-as: its options, what it writes and where, and its exit codes. (What it says of mistakes is for
// the tests of the assembler.)
#include "lib/as.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

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
using Catch::Matchers::StartsWith;

namespace {

Tape tape_in(std::string_view bytes) {
  auto tape = deserialize({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  REQUIRE(tape.has_value());
  return *std::move(tape);
}

ToolRun avm_as(const std::vector<std::string>& arguments, const std::string& input = {},
               bool terminal = false) {
  return run_tool(as, arguments, input, terminal);
}

/// Silent, and done.
void done(const std::vector<std::string>& arguments, const std::string& input = {}) {
  const ToolRun ran = avm_as(arguments, input);
  INFO(ran.err);
  CHECK(ran.code == 0);
  CHECK(ran.out.empty());
  CHECK(ran.err.empty());
}

void refused(const std::vector<std::string>& arguments, const std::string& message) {
  const ToolRun ran = avm_as(arguments);
  CHECK(ran.code == 2);
  CHECK(ran.out.empty());
  CHECK_THAT(ran.err, Contains(message));
}

const std::string good = "program main(%x) {\n    ret %x\n}\n";
const std::string bad = "program main(%x) {\n    %y = crate_obj %x\n    ret %z\n}\n";

}  // namespace

TEST_CASE("the tape stands beside the source unless told otherwise") {
  const Folder folder;
  write_file("a.avm", good);
  done({"a.avm"});
  CHECK(tape_in(read_file("a.tape")).functions[0].name == "main");
  done({"a.avm", "-o", "b.out"});
  CHECK(read_file("b.out") == read_file("a.tape"));
  write_file("noname", good);
  done({"noname"});
  CHECK(read_file("noname.tape").size() == read_file("a.tape").size() + 1);
  CHECK(folder.size() == 5);
}

TEST_CASE("standard input and output") {
  const Folder folder;
  done({"-", "-o", "a.tape"}, good);
  CHECK(tape_in(read_file("a.tape")).files == std::vector<std::string>{"<stdin>"});
  const ToolRun piped = avm_as({"-", "-o", "-", "-g0"}, good);
  CHECK(piped.code == 0);
  CHECK(tape_in(piped.out).files.empty());
  refused({"-"}, "from standard input the tape needs a name: -o FILE");
  done({"-", "--check"}, good);
  CHECK(folder.size() == 1);
}

TEST_CASE("-g0 leaves names and lines out") {
  const Folder folder;
  write_file("a.avm", good);
  done({"a.avm", "-g0", "-o", "g0"});
  done({"a.avm", "-g1", "-o", "g1"});
  CHECK(!tape_in(read_file("g0")).functions[0].debug);
  CHECK(tape_in(read_file("g1")).functions[0].debug);
  refused({"a.avm", "-g2"}, "-g \"2\": it has to be 0 (no names and lines) or 1");
}

TEST_CASE("mistakes are exit code 3, and nothing is written") {
  const Folder folder;
  write_file("a.avm", bad);
  write_file("a.tape", "what was there before");
  const ToolRun ran = avm_as({"a.avm"});
  CHECK(ran.code == 3);
  CHECK_THAT(ran.err, StartsWith("error[unknown-op]: unknown instruction 'crate_obj'\n"
                                 " --> a.avm:2:10\n"));
  CHECK_THAT(ran.err, Contains("did you mean 'create_obj'?") && Contains("\n2 errors\n"));
  CHECK(read_file("a.tape") == "what was there before");
  CHECK(folder.size() == 2);
  CHECK(avm_as({"-", "--check"}, bad).code == 3);
  CHECK(avm_as({"-", "--check"}, std::string("\0\1\2", 3)).code == 3);
}

TEST_CASE("warnings are shown and keep nobody from anything") {
  const Folder folder;
  write_file("a.avm", "program main {\n    %y = get_self\n    ret\n}\n");
  const ToolRun ran = avm_as({"a.avm"});
  CHECK(ran.code == 0);
  CHECK_THAT(ran.err, StartsWith("warning[never-read]") && Contains("\n1 warning\n"));
  CHECK(fs::exists("a.tape"));
}

TEST_CASE("diagnostics as JSON") {
  const ToolRun ran = avm_as({"-", "--check", "--diagnostics=json"}, bad);
  CHECK(ran.code == 3);
  CHECK_THAT(ran.err, StartsWith("{\"severity\":\"error\",\"code\":\"unknown-op\""));
  CHECK(std::ranges::count(ran.err, '\n') == 2);
  CHECK(avm_as({"-", "--check", "--diagnostics", "json"}, good).err.empty());
  refused({"-", "--check", "--diagnostics=xml"},
          "--diagnostics \"xml\": it has to be text or json");
}

TEST_CASE("colours on a terminal, or where they are asked for") {
  unsetenv("NO_COLOR");
  const auto is_coloured = [](std::vector<std::string> options, bool terminal) {
    options.insert(options.end(), {"-", "--check"});
    return avm_as(options, bad, terminal).err.find('\x1b') != std::string::npos;
  };
  CHECK(!is_coloured({}, false));
  CHECK(is_coloured({}, true));
  CHECK(is_coloured({"--color=auto"}, true));
  CHECK(is_coloured({"--color=always"}, false));
  CHECK(!is_coloured({"--color=never"}, true));
  setenv("NO_COLOR", "1", 1);
  CHECK(!is_coloured({}, true));
  CHECK(is_coloured({"--color=always"}, true));
  unsetenv("NO_COLOR");
  refused({"-", "--color=sometimes"}, "it has to be auto, always or never");
}

TEST_CASE("limits") {
  const std::string size = std::to_string(good.size());
  CHECK(avm_as({"-", "--check", "--max-source", size}, good).code == 0);
  const ToolRun large = avm_as({"-", "--check", "--max-source", size}, good + "\n");
  CHECK(large.code == 3);
  CHECK_THAT(large.err, StartsWith("error[source-too-large]: the source is larger than " + size +
                                   " bytes\n --> <stdin>\n"));
  refused({"-", "--max-source", "much"}, "it has to be a number of bytes, as in 4096");
  const ToolRun few = avm_as({"-", "--check", "--max-errors", "1"}, bad);
  CHECK_THAT(few.err, Contains("2 errors (1 of them not shown)"));
  refused({"-", "--max-errors", "-1"}, "it has to be a number, as in 200");
  refused({"-", "--max-errors", "4294967296"}, "it has to be a number, as in 200");
}

TEST_CASE("files that cannot be read or written") {
  const Folder folder;
  write_file("a.avm", good);
  refused({"none.avm"}, "cannot read 'none.avm': No such file or directory");
  refused({"."}, "cannot read '.': it is a directory");
  refused({"a.avm", "-o", "none/a.tape"}, "cannot write 'none/a.tape'");
  refused({"a.avm", "-o", "a.avm"}, "the tape would take the place of its source");
  refused({"a.avm", "-o", "./a.avm"}, "the tape would take the place of its source");
  CHECK(read_file("a.avm") == good);
  CHECK(folder.size() == 1);
}

TEST_CASE("a device is written to, and not replaced") {
  const Folder folder;
  write_file("a.avm", good);
  done({"a.avm", "-o", "/dev/null"});
  CHECK(fs::is_character_file("/dev/null"));
}

TEST_CASE("imports come from beside the file") {
  const Folder folder;
  fs::create_directory("lib");
  write_file("lib/a.avm", "import \"b.avm\"\nconst A = B\n");
  write_file("lib/b.avm", "const B = 1\n");
  write_file("main.avm", "import \"lib/a.avm\"\nprogram main {\n    ret A\n}\n");
  done({"main.avm"});
  done({"main.avm", "--max-source", "1K", "-o", "b.tape"});
  CHECK(avm_as({"main.avm", "--check", "--max-source", "60"}).code == 3);
}

TEST_CASE("wrong use") {
  refused({}, "no FILE to assemble, as in avm-as examples/fib.avm");
  refused({"a.avm", "b.avm"}, "'b.avm' is one argument too many");
  refused({"a.avm", "--chek"}, "unknown option '--chek'; did you mean '--check'?");
  refused({"a.avm", "--check", "-o", "b.tape"}, "--check writes nothing: leave out -o");
  refused({"a.avm", "-o"}, "-o");
}

TEST_CASE("help and version") {
  const ToolRun help = avm_as({"--help"});
  CHECK(help.code == 0);
  CHECK(help.err.empty());
  CHECK_THAT(help.out, Contains("Usage: avm-as FILE [OPTION]...") && Contains("Examples:") &&
                           Contains("--max-source BYTES") && Contains("Exit codes:"));
  const ToolRun version = avm_as({"--version"});
  CHECK(version.code == 0);
  CHECK_THAT(version.out, StartsWith("avm-as "));
}
