#include "asm/parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "asm/parser_state.hpp"
#include "asm/suggest.hpp"
#include "core/large_blocks.hpp"

namespace avm::ast {

namespace {

/// How many of these letters a text has.
struct LetterCounts {
  std::size_t lines = 0;
  std::size_t commas = 0;
  std::size_t braces = 0;
};

/// In stretches whose counts fit into a byte, so that compilers count many at once.
LetterCounts count_letters(std::string_view text) {
  LetterCounts counts;
  for (std::size_t begin = 0; begin < text.size(); begin += 255) {
    const std::string_view stretch = text.substr(begin, 255);
    const auto count = [&](char letter) {
      std::uint8_t here = 0;
      for (const char c : stretch)
        here = static_cast<std::uint8_t>(here + (c == letter ? 1 : 0));
      return here;
    };
    counts.lines += count('\n');
    counts.commas += count(',');
    counts.braces += count('{');
  }
  return counts;
}

/// Makes room for the nodes of a file before they come, about one for each comma and two for each
/// line. A vector that grew by and by would have twice the memory at times.
void reserve_nodes(const LetterCounts& counts, std::vector<Node>& nodes) {
  const std::size_t wanted = nodes.size() + counts.commas + 2 * counts.lines;
  if (wanted > nodes.capacity()) nodes.reserve(std::max(wanted, 2 * nodes.capacity()));
}

/// The same for functions, and for their names: one for each brace, but none is shorter than ten
/// characters.
void reserve_functions(std::string_view text, const LetterCounts& counts, ParsedModule& parsed) {
  const std::size_t more = std::min(counts.braces, text.size() / 10);
  const auto reserve = [&](auto& items) {
    const std::size_t wanted = items.size() + more;
    if (wanted <= items.capacity()) return;
    items.reserve(std::max(wanted, 2 * items.capacity()));
    heap::prefer_large_pages(items.data(), items.capacity() * sizeof items[0]);
  };
  reserve(parsed.module.functions);
  reserve(parsed.module.strings);
  parsed.interner.reserve(more);
}

}  // namespace

std::vector<ImportItem> parse_file(std::string_view text, std::uint32_t file, ParsedModule& parsed,
                                   Diagnostics& diagnostics) {
  const LetterCounts counts = count_letters(text);
  reserve_nodes(counts, parsed.module.nodes);
  reserve_functions(text, counts, parsed);
  return Parser(text, file, parsed, diagnostics).parse();
}

Parser::Parser(std::string_view text, std::uint32_t file, ParsedModule& parsed,
               Diagnostics& diagnostics)
    : text_(text),
      file_(file),
      parsed_(parsed),
      module_(parsed.module),
      diagnostics_(diagnostics),
      lexer_(text, file, parsed.interner, diagnostics) {
  advance();
}

std::vector<ImportItem> Parser::parse() {
  while (!at(TokenKind::EndOfFile))
    parse_item();
  return std::move(imports_);
}

void Parser::parse_item() {
  if (accept(TokenKind::Newline)) return;
  const auto word = keyword();
  if (word == Keyword::Import) return parse_import();
  if (word == Keyword::Const) return parse_const();
  if (word && begins_function(*word)) return parse_function();

  const bool is_statement =
      at(TokenKind::Register) || (at(TokenKind::Name) && parsed_.words.op(token_.text).has_value());
  refuse("an item ('import', 'const', 'program', 'behavior' or 'pure')",
         is_statement ? "statements stand between the '{' and '}' of a function" : "");
  skip_to_item();
}

bool Parser::begins_item_here() {
  if (!token_.starts_line) return false;
  const auto word = keyword();
  return word && begins_item(*word) && peek().kind != TokenKind::Colon;
}

void Parser::skip_to_item() {
  do {
    lexer_.close_brackets();
    advance();
  } while (!at(TokenKind::EndOfFile) && !begins_item_here());
}

void Parser::parse_import() {
  advance();
  if (!at(TokenKind::String)) {
    refuse("a file name in double quotes", "import \"other.avm\"");
    return skip_to_item();
  }
  imports_.push_back({token_.text, span_of(token_)});
  advance();
  end_item();
}

void Parser::parse_const() {
  statement_ = {};
  advance();
  if (!at(TokenKind::Name)) {
    refuse("a name", "const limit = 10");
    return skip_to_item();
  }
  Constant constant{token_.text, span_of(token_), none};
  if (parsed_.words.is_reserved(token_.text)) {
    error("reserved-word", constant.name_span,
          "{} is a word of the language, and cannot name a constant", shown(text_of(token_.text)));
  }
  advance();
  const auto node_begin = static_cast<Index>(module_.nodes.size());
  bool is_whole = accept(TokenKind::Equals) || refuse("'='", "const limit = 10");
  if (is_whole) {
    constant.value = parse_operand(Place::ConstantValue);
    is_whole = constant.value != none;
  }
  // Without a value it is known all the same: those who use it did nothing wrong.
  module_.constants.push_back(constant);
  parsed_.constant_notes.push_back({node_begin, static_cast<Index>(module_.nodes.size())});
  if (is_whole) return end_item();
  while (!at_end_of_statement() && !at(TokenKind::EndOfFile))
    advance();
  lexer_.close_brackets();
}

/// The end of the line of an `import`, a `const` or a `}`.
void Parser::end_item() {
  if (accept(TokenKind::Newline) || at(TokenKind::EndOfFile)) return;
  refuse("the end of the line");
  skip_to_item();
}

void Parser::parse_function() {
  const std::uint32_t begin = token_.begin;
  const Mark before = parsed_.mark();
  begin_function();
  label_uses_.clear();
  bound_.clear();
  statement_ = {};
  has_reported_one_line_ = false;
  parsed_.registers_by_name.begin_scope();
  parsed_.labels_by_name.begin_scope();

  if (!parse_function_kind()) return skip_to_item();
  parse_function_name();
  if (at(TokenKind::LeftParen) && !parse_parameters()) {
    notes_.has_bad_header = true;
    skip_header();
  }
  const Span opening = span_of(token_);
  if (open_body()) {
    parse_body(opening);
  } else {
    notes_.is_open_ended = true;
  }
  finish_function(begin, before);
}

/// Makes what was grown for the function before it empty.
void Parser::begin_function() {
  const auto empty = [](auto& items) {
    items.clear();
    return std::move(items);
  };
  function_ = {.registers = empty(function_.registers),
               .labels = empty(function_.labels),
               .statements = empty(function_.statements)};
  notes_ = {.node_begins = empty(notes_.node_begins), .broken = {}};
}

bool Parser::parse_function_kind() {
  if (at_keyword(Keyword::Unsafe)) {
    function_.is_unsafe = true;
    advance();
  }
  switch (keyword().value_or(Keyword::Underscore)) {
  case Keyword::Program: function_.kind = FunctionKind::Program; break;
  case Keyword::Behavior: function_.kind = FunctionKind::Behavior; break;
  case Keyword::Pure: function_.kind = FunctionKind::Pure; break;
  default: return refuse("'program', 'behavior' or 'pure'");
  }
  advance();
  return true;
}

void Parser::parse_function_name() {
  function_.name_span = span_of(token_);
  if (!at(TokenKind::Name)) {
    refuse("the function's name");
    function_.name = parsed_.interner.intern("");
    notes_.has_bad_header = true;
    if (!at(TokenKind::LeftParen)) skip_header();
    return;
  }
  function_.name = token_.text;
  if (parsed_.words.is_reserved(token_.text)) {
    error("reserved-word", function_.name_span,
          "{} is a word of the language, and cannot name a function", shown(text_of(token_.text)));
  }
  advance();
}

bool Parser::parse_parameters() {
  advance();
  if (accept(TokenKind::RightParen)) return true;
  const std::uint32_t begin = token_.begin;
  for (;;) {
    if (!at(TokenKind::Register)) {
      const bool lacks_sign = at(TokenKind::Name) && !begins_statement_here();
      return refuse("a register",
                    lacks_sign ? fmt::format("write %{}", bare(text_of(token_.text))) : "");
    }
    add_parameter();
    if (accept(TokenKind::RightParen)) break;
    if (!accept(TokenKind::Comma)) return refuse("',' or ')'");
  }
  check_parameter_count(span_from(begin));
  return true;
}

void Parser::check_parameter_count(Span list) {
  const std::size_t count = function_.parameter_count;
  const bool is_pure = function_.kind == FunctionKind::Pure;
  if (count <= (is_pure ? parameters_max : 1)) return;
  Diagnostic* const diagnostic =
      error("too-many-parameters", list, "a {} takes at most {}, this one {}",
            is_pure ? "pure function" : function_kind_name(function_.kind),
            counted(is_pure ? parameters_max : 1, "parameter"), count);
  if (diagnostic == nullptr) return;
  if (is_pure) {
    diagnostic->help = "put some of them in a list";
  } else {
    diagnostic->notes.emplace_back("its one parameter is its input");
    diagnostic->help = "take the input apart: match %input, [%a, %b], bad";
  }
}

void Parser::add_parameter() {
  const Index parameter = register_index(token_);
  // No register was named before the parameters, so that each of them is a new one.
  if (parameter == function_.parameter_count) {
    ++function_.parameter_count;
  } else {
    Diagnostic* const diagnostic =
        error("doubled-parameter", span_of(token_), "a second parameter of the same name");
    if (diagnostic != nullptr) {
      diagnostic->others.push_back(place(function_.registers[parameter].span, "the first"));
    }
  }
  advance();
}

/// Goes to the `{` of a function, or to the end of the line.
void Parser::skip_header() {
  while (!at(TokenKind::LeftBrace) && !at_end_of_statement())
    advance();
  lexer_.close_brackets();
}

/// Takes the `{` and the end of its line. False where there is no body to parse.
bool Parser::open_body() {
  if (!at(TokenKind::LeftBrace)) {
    // Where the name or the parameters are wrong already, that was enough.
    if (!notes_.has_bad_header) {
      refuse(function_.parameter_count == 0 ? "'(' or '{'" : "'{'",
             fmt::format("{} {}(…) {{", function_kind_name(function_.kind),
                         bare(text_of(function_.name))));
    }
    skip_header();
    has_reported_one_line_ = true;
  }
  const bool is_open = accept(TokenKind::LeftBrace);
  if (accept(TokenKind::Newline) || at(TokenKind::EndOfFile)) {
    return is_open || (!begins_item_here() && !at(TokenKind::EndOfFile));
  }
  if (!has_reported_one_line_) {
    refuse("the end of the line behind '{'", "each statement stands on a line of its own");
    has_reported_one_line_ = true;
  }
  return true;
}

void Parser::parse_body(Span opening) {
  for (;;) {
    if (at(TokenKind::RightBrace)) return close_body();
    const bool is_at_item = begins_item_here();
    if (is_at_item && at_keyword(Keyword::Const)) {
      error("syntax", span_of(token_), "a constant cannot stand inside of a function");
      parse_const();
      continue;
    }
    if (is_at_item || at(TokenKind::EndOfFile)) {
      notes_.is_open_ended = true;
      Diagnostic* const diagnostic =
          error("unclosed-function", function_.name_span, "{} {} is not closed",
                function_kind_name(function_.kind), shown(text_of(function_.name)));
      if (diagnostic == nullptr) return;
      diagnostic->others.push_back(place(opening, "opened here"));
      if (is_at_item)
        diagnostic->others.push_back(place(span_of(token_), "another item begins here"));
      diagnostic->help = "close it with a line that holds '}'";
      return;
    }
    parse_line();
  }
}

void Parser::close_body() {
  advance();
  end_item();
}

void Parser::finish_function(std::uint32_t begin, const Mark& before) {
  function_.span = span_from(begin);
  notes_.node_begins.push_back(static_cast<Index>(module_.nodes.size()));
  bind_labels();
  module_.functions.push_back(std::move(function_));
  parsed_.function_notes.push_back(std::move(notes_));
  Function& function = module_.functions.back();
  FunctionNotes& notes = parsed_.function_notes.back();
  const bool is_imported = file_ != 0;
  module_.is_left_out.push_back(is_imported && function.kind == FunctionKind::Program);
  const bool is_done = parsed_.has_done_with && parsed_.has_done_with(before);
  // What has grown by and by is taken back, to be used again: the function gets what it needs.
  const auto take_back = [&](auto& grown, auto& kept) {
    grown.swap(kept);
    if (!is_done) kept.assign(grown.begin(), grown.end());
  };
  take_back(function_.registers, function.registers);
  take_back(function_.labels, function.labels);
  take_back(function_.statements, function.statements);
  take_back(notes_.node_begins, notes.node_begins);
  if (is_done) {
    parsed_.function_notes.pop_back();
    ++parsed_.first_with_notes;
  }
}

void Parser::bind_labels() {
  for (const LabelUse& use : label_uses_) {
    const Index label = parsed_.labels_by_name[use.name];
    if (label == none) {
      notes_.has_unknown_labels = true;
      report_unknown_label(use);
      continue;
    }
    function_.labels[label].is_used = true;
    switch (use.field) {
    case LabelUse::Field::Label: function_.statements[use.index].label = label; break;
    case LabelUse::Field::OtherLabel: function_.statements[use.index].other_label = label; break;
    case LabelUse::Field::Case: module_.cases[use.index].label = label; break;
    }
  }
}

void Parser::report_unknown_label(const LabelUse& use) {
  const std::string_view name = text_of(use.name);
  Diagnostic* const diagnostic = error("unknown-label", use.span, "unknown label {}", shown(name));
  if (diagnostic == nullptr) return;
  NearName near(name);
  for (const Label& label : function_.labels) {
    if (!near.offer(text_of(label.name))) break;
  }
  diagnostic->help = near.help().value_or(
      fmt::format("set it in this function, on the line where it leads: '{}:'", bare(name)));
}

}  // namespace avm::ast
