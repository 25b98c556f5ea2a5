// The disassembler: what it prints is assembled again, to the same Tape where there is no debug
// section and to one that means the same where there is.
#include "avm/disassemble.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <string>

#include "avm/tape_builder.hpp"
#include "random/random_program.hpp"
#include "support/files.hpp"
#include "tape/sample.hpp"

namespace avm {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;

Tape tape_of(const std::string& text, bool debug = false, const std::string& name = "test.avm") {
  Assembly assembly = assemble({name, text}, {.debug = debug});
  if (!assembly.tape) FAIL(render(assembly, false) << text);
  if (const auto proof = verify(*assembly.tape); !proof) FAIL(proof.error().text() << "\n" << text);
  return *std::move(assembly.tape);
}

Tape finished(TapeBuilder& builder) {
  auto tape = builder.finish();
  if (!tape) FAIL(tape.error().text());
  return *std::move(tape);
}

// Source to Tape to source to Tape: both Tapes are the same. With names it has to assemble at least.
void check_round_trip(const std::string& text, const std::string& name = "test.avm") {
  const Tape tape = tape_of(text, false, name);
  const std::string source = disassemble(tape);
  if (serialize(tape_of(source)) != serialize(tape)) FAIL(source);
  tape_of(disassemble(tape_of(text, true, name)));
}

// Statements that leave no word, or the same words as others do.
constexpr std::string_view odd_module = R"(
const deep = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
const shared = [deep, deep, just just (deep, nothing)]

pure zero() {
    ret 42
}
pure one(%a) {
    %a = %a
    ret %a
}
pure swap(%a, %b) {
    %t = (%b, %a)
    %u = zero()
    ret [%t, %u]
}
pure odd(%x, %y, %z) {
    match %x, _, bad
    match %y, %q, bad
    %q = %q
    switch %q, else: next
next:
    %c = lt %x, %y
    %y = %y
    br %c, more
    %r = zero()
    match [%x, %y], [1, 2], bad
    ret (%r, deep)
more:
    %n = add %x, 1
    %x = add %x, 1
    match %n, _, bad
    %c = le %x, %z
    br %c, more
    switch %z
    ret shared
bad:
    ret shared
}
unsafe behavior instructions(%m) {
    %d = get_input
    %e = receive
    receive reply %m
    receive reply [%m, %m]
    %k = call_pure "zero"
    %k = call_pure "one", %k
    scry_meta one
    %s = scry_deep swap
    set_state %s
    %w = post eq, %d, %e, 3
    %w = post all_diff, [%d, %e]
    %w = update_pure "zero", zero
    register_pure "x", zero
    create_obj "instructions"
    create_obj "instructions", "ctrl"
    begin_tx
    %tx = begin_tx "c"
    abort_tx %tx
    %m = just just just %m
    %m = just %m
    reject "no"
}
program main {
    %249 = 7
    %0 = 1
    %1 = swap(%249, %0)
    %2 = swap([%0, %1], (%249, "more than so many bytes as may stand twice in the text of a module"))
    %3 = swap("more than so many bytes as may stand twice in the text of a module", deep)
    ret [%0, %1, %2, %3, %249]
}
)";

TEST_CASE("each example comes back as the same tape") {
  for (const auto& entry : fs::directory_iterator(test::source_path("examples"))) {
    if (entry.path().extension() != ".avm") continue;
    INFO(entry.path());
    check_round_trip(test::read_file(entry.path()));
  }
}

TEST_CASE("each conformance program that assembles comes back as the same tape") {
  unsigned count = 0;
  for (const auto& entry :
       fs::recursive_directory_iterator(test::source_path("tests/conformance"))) {
    if (entry.path().extension() != ".avm") continue;
    const std::string text = test::read_file(entry.path());
    if (!assemble({entry.path(), text}).tape) continue;
    INFO(entry.path());
    check_round_trip(text, entry.path());
    ++count;
  }
  CHECK(count > 50);
}

TEST_CASE("random programs come back as the same tape") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    INFO("seed " << seed);
    check_round_trip(random_program({.seed = seed, .size = 10 + static_cast<unsigned>(seed % 60)}));
  }
}

TEST_CASE("statements that leave no words come back as the same tape") {
  check_round_trip(std::string(odd_module));
}

