// The words that source text falls into.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

#include "asm/ast.hpp"

namespace avm::ast {

enum class TokenKind : std::uint8_t {
  EndOfFile,
  Newline,
  Name,
  Register,
  Nat,
  String,
  LeftBracket,
  RightBracket,
  LeftParen,
  RightParen,
  LeftBrace,
  RightBrace,
  Comma,
  Equals,
  Colon,
  Bad,  ///< The lexer has said what is wrong.
};

struct Token {
  TokenKind kind = TokenKind::EndOfFile;
  bool starts_line = false;  ///< The first on its line, comments and white space aside.
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  Index text = none;         ///< Of Name, Register (without the %) and String (without escapes).
  std::uint64_t number = 0;  ///< Of Nat.
};

/// What a message calls a token: "register '%x'", "the end of the line".
struct Description {
  TokenKind kind;
  std::string_view text;
};
inline Description describe(const Token& token, std::string_view source) {
  return {token.kind, source.substr(token.begin, token.end - token.begin)};
}

}  // namespace avm::ast

template <>
struct fmt::formatter<avm::ast::Description> : fmt::formatter<fmt::string_view> {
  fmt::appender format(const avm::ast::Description& token, fmt::format_context& context) const;
};
