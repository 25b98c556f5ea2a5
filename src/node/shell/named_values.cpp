#include "node/shell/named_values.hpp"

#include <fmt/format.h>

#include "avm/text.hpp"

namespace avm::node {
namespace {

bool is_name_byte(char c) {
  return static_cast<unsigned char>(c) > ' ' && c != '\x7f' &&
         std::string_view("@,:;=()[]{}\"\\").find(c) == std::string_view::npos;
}

/// Where the string ends that begins at `at`.
std::size_t skip_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return at + 1;
}

/// Hands on what stands for itself to `plain`, and the names behind an `@` to `named`.
template <typename Plain, typename Named>
void for_names(std::string_view text, Plain plain, Named named) {
  std::size_t begin = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] == '"') {
      at = skip_string(text, at);
    } else if (text[at] == '@') {
      plain(text.substr(begin, at - begin));
      begin = ++at;
      while (at < text.size() && is_name_byte(text[at]))
        ++at;
      named(text.substr(begin, at - begin));
      begin = at;
    } else {
      ++at;
    }
  }
  plain(text.substr(begin));
}

}  // namespace

bool is_object_name(std::string_view name) {
  if (name.empty() || !is_utf8(name)) return false;
  for (const char c : name) {
    if (!is_name_byte(c)) return false;
  }
  return true;
}

std::vector<std::string> names_in(std::string_view text) {
  std::vector<std::string> names;
  for_names(
      text, [](std::string_view) {}, [&](std::string_view name) { names.emplace_back(name); });
  return names;
}

std::expected<Val, std::string> parse_named_value(std::string_view text, const FindName& find) {
  std::string plain;
  std::string unknown;
  for_names(
      text, [&](std::string_view part) { plain += part; },
      [&](std::string_view name) {
        if (const auto id = find(name)) {
          plain += to_text(*id);
        } else if (unknown.empty()) {
          unknown = name.empty() ? "a name has to stand behind '@'"
                                 : fmt::format("there is no object named {}", quoted(name));
        }
      });
  if (!unknown.empty()) return std::unexpected(unknown);
  auto value = parse_value(plain);
  if (!value) {
    return std::unexpected(
        fmt::format("{} (at byte {})", value.error().message, value.error().offset));
  }
  return *std::move(value);
}

std::expected<ObjectId, std::string> parse_target(std::string_view text, const FindName& find) {
  const auto value = parse_named_value(text, find);
  if (!value) return std::unexpected(value.error());
  if (value->is_object()) return value->as_object();
  if (value->is_nat()) return ObjectId{value->as_nat()};
  return std::unexpected("an object is written as @NAME, obj:9002.0, or its number");
}

}  // namespace avm::node
