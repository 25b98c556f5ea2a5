// Reads the text form of values, with a stack of its own.
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "avm/text.hpp"
#include "core/blocks.hpp"
#include "core/escape.hpp"

namespace avm {

namespace {

constexpr unsigned id_number_bits = 48;
constexpr std::uint64_t id_number_max = (std::uint64_t{1} << id_number_bits) - 1;
constexpr std::uint64_t id_prefix_max = 0xffff;
constexpr char32_t code_point_max = 0x10ffff;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_name_char(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_surrogate(char32_t code_point) noexcept {
  return code_point >= 0xd800 && code_point <= 0xdfff;
}

/// The value of a hexadecimal digit; 16 or more for any other character.
unsigned digit_value(char c) noexcept {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return 16;
}

void append_utf8(std::string& text, char32_t c) {
  const auto tail = [&](unsigned shift) { return static_cast<char>(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) {
    text += static_cast<char>(c);
  } else if (c < 0x800) {
    text += {static_cast<char>(0xc0 | c >> 6), tail(0)};
  } else if (c < 0x10000) {
    text += {static_cast<char>(0xe0 | c >> 12), tail(6), tail(0)};
  } else {
    text += {static_cast<char>(0xf0 | c >> 18), tail(12), tail(6), tail(0)};
  }
}

class TextParser {
 public:
  explicit TextParser(std::string_view text) : text_(text) {}

  std::expected<Val, ParseError> run() {
    if (!is_utf8(text_)) {
      fail(utf8_prefix(text_), "this is not UTF-8");
    } else if (parse_to_end()) {
      return std::move(value_);
    }
    return std::unexpected(std::move(error_));
  }

 private:
  /// What is open around the value being read.
  struct Open {
    enum class What : std::uint8_t { List, FirstOfPair, SecondOfPair, Just };
    What what;
    std::uint64_t justs;  // of a Just
    Val value;            // the elements so far, or the first of a pair
  };
  using What = Open::What;

  bool fail(std::size_t offset, std::string message) {
    error_ = {offset, std::move(message)};
    return false;
  }

  bool parse_to_end() {
    do {
      if (!begin_value()) return false;
      // What was read may be the last part of something, and that the last part of something else.
      while (has_value_ && !open_.empty()) {
        if (!end_part()) return false;
      }
    } while (!has_value_);
    skip_space();
    return at_ == text_.size() || fail_here("the end of the value");
  }

  /// Reads a value without parts into `value_`, or opens one with parts.
  bool begin_value() {
    skip_space();
    const char c = peek();
    if (c == '[') return begin_list();
    if (c == '(') {
      ++at_;
      open_.push_back({What::FirstOfPair, 0, {}});
      return true;
    }
    if (c == '"') return parse_string();
    if (is_digit(c)) {
      const std::optional<std::uint64_t> number = parse_number();
      return number && done(Val::nat(*number));
    }
    if (is_name_char(c)) return parse_word();
    return fail_here("a value");
  }

  bool begin_list() {
    ++at_;
    skip_space();
    if (take(']')) return done(Val::empty_list());
    open_.push_back({What::List, 0, Val::empty_list()});
    return true;
  }

  /// Puts `value_` into what is open around it. Afterwards there is either a value again, whose
  /// last part this was, or none, and the next part follows.
  bool end_part() {
    Open& open = open_.back();
    if (open.what == What::Just) {
      for (; open.justs > 0; --open.justs)
        value_ = Val::just(std::move(value_));
      open_.pop_back();
      return true;
    }
    skip_space();
    switch (open.what) {
    case What::List: return end_element(open);
    case What::FirstOfPair: return end_first(open);
    default: return end_second(open);
    }
  }

  bool end_element(Open& open) {
    list_append(open.value, std::move(value_));
    if (take(',')) {
      has_value_ = false;
      return true;
    }
    if (!take(']')) return fail_here("',' or ']'");
    value_ = std::move(open.value);
    open_.pop_back();
    return true;
  }

  bool end_first(Open& open) {
    if (!take(',')) return fail_here("',' and the second value of the pair");
    open.value = std::move(value_);
    open.what = What::SecondOfPair;
    has_value_ = false;
    return true;
  }

  bool end_second(Open& open) {
    if (!take(')')) return fail_here("')'");
    value_ = Val::pair(std::move(open.value), std::move(value_));
    open_.pop_back();
    return true;
  }

  bool parse_word() {
    const std::size_t start = at_;
    while (is_name_char(peek()))
      ++at_;
    const std::string_view word = text_.substr(start, at_ - start);
    if (word == "just") return begin_just();
    if (word == "true") return done(Val::boolean(true));
    if (word == "false") return done(Val::boolean(false));
    if (word == "nothing") return done(Val::nothing());
    if (word == "obj") return parse_object();
    if (word == "tx") {
      const auto number = parse_id();
      return number && done(Val::tx({*number}));
    }
    if (word == "var") {
      const auto number = parse_id();
      return number && done(Val::var({*number}));
    }
    return fail(start,
                "'" + std::string(word) +
                    "' is no value; values are numbers, strings, true, false, nothing, just, "
                    "[...], (.., ..), obj:0, tx:0 and var:0");
  }

  /// A run of `just`s is counted, not nested.
  bool begin_just() {
    if (open_.empty() || open_.back().what != What::Just) open_.push_back({What::Just, 0, {}});
    ++open_.back().justs;
    return true;
  }

  /// The number of an id, from its colon on.
  std::optional<std::uint64_t> parse_id() {
    if (take(':') && is_digit(peek())) return parse_number();
    fail_here("':' and a number (as in 'obj:7')");
    return std::nullopt;
  }

  bool parse_object() {
    const std::size_t start = at_ + 1;
    const auto head = parse_id();
    if (!head) return false;
    if (peek() != '.') {
      return *head <= id_number_max
                 ? done(Val::object({*head}))
                 : fail(start, "an object's number is below 2^48; a prefix stands in front, as in "
                               "'obj:9002.0'");
    }
    if (*head > id_prefix_max) return fail(start, "the prefix of an object is below 65536");
    ++at_;
    const std::size_t number_start = at_;
    if (!is_digit(peek())) return fail_here("the object's number after its prefix");
    const auto number = parse_number();
    if (!number) return false;
    if (*number > id_number_max) return fail(number_start, "an object's number is below 2^48");
    return done(Val::object({*head << id_number_bits | *number}));
  }

  /// Decimal or `0x` hexadecimal, with `_` between digits. A digit is next.
  std::optional<std::uint64_t> parse_number() {
    const std::size_t start = at_;
    unsigned base = 10;
    if (text_.substr(at_).starts_with("0x")) {
      base = 16;
      at_ += 2;
    }
    std::uint64_t number = 0;
    bool fits = true;
    do {
      const unsigned digit = digit_value(peek());
      if (digit >= base) {
        fail_here(base == 16 ? "a hexadecimal digit" : "a digit");
        return std::nullopt;
      }
      ++at_;
      fits = fits && !__builtin_mul_overflow(number, base, &number) &&
             !__builtin_add_overflow(number, digit, &number);
    } while (take('_') || digit_value(peek()) < base);
    if (is_name_char(peek())) {
      fail_here("the end of the number");
      return std::nullopt;
    }
    if (!fits) {
      fail(start, "the number is larger than 18446744073709551615");
      return std::nullopt;
    }
    return number;
  }

  bool parse_string() {
    const std::size_t start = at_++;
    std::string string;
    for (;;) {
      const std::size_t run = at_;
      while (at_ < text_.size() && !needs_escape(text_[at_], Escaped::Everything))
        ++at_;
      string += text_.substr(run, at_ - run);
      if (at_ == text_.size()) return fail(start, "the string has no closing '\"'");
      if (take('"')) return done(Val::str(string));
      if (peek() != '\\') {
        return fail(at_, "a control character in a string is written as an escape, " +
                             std::string(Escape(peek()).text()));
      }
      if (!parse_escape(string)) return false;
    }
  }

  bool parse_escape(std::string& string) {
    const std::size_t start = at_++;
    const char c = at_ < text_.size() ? text_[at_++] : '\0';
    switch (c) {
    case 'n': string += '\n'; return true;
    case 't': string += '\t'; return true;
    case 'r': string += '\r'; return true;
    case '0': string += '\0'; return true;
    case '"':
    case '\\': string += c; return true;
    case 'u': return parse_code_point(start, string);
    default: return fail(start, R"(a string has the escapes \n \t \r \0 \" \\ and \u{hex} only)");
    }
  }

  bool parse_code_point(std::size_t start, std::string& string) {
    const bool opened = take('{');
    const std::size_t first = at_;
    char32_t code_point = 0;
    while (digit_value(peek()) < 16 && code_point <= code_point_max) {
      code_point = code_point * 16 + digit_value(text_[at_++]);
    }
    if (code_point > code_point_max) return fail(start, "there is no code point above \\u{10ffff}");
    if (!opened || at_ == first || !take('}')) {
      return fail(start, R"(a code point is written \u{hex}, as in \u{e9})");
    }
    if (is_surrogate(code_point)) return fail(start, "a surrogate is no code point of its own");
    append_utf8(string, code_point);
    return true;
  }

  bool done(Val value) {
    value_ = std::move(value);
    has_value_ = true;
    return true;
  }

  bool fail_here(std::string_view expected) {
    return fail(at_, "expected " + std::string(expected) + ", found " + found());
  }

  std::string found() const {
    if (at_ >= text_.size()) return "the end of the text";
    const std::string_view rest = text_.substr(at_);
    return "'" + bare(rest.substr(0, code_point_offset(rest, 1))) + "'";
  }

  /// The next character; at the end of the text NUL, which no token starts with.
  char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool take(char c) noexcept {
    if (peek() != c || at_ == text_.size()) return false;
    ++at_;
    return true;
  }

  void skip_space() noexcept {
    while (is_space(peek()))
      ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Open> open_;
  Val value_;
  bool has_value_ = false;
  ParseError error_;
};

}  // namespace

std::expected<Val, ParseError> parse_value(std::string_view text) { return TextParser(text).run(); }

}  // namespace avm
