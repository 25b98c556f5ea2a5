#include <fmt/format.h>

#include "asm/parser_state.hpp"
#include "asm/suggest.hpp"

namespace avm::ast {

void Parser::parse_line() {
  while (at(TokenKind::Name) && peek().kind == TokenKind::Colon)
    set_label();
  if (!at(TokenKind::Newline) && !at(TokenKind::EndOfFile) && !at(TokenKind::RightBrace)) {
    parse_statement();
  }
  accept(TokenKind::Newline);
}

void Parser::set_label() {
  if (!token_.starts_line) error("syntax", span_of(token_), "a second label on one line");
  add_label(token_);
  advance();
  advance();
}

void Parser::add_label(const Token& token) {
  Index& label = parsed_.labels_by_name[token.text];
  if (label == none) {
    label = static_cast<Index>(function_.labels.size());
    const auto statement = static_cast<std::uint32_t>(function_.statements.size());
    function_.labels.emplace_back(token.text, span_of(token), statement, false);
    return;
  }
  Diagnostic* const diagnostic = error("doubled-label", span_of(token),
                                       "label {} is set a second time", shown(text_of(token.text)));
  if (diagnostic != nullptr) {
    diagnostic->others.push_back(place(function_.labels[label].span, "first set here"));
  }
}

void Parser::parse_statement() {
  const std::uint32_t begin = token_.begin;
  statement_ = {};
  statement_.op = Op::copy;  // no mnemonic's
  is_broken_ = false;
  control_ = BrokenStatement::Control::Unknown;
  operands_.clear();
  name_uses_before_ = parsed_.name_uses.size();
  function_uses_before_ = parsed_.function_uses.size();
  notes_.node_begins.push_back(static_cast<Index>(module_.nodes.size()));

  if (!parse_statement_text()) {
    skip_statement();
  } else if (!at_end_of_statement()) {
    refuse("the end of the line");
    skip_statement();
  } else if (at(TokenKind::RightBrace) && !token_.starts_line && !has_reported_one_line_) {
    error("syntax", span_of(token_), "'}}' stands on a line of its own");
  }
  finish_statement(begin);
}

void Parser::finish_statement(std::uint32_t begin) {
  // What was written just now is not read back at once, which would wait for it.
  Statement& statement = function_.statements.emplace_back(statement_);
  statement.span = span_from(begin);
  statement.first_operand = static_cast<Index>(module_.children.size());
  statement.operand_count = static_cast<std::uint32_t>(operands_.size());
  module_.children.insert(module_.children.end(), operands_.begin(), operands_.end());
  if (is_broken_) {
    notes_.broken.push_back(
        {static_cast<std::uint32_t>(function_.statements.size() - 1), control_});
    parsed_.name_uses.resize(name_uses_before_);
    parsed_.function_uses.resize(function_uses_before_);
  }
}

bool Parser::parse_statement_text() {
  if (at(TokenKind::Register)) return parse_result() && parse_right_side();
  if (!at(TokenKind::Name)) return refuse("a statement");

  if (parsed_.words.op(token_.text)) return parse_instruction();
  if (const auto word = keyword(); word && *word != Keyword::Underscore) {
    return refuse("a statement", begins_operand(*word) ? "to set a register: %r = …" : "");
  }
  if (peek().kind == TokenKind::LeftParen) return parse_application();
  if (peek().kind == TokenKind::Equals) {
    Diagnostic* const diagnostic =
        error("syntax", span_of(token_), "what stands before '=' is a register");
    if (diagnostic != nullptr) {
      diagnostic->help = fmt::format("write %{}", bare(text_of(token_.text)));
    }
    control_ = BrokenStatement::Control::FallsThrough;
    return false;
  }
  return parse_unknown_instruction();
}

bool Parser::parse_result() {
  statement_.result = register_index(token_);
  statement_.result_span = span_of(token_);
  // What sets a register goes on behind it.
  control_ = BrokenStatement::Control::FallsThrough;
  advance();
  if (accept(TokenKind::Equals)) return true;
  if (!at(TokenKind::Name) && !at(TokenKind::Register)) {
    return refuse("'=' behind the register", "to set it: %r = add %a, 1");
  }
  error("syntax", span_of(token_), "expected '=' before {}", describe(token_, text_));
  return true;
}

bool Parser::parse_right_side() {
  if (begins_statement_here()) return refuse("an instruction or an operand");
  if (!at(TokenKind::Name)) {
    if (!begins_operand_here()) return refuse("an instruction or an operand");
    return parse_value_statement();
  }
  if (parsed_.words.op(token_.text)) return parse_instruction();
  if (parsed_.words.is_reserved(token_.text)) return parse_value_statement();
  if (peek().kind == TokenKind::LeftParen) return parse_application();
  const TokenKind next = peek().kind;
  const bool is_alone = next == TokenKind::Newline || next == TokenKind::EndOfFile ||
                        next == TokenKind::RightBrace || next == TokenKind::Comma ||
                        next == TokenKind::Colon;
  return is_alone ? parse_value_statement() : parse_unknown_instruction();
}

bool Parser::parse_value_statement() {
  statement_.kind = StatementKind::Assign;
  statement_.op_span = {};
  const Index node = parse_operand(Place::Operand);
  if (node == none) return false;
  operands_.push_back(node);
  if (module_.nodes[node].kind == NodeKind::Name) parsed_.name_uses.back().is_whole_side = true;
  return true;
}

bool Parser::parse_application() {
  statement_.kind = StatementKind::Apply;
  statement_.op_span = span_of(token_);
  control_ = BrokenStatement::Control::FallsThrough;
  parsed_.function_uses.push_back({static_cast<Index>(module_.functions.size()),
                                   static_cast<std::uint32_t>(function_.statements.size()),
                                   token_.text, span_of(token_)});
  advance();
  const Span opening = span_of(token_);
  advance();
  if (accept(TokenKind::RightParen)) return true;
  for (;;) {
    if (begins_statement_here() || at(TokenKind::EndOfFile)) {
      error("unclosed-bracket", opening, "this '(' is not closed");
      return false;
    }
    const Index node = parse_operand(Place::Operand);
    if (node == none) return false;
    operands_.push_back(node);
    if (accept(TokenKind::RightParen)) return true;
    if (accept(TokenKind::Comma)) continue;
    if (begins_statement_here() || at(TokenKind::EndOfFile)) continue;
    if (!begins_operand_here()) return refuse("',' or ')'");
    error("missing-comma", span_of(token_), "expected ',' before {}", describe(token_, text_));
  }
}

/// The instruction that was most likely meant by a word that is none.
std::optional<Op> Parser::guess_instruction(std::string_view name) {
  if (guesses_left_ == 0) return std::nullopt;
  --guesses_left_;
  NearName near(name);
  for (const OpInfo& info : all_ops()) {
    if (info.has_mnemonic()) near.offer(info.name);
  }
  const auto best = near.best();
  return best ? find_op(*best) : std::nullopt;
}

/// A word that is no instruction. What it may have meant is said once all names are known.
bool Parser::parse_unknown_instruction() {
  const auto guess = guess_instruction(text_of(token_.text));
  mark_broken();
  // For what comes after it, take it as the instruction that was meant.
  if (guess) {
    statement_.op = *guess;
    control_ = BrokenStatement::Control::AsOp;
  }
  const bool stands_alone = statement_.result == none && peek().kind == TokenKind::Newline;
  if (!guess && stands_alone) return parse_label_without_colon();
  parsed_.unknown_ops.push_back({token_.text, span_of(token_)});
  statement_.op_span = span_of(token_);
  advance();
  return false;
}

/// A line with nothing but one word, which is like no instruction.
bool Parser::parse_label_without_colon() {
  const std::string_view name = text_of(token_.text);
  Diagnostic* const diagnostic =
      error("syntax", span_of(token_), "{} is no instruction", shown(name));
  if (diagnostic != nullptr) diagnostic->help = fmt::format("to set a label: '{}:'", bare(name));
  add_label(token_);
  control_ = BrokenStatement::Control::FallsThrough;
  advance();
  return false;
}

}  // namespace avm::ast
