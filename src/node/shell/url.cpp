#include "node/shell/url.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include <fmt/format.h>

#include "avm/text.hpp"

namespace avm::node {
namespace {

enum class Plus : std::uint8_t { Itself, Space };

std::optional<std::string> decode(std::string_view text, Plus plus) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == Plus::Space) {
      result += ' ';
    } else if (text[i] != '%') {
      result += text[i];
    } else {
      const std::string_view digits = text.substr(i + 1, 2);
      std::uint8_t byte = 0;
      const char* const end = digits.data() + digits.size();
      const auto [stop, error] = std::from_chars(digits.data(), end, byte, 16);
      if (digits.size() != 2 || error != std::errc() || stop != end) return std::nullopt;
      result += static_cast<char>(byte);
      i += 2;
    }
  }
  if (!is_utf8(result)) return std::nullopt;
  return result;
}

}  // namespace

std::optional<Url> Url::parse(std::string_view target) {
  const std::size_t question = target.find('?');
  auto path = decode(target.substr(0, question), Plus::Itself);
  if (!path || !path->starts_with('/')) return std::nullopt;
  Url url{.path = *std::move(path), .query = {}};
  std::string_view rest =
      question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view part = rest.substr(0, end);
    const std::size_t equals = std::min(part.find('='), part.size());
    auto name = decode(part.substr(0, equals), Plus::Space);
    auto value = decode(part.substr(std::min(equals + 1, part.size())), Plus::Space);
    if (!name || !value) return std::nullopt;
    url.query.emplace_back(*std::move(name), *std::move(value));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return url;
}

const std::string* Url::find(std::string_view name) const {
  const auto found = std::ranges::find(query, name, &std::pair<std::string, std::string>::first);
  return found == query.end() ? nullptr : &found->second;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:@";
  std::string result;
  for (const char c : text) {
    if (plain.contains(c)) {
      result += c;
    } else {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return result;
}

}  // namespace avm::node
