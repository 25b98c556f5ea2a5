// How strings are escaped in the text form of values.
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <string_view>

namespace avm {

enum class Escaped : unsigned char {
  Everything,   ///< `"`, `\` and control characters, for text between quotes.
  ControlOnly,  ///< For text that stands bare in a line.
};

inline bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
}

inline bool needs_escape(char c, Escaped what) noexcept {
  return is_control(c) || (what == Escaped::Everything && (c == '"' || c == '\\'));
}

/// `\n`, `\"`, `\u{1b}` and so on for one character.
class Escape {
 public:
  explicit Escape(char c) noexcept {
    const std::size_t known = characters.find(c);
    if (known != std::string_view::npos) {
      size_ = 2;
      bytes_ = {'\\', letters[known]};
      return;
    }
    bytes_ = {'\\', 'u', '{'};
    char* const end = std::to_chars(&bytes_[3], &bytes_[5], static_cast<unsigned char>(c), 16).ptr;
    *end = '}';
    size_ = static_cast<std::size_t>(end + 1 - bytes_.data());
  }

  std::string_view text() const noexcept { return {bytes_.data(), size_}; }

 private:
  static constexpr std::string_view characters{"\n\t\r\0\"\\", 6};
  static constexpr std::string_view letters = "ntr0\"\\";

  std::array<char, 6> bytes_{};
  std::size_t size_ = 0;
};

/// Hands `text` on piece by piece: `run(std::string_view)` for what stands for itself,
/// `escape(std::string_view)` for an escape. Stops where one of them gives false.
template <typename Run, typename EscapeTaker>
bool for_escaped(std::string_view text, Escaped what, Run run, EscapeTaker escape) {
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!needs_escape(text[i], what)) continue;
    if (!run(text.substr(start, i - start)) || !escape(Escape(text[i]).text())) return false;
    start = i + 1;
  }
  return run(text.substr(start));
}

}  // namespace avm
