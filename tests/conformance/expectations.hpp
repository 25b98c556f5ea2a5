// What a conformance file states in the comments at its head, and how that is rewritten.
//
//   ; Any prose, then an empty comment line. A directive is a word and a colon:
//   ;
//   ; run: avm-run examples/bank.avm --setup open --run pay,pay
//   ; value: [just true,
//   ;         just false]
//   ; events:
//   ;   {"timestamp":0,…}
//
// Each `run` begins a case: the command (or its options alone) and what must come of it. What
// stands before the first `run`, or in a file without one, is a case without options. Lines that are
// indented further carry a directive on. In place of a text, `?` stands for what is not known yet:
// AVM_TEST_ACCEPT=1 fills it in.
//
//   value        the value's text form; of concurrent programs, the list of values
//   error        the text of the error that ends the run, or why it was refused
//   exit         avm-run's exit code, where it is neither 0 nor, with an error, 1
//   diagnostics  the codes of all that the assembler says, in order: `unknown-op, unused-label`
//   steps        how many steps, of all executions together
//   trace        counts of event types: `2 ObjectCreated, 0 ErrorOccurred`
//   events       the trace itself, as JSON lines
//   failures     errors inside calls, a line each: `ERROR in FUNCTION:LINE < CALLER:LINE`
//   store        the objects at the end, as JSON lines
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace avm::conformance {

struct Expectation {
  std::string key;
  std::string text;
  std::size_t first_line = 0;  // of the file, from 0
  std::size_t end_line = 0;
};

struct Case {
  std::string run;
  std::vector<Expectation> expectations;

  const Expectation* find(std::string_view key) const {
    const auto found = std::ranges::find(expectations, key, &Expectation::key);
    return found == expectations.end() ? nullptr : &*found;
  }
};

constexpr std::array keys = {"value", "error",  "exit",     "diagnostics", "steps",
                             "trace", "events", "failures", "store"};
/// These have a line for each of many things; the texts of others are joined by blanks.
constexpr std::array block_keys = {"events", "failures", "store"};

inline bool is_block(std::string_view key) { return std::ranges::count(block_keys, key) != 0; }

class File {
 public:
  explicit File(std::string_view text) {
    while (!text.empty()) {
      const auto end = text.find('\n');
      lines_.emplace_back(text.substr(0, end));
      text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
    read_head();
  }

  const std::vector<Case>& cases() const { return cases_; }

  /// Puts `text` in the place of what `expectation` says.
  void rewrite(Expectation expectation, std::string text) {
    expectation.text = std::move(text);
    replacements_.push_back(std::move(expectation));
  }

  /// The file with what was rewritten.
  std::string text() const {
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

 private:
  void read_head() {
    for (std::size_t i = 0; i < lines_.size() && (lines_[i].empty() || lines_[i][0] == ';'); ++i) {
      read_line(i);
    }
    std::erase_if(cases_, [](const Case& c) { return c.run.empty() && c.expectations.empty(); });
  }

  void read_line(std::size_t number) {
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

  static bool is_directive(std::string_view line, std::size_t colon) {
    const bool is_word = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == colon;
    return is_word && (colon + 1 == line.size() || (colon != line.npos && line[colon + 1] == ' '));
  }

  void begin(std::size_t number, std::string key, std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (key == "run") {
      cases_.push_back({});
      open_ = &cases_.back().run;
    } else if (std::ranges::count(keys, key) != 0) {
      auto& expectations = cases_.back().expectations;
      if (cases_.back().find(key) != nullptr)
        throw std::runtime_error("'" + key + "' stands twice");
      expectations.push_back({std::move(key), {}, number, number + 1});
      open_ = &expectations.back().text;
    } else {
      throw std::runtime_error("there is no directive '" + key + "'");
    }
    *open_ = text;
  }

  void carry_on(std::size_t number, std::string_view text) {
    auto& expectations = cases_.back().expectations;
    char separator = ' ';
    if (!expectations.empty() && open_ == &expectations.back().text) {
      expectations.back().end_line = number + 1;
      if (is_block(expectations.back().key)) separator = '\n';
    }
    if (!open_->empty()) *open_ += separator;
    *open_ += text;
  }

  static std::string written(const Expectation& expectation) {
    if (!is_block(expectation.key)) return "; " + expectation.key + ": " + expectation.text + "\n";
    std::string result = "; " + expectation.key + ":\n";
    std::string_view text = expectation.text;
    while (!text.empty()) {
      const auto end = text.find('\n');
      result += ";   " + std::string(text.substr(0, end)) + "\n";
      text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
    return result;
  }

  std::vector<std::string> lines_;
  std::vector<Case> cases_ = {{}};
  std::string* open_ = nullptr;  // what an indented line carries on
  bool is_prose_ = false;        // the latest line
  std::vector<Expectation> replacements_;
};

}  // namespace avm::conformance
