// Runs each .avm file of this folder and of the examples on each backend, and compares what comes of
// it with what the file states (`expectations.hpp`).
//
// AVM_TEST_ACCEPT=1 rewrites what the files state instead; twice, where a statement takes another
// number of lines, since that moves the lines that `failures` and `diagnostics`
// name. Read the difference before you commit it.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>

#include "conformance/driver.hpp"
#include "support/files.hpp"

using namespace avm;

namespace {

bool accepts() {
  const char* const accept = std::getenv("AVM_TEST_ACCEPT");
  return accept != nullptr && std::string_view(accept) == "1";
}

void check_files(const std::string& folder) {
  std::filesystem::current_path(test::source_path("."));
  const auto path = GENERATE_COPY(from_range(conformance::files_below(folder)));
  DYNAMIC_SECTION(path) {
    const std::string text = test::read_file(path);
    const conformance::Report report = conformance::check({path, text}, accepts());
    for (const std::string& complaint : report.complaints)
      FAIL_CHECK(path << ": " << complaint);
    if (accepts() && report.text != text) {
      test::write_file(path, report.text);
      WARN("ACCEPTED: " << path << " now states what came");
    }
    SUCCEED();
  }
}

}  // namespace

TEST_CASE("the examples do what they say") { check_files("examples"); }

TEST_CASE("conformance programs do what they say") { check_files("tests/conformance"); }
