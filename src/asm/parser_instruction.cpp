#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "asm/parser_state.hpp"
#include "asm/suggest.hpp"
#include "asm/usage.hpp"
#include "isa/op_table.hpp"

namespace avm::ast {
namespace {

std::string expects(const OpInfo& info) { return fmt::format("expects: {}", usage(info)); }

/// How many operands an instruction takes at least, and at most (`none`: any number).
struct Arity {
  std::uint32_t least = 0;
  std::uint32_t most = 0;
};

constexpr Arity make_arity(const OpInfo& info) noexcept {
  Arity result;
  for (const OperandInfo& operand : info.operands()) {
    if (!operand.optional && !operand.variadic) ++result.least;
    if (operand.variadic) return {result.least, none};
    ++result.most;
  }
  return result;
}

constexpr std::array<Arity, op_count> arities = [] {
  std::array<Arity, op_count> result{};
  for (std::size_t op = 0; op < op_count; ++op)
    result[op] = make_arity(isa::op_table[op]);
  return result;
}();

Arity arity(const OpInfo& info) noexcept { return arities[static_cast<std::size_t>(info.op)]; }

std::string arity_text(Arity arity) {
  if (arity.most == none) return fmt::format("at least {}", counted(arity.least, "operand"));
  if (arity.most == 0) return "no operands";
  if (arity.least == arity.most) return counted(arity.most, "operand");
  return fmt::format("{} {} {}", arity.least, arity.most == arity.least + 1 ? "or" : "to",
                     counted(arity.most, "operand"));
}

}  // namespace

bool Parser::parse_instruction() {
  const OpInfo& info = op_info(*parsed_.words.op(token_.text));
  statement_.kind = StatementKind::Op;
  statement_.op = info.op;
  statement_.op_span = span_of(token_);
  control_ = BrokenStatement::Control::AsOp;
  advance();
  if (statement_.result != none && info.result == 0) refuse_result(info);
  switch (info.op) {
  case Op::match: return parse_match();
  case Op::switch_: return parse_switch();
  case Op::receive: return parse_receive();
  case Op::post: return parse_post();
  default: return parse_operands(info);
  }
}

void Parser::refuse_result(const OpInfo& info) {
  Diagnostic* const diagnostic =
      error("no-result", statement_.result_span, "'{}' gives no result", info.name);
  if (diagnostic == nullptr) return;
  diagnostic->others.push_back(place(statement_.op_span));
  diagnostic->help =
      fmt::format("leave out '%{} ='", bare(text_of(function_.registers[statement_.result].name)));
}

bool Parser::parse_operands(const OpInfo& info) {
  const Arity takes = arity(info);
  std::uint32_t given = 0;
  Span surplus{file_, 0, 0};
  bool more = !at_end_of_statement();
  while (more) {
    const std::uint32_t begin = token_.begin;
    if (!parse_one_operand(info, given)) return false;
    ++given;
    if (given > takes.most) {
      surplus = span_from(surplus.end == 0 ? begin : surplus.begin);
    }
    if (!between_operands(more, given < takes.most)) return false;
  }
  if (given < takes.least || given > takes.most) check_count(info, given, surplus);
  return true;
}

bool Parser::parse_one_operand(const OpInfo& info, std::uint32_t position) {
  const auto operands = info.operands();
  if (operands.empty()) return parse_value();
  const OperandInfo& last = operands.back();
  if (position >= operands.size() && !last.variadic) return parse_value();
  const OperandInfo& wanted = position < operands.size() ? operands[position] : last;
  switch (wanted.operand_class) {
  case OperandClass::Label:
    return parse_label_operand(info, wanted.optional ? LabelUse::Field::OtherLabel
                                                     : LabelUse::Field::Label);
  case OperandClass::Function: return parse_function_operand(info);
  default: return parse_value();
  }
}

bool Parser::parse_value() {
  const Index node = parse_operand(Place::Operand);
  if (node == none) return false;
  operands_.push_back(node);
  return true;
}

/// Behind an operand: whether there are more. What follows without a comma is one that lacks it
/// only where one more may be.
bool Parser::between_operands(bool& more, bool takes_more) {
  more = true;
  if (accept(TokenKind::Comma)) return true;
  if (at_end_of_statement()) {
    more = false;
    return true;
  }
  if (!begins_operand_here() || !takes_more) {
    return refuse(takes_more ? "',' or the end of the line" : "the end of the line");
  }
  error("missing-comma", span_of(token_), "expected ',' before {}", describe(token_, text_));
  return true;
}

void Parser::check_count(const OpInfo& info, std::uint32_t given, Span surplus) {
  const Arity takes = arity(info);
  const bool too_many = given > takes.most;
  Diagnostic* const diagnostic =
      error("wrong-operand-count", too_many ? surplus : statement_.op_span, "'{}' takes {}, {}",
            info.name, arity_text(takes), ast::given(given));
  if (diagnostic != nullptr) diagnostic->help = expects(info);
}

/// An operand of another syntactic kind stands where a label or the like is wanted.
bool Parser::refuse_operand_kind(const OpInfo& info, std::string_view wanted) {
  if (at(TokenKind::Bad) || !begins_operand_here() || begins_statement_here()) {
    return refuse(wanted, expects(info));
  }
  const std::uint32_t begin = token_.begin;
  const Description given = describe(token_, text_);
  const std::size_t name_uses = parsed_.name_uses.size();
  if (parse_operand(Place::Operand) == none) return false;
  parsed_.name_uses.resize(name_uses);
  Diagnostic* const diagnostic = error("wrong-operand", span_from(begin),
                                       "'{}' wants {} here, not {}", info.name, wanted, given);
  if (diagnostic != nullptr) diagnostic->help = expects(info);
  return true;
}

bool Parser::parse_label_operand(const OpInfo& info, LabelUse::Field field) {
  if (!at(TokenKind::Name) || begins_statement_here()) return refuse_operand_kind(info, "a label");
  return parse_label(field, static_cast<std::uint32_t>(function_.statements.size()));
}

bool Parser::parse_label(LabelUse::Field field, std::uint32_t index) {
  if (!at(TokenKind::Name) || begins_statement_here()) return refuse("a label");
  label_uses_.emplace_back(field, index, token_.text, span_of(token_));
  advance();
  return true;
}

bool Parser::parse_function_operand(const OpInfo& info) {
  if (!at(TokenKind::Name) || parsed_.words.is_reserved(token_.text)) {
    return refuse_operand_kind(info, "the name of a pure function");
  }
  parsed_.function_uses.push_back({static_cast<Index>(module_.functions.size()),
                                   static_cast<std::uint32_t>(function_.statements.size()),
                                   token_.text, span_of(token_)});
  advance();
  return true;
}

bool Parser::expect_comma(const OpInfo& info) {
  if (accept(TokenKind::Comma)) return true;
  if (at_end_of_statement()) {
    const auto given = static_cast<std::uint32_t>(operands_.size());
    check_count(info, given, statement_.op_span);
    return false;
  }
  if (!begins_operand_here()) return refuse("','", expects(info));
  error("missing-comma", span_of(token_), "expected ',' before {}", describe(token_, text_));
  return true;
}

bool Parser::parse_match() {
  const OpInfo& info = op_info(Op::match);
  if (at_end_of_statement()) {
    check_count(info, 0, {});
    return false;
  }
  if (!parse_value() || !expect_comma(info)) return false;
  const Index pattern = parse_operand(Place::Pattern);
  if (pattern == none) return false;
  operands_.push_back(pattern);
  return expect_comma(info) && parse_label_operand(info, LabelUse::Field::Label);
}

bool Parser::parse_switch() {
  if (at_end_of_statement()) {
    check_count(op_info(Op::switch_), 0, {});
    return false;
  }
  statement_.first_case = static_cast<Index>(module_.cases.size());
  if (!parse_value()) return false;
  Span seen_else{};
  while (!at_end_of_statement()) {
    if (!accept(TokenKind::Comma)) {
      const bool is_case = begins_operand_here() && peek().kind == TokenKind::Colon;
      if (!is_case) return refuse("',' or the end of the line");
      error("missing-comma", span_of(token_), "expected ',' before {}", describe(token_, text_));
    }
    if (!parse_case(seen_else)) return false;
    statement_.case_count =
        static_cast<std::uint32_t>(module_.cases.size()) - statement_.first_case;
  }
  return true;
}

bool Parser::parse_case(Span& seen_else) {
  const bool is_else = at_keyword(Keyword::Else);
  const Span key = span_of(token_);
  if (seen_else.end != 0) {
    Diagnostic* const diagnostic =
        error("syntax", key, "{}", is_else ? "a second 'else'" : "a case behind 'else'");
    if (diagnostic != nullptr) {
      diagnostic->others.push_back(place(seen_else, "'else' is the last of a switch"));
    }
  }
  Index literal = none;
  if (is_else) {
    seen_else = key;
    advance();
  } else {
    literal = parse_operand(Place::CaseKey);
    if (literal == none) return false;
  }
  if (!accept(TokenKind::Colon)) {
    return refuse("':' and a label", "a case: \"a\": L");
  }
  const Span label = span_of(token_);
  if (!parse_label(LabelUse::Field::Case, static_cast<std::uint32_t>(module_.cases.size()))) {
    return false;
  }
  module_.cases.push_back({literal, none, label});
  return true;
}

bool Parser::parse_receive() {
  if (at_end_of_statement()) return true;
  if (at_keyword(Keyword::Reply)) {
    advance();
    return parse_value();
  }
  return refuse("'reply' or the end of the line", expects(op_info(Op::receive)));
}

bool Parser::parse_post() {
  const OpInfo& info = op_info(Op::post);
  if (at_end_of_statement()) {
    check_count(info, 0, {});
    return false;
  }
  const bool was_broken = is_broken_;
  if (!parse_post_kind()) return false;
  const bool knows_kind = is_broken_ == was_broken;

  bool more = false;
  if (!between_operands(more, true)) return false;
  while (more) {
    if (!parse_value() || !between_operands(more, true)) return false;
  }
  const auto [least, most] = post_arity(statement_.post_kind);
  const auto given = static_cast<std::uint32_t>(operands_.size());
  if (!knows_kind || (given >= least && given <= most)) return true;
  const std::string_view kind = post_kinds()[statement_.post_kind];
  Diagnostic* const diagnostic =
      error("wrong-operand-count", span_from(statement_.op_span.begin), "'post {}' takes {}, {}",
            kind, arity_text({least, most}), ast::given(given));
  if (diagnostic == nullptr) return true;
  if (kind == "all_diff")
    diagnostic->help = "expects: %r = post all_diff, [%x, %y, …]";
  else if (most == 3)
    diagnostic->help = fmt::format("expects: %r = post {}, %x, %y[, 1]", kind);
  else
    diagnostic->help = fmt::format("expects: %r = post {}, %x, 1", kind);
  return true;
}

bool Parser::parse_post_kind() {
  if (!at(TokenKind::Name)) {
    return refuse_operand_kind(op_info(Op::post), "a kind of constraint");
  }
  const std::string_view name = text_of(token_.text);
  if (const auto kind = find_post_kind(name)) {
    statement_.post_kind = *kind;
    advance();
    return true;
  }
  Diagnostic* const diagnostic =
      error("unknown-post-kind", span_of(token_), "unknown kind of constraint {}", shown(name));
  if (diagnostic != nullptr) {
    NearName near(name);
    for (const std::string_view kind : post_kinds())
      near.offer(kind);
    diagnostic->help = near.help();
    diagnostic->notes.push_back(fmt::format("the kinds are {}", fmt::join(post_kinds(), " ")));
  }
  advance();
  return true;
}

}  // namespace avm::ast
