#include "asm/token.hpp"

#include <fmt/format.h>

#include "asm/diagnostics.hpp"

namespace avm::ast {

std::string describe(const Token& token, std::string_view source) {
  const std::string_view text = source.substr(token.begin, token.end - token.begin);
  switch (token.kind) {
  case TokenKind::EndOfFile: return "the end of the file";
  case TokenKind::Newline: return "the end of the line";
  case TokenKind::Register: return fmt::format("register {}", shown(text));
  case TokenKind::Nat: return fmt::format("number {}", shown(text));
  case TokenKind::String: return "a string";
  default: return shown(text);
  }
}

}  // namespace avm::ast
