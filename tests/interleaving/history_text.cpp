// The text form of histories.

#include <algorithm>
#include <charconv>
#include <ranges>
#include <stdexcept>
#include <utility>

#include "interleaving/history.hpp"

namespace avm::test {
namespace {

using Kind = Operation::Kind;

constexpr std::string_view object_letters = "xyz";
constexpr std::string_view kind_letters = "rfwnds";  // in the order of `Kind`
constexpr std::string_view end_letters = "cva";      // in the order of `Unit::End`

// ─── writing ────────────────────────────────────────────────────────────────────────────────────

std::string object_text(Object object) {
  if (object < object_letters.size()) return {object_letters[object]};
  return std::to_string(object);
}

std::string state_text(const State& state, std::string_view separator) {
  std::string text;
  for (const auto& [object, value] : state) {
    if (!text.empty()) text += separator;
    text += object_text(object) + "=" + std::to_string(value);
  }
  return text;
}

std::string operation_text(const Operation& operation, const std::string& unit) {
  const std::string head = kind_letters[static_cast<std::size_t>(operation.kind)] + unit;
  if (operation.kind == Kind::Scry) return head + "{" + state_text(operation.chosen, ",") + "}";
  std::string text = head + "(" + object_text(operation.object) + ")";
  if (operation.kind == Kind::Read || operation.kind == Kind::Write)
    text += "=" + (operation.value ? std::to_string(*operation.value) : "-");
  return text;
}

// ─── reading ────────────────────────────────────────────────────────────────────────────────────

/// Takes the text apart from its front.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool at_end() const { return text_.empty(); }
  bool take(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail();
  }
  /// Takes one of `letters`, and gives which.
  std::optional<std::size_t> take_any(std::string_view letters) {
    if (at_end()) return std::nullopt;
    const std::size_t which = letters.find(text_.front());
    if (which == std::string_view::npos) return std::nullopt;
    text_.remove_prefix(1);
    return which;
  }
  std::uint64_t number() {
    std::uint64_t result = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), result);
    if (error != std::errc()) fail();
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    return result;
  }
  Object object() {
    const auto letter = take_any(object_letters);
    return letter ? *letter : number();
  }
  State state(char separator, char end) {
    State result;
    while (!at_end() && !text_.starts_with(end)) {
      const Object named = object();
      expect('=');
      result.emplace(named, number());
      if (!take(separator)) break;
    }
    return result;
  }
  [[noreturn]] void fail() const {
    throw std::invalid_argument("not a history, from here on: " + std::string(text_));
  }

 private:
  std::string_view text_;
};

Operation read_operation(Reader& reader, Kind kind, Time at) {
  Operation operation{.kind = kind, .at = at};
  if (kind == Kind::Scry) {
    reader.expect('{');
    operation.chosen = reader.state(',', '}');
    reader.expect('}');
    return operation;
  }
  reader.expect('(');
  operation.object = reader.object();
  reader.expect(')');
  if (kind != Kind::Read && kind != Kind::Write) return operation;
  reader.expect('=');
  if (kind == Kind::Write || !reader.take('-')) operation.value = reader.number();
  return operation;
}

}  // namespace

std::string to_text(const History& history) {
  std::vector<std::pair<Time, std::string>> tokens;
  for (std::size_t i = 0; i < history.units.size(); ++i) {
    const Unit& unit = history.units[i];
    const std::string name = std::to_string(i + 1);
    tokens.emplace_back(unit.begin, "b" + name);
    for (const Operation& operation : unit.operations)
      tokens.emplace_back(operation.at, operation_text(operation, name));
    tokens.emplace_back(unit.end, end_letters[static_cast<std::size_t>(unit.how)] + name);
  }
  std::ranges::stable_sort(tokens, {}, &std::pair<Time, std::string>::first);
  std::string text = state_text(history.initial, " ") + " |";
  for (const std::string& token : tokens | std::views::values)
    text += " " + token;
  text += " |";
  if (!history.last.empty()) text += " " + state_text(history.last, " ");
  return text;
}

History parse_history(std::string_view text) {
  History history;
  Reader reader(text);
  history.initial = reader.state(' ', '|');
  reader.expect('|');
  reader.expect(' ');
  const auto unit = [&]() -> Unit& {
    const std::uint64_t number = reader.number();
    if (number == 0 || number > history.units.size()) reader.fail();
    return history.units[number - 1];
  };
  for (Time now = 1; !reader.take('|'); ++now) {
    if (reader.take('b')) {
      if (reader.number() != history.units.size() + 1) reader.fail();
      history.units.push_back({.begin = now});
    } else if (const auto end = reader.take_any(end_letters)) {
      Unit& ended = unit();
      ended.end = now;
      ended.how = static_cast<Unit::End>(*end);
    } else if (const auto kind = reader.take_any(kind_letters)) {
      Unit& doing = unit();
      doing.operations.push_back(read_operation(reader, static_cast<Kind>(*kind), now));
    } else {
      reader.fail();
    }
    reader.expect(' ');
  }
  reader.take(' ');
  history.last = reader.state(' ', '|');
  if (!reader.at_end()) reader.fail();
  return history;
}

}  // namespace avm::test
