#include "asm/lexer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace avm::ast {
namespace {

constexpr std::uint64_t register_number_max = 249;

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_name_start(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
/// What a token that begins with a character is.
enum class Beginning : std::uint8_t {
  Bad,
  Name,
  Digit,
  Register,
  Quote,
  Single,
  Opening,
  Closing,
  Blank
};
struct CharacterClass {
  Beginning beginning{};
  TokenKind kind{};  // of a token of one character
  bool is_name_letter = false;
};
constexpr std::array<CharacterClass, 256> character_classes = [] {
  std::array<CharacterClass, 256> result{};
  for (unsigned c = 0; c < 256; ++c) {
    const char letter = static_cast<char>(c);
    if (is_name_start(letter)) result[c] = {Beginning::Name, TokenKind::Name, true};
    if (is_digit(letter)) result[c] = {Beginning::Digit, TokenKind::Nat, true};
  }
  for (const char blank : {' ', '\t', '\r', '\n', ';'})
    result[static_cast<std::uint8_t>(blank)] = {Beginning::Blank};
  result['%'] = {Beginning::Register};
  result['"'] = {Beginning::Quote};
  result[','] = {Beginning::Single, TokenKind::Comma};
  result['='] = {Beginning::Single, TokenKind::Equals};
  result[':'] = {Beginning::Single, TokenKind::Colon};
  result['{'] = {Beginning::Single, TokenKind::LeftBrace};
  result['}'] = {Beginning::Single, TokenKind::RightBrace};
  result['['] = {Beginning::Opening, TokenKind::LeftBracket};
  result['('] = {Beginning::Opening, TokenKind::LeftParen};
  result[']'] = {Beginning::Closing, TokenKind::RightBracket};
  result[')'] = {Beginning::Closing, TokenKind::RightParen};
  return result;
}();
constexpr const CharacterClass& class_of(char c) noexcept {
  return character_classes[static_cast<std::uint8_t>(c)];
}
constexpr bool is_name_letter(char c) noexcept { return class_of(c).is_name_letter; }

/// 0 to 15, or 16 where it is none.
constexpr unsigned hex_digit(char c) noexcept {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return 16;
}

/// A character that other languages use, and what stands in its place here.
struct Confusable {
  std::string_view text;
  std::string_view help;
};
constexpr std::array confusables = {
    Confusable{"\r", "lines end with LF or CRLF"},
    Confusable{"//", "a comment begins with ';'"},
    Confusable{"/*", "a comment begins with ';'"},
    Confusable{"#", "a comment begins with ';'"},
    Confusable{"'", "a string stands in double quotes"},
    Confusable{"`", "a string stands in double quotes"},
    Confusable{"“", "a string stands in straight double quotes"},
    Confusable{"”", "a string stands in straight double quotes"},
    Confusable{"-", "numbers go up from 0; to subtract: %r = sub %a, %b"},
    Confusable{"+", "operations are instructions: %r = add %a, %b"},
    Confusable{"*", "operations are instructions: %r = mul %a, %b"},
    Confusable{"/", "operations are instructions: %r = div %a, %b"},
    Confusable{"<", "operations are instructions: %r = lt %a, %b"},
    Confusable{">", "operations are instructions: %r = gt %a, %b"},
    Confusable{"!", "operations are instructions: %r = not %a"},
    Confusable{"&", "operations are instructions: %r = and %a, %b"},
    Confusable{"|", "operations are instructions: %r = or %a, %b"},
    Confusable{"^", "operations are instructions: %r = xor %a, %b"},
    Confusable{"$", "a register begins with '%'"},
    Confusable{"@", "a register begins with '%'"},
};

struct Quotes {
  std::string_view opening;
  std::string_view closing;
};
constexpr std::array foreign_quotes = {Quotes{"'", "'"}, Quotes{"`", "`"}, Quotes{"“", "”"},
                                       Quotes{"”", "”"}, Quotes{"«", "»"}};

std::string_view confusable_help(std::string_view text) noexcept {
  for (const Confusable& confusable : confusables) {
    if (text.starts_with(confusable.text)) return confusable.help;
  }
  return {};
}

/// "'é' (U+00E9)"; without the picture where there is none to see.
std::string character_text(std::string_view text, CodePoint point) {
  const auto number = static_cast<std::uint32_t>(point.value);
  if (is_hidden(point.value)) return fmt::format("U+{:04X}", number);
  if (number < 0x80) return fmt::format("'{}'", text.substr(0, 1));
  return fmt::format("'{}' (U+{:04X})", text.substr(0, point.length), number);
}

}  // namespace

Lexer::Lexer(std::string_view text, std::uint32_t file, Interner& interner,
             Diagnostics& diagnostics)
    : text_(text),
      bytes_(text.data()),
      file_(file),
      interner_(interner),
      diagnostics_(diagnostics) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.starts_with(byte_order_mark)) position_ = byte_order_mark.size();
}

