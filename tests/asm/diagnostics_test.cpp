// What the assembler says of each kind of mistake: `diagnostics/NAME.avm`, and in `NAME.txt` beside
// it the text to expect. AVM_TEST_ACCEPT=1 writes what is said now over what was expected; then the
// test fails all the same, so that nobody takes that run for a proof.
#include <catch2/catch.hpp>

#include <algorithm>
#include <iostream>
#include <regex>
#include <set>

#include "asm/assembled.hpp"

using namespace avm;
using namespace avm::test;

namespace {

namespace fs = std::filesystem;

const fs::path folder = source_path("tests/asm/diagnostics");

std::vector<fs::path> cases() {
  std::vector<fs::path> result;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".avm") result.push_back(entry.path());
  }
  std::ranges::sort(result);
  return result;
}

std::string without_folder(std::string text) {
  const std::string prefix = folder.string() + "/";
  for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
    text.erase(at, prefix.size());
  }
  return text;
}

/// Imports from the folder, whose place on this machine must not show.
Importer folder_importer() {
  return [files = file_importer()](
             std::string_view path,
             std::string_view importing) -> std::expected<SourceFile, std::string> {
    auto file = files(path, (folder / importing).string());
    if (!file) return std::unexpected(without_folder(std::move(file).error()));
    file->name = without_folder(std::move(file->name));
    return file;
  };
}

std::string said_of(const fs::path& path) {
  const Assembly assembly =
      assemble({path.filename().string(), read_file(path)}, {}, folder_importer());
  CHECK(assembly.tape.has_value() == (assembly.errors == 0));
  return render(assembly, false);
}

bool accepts() {
  const char* const accept = std::getenv("AVM_TEST_ACCEPT");
  return accept != nullptr && std::string_view(accept) == "1";
}

void expect(const fs::path& source) {
  const std::string said = said_of(source);
  const fs::path expected = fs::path(source).replace_extension(".txt");
  if (accepts()) {
    std::ofstream(expected, std::ios::binary) << said;
    return;
  }
  INFO("set AVM_TEST_ACCEPT=1 to expect what is said now, and look at the difference");
  CHECK(said == read_file(expected));
}

std::set<std::string> codes_in(const std::string& text, const std::regex& pattern) {
  std::set<std::string> result;
  const std::sregex_iterator end;
  for (std::sregex_iterator match(text.begin(), text.end(), pattern); match != end; ++match) {
    result.insert((*match)[1]);
  }
  return result;
}

}  // namespace

TEST_CASE("what is said of each kind of mistake") {
  for (const fs::path& source : cases()) {
    INFO(source.filename());
    expect(source);
  }
  if (accepts()) {
    std::cerr << "AVM_TEST_ACCEPT: wrote " << folder << "/*.txt; run again without it\n";
    FAIL("what is said now was accepted, not tested");
  }
}

TEST_CASE("each code that the docs list has a case") {
  std::string said;
  for (const fs::path& source : cases())
    said += said_of(source);
  const std::set<std::string> seen =
      codes_in(said, std::regex(R"((?:error|warning)\[([-a-z0-9]+)\])"));

  const std::string page = read_file(source_path("docs/language.md"));
  const std::size_t begin = page.find("<!-- all: diagnostics -->");
  REQUIRE(begin != std::string::npos);
  const std::set<std::string> listed =
      codes_in(page.substr(begin), std::regex(R"(\n\| `([-a-z0-9]+)` \|)"));

  // For these a file would have to be very large: the tests of limits have them.
  std::set<std::string> expected = listed;
  expected.erase("source-too-large");
  expected.erase("too-deep");
  CHECK(seen == expected);
}
