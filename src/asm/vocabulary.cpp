#include "asm/vocabulary.hpp"

#include <array>
#include <string_view>

namespace avm::ast {
namespace {

// In the order of `Keyword`.
constexpr std::array<std::string_view, 13> keywords = {
    "import", "const", "program", "behavior", "pure",  "unsafe", "just",
    "true",   "false", "nothing", "else",     "reply", "_"};

}  // namespace

Vocabulary::Vocabulary(Interner& interner) {
  static_assert(keywords.size() == keyword_count);
  for (const OpInfo& info : all_ops()) {
    if (!info.has_mnemonic()) continue;
    interner.intern(info.name);
    ops_.push_back(info.op);
  }
  for (const std::string_view keyword : keywords)
    interner.intern(keyword);
}

}  // namespace avm::ast
