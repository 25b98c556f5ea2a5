#include "asm/imports.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>

#include "asm/parser.hpp"
#include "asm/source_text.hpp"
#include "avm/text.hpp"

namespace avm::ast {
namespace {

class Files {
 public:
  Files(const AssembleOptions& options, const Importer& importer, std::vector<SourceFile>& sources,
        ParsedModule& parsed, Diagnostics& diagnostics)
      : importer_(importer), sources_(sources), parsed_(parsed), diagnostics_(diagnostics) {
    // Spans count bytes in 32 bits.
    constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max() - 1;
    bytes_max_ = bytes_left_ = std::min(options.source_bytes_max, most);
  }

  void add_all(SourceFile source) {
    add(std::move(source), {});
    while (!open_.empty()) {
      OpenFile& file = open_.back();
      if (file.next == file.imports.size()) {
        is_open_[file.index] = false;
        open_.pop_back();
      } else {
        follow(file.index, file.imports[file.next++]);
      }
    }
  }

 private:
  /// A file whose imports are being followed. Each but the first is imported by the one before it.
  struct OpenFile {
    std::uint32_t index;
    std::vector<ImportItem> imports;
    std::size_t next = 0;  // import to follow
  };

  void follow(std::uint32_t importing, const ImportItem& import) {
    const std::string path(parsed_.module.string(import.path));
    auto found = importer_(path, sources_[importing].name);
    if (!found) {
      Diagnostic* const diagnostic =
          diagnostics_.error("import-not-found", import.span, "cannot import {}", quoted(path));
      if (diagnostic != nullptr) diagnostic->notes.push_back(std::move(found).error());
      return;
    }
    const auto known = index_.find(found->name);
    if (known == index_.end()) return add(std::move(*found), import.span);
    if (is_open_[known->second]) report_circle(known->second, import.span);
  }

  void add(SourceFile source, Span import) {
    const auto index = static_cast<std::uint32_t>(sources_.size());
    index_.emplace(source.name, index);
    is_open_.push_back(true);
    sources_.push_back(std::move(source));
    const std::string& text = sources_.back().text;
    const bool fits = text.size() <= bytes_left_;
    if (!fits) report_too_large(index, import);
    bytes_left_ -= std::min(text.size(), bytes_left_);
    open_.push_back({index, {}});
    if (!fits || !check_source_text(text, index, diagnostics_)) return;
    // The parser interns what it reads, and does not hold on to the text.
    open_.back().imports = parse_file(text, index, parsed_, diagnostics_);
  }

  void report_too_large(std::uint32_t index, Span import) {
    Diagnostic* const diagnostic = diagnostics_.error(
        "source-too-large", index == 0 ? Span{} : import, "the source is larger than {} bytes{}",
        bytes_max_, index == 0 ? "" : ", with the files that it imports");
    if (diagnostic != nullptr) diagnostic->help = "--max-source sets the limit";
  }

  void report_circle(std::uint32_t first, Span import) {
    Diagnostic* const diagnostic =
        diagnostics_.error("import-circle", import, "imports go in a circle");
    if (diagnostic == nullptr) return;
    const auto is_first = [&](const OpenFile& file) { return file.index == first; };
    constexpr std::ptrdiff_t shown_max = 20;
    auto file = std::ranges::find_if(open_, is_first);
    std::string chain;
    for (; file != open_.end(); ++file) {
      chain += sources_[file->index].name + " imports ";
      const bool is_long = open_.end() - file > shown_max;
      if (is_long && !is_first(*file)) {
        chain += "… imports ";
        file = open_.end() - 2;
      }
    }
    chain += sources_[first].name;
    diagnostic->notes.push_back(std::move(chain));
  }

  const Importer& importer_;
  std::vector<SourceFile>& sources_;
  ParsedModule& parsed_;
  Diagnostics& diagnostics_;
  std::size_t bytes_max_ = 0;
  std::size_t bytes_left_ = 0;
  std::unordered_map<std::string, std::uint32_t> index_;  // by name
  std::vector<bool> is_open_;
  std::vector<OpenFile> open_;
};

}  // namespace

void parse_files(SourceFile source, const AssembleOptions& options, const Importer& importer,
                 std::vector<SourceFile>& sources, ParsedModule& parsed, Diagnostics& diagnostics) {
  Files(options, importer, sources, parsed, diagnostics).add_all(std::move(source));
}

}  // namespace avm::ast
