// Imports: each file once, and nothing that never ends.
#include <catch2/catch.hpp>

#include <filesystem>

#include "asm/assembled.hpp"

using namespace avm;
using namespace avm::test;

namespace {

Assembly assemble_file(const std::string& name) { return assemble({name, read_file(name)}); }

const std::string uses_a = "program p {\nret A\n}\n";

}  // namespace

TEST_CASE("a file that is imported by several is there once") {
  const Assembly assembly =
      assemble({"main.avm", "import \"b.avm\"\nimport \"c.avm\"\nimport \"a.avm\"\n" + uses_a}, {},
               memory_importer({{"a.avm", "const A = 1\n"},
                                {"b.avm", "import \"a.avm\"\nconst B = A\n"},
                                {"c.avm", "import \"a.avm\"\nimport \"b.avm\"\n"}}));
  CHECK(codes(assembly).empty());
  CHECK(assembly.sources.size() == 4);
}

TEST_CASE("a circle of imports shows the chain") {
  const Assembly assembly = assemble({"main.avm", "import \"a.avm\"\n" + uses_a}, {},
                                     memory_importer({{"a.avm", "import \"b.avm\"\nconst A = 1\n"},
                                                      {"b.avm", "import \"c.avm\"\n"},
                                                      {"c.avm", "import \"a.avm\"\n"}}));
  REQUIRE(codes(assembly) == Codes{"import-circle"});
  CHECK(assembly.diagnostics[0].notes[0] == "a.avm imports b.avm imports c.avm imports a.avm");
}

TEST_CASE("a long chain of imports needs no native stack") {
  constexpr int length = 20'000;
  const Importer importer = [](std::string_view path, std::string_view) {
    const int number = std::stoi(std::string(path));
    const std::string text =
        number == length ? "const A = 1\n" : "import \"" + std::to_string(number + 1) + "\"\n";
    return std::expected<SourceFile, std::string>(SourceFile{std::string(path), text});
  };
  CHECK(codes(assemble({"0", "import \"1\"\n" + uses_a}, {}, importer)).empty());
}

TEST_CASE("the limit of source bytes counts all files") {
  const std::string main = "import \"a.avm\"\n" + uses_a;
  const std::string a = "const A = 1\n";
  const Importer importer = memory_importer({{"a.avm", a}});
  AssembleOptions options;
  options.source_bytes_max = main.size() + a.size();
  CHECK(codes(assemble({"main.avm", main}, options, importer)).empty());
  --options.source_bytes_max;
  CHECK(codes(assemble({"main.avm", main}, options, importer))[0] == "source-too-large");
  options.source_bytes_max = main.size() - 1;
  CHECK(codes(assemble({"main.avm", main}, options, importer)) == Codes{"source-too-large"});
}

TEST_CASE("files import relative to themselves") {
  const Folder folder;
  std::filesystem::create_directory("sub");
  write_file("main.avm", "import \"sub/b.avm\"\nimport \"./sub/../a.avm\"\n" + uses_a);
  write_file("a.avm", "const A = 1\n");
  write_file("sub/b.avm", "import \"c.avm\"\nimport \"../a.avm\"\nconst B = [C, A]\n");
  write_file("sub/c.avm", "const C = 1\n");
  const Assembly assembly = assemble_file("main.avm");
  CHECK(render(assembly, false).empty());
  CHECK(assembly.sources.size() == 4);
}

TEST_CASE("a file is itself by whatever path it is reached") {
  const Folder folder;
  std::filesystem::create_directory("sub");
  std::filesystem::create_symlink("main.avm", "link.avm");
  std::filesystem::create_symlink("../a.avm", "sub/a.avm");
  write_file("a.avm", "const A = 1\n");
  write_file("main.avm", "import \"a.avm\"\nimport \"sub/a.avm\"\nimport \"link.avm\"\n" + uses_a);
  CHECK(codes(assemble_file("main.avm")) == Codes{"import-circle"});
}

TEST_CASE("only regular files are imported") {
  const Folder folder;
  std::filesystem::create_directory("sub");
  write_file("main.avm", "import \"sub\"\nimport \"/dev/zero\"\nimport \"none.avm\"\nimport \"\"\n"
                         "program p {\nret\n}\n");
  CHECK(codes(assemble_file("main.avm")) ==
        Codes{"import-not-found", "import-not-found", "import-not-found", "import-not-found"});
  CHECK(codes_of("import \"a\\0b\"\n") == Codes{"import-not-found"});
}

TEST_CASE("a file with nothing but mistakes does not hide those of others") {
  const Assembly assembly = assemble({"main.avm", "import \"a.avm\"\nprogram p {\nfoo 1\nret\n}\n"},
                                     {}, memory_importer({{"a.avm", std::string("\0\0", 2)}}));
  CHECK(codes(assembly) == Codes{"unknown-op", "not-text"});
}
