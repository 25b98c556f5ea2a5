// The syntax tree of what is right, and that what the grammar has is taken.
#include <catch2/catch.hpp>

#include "asm/assembled.hpp"
#include "asm/front_end.hpp"

using namespace avm;
using namespace avm::ast;
using namespace avm::test;

namespace {

Module module_of(const std::string& text) {
  Assembly assembly;
  auto module = read_module({"test.avm", text}, {}, memory_importer({}), assembly);
  if (!module) FAIL(render(assembly, false));
  return std::move(*module);
}

/// A node as text, for comparing.
std::string text_of(const Module& module, const Function& function, const Node& node) {
  std::string parts;
  for (std::uint32_t i = 0; i < node.child_count; ++i) {
    if (i > 0) parts += " ";
    parts += text_of(module, function, module.child(node, i));
  }
  const std::string sign = node.is_constant ? "" : "!";
  switch (node.kind) {
  case NodeKind::Nat: return std::to_string(node.number);
  case NodeKind::Str: return "'" + std::string(module.string(node.text)) + "'";
  case NodeKind::Bool: return node.number != 0 ? "true" : "false";
  case NodeKind::Nothing: return "nothing";
  case NodeKind::List: return sign + "[" + parts + "]";
  case NodeKind::Pair: return sign + "(" + parts + ")";
  case NodeKind::Just: return sign + "just " + parts;
  case NodeKind::Register:
    return "%" + std::string(module.string(function.registers[node.ref].name));
  case NodeKind::Name: return "=" + std::to_string(node.ref);
  case NodeKind::Wildcard: return "_";
  }
  return "";
}

std::string operands(const Module& module, std::size_t statement) {
  const Function& function = module.functions.back();
  std::string result;
  for (std::uint32_t i = 0; i < function.statements[statement].operand_count; ++i) {
    if (i > 0) result += "; ";
    result += text_of(module, function, module.operand(function.statements[statement], i));
  }
  return result;
}

std::string register_name(const Module& module, Index reg) {
  return std::string(module.string(module.functions.back().registers[reg].name));
}

}  // namespace

TEST_CASE("functions, parameters, safety") {
  const Module module =
      module_of("program p {\nret\n}\nbehavior b() {\nret\n}\nunsafe behavior u(%m) {\nret %m\n}\n"
                "pure f(%a,\n %b, %7) {\nret %7\n}\nunsafe pure g {\nret\n}\n");
  REQUIRE(module.functions.size() == 5);
  CHECK(module.functions[0].kind == FunctionKind::Program);
  CHECK(module.functions[1].kind == FunctionKind::Behavior);
  CHECK(module.functions[1].parameter_count == 0);
  CHECK(module.functions[2].is_unsafe);
  CHECK(module.functions[2].parameter_count == 1);
  CHECK(module.functions[3].kind == FunctionKind::Pure);
  REQUIRE(module.functions[3].parameter_count == 3);
  CHECK(module.functions[3].registers[2].number == 7);
  CHECK(module.functions[3].registers[0].number == -1);
  CHECK(module.functions[4].is_unsafe);
  CHECK(module.is_left_out == std::vector<bool>(5, false));
}

TEST_CASE("operands") {
  const Module module = module_of("const K = [1]\nprogram p(%x) {\n"
                                  "call_pure \"f\", [], [%x, [1, \"a\"]], (%x, just just nothing), "
                                  "[K, (true, false)]\nret\n}\n");
  CHECK(operands(module, 0) ==
        "'f'; []; ![%x [1 'a']]; !(%x just just nothing); [=0 (true false)]");
  CHECK(operands(module, 1).empty());
}

