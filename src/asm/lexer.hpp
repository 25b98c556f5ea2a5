// Lexer: text to tokens, one at a time.
//
// It knows where a line ends: not inside of brackets, and not behind a comma. Whatever is wrong with
// a token it reports itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "asm/diagnostics.hpp"
#include "asm/interner.hpp"
#include "asm/token.hpp"
#include "asm/unicode.hpp"

namespace avm::ast {

class Lexer {
 public:
  /// `text` is shorter than 4 GiB, and a NUL stands behind it.
  Lexer(std::string_view text, std::uint32_t file, Interner& interner, Diagnostics& diagnostics);

  /// Puts the next token in the place of `to`.
  void next(Token& to);

  /// How many brackets are open.
  std::uint32_t depth() const noexcept { return depth_; }
  /// As if each open bracket were closed: from here on newlines count again.
  void close_brackets() noexcept { depth_ = 0; }

 private:
  void finish(Token& to, TokenKind kind, std::size_t begin, Index text = none,
              std::uint64_t number = 0) noexcept;
  bool skip_blank();
  bool newline_counts() const noexcept;
  void register_name(Token& to);
  void numbered_register(Token& to, std::size_t begin);
  void number(Token& to);
  void string(Token& to);
  void escape(std::size_t begin);
  void unicode_escape(std::size_t begin);
  void bad_character(Token& to);
  std::size_t skip_foreign_string(std::size_t begin) const noexcept;
  void report_bad_character(std::size_t begin, CodePoint first);
  void bad_number(Token& to, std::size_t begin, std::string_view why);
  std::size_t skip_name_letters() noexcept;
  Index intern_from(std::size_t begin);

  Span span(std::size_t begin, std::size_t end) const noexcept {
    return {file_, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
  }
  char at(std::size_t offset) const noexcept {
    return offset < text_.size() ? text_[offset] : '\0';
  }

  std::string_view text_;
  const char* bytes_;  // of the text, and a NUL
  std::uint32_t file_;
  Interner& interner_;
  Diagnostics& diagnostics_;
  std::size_t position_ = 0;
  std::uint32_t depth_ = 0;
  TokenKind last_ = TokenKind::Newline;
  bool starts_line_ = true;
  std::string decoded_;  // the string token under way, where it has escapes
};

}  // namespace avm::ast