TEST_CASE("each word is a statement") {
  CHECK(disassemble(sample::tape(), {.debug = false}) == R"(pure fib(%0) {
    %t = lt %0, 2
    br %t, L0
    %1 = sub %0, 1
    %1 = fib(%1)
    %2 = sub %0, 2
    %2 = fib(%2)
    %0 = add %1, %2
    ret %0
L0:
    ret %0
}

pure is_local(%0) {
    %1 = get %0, 1
    match %1, "the local machine", L0
    %0 = true
    ret %0
L0:
    %0 = false
    ret %0
}

behavior counter {
    %0 = get_input
    match %0, [_, _], L1
    %1 = get %0, 1
    %2 = 40000
L0:
    %1 = add %1, 1
    %t = lt %1, %2
    br %t, L0
    %3 = "a string that has to lie in a block"
    %2 = (%2, %3)
    %1 = [%1, %2]
    ret %1
L1:
    %1 = 1
    %2 = 2
    br_nothing %0, L0
    switch %0, nothing: L2
L2:
    %1 = ["größer", 18446744073709551615, just []]
    reject %1
}

unsafe program main {
    %0 = "counter"
    %1 = create_obj %0
    %2 = begin_tx
    %3 = 5
    %4 = call %1, %3
    commit_tx %2
    br_nothing %4, L0
    %5 = unwrap %4
L0:
    %5 = "fib"
    %6 = %3
    %4 = call_pure %5, %6
    %5 = update_pure %0, fib
    %6 = scry_meta is_local
    %7 = %6
    %6 = just %7
    %7 = %6
    %7 = append %7, %3
    %7 = post all_diff, %7
    ret %4
}

pure is_even(%0) {
    %t = eq %0, 0
    br %t, L0
    %0 = sub %0, 1
    %0 = is_odd(%0)
    ret %0
L0:
    %0 = true
    ret %0
}

pure is_odd(%0) {
    %t = eq %0, 0
    br %t, L0
    %0 = sub %0, 1
    %0 = is_even(%0)
    ret %0
L0:
    %0 = false
    ret %0
}
)");
}

TEST_CASE("names, labels and lines come from the debug section") {
  const std::string source = R"(; a comment
pure gauss(%n) {
    %sum = 0
top:
    %sum = add %sum, %n
    %n = sub %n, 1
    %more = gt %n, 0
    br %more, top
    ret %sum
}
)";
  const Tape tape = tape_of(source, true);
  const std::string expected = R"(; test.avm:2
pure gauss(%n) {
    ; 3
    %sum = 0
top:
    ; 5
    %sum = add %sum, %n
    ; 6
    %n = sub %n, 1
    ; 7
    %t = gt %n, 0
    br %t, top
    ; 9
    ret %sum
}
)";
  CHECK(disassemble(tape) == expected);
  const std::vector<SourceFile> sources = {{"other.avm", ""}, {"test.avm", source}};
  const std::string with_lines = disassemble(tape, {.sources = sources});
  CHECK_THAT(with_lines, Contains("; test.avm:2: pure gauss(%n) {\npure gauss(%n) {\n"
                                  "    ; 3: %sum = 0\n    %sum = 0\n"));
  CHECK_THAT(disassemble(tape, {.debug = false}), Contains("pure gauss(%0) {\n    %1 = 0\nL0:\n"));
}

TEST_CASE("a name that would mean two things at once is left out") {
  TapeBuilder builder;
  builder.add_file("f.avm");
  FunctionBuilder& f = builder.add(FunctionKind::Pure, "f");
  f.describe(0, {1, 6});
  f.set_parameters(2);
  f.name_register(0, 0, 3, "same");
  f.name_register(1, 0, 3, "same");
  f.name_register(2, 1, 3, "t");
  f.emit(Op::eq, {.a = 2, .b = 0, .c = 1});
  f.emit(Op::drop, {.a = 0});
  f.emit(Op::drop, {.a = 1});
  f.emit(Op::ret, {.a = 2});
  const Tape tape = finished(builder);
  CHECK_THAT(disassemble(tape), Contains("pure f(%0, %1) {\n    %2 = eq %0, %1\n    ret %2\n}\n"));
}

TEST_CASE("two things of one name that are not in use at once keep it") {
  TapeBuilder builder;
  builder.add_file("f.avm");
  FunctionBuilder& f = builder.add(FunctionKind::Program, "f");
  f.describe(0, {1, 6});
  f.name_register(0, 1, 2, "x");
  f.name_register(1, 2, 4, "x");
  f.emit(Op::load_nat, {.a = 0, .number = 1});
  f.emit(Op::add_imm, {.a = 1, .b = 0, .c = 1});
  f.emit(Op::load_nat, {.a = 0, .number = 9});
  f.emit(Op::add, {.a = 0, .b = 0, .c = 1});
  f.emit(Op::ret, {.a = 0});
  CHECK_THAT(disassemble(finished(builder)),
             Contains("    %x = 1\n    %x = add %x, 1\n    %0 = 9\n    %0 = add %0, %x\n"));
}

