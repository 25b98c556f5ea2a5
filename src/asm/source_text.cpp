#include "asm/source_text.hpp"

#include "asm/unicode.hpp"
#include "avm/tape.hpp"
#include "avm/text.hpp"

namespace avm::ast {
namespace {

Span byte_span(std::uint32_t file, std::size_t offset) {
  const auto begin = static_cast<std::uint32_t>(offset);
  return {file, begin, begin + 1};
}

/// One error for each line: text in another encoding is wrong all over.
void report_bad_utf8(std::string_view text, std::uint32_t file, Diagnostics& diagnostics) {
  std::size_t offset = 0;
  while (offset < text.size()) {
    const std::size_t length = code_point_at(text, offset).length;
    if (length != 0) {
      offset += length;
      continue;
    }
    Diagnostic* const diagnostic =
        diagnostics.error("bad-utf8", byte_span(file, offset), "byte 0x{:02x} is not UTF-8 here",
                          static_cast<std::uint8_t>(text[offset]));
    if (diagnostic != nullptr) diagnostic->notes.emplace_back("source text is UTF-8 throughout");
    const std::size_t end = text.find('\n', offset);
    if (end == std::string_view::npos) return;
    offset = end + 1;
  }
}

}  // namespace

bool check_source_text(std::string_view text, std::uint32_t file, Diagnostics& diagnostics) {
  if (is_tape({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()})) {
    Diagnostic* const diagnostic =
        diagnostics.error("not-text", {file, 0, 0}, "this is a tape, which is assembled already");
    if (diagnostic != nullptr) diagnostic->help = "run it with avm-run, or read it with avm-dis";
    return false;
  }
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    Diagnostic* const diagnostic =
        diagnostics.error("not-text", byte_span(file, nul), "a NUL byte: this is no source text");
    if (diagnostic != nullptr) diagnostic->notes.push_back(fmt::format("it is byte {}", nul));
    return false;
  }
  if (!is_utf8(text)) report_bad_utf8(text, file, diagnostics);
  return true;
}

}  // namespace avm::ast
