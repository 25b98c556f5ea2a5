#include <fmt/format.h>

#include "asm/parser_state.hpp"

namespace avm::ast {

bool Parser::begins_operand_here() const noexcept {
  switch (token_.kind) {
  case TokenKind::Name:
  case TokenKind::Register:
  case TokenKind::Nat:
  case TokenKind::String:
  case TokenKind::LeftBracket:
  case TokenKind::LeftParen: return true;
  default: return false;
  }
}

/// Whether a new statement (or item) begins here, for sure: at the beginning of a line, with what
/// cannot go on an operand of the line before. So a bracket left open does not swallow the file.
bool Parser::begins_statement_in_line() {
  if (at(TokenKind::RightBrace)) return true;
  if (at(TokenKind::Register)) return peek().kind == TokenKind::Equals;
  if (!at(TokenKind::Name)) return false;
  if (parsed_.words.op(token_.text)) return true;
  if (const auto word = keyword(); word && begins_item(*word)) return true;
  // `K: L` is a label and a name, or a case of a switch that goes on in this line.
  const bool may_be_case = statement_.op == Op::switch_ && lexer_.depth() == 0;
  return !may_be_case && peek().kind == TokenKind::Colon;
}

/// Goes to the end of the statement. The registers that it passes count as mentioned, and behind an
/// instruction nothing is known of where control goes.
void Parser::skip_statement() {
  std::size_t braces = 0;
  while (!at(TokenKind::EndOfFile) && !at(TokenKind::Newline) && !begins_statement_here()) {
    if (at(TokenKind::RightBrace) && braces-- == 0) break;
    if (at(TokenKind::LeftBrace)) ++braces;
    const bool is_op = at(TokenKind::Name) && parsed_.words.op(token_.text);
    if (is_op) control_ = BrokenStatement::Control::Unknown;
    if (at(TokenKind::Register)) {
      parse_register_leaf();
    } else {
      advance();
    }
  }
  lexer_.close_brackets();
}

/// "expected X, found Y". Says nothing where the lexer has said what is wrong. Always false.
bool Parser::refuse(std::string_view expected, std::string_view help) {
  mark_broken();
  if (at(TokenKind::Bad)) return false;
  Diagnostic* const diagnostic =
      error("syntax", span_of(token_), "expected {}, found {}", expected, describe(token_, text_));
  if (diagnostic == nullptr) return false;
  if (!help.empty()) diagnostic->help = help;
  if (token_.starts_line && previous_ == TokenKind::Comma) {
    diagnostic->notes.emplace_back("the line before ends with a comma, and so goes on in this one");
  }
  return false;
}

Index Parser::add_register(const Token& token) {
  const std::string_view name = text_of(token.text);
  std::int16_t number = -1;
  if (name[0] >= '0' && name[0] <= '9') {
    number = 0;
    for (const char c : name)
      number = static_cast<std::int16_t>(number * 10 + (c - '0'));
  }
  function_.registers.emplace_back(token.text, number, span_of(token));
  return static_cast<Index>(function_.registers.size() - 1);
}

}  // namespace avm::ast