TEST_CASE("the flag of a fused branch and the labels keep out of the way of names") {
  const std::string source = R"(pure f(%t, %t_) {
    %c = lt %t, %t_
    br %c, L1
    ret %t
L1:
    jmp L0
L0:
    %t = add %t, 1
    %c = lt %t, 9
    br %c, L0
    ret %t
}
)";
  const std::string text = disassemble(tape_of(source, true));
  CHECK_THAT(text, Contains("%t__ = lt %t, %t_\n    br %t__, L1\n"));
  CHECK_THAT(text, Contains("L1:\n"));
  CHECK(serialize(tape_of(text)) == serialize(tape_of(source)));
}

TEST_CASE("names of files cannot break out of their comments") {
  Tape tape = tape_of("program main {\nret 1\n}\n", true);
  tape.files[0] = "a\nprogram evil {\nret 2\n}\n;";
  const std::string text = disassemble(tape);
  CHECK_THAT(text, Contains("; a\\nprogram evil {\\nret 2\\n}\\n;:1\n"));
  CHECK(tape_of(text).functions.size() == 1);
}

TEST_CASE("constants that share their parts become items, however large they are as trees") {
  TapeBuilder builder;
  ConstantPool& pool = builder.constants();
  std::uint32_t index = pool.list({pool.nat(1), pool.str("two"), pool.nothing()});
  for (int i = 0; i < 60; ++i)
    index = pool.pair(index, index);
  FunctionBuilder& f = builder.add(FunctionKind::Program, "c0");
  f.emit(Op::load_const, {.a = 0, .constant = index});
  f.emit(Op::ret, {.a = 0});
  const Tape tape = finished(builder);
  const std::string text = disassemble(tape);
  CHECK(text.size() < 4000);
  CHECK_THAT(text, Contains("const c_0 = "));
  CHECK(serialize(tape_of(text)) == serialize(tape));
}

TEST_CASE("constants that nest deep become items") {
  TapeBuilder builder;
  ConstantPool& pool = builder.constants();
  std::uint32_t index = pool.list({});
  for (int i = 0; i < 30'000; ++i)
    index = i % 3 == 0 ? pool.just(index) : pool.list({index});
  FunctionBuilder& f = builder.add(FunctionKind::Program, "main");
  f.emit(Op::load_const, {.a = 0, .constant = index});
  f.emit(Op::ret, {.a = 0});
  const Tape tape = finished(builder);
  CHECK(serialize(tape_of(disassemble(tape))) == serialize(tape));
}

TEST_CASE("a long text that is used again becomes an item") {
  const std::string long_text(200, 'x');
  const std::string source = fmt::format(
      "program main {{\n%a = \"{0}\"\n%b = eq %a, \"{0}\"\nret [%b, \"{0}\"]\n}}\n", long_text);
  const std::string text = disassemble(tape_of(source));
  CHECK_THAT(text, Contains("const c0 = \"xxx") && Contains("%0 = c0\n"));
  CHECK(text.size() < 2 * long_text.size());
  check_round_trip(source);
}

TEST_CASE("registers that source has no numbers for") {
  std::string source = "program main {\n";
  std::string list;
  for (int i = 0; i < 250; ++i) {
    source += fmt::format("%{} = {}\n", i, i);
    list += fmt::format("{}%{}", i == 0 ? "" : ", ", i);
  }
  // 250 registers that are live, and what it takes to make a pair of some of them.
  source += "%0 = (%1, %2)\nret [" + list + "]\n}\n";
  check_round_trip(source);
  CHECK_THAT(disassemble(tape_of(source)), Contains("%_250 = %1\n    %_251 = %2\n"));
}

TEST_CASE("names are left out where with them there would be too few registers") {
  // What is never read has no name but a number, which the assembler keeps for it throughout.
  std::string source = "program main {\n";
  std::string all;
  for (int i = 0; i < 200; ++i) {
    source += fmt::format("%many{0} = {0}\n%unread{0} = {0}\n", i);
    all += fmt::format("{}%many{}", i == 0 ? "" : ", ", i);
  }
  source += "ret [" + all + "]\n}\n";
  check_round_trip(source);
  CHECK_THAT(disassemble(tape_of(source, true)), !Contains("%many"));
}

TEST_CASE("names are left out where there would be no registers to gather values in") {
  const std::string source = R"(program main {
    %249 = get_self
    call %249, "a text in the register above"
    %a = get_self
    %unread = "in the way of a name, so that they lie together no more"
    %b = get_input
    %c = get_input
    %d = get_input
    %e = get_input
    %f = get_input
    ret [%a, %b, %c, %d, %e, %f]
}
)";
  check_round_trip(source);
  CHECK_THAT(disassemble(tape_of(source, true)), !Contains("%a"));
}

