#include "lib/stated_runs.hpp"

#include <algorithm>

namespace avm {

std::vector<std::string> shell_words(std::string_view text) {
  std::vector<std::string> words;
  bool quoted = false;
  bool open = false;
  for (const char c : text) {
    if (c == '\'') {
      quoted = !quoted;
    } else if (c == ' ' && !quoted) {
      open = false;
      continue;
    }
    if (!open) words.emplace_back();
    open = true;
    if (c != '\'') words.back() += c;
  }
  return words;
}

std::vector<std::vector<std::string>> stated_runs(std::string_view source) {
  constexpr std::string_view directive = "; run:";
  std::vector<std::vector<std::string>> runs;
  while (source.starts_with(';')) {
    const std::string_view line = source.substr(0, source.find('\n'));
    source.remove_prefix(std::min(line.size() + 1, source.size()));
    if (!line.starts_with(directive)) continue;
    std::vector<std::string> words = shell_words(line.substr(directive.size()));
    // The program's own name and the file's.
    if (!words.empty() && words.front() == "avm-run")
      words.erase(words.begin(), words.begin() + std::min<std::ptrdiff_t>(2, std::ssize(words)));
    runs.push_back(std::move(words));
  }
  return runs;
}

}  // namespace avm
