#include <fmt/format.h>

#include "asm/parser_state.hpp"

namespace avm::ast {
namespace {

constexpr TokenKind closing_bracket(NodeKind kind) noexcept {
  return kind == NodeKind::List ? TokenKind::RightBracket : TokenKind::RightParen;
}
constexpr char opening_letter(NodeKind kind) noexcept { return kind == NodeKind::List ? '[' : '('; }
constexpr char closing_letter(NodeKind kind) noexcept { return kind == NodeKind::List ? ']' : ')'; }

}  // namespace

Index Parser::parse_operand(Place where) {
  place_ = where;
  if (!token_.starts_line) {
    if (at(TokenKind::Register) && where == Place::Operand) return parse_register_leaf();
    if (at(TokenKind::Nat)) return add_leaf(NodeKind::Nat);
    if (at(TokenKind::String)) return add_leaf(NodeKind::Str);
  }
  open_.clear();
  parts_.clear();
  nesting_ = 0;
  for (;;) {
    Index node = none;
    Step step = begin_operand(node);
    while (step == Step::Complete && !open_.empty())
      step = add_part(node);
    if (step == Step::Failed) return none;
    if (step == Step::Complete) return node;
  }
}

Parser::Step Parser::begin_operand(Index& node) {
  if (begins_statement_here()) {
    if (nesting_ > 0) return refuse_in_brackets();
    refuse("an operand");
    return Step::Failed;
  }
  if (at(TokenKind::LeftBracket)) return begin_brackets(NodeKind::List, node);
  if (at(TokenKind::LeftParen)) return begin_brackets(NodeKind::Pair, node);
  if (at_keyword(Keyword::Just)) {
    open_.push_back({NodeKind::Just, token_.begin, parts_.size()});
    advance();
    return Step::WantsPart;
  }
  node = parse_leaf();
  return node == none ? Step::Failed : Step::Complete;
}

Parser::Step Parser::begin_brackets(NodeKind kind, Index& node) {
  if (nesting_ == nesting_max) {
    error("too-deep", span_of(token_), "brackets nest more than {} deep here", nesting_max);
    return Step::Failed;
  }
  ++nesting_;
  open_.push_back({kind, token_.begin, parts_.size()});
  advance();
  if (kind != NodeKind::List || !accept(TokenKind::RightBracket)) return Step::WantsPart;
  node = close_operand();
  return Step::Complete;
}

/// `node` is complete, and a part of the innermost operand that is open.
Parser::Step Parser::add_part(Index& node) {
  const NodeKind kind = open_.back().kind;
  parts_.push_back(node);
  if (kind == NodeKind::Just) {
    node = close_operand();
    return Step::Complete;
  }
  if (accept(TokenKind::Comma)) return Step::WantsPart;
  if (at(closing_bracket(kind))) {
    const std::size_t count = parts_.size() - open_.back().first_part;
    advance();
    if (kind == NodeKind::Pair && count != 2) {
      Diagnostic* const diagnostic = error("syntax", span_from(open_.back().begin),
                                           "a pair has two parts, this one has {}", count);
      if (diagnostic != nullptr) {
        diagnostic->help = count == 1 ? "leave out the parentheses" : "a list: [X, Y, Z]";
      }
    }
    node = close_operand();
    return Step::Complete;
  }
  if (begins_operand_here() && !begins_statement_here()) {
    error("missing-comma", span_of(token_), "expected ',' before {}", describe(token_, text_));
    return Step::WantsPart;
  }
  return refuse_in_brackets();
}

/// What stands here neither goes on the innermost bracket nor closes it.
Parser::Step Parser::refuse_in_brackets() {
  std::size_t innermost = open_.size() - 1;
  while (open_[innermost].kind == NodeKind::Just)
    --innermost;
  const OpenOperand& open = open_[innermost];
  const Span opening{file_, open.begin, open.begin + 1};
  if (at(TokenKind::EndOfFile) || begins_statement_here()) {
    Diagnostic* const diagnostic =
        error("unclosed-bracket", opening, "this '{}' is not closed", opening_letter(open.kind));
    if (diagnostic != nullptr && !at(TokenKind::EndOfFile)) {
      diagnostic->others.push_back(place(span_of(token_), "something else begins here"));
    }
    lexer_.close_brackets();
    return Step::Failed;
  }
  mark_broken();
  if (at(TokenKind::Bad)) return Step::Failed;
  Diagnostic* const diagnostic = error("syntax", span_of(token_), "expected ',' or '{}', found {}",
                                       closing_letter(open.kind), describe(token_, text_));
  if (diagnostic != nullptr) diagnostic->others.push_back(place(opening, "opened here"));
  return Step::Failed;
}

/// Makes a node of the innermost open operand and its parts.
Index Parser::close_operand() {
  const OpenOperand open = open_.back();
  open_.pop_back();
  if (open.kind != NodeKind::Just) --nesting_;

  bool is_constant = true;
  const auto first_child = static_cast<Index>(module_.children.size());
  for (std::size_t i = open.first_part; i < parts_.size(); ++i) {
    module_.children.push_back(parts_[i]);
    if (!module_.nodes[parts_[i]].is_constant) is_constant = false;
  }
  const auto child_count = static_cast<std::uint32_t>(parts_.size() - open.first_part);
  parts_.resize(open.first_part);
  module_.nodes.emplace_back(open.kind, is_constant, span_from(open.begin), 0U, none, none,
                             first_child, child_count);
  return static_cast<Index>(module_.nodes.size() - 1);
}

Index Parser::add_leaf(NodeKind kind, Index ref) {
  const auto index = static_cast<Index>(module_.nodes.size());
  const bool has_text = kind == NodeKind::Str || kind == NodeKind::Name;
  module_.nodes.emplace_back(kind, kind != NodeKind::Register && kind != NodeKind::Wildcard,
                             span_of(token_), token_.number, has_text ? token_.text : none, ref);
  advance();
  return index;
}

Index Parser::parse_leaf() {
  switch (token_.kind) {
  case TokenKind::Nat: return add_leaf(NodeKind::Nat);
  case TokenKind::String: return add_leaf(NodeKind::Str);
  case TokenKind::Name: return parse_name_leaf();
  case TokenKind::Register: break;
  default: {
    const bool closes = at(TokenKind::RightBracket) || at(TokenKind::RightParen);
    const bool after_comma = closes && previous_ == TokenKind::Comma;
    refuse(place_ == Place::Pattern ? "a pattern" : "an operand",
           after_comma ? "leave out the last comma" : "");
    return none;
  }
  }
  if (place_ == Place::ConstantValue || place_ == Place::CaseKey) {
    Diagnostic* const diagnostic =
        error("wrong-operand", span_of(token_), "{}",
              place_ == Place::CaseKey ? "the key of a case is a literal or a constant"
                                       : "a constant can hold no register");
    if (diagnostic != nullptr && place_ == Place::CaseKey) {
      diagnostic->help = "to compare two registers: %same = eq %a, %b";
    }
    return none;
  }
  const Index node = parse_register_leaf();
  if (place_ == Place::Pattern) check_bound_once(node);
  return node;
}

Index Parser::parse_register_leaf() { return add_leaf(NodeKind::Register, register_index(token_)); }

void Parser::check_bound_once(Index node) {
  const Node& pattern = module_.nodes[node];
  if (bound_.size() <= pattern.ref) bound_.resize(function_.registers.size(), none);
  Index& bound = bound_[pattern.ref];
  // What was bound by patterns before this one has lower nodes.
  if (bound != none && bound >= statement_node_begin()) {
    Diagnostic* const diagnostic =
        error("doubled-register", pattern.span, "this register is twice in the pattern");
    if (diagnostic != nullptr) {
      diagnostic->others.push_back(place(module_.nodes[bound].span, "also here"));
      diagnostic->help = "bind two registers, and compare them behind the match";
    }
  }
  bound = node;
}

Index Parser::parse_name_leaf() {
  const auto word = keyword();
  if (word == Keyword::True || word == Keyword::False) {
    const Index node = add_leaf(NodeKind::Bool);
    module_.nodes[node].number = word == Keyword::True ? 1 : 0;
    return node;
  }
  if (word == Keyword::Nothing) return add_leaf(NodeKind::Nothing);
  if (word == Keyword::Underscore && place_ == Place::Pattern) return add_leaf(NodeKind::Wildcard);
  if (!parsed_.words.is_reserved(token_.text)) return parse_constant_name();

  refuse_reserved_word();
  return none;
}

void Parser::refuse_reserved_word() {
  const std::string_view name = text_of(token_.text);
  if (keyword() == Keyword::Underscore) {
    error("wrong-operand", span_of(token_),
          "'_' stands for any value, and only in the pattern of a match");
  } else if (!parsed_.words.op(token_.text)) {
    error("wrong-operand", span_of(token_),
          "{} is a word of the language, and cannot be an operand", shown(name));
  } else if (Diagnostic* const diagnostic =
                 error("wrong-operand", span_of(token_),
                       "{} is an instruction, and cannot be an operand", shown(name))) {
    diagnostic->help = "give its result a register on a line before";
  }
}

Index Parser::parse_constant_name() {
  if (peek().kind == TokenKind::LeftParen && place_ != Place::CaseKey) {
    Diagnostic* const diagnostic =
        error("wrong-operand", span_of(token_), "an operand cannot be computed in its place");
    if (diagnostic != nullptr) {
      diagnostic->help = fmt::format("apply the function on a line before: %r = {}(…)",
                                     bare(text_of(token_.text)));
    }
    return none;
  }
  const std::string_view name = text_of(token_.text);
  const bool may_be_reference = name == "obj" || name == "tx" || name == "var";
  if (may_be_reference && place_ != Place::CaseKey && peek().kind == TokenKind::Colon) {
    Diagnostic* const diagnostic = error("wrong-operand", span_of(token_),
                                         "a reference cannot be written down in source text");
    if (diagnostic != nullptr) {
      diagnostic->notes.emplace_back("objects, transactions and variables come from instructions,"
                                     " and from a program's input");
    }
    return none;
  }
  const bool in_function = place_ != Place::ConstantValue;
  const auto function = static_cast<Index>(module_.functions.size());
  const Index node = add_leaf(NodeKind::Name);
  parsed_.name_uses.push_back({node, in_function ? function : none, false});
  return node;
}

}  // namespace avm::ast