void Lexer::next(Token& to) {
  // Mostly spaces stand between tokens, if anything.
  while (bytes_[position_] == ' ')
    ++position_;
  const CharacterClass* c = &class_of(bytes_[position_]);
  if (c->beginning == Beginning::Blank) {
    if (skip_blank()) return finish(to, TokenKind::Newline, position_++);
    c = &class_of(bytes_[position_]);
  }
  const std::size_t begin = position_;
  switch (c->beginning) {
  case Beginning::Name:
    skip_name_letters();
    return finish(to, TokenKind::Name, begin, intern_from(begin));
  case Beginning::Digit: return number(to);
  case Beginning::Register: return register_name(to);
  case Beginning::Quote: return string(to);
  case Beginning::Blank:  // a carriage return that ends no line
  case Beginning::Bad:
    if (begin == text_.size()) return finish(to, TokenKind::EndOfFile, begin);
    return bad_character(to);
  case Beginning::Opening: ++depth_; break;
  case Beginning::Closing: depth_ -= depth_ > 0 ? 1 : 0; break;
  case Beginning::Single: break;
  }
  ++position_;
  finish(to, c->kind, begin);
}

/// Skips what stands between tokens; stops at a newline that counts, and then gives true.
bool Lexer::skip_blank() {
  for (;; ++position_) {
    switch (bytes_[position_]) {
    case ' ':
    case '\t': break;
    case '\r':
      if (at(position_ + 1) != '\n') return false;
      break;
    case ';': {
      const std::size_t end = text_.find('\n', position_);
      position_ = (end == std::string_view::npos ? text_.size() : end) - 1;
      break;
    }
    case '\n':
      starts_line_ = true;
      if (newline_counts()) return true;
      break;
    default: return false;
    }
  }
}

bool Lexer::newline_counts() const noexcept {
  return depth_ == 0 && last_ != TokenKind::Comma && last_ != TokenKind::Newline;
}

void Lexer::finish(Token& to, TokenKind kind, std::size_t begin, Index text,
                   std::uint64_t number) noexcept {
  // A newline stands at the end of one line, and so begins none.
  const bool is_newline = kind == TokenKind::Newline;
  to.kind = kind;
  to.starts_line = starts_line_ && !is_newline;
  to.begin = static_cast<std::uint32_t>(begin);
  to.end = static_cast<std::uint32_t>(is_newline ? begin + 1 : position_);
  to.text = text;
  to.number = number;
  starts_line_ = is_newline;
  last_ = kind;
}

std::size_t Lexer::skip_name_letters() noexcept {
  std::size_t end = position_;
  while (is_name_letter(bytes_[end]))
    ++end;
  return position_ = end;
}

Index Lexer::intern_from(std::size_t begin) {
  return interner_.intern({bytes_ + begin, position_ - begin});
}

void Lexer::register_name(Token& to) {
  const std::size_t begin = position_++;
  if (!is_name_start(bytes_[position_])) return numbered_register(to, begin);
  skip_name_letters();
  finish(to, TokenKind::Register, begin, intern_from(begin + 1));
}

