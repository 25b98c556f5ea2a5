#include "asm/token.hpp"

#include "asm/diagnostics.hpp"

fmt::appender fmt::formatter<avm::ast::Description>::format(const avm::ast::Description& token,
                                                            fmt::format_context& context) const {
  using avm::ast::TokenKind;
  const auto write = [&](std::string_view text) {
    return fmt::format_to(context.out(), "{}", text);
  };
  switch (token.kind) {
  case TokenKind::EndOfFile: return write("the end of the file");
  case TokenKind::Newline: return write("the end of the line");
  case TokenKind::String: return write("a string");
  case TokenKind::Register: write("register "); break;
  case TokenKind::Nat: write("number "); break;
  default: break;
  }
  return fmt::format_to(context.out(), "{}", avm::ast::shown(token.text));
}