TEST_CASE("statements") {
  const Module module = module_of("pure f(%a, %b) {\nret [%a, %b]\n}\n"
                                  "unsafe program p(%x) {\n"
                                  "%a = %x\n"
                                  "%b = f(%a, 1)\n"
                                  "f(%b, 2)\n"
                                  "%c = receive\n"
                                  "receive reply %c\n"
                                  "%d = post neq, %a, %b, 2\n"
                                  "%e = scry_meta f\n"
                                  "%g = update_pure \"f\", f\n"
                                  "jmp next\n"
                                  "next: br %x, next, end\n"
                                  "end:\n\n"
                                  "ret [%d, %e, %g]\n}\n");
  const auto& statements = module.functions[1].statements;
  REQUIRE(statements.size() == 11);
  CHECK(statements[0].kind == StatementKind::Assign);
  CHECK(register_name(module, statements[0].result) == "a");
  CHECK(statements[1].kind == StatementKind::Apply);
  CHECK(statements[1].function == 0);
  CHECK(operands(module, 1) == "%a; 1");
  CHECK(statements[2].result == none);
  CHECK(statements[3].operand_count == 0);
  CHECK(operands(module, 4) == "%c");
  CHECK(post_kinds()[statements[5].post_kind] == "neq");
  CHECK(operands(module, 5) == "%a; %b; 2");
  CHECK(statements[6].function == 0);
  CHECK(statements[6].operand_count == 0);
  CHECK(operands(module, 7) == "'f'");
  CHECK(statements[8].op == Op::jmp);
  CHECK(statements[8].label == 0);
  CHECK(statements[9].label == 0);
  CHECK(statements[9].other_label == 1);
  REQUIRE(module.functions[1].labels.size() == 2);
  CHECK(module.functions[1].labels[0].statement == 9);
  CHECK(module.functions[1].labels[1].statement == 10);
}

TEST_CASE("match and switch") {
  const Module module = module_of("const K = 5\nprogram p(%x) {\n"
                                  "match %x, [_, %a, (K, just %b), \"s\", []], l\n"
                                  "switch [%a, %b], 1: l, K: m, [1, K]: l, else: m\n"
                                  "m: ret [%a]\nl: ret\n}\n");
  CHECK(operands(module, 0) == "%x; ![_ %a !(=0 !just %b) 's' []]");
  const Statement& choice = module.functions[0].statements[1];
  REQUIRE(choice.case_count == 4);
  CHECK(module.cases[choice.first_case].label == 1);
  CHECK(module.cases[choice.first_case + 1].label == 0);
  CHECK(module.cases[choice.first_case + 3].literal == none);
}

TEST_CASE("labels may have any name, and stand alone") {
  CHECK(codes_of_lines("jmp add\nadd:\njmp true\ntrue: jmp program\nprogram:\n\n; c\nret").empty());
  CHECK(codes_of_lines("br %x, else, reply\nelse: ret\nreply: ret").empty());
}

TEST_CASE("constants may stand in any order, and each comes after those that it names") {
  const Module module = module_of("const A = [B, C]\nprogram p {\nret [A, B, C, D]\n}\n"
                                  "const B = (C, C)\nconst C = D\nconst D = \"d\"\n");
  REQUIRE(module.constants.size() == 4);
  for (Index i = 0; i < 4; ++i) {
    const Node& value = module.nodes[module.constants[i].value];
    if (value.kind == NodeKind::Name) CHECK(value.ref < i);
    for (std::uint32_t c = 0; c < value.child_count; ++c)
      CHECK(module.child(value, c).ref < i);
  }
  CHECK(module.string(module.constants[3].name) == "A");
  CHECK(operands(module, 0) == "[=3 =2 =1 =0]");
}

TEST_CASE("programs of imported files are checked, but not taken in") {
  Assembly assembly;
  const auto module = read_module(
      {"main.avm", "import \"a.avm\"\nprogram main {\n%x = f(A)\nret %x\n}\n"}, {},
      memory_importer({{"a.avm", "import \"b.avm\"\nconst A = 1\nprogram main {\nret B\n}\n"},
                       {"b.avm", "const B = 2\npure f(%x) {\nret %x\n}\n"}}),
      assembly);
  REQUIRE(module);
  REQUIRE(module->functions.size() == 3);
  CHECK(module->is_left_out == std::vector<bool>{false, true, false});
  CHECK(assembly.sources.size() == 3);
}
