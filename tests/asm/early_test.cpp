// Functions that are lowered as soon as they are parsed: the Tape and all that is said of the source are
// the same as where the whole module is read first.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <random>

#include "asm/assembled.hpp"

using namespace avm;
using namespace avm::test;

namespace {

/// All that comes of it, as text.
std::string outcome(const std::string& text, bool tree, std::uint32_t diagnostics_max) {
  const Assembly assembly = assemble(
      {"main.avm", text}, {.tree = tree, .diagnostics_max = diagnostics_max},
      memory_importer({{"lib.avm", "const L = [1]\npure later(%x) {\nret %x\n}\n"
                                   "behavior far {\nret\n}\nprogram main {\nret L\n}\n"}}));
  if (!tree) CHECK(assembly.module == nullptr);
  std::string result = fmt::format("{} {}\n", assembly.errors, assembly.warnings);
  result += render_json(assembly);
  if (assembly.tape) {
    const auto bytes = serialize(*assembly.tape);
    result.append(bytes.begin(), bytes.end());
  }
  return result;
}

void check(const std::string& text) {
  INFO(text);
  for (const std::uint32_t diagnostics_max : {200, 1, 0})
    CHECK(outcome(text, true, diagnostics_max) == outcome(text, false, diagnostics_max));
}

constexpr std::string_view first = "pure first(%x) {\n%y = add %x, 1\nret [%y, \"text\"]\n}\n";

}  // namespace

TEST_CASE("what names only what stands before it") {
  check(std::string(first));
  check(std::string(first) + "pure again(%x) {\n%y = again(%x)\n%z = first(%y)\nret %z\n}\n");
  check("const A = 1\nconst B = [A, (A, \"b\")]\n" + std::string(first) +
        "const C = just B\npure f {\nret [A, B, C]\n}\n");
  check("behavior near {\nret\n}\nprogram p {\n%o = create_obj \"near\"\nret %o\n}\n");
}

TEST_CASE("what names something behind it") {
  const std::string later = "pure later(%x) {\nret %x\n}\n";
  check(std::string(first) + "pure f(%x) {\n%y = later(%x)\nret %y\n}\n" + later);
  check(std::string(first) + "pure f(%x) {\n%y = later(%x, 1)\nret %y\n}\n" + later + later);
  check("const A = [B]\n" + std::string(first) + "const B = 1\npure f {\nret A\n}\n");
  check("const A = [B]\n" + std::string(first) + "const B = A\npure f {\nret A\n}\n");
  check(std::string(first) + "program p {\n%o = create_obj \"far\"\nret %o\n}\n" +
        "behavior far {\nret\n}\n");
  check("const N = \"far\"\nconst M = N\nprogram p {\n%o = create_obj M\nret %o\n}\n" +
        std::string(first));
  check("import \"lib.avm\"\n" + std::string(first) +
        "program p {\n%y = later(L)\n%o = create_obj \"far\"\nret [%y, %o]\n}\n");
  check("import \"lib.avm\"\n" + std::string(first) + "const L = 2\n");
}

TEST_CASE("mistakes before, in and behind what could be lowered") {
  const std::string good(first);
  const std::string unset = "pure unset(%x) {\nret %y\n}\n";
  const std::string unused = "pure unused(%x) {\n%y = 1\nadd 1, 2\nret %x\n}\n";
  const std::string unknown = "pure unknown(%x) {\n%y = ad %x, K\nret %y\n}\n";
  const std::string effect = "pure effect(%x) {\n%y = div 1, 0\nget_self\nret f(%y)\n}\n";
  for (const std::string& one : {unset, unused, unknown, effect}) {
    for (const std::string& other : {good, unset, unused, unknown, effect})
      check(good + one + other + unused + good);
  }
}

TEST_CASE("nodes of functions that are gone leave nothing behind") {
  // The same keys, and the same registers in patterns, at the same places in the tree.
  std::string text = "const K = [1, [2]]\n";
  for (int i = 0; i < 4; ++i) {
    text += fmt::format("pure f{}(%x) {{\nswitch %x, [1, [2]]: l, (3, {}): l, \"s\": l\n"
                        "match %x, [%a, (%b, 1)], l\nret [%a, %b, [\"s\", {}], K]\nl: ret %x\n}}\n",
                        i, i % 2, i % 2);
  }
  CHECK(codes_of(text).empty());
  check(text);
  check(text + "pure twice(%x) {\nswitch %x, K: l, [1, [2]]: l\nl: ret %x\n}\n");
}

TEST_CASE("registers that do not fit, and mistakes behind them") {
  std::string crowded = "program crowded {\n";
  for (int i = 0; i < 251; ++i)
    crowded += fmt::format("%r{} = get_self\n", i);
  for (int i = 0; i < 251; ++i)
    crowded += fmt::format("set_state %r{}\n", i);
  crowded += "ret\n}\n";
  check(crowded + std::string(first));
  check(crowded + std::string(first) + "pure f {\nret %x\n}\n");
}

TEST_CASE("examples with lines in other places") {
  std::mt19937 random(4);
  for (const SourceFile& example : examples()) {
    check(example.text);
    for (int i = 0; i < 20; ++i) {
      std::string text = example.text;
      const auto line_at = [&](std::size_t at) {
        const std::size_t end = text.rfind('\n', at);
        return end == std::string::npos ? 0 : end + 1;
      };
      const std::size_t begin = line_at(random() % text.size());
      const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
      const std::string line = text.substr(begin, end - begin);
      text.erase(begin, end - begin);
      if (i % 2 == 0) text.insert(line_at(random() % text.size()), line);
      check(text);
    }
  }
}
