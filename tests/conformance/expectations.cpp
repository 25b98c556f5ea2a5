#include "conformance/expectations.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace avm::conformance {
namespace {

constexpr std::array<std::string_view, 10> keys = {"value",    "error", "exit",       "diagnostics",
                                                   "steps",    "trace", "trace-like", "events",
                                                   "failures", "store"};
// These have a line for each of many things; the texts of others are joined by blanks.
constexpr std::array<std::string_view, 4> block_keys = {"events", "trace-like", "failures",
                                                        "store"};
constexpr std::size_t width = 100;

bool is_block(std::string_view key) { return std::ranges::count(block_keys, key) != 0; }

bool is_directive(std::string_view line, std::size_t colon) {
  const bool is_word = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == colon;
  return is_word && (colon + 1 == line.size() || (colon != line.npos && line[colon + 1] == ' '));
}

// The first line of `text`, which is taken off it.
std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

// Where a text can be broken so that its lines, joined by a blank, are the text again.
std::size_t break_before(std::string_view text, std::size_t limit) {
  if (text.size() < 2) return text.npos;
  for (std::size_t at = std::min(limit, text.size() - 2); at > 0; --at) {
    if (text[at] == ' ' && text[at - 1] != ' ' && text[at + 1] != ' ') return at;
  }
  return text.npos;
}

std::string written(const Expectation& expectation) {
  std::string result = fmt::format("; {}:", expectation.key);
  std::string_view text = expectation.text;
  if (is_block(expectation.key)) {
    result += '\n';
    while (!text.empty())
      result += fmt::format(";   {}\n", take_line(text));
    return result;
  }
  const std::string indent = fmt::format(";{:{}}", "", expectation.key.size() + 3);
  std::string head = result + ' ';
  result.clear();
  while (head.size() + text.size() > width) {
    const std::size_t end = break_before(text, width - head.size());
    if (end == text.npos) break;
    result += fmt::format("{}{}\n", head, text.substr(0, end));
    text.remove_prefix(end + 1);
    head = indent;
  }
  if (text.empty()) head.pop_back();
  return result + head + std::string(text) + '\n';
}

}  // namespace

const Expectation* Case::find(std::string_view key) const {
  const auto found = std::ranges::find(expectations, key, &Expectation::key);
  return found == expectations.end() ? nullptr : &*found;
}

File::File(std::string_view text) {
  while (!text.empty())
    lines_.emplace_back(take_line(text));
  read_head();
}

std::vector<std::string> File::covers() const {
  std::vector<std::string> rows;
  std::string_view text = covers_;
  while (!text.empty()) {
    const auto begin = std::min(text.find_first_not_of(", "), text.size());
    text.remove_prefix(begin);
    const auto end = std::min(text.find_first_of(", "), text.size());
    if (end != 0) rows.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return rows;
}

void File::rewrite(Expectation expectation, std::string text) {
  expectation.text = std::move(text);
  replacements_.push_back(std::move(expectation));
}

std::string File::text() const {
  std::string result;
  for (std::size_t i = 0; i < lines_.size();) {
    const auto changed = std::ranges::find(replacements_, i, &Expectation::first_line);
    if (changed == replacements_.end()) {
      result += lines_[i++] + "\n";
    } else {
      result += written(*changed);
      i = changed->end_line;
    }
  }
  return result;
}

void File::read_head() {
  for (std::size_t i = 0; i < lines_.size() && (lines_[i].empty() || lines_[i][0] == ';'); ++i) {
    read_line(i);
  }
  std::erase_if(cases_, [](const Case& c) { return c.run.empty() && c.expectations.empty(); });
  if (cases_.empty()) complaints_.emplace_back("the file states nothing");
  for (const Case& c : cases_) {
    if (c.expectations.empty())
      complaints_.push_back(fmt::format("run '{}': this run states nothing", c.run));
  }
}

void File::read_line(std::size_t number) {
  std::string_view line = lines_[number];
  line.remove_prefix(std::min<std::size_t>(line.size(), 1));
  const auto indent = std::min(line.find_first_not_of(' '), line.size());
  line.remove_prefix(indent);
  if (indent > 1 && open_ != nullptr) return carry_on(number, line);
  const auto colon = line.find(':');
  if (indent == 1 && !is_prose_ && is_directive(line, colon)) {
    return begin(number, std::string(line.substr(0, colon)), line.substr(colon + 1));
  }
  // What reads like a directive in the middle of a paragraph is part of it.
  is_prose_ = !line.empty();
  open_ = nullptr;
}

void File::begin(std::size_t number, std::string key, std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  open_ = nullptr;
  if (key == "run") {
    cases_.push_back({});
    open_ = &cases_.back().run;
  } else if (key == "covers") {
    if (!covers_.empty()) complaints_.emplace_back("'covers' stands twice");
    open_ = &covers_;
  } else if (std::ranges::count(keys, key) == 0) {
    complaints_.push_back(fmt::format("line {}: there is no directive '{}'", number + 1, key));
  } else if (cases_.back().find(key) != nullptr) {
    complaints_.push_back(fmt::format("line {}: '{}' stands twice", number + 1, key));
  } else {
    auto& expectations = cases_.back().expectations;
    expectations.push_back({std::move(key), {}, number, number + 1});
    open_ = &expectations.back().text;
  }
  if (open_ != nullptr) *open_ += text;
}

void File::carry_on(std::size_t number, std::string_view text) {
  auto& expectations = cases_.back().expectations;
  char separator = ' ';
  if (!expectations.empty() && open_ == &expectations.back().text) {
    expectations.back().end_line = number + 1;
    if (is_block(expectations.back().key)) separator = '\n';
  }
  if (!open_->empty()) *open_ += separator;
  *open_ += text;
}

}  // namespace avm::conformance
