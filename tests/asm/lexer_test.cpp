// Tokens, as they show in the constants of a module.
#include <catch2/catch.hpp>

#include "asm/assembled.hpp"
#include "asm/front_end.hpp"

using namespace avm;
using namespace avm::test;

namespace {

/// The value of the one constant in `const A = …`.
ast::Node constant(ast::Module& module, const std::string& text) {
  Assembly assembly;
  auto parsed =
      ast::read_module({"test.avm", "const A = " + text + "\n"}, {}, memory_importer({}), assembly);
  if (!parsed) FAIL(render(assembly, false));
  module = std::move(*parsed);
  REQUIRE(module.constants.size() == 1);
  return module.nodes[module.constants[0].value];
}

std::uint64_t number(const std::string& text) {
  ast::Module module;
  const ast::Node node = constant(module, text);
  REQUIRE(node.kind == ast::NodeKind::Nat);
  return node.number;
}

std::string string(const std::string& text) {
  ast::Module module;
  const ast::Node node = constant(module, text);
  REQUIRE(node.kind == ast::NodeKind::Str);
  return std::string(module.string(node.text));
}

}  // namespace

TEST_CASE("numbers") {
  CHECK(number("0") == 0);
  CHECK(number("007") == 7);
  CHECK(number("1_000_000") == 1'000'000);
  CHECK(number("0xff") == 255);
  CHECK(number("0XFf_Ff") == 65535);
  CHECK(number("18446744073709551615") == 18446744073709551615U);
  CHECK(number("0x0000_ffff_ffff_ffff_ffff") == 18446744073709551615U);
  for (const char* wrong : {"1_", "1__0", "0x", "0x_1", "0xg", "12a", "1.5", "0b1"}) {
    INFO(wrong);
    CHECK(codes_of("const A = " + std::string(wrong) + "\n") == Codes{"bad-number"});
  }
  CHECK(codes_of("const A = 18446744073709551616\n") == Codes{"number-too-large"});
  CHECK(codes_of("const A = 0x1_0000_0000_0000_0000\n") == Codes{"number-too-large"});
}

TEST_CASE("strings") {
  CHECK(string(R"("")").empty());
  CHECK(string(R"("plain")") == "plain");
  CHECK(string(R"("; no comment")") == "; no comment");
  CHECK(string(R"("\n\t\r\0\"\\")") == std::string("\n\t\r\0\"\\", 6));
  CHECK(string(R"("a\u{e9}b\u{1F600}c\u{0}")") == std::string("aéb😀c\0", 10));
  CHECK(string(R"("é日本語😀")") == "é日本語😀");
  for (const char* wrong : {R"("\q")", R"("\u")", R"("\u{}")", R"("\u{1234567}")", R"("\u{d800}")",
                            R"("\u{dfff}")", R"("\u{110000}")", R"("\u{12")", R"("\é")"}) {
    INFO(wrong);
    CHECK(codes_of("const A = " + std::string(wrong) + "\n") == Codes{"bad-escape"});
  }
  for (const char* wrong : {R"("abc)", R"(")", R"("\")", R"("abc\)"}) {
    INFO(wrong);
    CHECK(codes_of("const A = " + std::string(wrong) + "\n") == Codes{"unterminated-string"});
    CHECK(codes_of("const A = " + std::string(wrong)) == Codes{"unterminated-string"});
  }
}

TEST_CASE("registers have names or numbers") {
  CHECK(codes_of_lines("%249 = 1\n%0 = %249\nret %0").empty());
  CHECK(codes_of_lines("%_a = 1\n%A9_ = 2\nret %A9_").empty());
  for (const char* wrong : {"%250", "%1000000000000000000000", "%00", "%01", "%1a", "%", "%-"}) {
    INFO(wrong);
    const Codes found = codes_of_lines(std::string(wrong) + " = 1\nret");
    REQUIRE(!found.empty());
    CHECK(found[0] == "bad-register");
  }
}

TEST_CASE("where a line ends") {
  const std::string lines = "program p(%x) {\n    %a = [1,\n\n 2 ; comment\n , 3\n ]\n"
                            "    switch %x, 1: l,\n ; comment\n\n 2: l,\n\tK: l\n"
                            "    %b = add %a,\n 1\n"
                            "l:  ret\n}\nconst K = (\n1\n,\n2\n)\n";
  CHECK(codes_of(lines) == Codes{"never-read"});
  std::string with_returns;
  for (const char c : lines)
    with_returns += c == '\n' ? std::string("\r\n") : std::string(1, c);
  CHECK(codes_of(with_returns) == Codes{"never-read"});
  // The end of the file ends a line, and a comment too.
  CHECK(codes_of("program p {\nret\n}").empty());
  CHECK(codes_of("program p {\nret\n} ; no newline").empty());
  CHECK(codes_of("const A = 1").empty());
  CHECK(codes_of("").empty());
  CHECK(codes_of("\n\n;\n").empty());
  CHECK(codes_of("\xef\xbb\xbfprogram p {\nret\n}\n").empty());
  // A carriage return alone is no end.
  CHECK(codes_of("program p {\n%_a = 1\rret\n}\n") == Codes{"bad-character"});
}

TEST_CASE("text that is no text") {
  CHECK(codes_of(std::string("program p {\nret\n}\0\n", 18)) == Codes{"not-text"});
  const Assembly assembly = assemble_text("program p {\nret\n}\n");
  REQUIRE(assembly.tape);
  const auto bytes = serialize(*assembly.tape);
  CHECK(codes_of(std::string(bytes.begin(), bytes.end())) == Codes{"not-text"});
  // Bytes that are not UTF-8 are one mistake for each line, wherever they stand.
  CHECK(codes_of("; \xff \xfe\n; \xc3\nprogram p {\n%_a = \"\xed\xa0\x80\"\nret \x80\n}\n") ==
        Codes{"bad-utf8", "bad-utf8", "bad-utf8", "bad-utf8"});
}
