// What tests of the assembler ask for: text in, codes of diagnostics out.
#pragma once

#include <expected>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "avm/assemble.hpp"
#include "support/files.hpp"

namespace avm::test {

/// An importer of files that are held in memory.
inline Importer memory_importer(std::map<std::string, std::string> files) {
  return [files = std::move(files)](std::string_view path,
                                    std::string_view) -> std::expected<SourceFile, std::string> {
    const auto found = files.find(std::string(path));
    if (found == files.end()) return std::unexpected("there is none");
    return SourceFile{found->first, found->second};
  };
}

inline Assembly assemble_text(std::string text, const AssembleOptions& options = {}) {
  return assemble({"test.avm", std::move(text)}, options, memory_importer({}));
}

/// The codes of all diagnostics, in order.
inline std::vector<std::string> codes(const Assembly& assembly) {
  std::vector<std::string> result;
  for (const Diagnostic& diagnostic : assembly.diagnostics)
    result.push_back(diagnostic.code);
  return result;
}

inline std::vector<std::string> codes_of(std::string text, const AssembleOptions& options = {}) {
  return codes(assemble_text(std::move(text), options));
}

/// The codes for a program with these lines.
inline std::vector<std::string> codes_of_lines(const std::string& lines) {
  return codes_of("program main(%x) {\n" + lines + "\n}\n");
}

using Codes = std::vector<std::string>;

/// The texts of all examples.
inline std::vector<SourceFile> examples() {
  std::vector<SourceFile> result;
  for (const auto& entry : std::filesystem::directory_iterator(source_path("examples"))) {
    if (entry.path().extension() != ".avm") continue;
    result.push_back({entry.path().filename().string(), read_file(entry.path())});
  }
  return result;
}

}  // namespace avm::test