TEST_CASE("tapes that no assembler makes are disassembled too") {
  TapeBuilder builder;
  FunctionBuilder& f = builder.add(FunctionKind::Pure, "f");
  f.set_parameters(3);
  const TapeLabel end = f.new_label();
  const TapeLabel inside = f.new_label();
  f.emit(Op::drop, {.a = 9});
  f.emit(Op::match_list, {.a = 0, .number = 0, .label = end});
  for (std::uint8_t i = 10; i < 60; ++i)
    f.emit(Op::load_nat, {.a = i, .number = i});
  f.emit(Op::drop, {.a = 0});
  f.emit(Op::make_list, {.a = 0, .b = 10, .c = 50});
  f.emit(Op::move, {.a = 0, .b = 0});
  f.emit(Op::add_imm_br_le, {.a = 1, .b = 1, .c = 1, .label = inside});
  f.emit(Op::jmp, {.label = end});
  f.emit(Op::ret, {.a = 7});  // cannot be reached
  f.bind(end);
  f.emit(Op::drop, {.a = 1});
  f.bind(inside);
  f.emit(Op::drop, {.a = 1});
  f.emit(Op::drop, {.a = 2});
  f.emit(Op::ret, {.a = 0});
  const std::string text = disassemble(finished(builder));
  CHECK_THAT(text, !Contains("%7"));
  tape_of(text);
}

TEST_CASE("labels and names stay where a word does what stood on both sides of a branch") {
  const std::string text = disassemble(tape_of(R"(pure f(%p) {
    %x = fst %p
    %c = eq %x, 0
    br %c, here
    ret 1
here:
    %y = snd %p
    %z = add %y, 1
    ret %z
}
)",
                                               true));
  CHECK_THAT(text, Contains("%x = fst %p\n    %y = snd %p\n"));
  CHECK_THAT(text, Contains("br %t, here\n"));
  CHECK_THAT(text, Contains("here:\n    ; 8\n    %z = add %y, 1\n"));
}

TEST_CASE("the first part of a pair has another name than the pair, of which the second is still "
          "to be read") {
  const std::string text = disassemble(tape_of(R"(pure f(%a, %b, %c, %d) {
again:
    match %a, (%a, %b), other
    %b = get %d, %a
other:
    %a = 0
    %same = eq %d, %c
    br %same, again
    ret [%a, %b, %c]
}
)",
                                               true));
  CHECK_THAT(text, !Contains("%a = fst %a"));
  tape_of(text);
}

TEST_CASE("what no word is about has no name") {
  // The registers of %x and what comes before it would be above all that words use.
  tape_of("program main {\n%n = 2\n%x = get_self\n%n = add %n, 3\nmatch %x, _, l\nl:\nret %n\n}\n",
          true);
  tape_of("unsafe program main(%p) {\n%n = 2\n%m = nothing\nagain:\n%l = reify_constraints\n%n = "
          "add %n, 3\n"
          "%c = le %n, %n\nbr %c, again\n%l = %l\nret %m\n}\n",
          true);
}

TEST_CASE("words beside their meaning") {
  const std::string expected = fmt::format(R"(constants
     0  70000
     1  "a"
     2  [70000, "a"]

program main: registers 1, parameters 0, layer 0
     0  {:08x} 00000002           load_const %0 [70000, "a"]
     2  {:08x}                    ret %0
)",
                                           make_word(Op::load_const), make_word(Op::ret));
  CHECK(list_words(tape_of("program main {\nret [70000, \"a\"]\n}\n")) == expected);
}

TEST_CASE("statistics of a tape") {
  const Tape tape = tape_of(std::string(odd_module), true);
  const std::string text = tape_statistics(tape);
  CHECK_THAT(text, Contains("version     2\n"));
  CHECK_THAT(text, Contains(fmt::format("bytes       {} (constants ", serialize(tape).size())));
  CHECK_THAT(text, Contains("functions   6\n") && Contains("layer       4\n") &&
                       Contains("safety      unsafe\n"));
  CHECK_THAT(text, Contains("instructions  behavior  unsafe      4           0 "));
  CHECK_THAT(text, Contains(tape.find("zero")->hash.hex()));
}

}  // namespace
}  // namespace avm
