// The parser from inside, for the files that make it up.
//
// Functions that parse give false, or `none`, once they have reported an error that leaves the rest
// of the statement without meaning. Where the mistake is plain (a comma left out) they report it,
// mark the statement as broken, and go on.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "asm/lexer.hpp"
#include "asm/parser.hpp"

namespace avm::ast {

class Parser {
 public:
  Parser(std::string_view text, std::uint32_t file, ParsedModule& parsed, Diagnostics& diagnostics);

  std::vector<ImportItem> parse();

 private:
  /// Where an operand stands decides what it may be.
  enum class Place : std::uint8_t { Operand, Pattern, ConstantValue, CaseKey };

  /// Labels may be used before they are set, so that uses are bound at the function's end.
  struct LabelUse {
    enum class Field : std::uint8_t { Label, OtherLabel, Case };
    Field field;
    std::uint32_t index;  // of the statement, or of the case
    Index name;
    Span span;
  };

  struct OpenOperand {
    NodeKind kind;
    std::uint32_t begin;
    std::size_t first_part;
  };
  enum class Step : std::uint8_t { Complete, WantsPart, Failed };

  // Items: parser.cpp
  void parse_item();
  void parse_import();
  void parse_const();
  void parse_function();
  void begin_function();
  bool parse_function_kind();
  void parse_function_name();
  bool parse_parameters();
  void add_parameter();
  void check_parameter_count(Span list);
  bool open_body();
  void parse_body(Span opening);
  void close_body();
  void finish_function(std::uint32_t begin, const Mark& before);
  void bind_labels();
  void report_unknown_label(const LabelUse& use);
  void end_item();
  bool begins_item_here();
  void skip_to_item();
  void skip_header();

  // Statements: parser_statement.cpp
  void parse_line();
  void set_label();
  void add_label(const Token& token);
  void parse_statement();
  bool parse_statement_text();
  bool parse_result();
  bool parse_right_side();
  bool parse_value_statement();
  bool parse_application();
  bool parse_unknown_instruction();
  bool parse_label_without_colon();
  std::optional<Op> guess_instruction(std::string_view name);
  void finish_statement(std::uint32_t begin);

  // Instructions: parser_instruction.cpp
  bool parse_instruction();
  bool parse_operands(const OpInfo& info);
  bool parse_one_operand(const OpInfo& info, std::uint32_t position);
  bool parse_match();
  bool parse_switch();
  bool parse_case(Span& seen_else);
  bool parse_receive();
  bool parse_post();
  bool parse_post_kind();
  bool parse_value();
  bool parse_label_operand(const OpInfo& info, LabelUse::Field field);
  bool parse_label(LabelUse::Field field, std::uint32_t index);
  bool parse_function_operand(const OpInfo& info);
  bool refuse_operand_kind(const OpInfo& info, std::string_view wanted);
  bool between_operands(bool& more, bool takes_more);
  bool expect_comma(const OpInfo& info);
  void check_count(const OpInfo& info, std::uint32_t given, Span surplus);
  void refuse_result(const OpInfo& info);

  // Operands: parser_operand.cpp
  Index parse_operand(Place where);
  Step begin_operand(Index& node);
  Step begin_brackets(NodeKind kind, Index& node);
  Step add_part(Index& node);
  Index close_operand();
  Step refuse_in_brackets();
  Index parse_leaf();
  Index parse_register_leaf();
  Index parse_name_leaf();
  Index parse_constant_name();
  void refuse_reserved_word();
  void check_bound_once(Index node);
  Index add_leaf(NodeKind kind, Index ref = none);

  // Tokens, and what to do after an error: parser_recovery.cpp
  void advance() {
    previous_ = token_.kind;
    previous_end_ = token_.end;
    if (peeked_) {
      token_ = *peeked_;
      peeked_.reset();
    } else {
      lexer_.next(token_);
    }
  }
  const Token& peek() {
    if (!peeked_) lexer_.next(peeked_.emplace());
    return *peeked_;
  }
  bool accept(TokenKind kind) {
    if (!at(kind)) return false;
    advance();
    return true;
  }
  bool at(TokenKind kind) const noexcept { return token_.kind == kind; }
  bool at_keyword(Keyword keyword) const noexcept { return this->keyword() == keyword; }
  bool at_end_of_statement() const noexcept {
    // Where a line begins brackets were open at the end of the one before, so that it did not count as one;
    // that was reported.
    return at(TokenKind::Newline) || at(TokenKind::EndOfFile) || at(TokenKind::RightBrace) ||
           token_.starts_line;
  }
  bool begins_operand_here() const noexcept;
  bool begins_statement_here() { return token_.starts_line && begins_statement_in_line(); }
  bool begins_statement_in_line();
  std::optional<Keyword> keyword() const noexcept {
    if (!at(TokenKind::Name)) return std::nullopt;
    return parsed_.words.keyword(token_.text);
  }
  void skip_statement();
  template <typename... Args>
  Diagnostic* error(std::string_view code, Span span, fmt::format_string<Args...> message,
                    Args&&... args) {
    mark_broken();
    return diagnostics_.error(code, span, message, std::forward<Args>(args)...);
  }
  bool refuse(std::string_view expected, std::string_view help = {});
  void mark_broken() noexcept { is_broken_ = true; }

  Index register_index(const Token& token) {
    Index& index = parsed_.registers_by_name[token.text];
    if (index == none) index = add_register(token);
    return index;
  }
  Index add_register(const Token& token);
  Span span_of(const Token& token) const noexcept { return {file_, token.begin, token.end}; }
  Span span_from(std::uint32_t begin) const noexcept { return {file_, begin, previous_end_}; }
  std::string_view text_of(Index string) const noexcept { return module_.strings[string]; }
  Index statement_node_begin() const noexcept { return notes_.node_begins.back(); }

  std::string_view text_;
  std::uint32_t file_;
  ParsedModule& parsed_;
  Module& module_;
  Diagnostics& diagnostics_;
  Lexer lexer_;
  std::vector<ImportItem> imports_;

  Token token_;
  std::optional<Token> peeked_;
  TokenKind previous_ = TokenKind::Newline;  // the token before `token_`
  std::uint32_t previous_end_ = 0;

  Function function_;
  FunctionNotes notes_;
  std::vector<LabelUse> label_uses_;
  bool has_reported_one_line_ = false;  // that the body began on the line of its `{`

  Statement statement_;
  bool is_broken_ = false;
  BrokenStatement::Control control_ = BrokenStatement::Control::Unknown;
  std::vector<Index> operands_;
  std::size_t name_uses_before_ = 0;  // how many there were before the statement
  std::size_t function_uses_before_ = 0;
  std::uint32_t guesses_left_ = 1000;  // of what unknown instructions meant

  Place place_ = Place::Operand;
  std::vector<OpenOperand> open_;
  std::vector<Index> parts_;
  std::uint32_t nesting_ = 0;
  std::vector<Index> bound_;  // by register: the last node of a pattern that binds it
};

}  // namespace avm::ast
