// Lowering: what comes of statements, and that it always is a Tape that the verifier accepts.
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "avm/assemble.hpp"
#include "random/random_program.hpp"
#include "tape/instruction.hpp"

namespace avm {
namespace {

Assembly assembled(const std::string& text, bool debug = true) {
  return assemble({"test.avm", text}, {.debug = debug});
}

Tape tape_of(const std::string& text) {
  Assembly assembly = assembled(text);
  if (!assembly.tape) FAIL(render(assembly, false));
  if (const auto proof = verify(*assembly.tape); !proof) FAIL(proof.error().text());
  return std::move(*assembly.tape);
}

// The ops of the first function, in order.
std::vector<std::string> ops_of(const std::string& text) {
  const Tape tape = tape_of(text);
  std::vector<std::string> ops;
  const auto& code = tape.functions[0].code;
  for (std::uint32_t pc = 0; pc < code.size();) {
    const Instruction instruction = *decode(code, pc);
    ops.emplace_back(instruction.info->name);
    pc = instruction.next_pc();
  }
  return ops;
}

using Ops = std::vector<std::string>;

TEST_CASE("random programs lower to tapes that verify") {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    INFO("seed " << seed);
    const std::string text = random_program({.seed = seed});
    for (const bool debug : {true, false}) {
      const Assembly assembly = assembled(text, debug);
      if (!assembly.tape) FAIL(render(assembly, false));
      const auto proof = verify(*assembly.tape);
      if (!proof) FAIL(proof.error().text() << "\n" << text);
    }
  }
}

TEST_CASE("a comparison and the branch that alone reads it are one word") {
  CHECK(ops_of("pure f(%a, %b) {\n%c = lt %a, %b\nbr %c, l\nret 1\nl:\nret 2\n}\n") ==
        Ops{"br_lt", "drop", "drop", "load_nat", "ret", "drop", "drop", "load_nat", "ret"});
  CHECK(ops_of("pure f(%a) {\n%c = ge %a, 7\nbr %c, l\nret 1\nl:\nret 2\n}\n") ==
        Ops{"br_ge_imm", "load_nat", "ret", "load_nat", "ret"});
  // Read again: two words.
  CHECK(ops_of("pure f(%a, %b) {\n%c = eq %a, %b\nbr %c, l\nret %c\nl:\nret %c\n}\n")[0] == "eq");
}

TEST_CASE("adding and comparing at the end of a loop is one word") {
  CHECK(
      ops_of(
          "pure f(%n) {\n%i = 0\ntop:\n%i = add %i, 1\n%c = lt %i, %n\nbr %c, top\nret %i\n}\n") ==
      Ops{"load_nat", "add_imm_br_lt", "ret"});
}

TEST_CASE("a list moves at its last use, so that it can be changed in place") {
  CHECK(ops_of("pure f(%l, %n) {\n%m = set %l, %n, %n\nret %m\n}\n") == Ops{"set", "ret"});
  const Ops kept = ops_of("pure f(%l, %x) {\n%m = append %l, %x\n%p = (%l, %m)\nret %p\n}\n");
  CHECK(kept[0] == "copy");
  CHECK(ops_of("pure f(%l, %x) {\n%m = append %l, %x\n%l = append %m, 1\nret %l\n}\n") ==
        Ops{"append_take", "load_nat", "append", "ret"});
  CHECK(ops_of("pure f(%l, %a, %b) {\n%l = set %l, 0, %a\n%l = set %l, 1, %b\nret %l\n}\n") ==
        Ops{"load_nat", "set_take", "load_nat", "set_take", "ret"});
  CHECK(ops_of("pure f(%a, %b) {\n%c = concat %a, %b\n%d = concat %c, %a\nret %d\n}\n") ==
        Ops{"copy", "concat_take", "concat_take", "ret"});
  // The result may be an operand as well.
  tape_of("pure f(%l, %x) {\n%x = set %l, 0, %x\nret %x\n}\n");
  tape_of("pure f(%l) {\n%l = append %l, %l\nret %l\n}\n");
  tape_of("pure f(%l) {\n%l = append %l, [%l, %l]\nret %l\n}\n");
}

TEST_CASE("elements that change their places do so at once") {
  const std::string get_x = "%x = get %l, %i\n";
  const std::string get_y = "%y = get %l, %j\n";
  const std::string set_y = "%l = set %l, %i, %y\n";
  const std::string set_x = "%l = set %l, %j, %x\n";
  const auto ops = [](const std::string& text) {
    return ops_of("pure f(%l, %m, %i, %j) {\n" + text + "}\n");
  };
  CHECK(ops(get_x + get_y + set_y + set_x + "ret %l\n") ==
        Ops{"drop", "get_swap", "get_set", "set_take", "set_take", "ret"});
  // From another list, if the element does not come to lie in its place; and within one.
  const std::string both = "%p = (%l, %m)\nret %p\n";
  CHECK(ops("%x = get %m, %i\n" + set_x + both) == Ops{"get_set", "set_take", "make_pair", "ret"});
  CHECK(ops("%x = get %m, %i\n" + set_x + "ret %l\n") == Ops{"get", "set_take", "ret"});
  CHECK(ops(get_x + set_x + both) == Ops{"get_set", "set_take", "make_pair", "ret"});
  // What is read is read again, or is the place, or another statement is in between.
  CHECK(ops(get_x + set_x + "%l = append %l, %x\n" + both)[0] == "get");
  CHECK(ops(get_x + "%l = set %l, %x, %x\n" + both)[1] == "get");
  CHECK(ops(get_x + "%j = add %j, 1\n" + set_x + both)[0] == "get");
  CHECK(ops(get_x + get_y + "%l = set %l, %j, %x\n%l = set %l, %i, %y\n" + both)[0] == "get");
  CHECK(ops(get_x + get_y + set_y + "%l = set %l, %i, %x\n" + both)[0] == "get");
}

TEST_CASE("values that lie side by side already are a window as they are") {
  CHECK(ops_of("pure f(%a, %b) {\n%p = f(%a, %b)\nret %p\n}\n") == Ops{"apply", "ret"});
  CHECK(ops_of("pure f(%a, %b) {\n%p = f(%b, %a)\nret %p\n}\n") ==
        Ops{"move", "move", "apply", "ret"});
}

TEST_CASE("a pair is made of registers where they lie, and taken apart so") {
  CHECK(ops_of("pure f(%a, %b) {\n%p = (%b, %a)\nret %p\n}\n") == Ops{"make_pair", "ret"});
  CHECK(ops_of("pure f(%a) {\n%p = (%a, %a)\nret %p\n}\n") == Ops{"copy", "make_pair", "ret"});
  // What is set first cannot be what the other part is still taken from.
  CHECK(ops_of("pure f(%p) {\nmatch %p, (%a, %b), no\n%d = sub %a, %b\nret %d\nno:\nret 0\n}\n") ==
        Ops{"match_pair", "snd", "fst", "sub", "ret", "drop", "load_nat", "ret"});
  CHECK(ops_of("pure f(%n, %p) {\nagain:\nmatch %p, (%a, %p), end\n%n = add %n, %a\njmp again\n"
               "end:\nret %n\n}\n") == Ops{"match_pair", "unpair", "add", "jmp", "drop", "ret"});
  CHECK(ops_of("pure f(%p) {\n%a = fst %p\n%b = snd %p\n%d = sub %a, %b\nret %d\n}\n") ==
        Ops{"unpair", "sub", "ret"});
  CHECK(ops_of("pure f(%p) {\n%a = fst %p\n%b = snd %p\n%d = eq %a, %p\nret %d\n}\n") ==
        Ops{"fst", "snd", "drop", "eq", "drop", "ret"});
}

TEST_CASE("the second part is taken with the first where only a branch is between them") {
  const auto ops = [](const std::string& first, const std::string& then, const std::string& at_l) {
    return ops_of("pure f(%0) {\n" + first + "%2 = fst %0\n%c = eq %2, 0\nbr %c, l\n" + then +
                  "l:\n" + at_l + "}\n");
  };
  const std::string sum = "%1 = snd %0\n%2 = sub %2, %1\nret %2\n";
  CHECK(ops("", sum, "ret 1\n") ==
        Ops{"unpair", "br_eq_imm", "sub", "ret", "drop", "load_nat", "ret"});
  // The other way round: the jump leads to the second part.
  CHECK(ops_of("pure f(%0) {\n%2 = fst %0\n%c = eq %2, 0\nbr %c, l\nret 1\nl:\n" + sum + "}\n") ==
        Ops{"unpair", "br_eq_imm", "drop", "drop", "load_nat", "ret", "sub", "ret"});
  // Nobody reads it.
  CHECK(ops("", "%1 = snd %0\nret %2\n", "ret 1\n") ==
        Ops{"unpair", "drop", "br_eq_imm", "ret", "load_nat", "ret"});
  // The pair, or what is in the register of the second part, is wanted on the other way.
  CHECK(ops("", sum, "ret %0\n") == Ops{"fst", "br_eq_imm", "snd", "drop", "sub", "ret", "ret"});
  CHECK(ops("%1 = 5\n", sum, "ret %1\n") ==
        Ops{"load_nat", "fst", "br_eq_imm", "snd", "drop", "sub", "ret", "drop", "ret"});
  // The branch reads one of them.
  const auto with = [](const std::string& compare) {
    return ops_of("pure f(%0) {\n%1 = 5\n%2 = fst %0\n%c = " + compare +
                  "\nbr %c, l\n%1 = snd %0\n%2 = sub %2, %1\nret %2\nl:\nret 1\n}\n")[1];
  };
  CHECK(with("lt %2, 1") == "unpair");
  CHECK(with("lt %2, %1") == "fst");
  CHECK(with("eq %2, %0") == "fst");
  // The second part begins the function, where a loop leads back.
  CHECK(
      ops_of(
          "pure f(%0) {\ntop:\n%1 = snd %0\n%0 = (%1, %1)\n%2 = fst %0\n%c = eq %2, 0\nbr %c, top\n"
          "ret %2\n}\n")[0] == "snd");
  // The pair is read again, or the second part is reached in two ways.
  CHECK(ops("", "%1 = snd %0\n%c = eq %0, %1\nret %c\n", "ret 1\n")[0] == "fst");
  CHECK(ops("", "m:\n%1 = snd %0\n%0 = (%1, %1)\n%c = gt %2, 9\nbr %c, m\nret %0\n",
            "ret 1\n")[0] == "fst");
}

TEST_CASE("numbered registers are the machine's, parameters among them") {
  tape_of("pure f(%1, %0) {\n%x = sub %1, %0\nret %x\n}\n");
  tape_of("pure f(%a, %b) {\n%0 = %b\n%1 = %a\n%p = (%0, %1)\nret %p\n}\n");
  const Tape tape = tape_of("pure f {\n%249 = 1\nret %249\n}\n");
  CHECK(tape.functions[0].registers == 250);
}

TEST_CASE("a pattern may set the register that it is matched against") {
  tape_of("pure f(%m) {\nmatch %m, [%x, %m], l\n%p = (%x, %m)\nret %p\nl:\nret %m\n}\n");
  tape_of(
      "pure f(%0) {\nmatch %0, [%0, [%1, just %2]], l\n%p = [%0, %1, %2]\nret %p\nl:\nret %0\n}\n");
  tape_of("pure f(%m) {\nmatch [%m, %m], [%x, [_, 3, \"a\", (%y, _)]], l\n%p = (%x, %y)\nret "
          "%p\nl:\nret 1\n}\n");
}

TEST_CASE("what cannot be reached leaves no words") {
  CHECK(ops_of("pure f {\nret 1\n%x = 2\nret %x\n}\n") == Ops{"load_nat", "ret"});
}

// `count` registers that are all live at once.
std::string many_live(unsigned count) {
  std::string text = "program main {\n";
  for (unsigned i = 0; i < count; ++i)
    text += fmt::format("%r{} = get_input\n", i);
  text += "%s = 0\n";
  for (unsigned i = 0; i < count - 1; ++i)
    text += fmt::format("%s = max %r{}, %r{}\n", i, i + 1);
  return text + "ret\n}\n";
}

TEST_CASE("250 registers may be live at once, 251 not") {
  tape_of(many_live(249));  // and %s
  const Assembly assembly = assembled(many_live(251));
  REQUIRE_FALSE(assembly.tape);
  CHECK(assembly.diagnostics[0].code == "too-many-registers");
  CHECK(render(assembly, false).find("more than 250 registers are live at once") !=
        std::string::npos);
}

TEST_CASE("a function has up to 250 parameters, be they read or not") {
  const unsigned count = GENERATE(1U, 63U, 64U, 65U, 128U, 250U);
  std::string parameters = "%p0";
  for (unsigned i = 1; i < count; ++i)
    parameters += fmt::format(", %p{}", i);
  CAPTURE(count);
  for (const unsigned read : {0U, count - 1}) {
    const Tape tape = tape_of(fmt::format("pure f({}) {{\nret %p{}\n}}\n", parameters, read));
    CHECK(tape.functions[0].parameters == count);
  }
}

TEST_CASE("any number of names fit where few are live at once") {
  std::string text = "pure f(%x) {\n";
  for (unsigned i = 0; i < 2000; ++i)
    text += fmt::format("%r{0} = add %x, {0}\n%x = max %x, %r{0}\n", i);
  const Tape tape = tape_of(text + "ret %x\n}\n");
  CHECK(tape.functions[0].registers <= 3);
}

std::string repeated(const std::string& text, unsigned count) {
  std::string result;
  for (unsigned i = 0; i < count; ++i)
    result += text;
  return result;
}

TEST_CASE("aggregates take few registers, however deep and long they are") {
  const unsigned deep = 9'000;
  CHECK(tape_of("pure f(%x) {\n%l = " + repeated("[%x, ", deep) + "1" + repeated("]", deep) +
                "\nret %l\n}\n")
            .functions[0]
            .registers < 10);
  tape_of("pure f(%x) {\n%l = " + repeated("[", deep) + "%x" + repeated(", 2]", deep) +
          "\nret %l\n}\n");
  tape_of("pure f(%x) {\n%l = " + repeated("just (", deep / 2) + "%x" + repeated(", 2)", deep / 2) +
          "\nret %l\n}\n");
  tape_of("pure f(%x) {\n%l = [" + repeated("%x, ", 5000) + "%x]\nret %l\n}\n");
  tape_of("pure f(%x) {\n%l = [" + repeated("[%x], ", 5000) + "[%x, [%x]]]\nret %l\n}\n");
}

TEST_CASE("constants are written once, however often they are named") {
  std::string text = "const c0 = [1]\n";
  for (int i = 1; i <= 60; ++i)
    text += fmt::format("const c{} = [c{}, c{}]\n", i, i - 1, i - 1);
  const Tape tape = tape_of(text + "program main {\nret c60\n}\n");
  CHECK(tape.constants.size() == 62);
}

}  // namespace
}  // namespace avm
