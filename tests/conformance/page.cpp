// conformance-page ROOT: looks whether the conformance cases leave anything out, and compares
// docs/conformance.md with what they show. With AVM_TEST_ACCEPT=1 it writes that page anew.
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string_view>

#include "conformance/coverage.hpp"
#include "conformance/driver.hpp"
#include "support/files.hpp"

int main(int argc, char** argv) {
  using namespace avm;
  if (argc != 2) {
    std::cerr << "usage: conformance-page ROOT\n";
    return 2;
  }
  std::filesystem::current_path(argv[1]);
  const std::string folder = "tests/conformance/";
  const conformance::Rules rules(test::read_file(folder + "rows.txt"));
  std::vector<conformance::CaseFile> files;
  for (const std::string& path : conformance::files_below(folder))
    files.push_back(
        conformance::look_at({path, test::read_file(path)}, path.substr(folder.size())));

  const auto gaps = conformance::gaps(files, rules);
  for (const std::string& gap : gaps)
    std::cout << gap << '\n';

  const std::string path = "docs/conformance.md";
  const std::string wanted = conformance::page(files, rules);
  bool is_same = test::read_file(path) == wanted;
  const char* const accept = std::getenv("AVM_TEST_ACCEPT");
  if (!is_same && accept != nullptr && std::string_view(accept) == "1") {
    test::write_file(path, wanted);
    std::cout << path << ": written anew\n";
    is_same = true;
  }
  if (!is_same)
    std::cout << path << ": is not what the cases show (AVM_TEST_ACCEPT=1 writes it anew)\n";
  return gaps.empty() && is_same ? 0 : 1;
}
