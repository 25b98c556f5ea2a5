// Limits, on both sides of each; and input of absurd size, which costs time but does no harm.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "asm/assembled.hpp"

using namespace avm;
using namespace avm::test;

namespace {

std::string repeated(std::string_view text, std::size_t count) {
  std::string result;
  result.reserve(text.size() * count);
  for (std::size_t i = 0; i < count; ++i)
    result += text;
  return result;
}

std::string program(const std::string& lines) { return "program main(%x) {\n" + lines + "\n}\n"; }

std::string nested(std::size_t depth) {
  return program("ret " + repeated("[", depth) + repeated("]", depth));
}

std::string with_parameters(std::size_t count) {
  std::string list = "%p0";
  for (std::size_t i = 1; i < count; ++i)
    list += ", %p" + std::to_string(i);
  return "pure f(" + list + ") {\nret %p0\n}\n";
}

}  // namespace

TEST_CASE("brackets nest 10,000 deep") {
  CHECK(codes_of(nested(10'000)).empty());
  CHECK(codes_of(nested(10'001)) == Codes{"too-deep"});
  const std::string pairs = repeated("(1, ", 10'000) + "1" + repeated(")", 10'000);
  CHECK(codes_of(program("ret " + pairs)).empty());
  CHECK(codes_of(program("ret [" + pairs + "]")) == Codes{"too-deep"});
  CHECK(codes_of("const A = " + repeated("[", 10'001) + "\n")[0] == "too-deep");
  CHECK(codes_of(program("match %x, " + repeated("[", 10'001) + "\nret")) == Codes{"too-deep"});
  // `just` is no bracket.
  CHECK(codes_of(program("ret " + repeated("just ", 100'000) + "1")).empty());
}

TEST_CASE("a million open brackets are one mistake") {
  CHECK(codes_of(program("%a = " + repeated("[", 1'000'000) + "\n%b = foo 1\nret %b")) ==
        Codes{"too-deep", "unknown-op"});
  CHECK(codes_of(program("ret " + repeated("([", 500'000)))[0] == "too-deep");
  CHECK(codes_of(repeated("(", 1'000'000)) == Codes{"syntax"});
  CHECK(codes_of(program("ret " + repeated("]", 1'000'000))) == Codes{"syntax"});
}

TEST_CASE("registers are numbered to 249, and 250 are live at once") {
  CHECK(codes_of(program("%249 = 1\nret %249")).empty());
  CHECK(codes_of(program("%250 = 1\nret"))[0] == "bad-register");
  const auto live = [](std::size_t count) {
    std::string sets;
    std::string reads;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string name = "%r" + std::to_string(i);
      sets += name + " = get_self\n";
      reads += "set_state " + name + "\n";
    }
    return "program p {\n" + sets + reads + "ret\n}\n";
  };
  CHECK(codes_of(live(250)).empty());
  CHECK(codes_of(live(251)) == Codes{"too-many-registers"});
}

TEST_CASE("a pure function has 250 parameters at most") {
  CHECK(codes_of(with_parameters(250)).empty());
  CHECK(codes_of(with_parameters(251)) == Codes{"too-many-parameters"});
  CHECK(codes_of("program p(%a) {\nret %a\n}\n").empty());
  CHECK(codes_of("program p(%a, %b) {\nret [%a, %b]\n}\n") == Codes{"too-many-parameters"});
}

TEST_CASE("operands of one statement lie in a window within 255 registers") {
  const auto operands = [](std::size_t count) { return "0" + repeated(", 0", count - 1); };
  const auto called = [&](std::size_t count) {
    return codes_of(program("%r = call_pure \"f\", " + operands(count) + "\nret %r"));
  };
  CHECK(called(253).empty());
  CHECK(called(254) == Codes{"too-many-registers"});

  // Those that live on lie beside it.
  const auto applied = [&](std::size_t alive) {
    std::string lines;
    std::string reads;
    for (std::size_t i = 0; i < alive; ++i) {
      lines += fmt::format("%{} = %x\n", i);
      reads += fmt::format(", %{}", i);
    }
    return codes_of(program(lines + "%r = f(" + operands(250) + ")\nret [%r" + reads + "]") +
                    with_parameters(250));
  };
  CHECK(applied(4).empty());
  CHECK(applied(5) == Codes{"too-many-registers"});

  // Aggregates take as many as there are, and need no window of their size.
  CHECK(codes_of(program("ret [%x" + repeated(", %x", 100'000) + "]")).empty());
}

TEST_CASE("what is made on the way has room beside registers that are not in use") {
  const auto sets = [](std::size_t count) {
    std::string lines;
    for (std::size_t i = 0; i < count; ++i)
      lines += fmt::format("%r{} = get_self\n", i);
    for (std::size_t i = 0; i < count; ++i)
      lines += fmt::format("get_machine %r{}\n", i);
    return lines;
  };
  const std::string many = repeated(", %x", 19);
  // All registers are in use, but not where the operands stand.
  CHECK(codes_of(program(sets(249) + "%f = f(%x" + many + ")\nret [%f, [%x" + many + "]]") +
                 with_parameters(20))
            .empty());
  // A list is made element by element where a window has no room above what is in use.
  CHECK(codes_of(program("%249 = %x\n%l = [%x" + many + ", [%x, (%x, %x)]]\nret [%249, %l]"))
            .empty());
  // Operands of an application lie above all that is in use, whatever it takes.
  CHECK(codes_of(program("%249 = %x\n%f = f(%x" + many + ")\nret [%249, %f]") +
                 with_parameters(20)) == Codes{"too-many-registers"});
}

TEST_CASE("a list pattern has 65,535 elements at most") {
  const auto matched = [](std::size_t count) {
    return codes_of(
        program("match %x, [_" + repeated(", _", count - 1) + "], no\nret 1\nno:\nret 0"));
  };
  CHECK(matched(65'535).empty());
  CHECK(matched(65'536) == Codes{"too-many-registers"});
}

TEST_CASE("so many errors and warnings are kept, the rest is counted") {
  AssembleOptions options;
  options.diagnostics_max = 3;
  const Assembly assembly =
      assemble_text(program(repeated("foo 1\n", 10) + repeated("add 1, 2\n", 10) + "ret"), options);
  CHECK(assembly.errors == 10);
  CHECK(assembly.warnings == 10);
  CHECK(assembly.diagnostics.size() == 6);
  CHECK(render(assembly, false).find("10 errors, 10 warnings (14 of them not shown)") !=
        std::string::npos);

  options.diagnostics_max = 0;
  const Assembly silent = assemble_text(program("foo 1\nret"), options);
  CHECK(silent.errors == 1);
  CHECK(!silent.tape);
  CHECK(render(silent, false) == "1 error (1 of them not shown)\n");
}

TEST_CASE("a line of twenty megabytes") {
  const std::string list = repeated("1, ", 7'000'000);
  CHECK(codes_of(program("ret [" + list + "1]")).empty());
  const Assembly wrong = assemble_text(program("ret [" + list + "oops]"));
  REQUIRE(codes(wrong) == Codes{"unknown-constant"});
  CHECK(wrong.diagnostics[0].place.end - wrong.diagnostics[0].place.begin == 4);
  CHECK(render(wrong, false).size() < 1000);
  // A mistake in each of millions of places, all in one line.
  const Assembly many = assemble_text(program("ret " + repeated("@ ", 2'000'000)));
  CHECK(many.errors == 2'000'000);
  CHECK(many.diagnostics.size() == 200);
  CHECK(render(many, false).size() < 200'000);
  CHECK(render_json(many).size() < 100'000);
}

TEST_CASE("names, strings and numbers of megabytes") {
  const std::string name = repeated("name", 1'000'000);
  CHECK(codes_of(program("%" + name + " = 1\nret %" + name)).empty());
  const Assembly unknown = assemble_text(program(name + " 1\nret"));
  REQUIRE(codes(unknown) == Codes{"unknown-op"});
  CHECK(unknown.diagnostics[0].message.size() < 200);
  CHECK(codes_of(program("ret \"" + name + "\"")).empty());
  CHECK(codes_of(program("ret " + repeated("9", 1'000'000))) == Codes{"number-too-large"});
  CHECK(codes_of(program("ret \"" + name)) == Codes{"unterminated-string"});
}

TEST_CASE("constants that are small as text and huge as trees") {
  std::string text = "const C0 = [1]\nconst D0 = [1]\n";
  for (int i = 1; i <= 200; ++i) {
    for (const char name : {'C', 'D'})
      text += fmt::format("const {0}{1} = ({0}{2}, {0}{2})\n", name, i, i - 1);
  }
  text += "const E = (D199, C198)\n";
  CHECK(codes_of(text + program("switch %x, C200: l, D200: l, E: l\nl: ret")) ==
        Codes{"doubled-key"});
  CHECK(codes_of(text + program("switch %x, C200: l, D199: l, E: l\nl: ret C200")).empty());
  // A chain is as deep as it is long.
  std::string chain = "const C0 = 1\n";
  for (int i = 1; i <= 50'000; ++i) {
    chain += "const C" + std::to_string(i) + " = [C" + std::to_string(i - 1) + "]\n";
  }
  CHECK(codes_of(chain + program("switch %x, C50000: l, C49999: l\nl: ret")).empty());
}

TEST_CASE("a hundred thousand mistakes of each kind take no longer than they should") {
  constexpr std::size_t count = 100'000;
  std::string numbered;
  for (std::size_t i = 0; i < count; ++i) {
    numbered += fmt::format(
        "%a{0} = %b{0}\nbr %c{0}, l{0}\nk{0}:\n%d{0} = add K{0}, 1\n%e{0} = f{0}(1)\no{0} 1\n", i);
  }
  const Assembly assembly = assemble_text(program(numbered + "ret"));
  CHECK(assembly.errors >= 4 * count);
  CHECK(assembly.diagnostics.size() <= 400);
}

TEST_CASE("values that live long do not make the check of registers slow") {
  // As many registers live through as many blocks as there are lines: no such function can be.
  constexpr std::size_t count = 20'000;
  std::string lines;
  for (std::size_t i = 0; i < count; ++i)
    lines += "%a" + std::to_string(i) + " = 1\n";
  for (std::size_t i = 0; i < count; ++i) {
    lines += "br %x, l" + std::to_string(i) + "\nl" + std::to_string(i) + ":\n";
  }
  for (std::size_t i = 0; i < count; ++i)
    lines += "set_state %a" + std::to_string(i) + "\n";
  CHECK(codes_of(program(lines + "ret")) == Codes{"too-many-registers"});
}