/// Or one that has neither a number nor a name.
void Lexer::numbered_register(Token& to, std::size_t begin) {
  const std::size_t end = skip_name_letters();
  const std::string_view name = text_.substr(begin + 1, end - begin - 1);
  const auto refuse = [&](std::string message, std::string_view help) {
    Diagnostic* const diagnostic =
        diagnostics_.error("bad-register", span(begin, end), "{}", message);
    if (diagnostic != nullptr) diagnostic->help = help;
    finish(to, TokenKind::Bad, begin);
  };
  const bool is_foreign = static_cast<std::uint8_t>(at(end)) >= 0x80;
  if (name.empty() && is_foreign) return bad_character(to);
  if (name.empty()) return refuse("a register needs a name", "write '%' and a name, like %count");

  std::uint64_t number = 0;
  const auto [rest, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (rest != name.data() + name.size()) {
    return refuse(fmt::format("{} is neither a register's name nor a number", shown(name)),
                  "a name does not begin with a digit");
  }
  if (error != std::errc{} || number > register_number_max) {
    return refuse("there is no register of this number", "they go from %0 to %249");
  }
  if (name.size() > 1 && name[0] == '0') {
    return refuse("a register's number has no zeros before it", fmt::format("write %{}", number));
  }
  return finish(to, TokenKind::Register, begin, interner_.intern(name));
}

void Lexer::number(Token& to) {
  const std::size_t begin = position_;
  const std::size_t end = skip_name_letters();
  const bool is_hex = text_[begin] == '0' && (at(begin + 1) == 'x' || at(begin + 1) == 'X');
  const unsigned base = is_hex ? 16 : 10;

  std::uint64_t value = 0;
  bool too_large = false;
  bool after_digit = false;
  for (std::size_t i = begin + (is_hex ? 2 : 0); i < end; ++i) {
    if (text_[i] == '_' && after_digit) {
      after_digit = false;
      continue;
    }
    const unsigned digit = hex_digit(text_[i]);
    if (text_[i] == '_') return bad_number(to, begin, "'_' may only stand between two digits");
    if (digit >= base) {
      return bad_number(to, begin,
                        is_hex ? "its digits are 0 to 9 and a to f"
                               : "its digits are 0 to 9, or 0x and hexadecimal ones");
    }
    too_large = too_large || __builtin_mul_overflow(value, base, &value) ||
                __builtin_add_overflow(value, digit, &value);
    after_digit = true;
  }
  if (!after_digit) {
    return bad_number(to, begin,
                      is_hex && end == begin + 2 ? "digits are missing behind '0x'"
                                                 : "'_' may only stand between two digits");
  }
  if (at(end) == '.' && is_digit(at(end + 1))) {
    ++position_;
    skip_name_letters();
    return bad_number(to, begin, "numbers are whole");
  }
  if (too_large) {
    Diagnostic* const diagnostic =
        diagnostics_.error("number-too-large", span(begin, end), "this number is too large");
    if (diagnostic != nullptr)
      diagnostic->notes.emplace_back("the largest is 2^64-1, 18446744073709551615");
  }
  return finish(to, TokenKind::Nat, begin, none, value);
}

void Lexer::bad_number(Token& to, std::size_t begin, std::string_view why) {
  Diagnostic* const diagnostic =
      diagnostics_.error("bad-number", span(begin, position_), "this is not a number");
  if (diagnostic != nullptr) diagnostic->notes.emplace_back(why);
  // Something numeric was meant, so that what stands around it can still be judged.
  return finish(to, TokenKind::Nat, begin);
}

void Lexer::string(Token& to) {
  const std::size_t begin = position_++;
  std::size_t run = position_;  // what was copied into `decoded_` ends here
  bool has_escapes = false;
  decoded_.clear();
  for (; position_ < text_.size() && text_[position_] != '\n'; ++position_) {
    if (text_[position_] == '"') {
      const std::string_view rest = text_.substr(run, position_ - run);
      ++position_;
      if (!has_escapes) return finish(to, TokenKind::String, begin, interner_.intern(rest));
      decoded_ += rest;
      return finish(to, TokenKind::String, begin, interner_.intern(decoded_));
    }
    if (text_[position_] != '\\') continue;
    has_escapes = true;
    decoded_ += text_.substr(run, position_ - run);
    escape(position_);
    run = position_ + 1;
  }
  if (position_ > begin + 1 && text_[position_ - 1] == '\r') --position_;
  Diagnostic* const diagnostic = diagnostics_.error("unterminated-string", span(begin, position_),
                                                    "this string has no end on its line");
  if (diagnostic != nullptr) {
    diagnostic->help = "close it with '\"'; a line break inside of a string is written \\n";
  }
  return finish(to, TokenKind::Bad, begin);
}

/// Decodes the escape that begins at `begin`; leaves the position on its last byte.
void Lexer::escape(std::size_t begin) {
  constexpr std::string_view letters = "ntr0\"\\";
  constexpr std::string_view meanings{"\n\t\r\0\"\\", 6};
  const char letter = at(begin + 1);
  if (letter == 'u' && at(begin + 2) == '{') return unicode_escape(begin);
  const std::size_t index = letter == '\0' ? std::string_view::npos : letters.find(letter);
  if (index != std::string_view::npos) {
    position_ = begin + 1;
    decoded_ += meanings[index];
    return;
  }
  // The string has no end on its line, and that is what will be said.
  if (begin + 1 >= text_.size() || letter == '\n' || letter == '\r') return;
  position_ = begin + std::max<std::size_t>(code_point_at(text_, begin + 1).length, 1);
  Diagnostic* const diagnostic =
      diagnostics_.error("bad-escape", span(begin, position_ + 1), "this escape is not known");
  if (diagnostic != nullptr) {
    diagnostic->help = R"(the escapes are \n \t \r \0 \" \\ and \u{hex})";
  }
}

void Lexer::unicode_escape(std::size_t begin) {
  constexpr std::size_t digits_max = 6;
  const std::size_t first = begin + 3;
  std::size_t end = first;
  char32_t value = 0;
  while (hex_digit(at(end)) < 16) {
    if (end - first < digits_max) value = value * 16 + hex_digit(at(end));
    ++end;
  }
  const std::size_t digits = end - first;
  const bool closed = at(end) == '}';
  position_ = closed ? end : end - 1;

  std::string_view wrong;
  if (digits == 0 || digits > digits_max)
    wrong = R"(\u{} takes 1 to 6 hexadecimal digits)";
  else if (!closed)
    wrong = "this escape is not closed by '}'";
  else if (value > code_point_max)
    wrong = "there is no such code point: the last is U+10FFFF";
  else if (is_surrogate(value))
    wrong = "half of a surrogate pair is no code point";
  if (wrong.empty()) return append_utf8(decoded_, value);

  Diagnostic* const diagnostic =
      diagnostics_.error("bad-escape", span(begin, position_ + 1), "{}", wrong);
  if (diagnostic != nullptr) diagnostic->help = R"(for example \u{e9} is é)";
}

/// Behind the end of a string in the quotes of other languages; 0 where none is near.
std::size_t Lexer::skip_foreign_string(std::size_t begin) const noexcept {
  constexpr std::size_t length_max = 200;
  const std::string_view near = text_.substr(begin, length_max);
  const std::string_view line = near.substr(0, near.find('\n'));
  for (const auto& [opening, closing] : foreign_quotes) {
    if (!line.starts_with(opening)) continue;
    const std::size_t found = line.find(closing, opening.size());
    if (found != std::string_view::npos) return begin + found + closing.size();
  }
  return 0;
}

void Lexer::bad_character(Token& to) {
  const std::size_t begin = position_;
  const CodePoint first = code_point_at(text_, begin);
  // Garbage comes in runs, and one error for each is enough.
  const auto belongs = [&](std::size_t offset) {
    const char c = text_[offset];
    return !is_name_letter(c) &&
           std::string_view(" \t\r\n;%\",=:{}[]()").find(c) == std::string_view::npos;
  };
  position_ += std::max<std::size_t>(first.length, 1);
  while (position_ < text_.size() && belongs(position_))
    ++position_;
  position_ = std::max(position_, skip_foreign_string(begin));

  // What is not UTF-8 is reported for the whole of the file, wherever it stands.
  if (first.length != 0) report_bad_character(begin, first);
  return finish(to, TokenKind::Bad, begin);
}

void Lexer::report_bad_character(std::size_t begin, CodePoint first) {
  Diagnostic* const diagnostic =
      diagnostics_.error("bad-character", span(begin, position_), "unexpected character");
  if (diagnostic == nullptr) return;
  const std::string_view text = text_.substr(begin, position_ - begin);
  diagnostic->message = fmt::format("unexpected {}", character_text(text, first));
  if (const std::string_view help = confusable_help(text); !help.empty()) {
    diagnostic->help = help;
  } else if (first.value >= 0x80 && !is_hidden(first.value)) {
    diagnostic->notes.emplace_back("names are made of a to z, A to Z, 0 to 9 and '_'");
  }
}

}  // namespace avm::ast
