// The parts of a request's target: "/objects/obj%3A1.2?limit=5&filter=a%20b".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace avm::node {

/// With `%41` and the like decoded. Nullopt where that is wrong, or gives no UTF-8.
struct Url {
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;

  static std::optional<Url> parse(std::string_view target);
  /// The first of that name.
  const std::string* find(std::string_view name) const;
};

/// `text` as it stands in a path or a query.
std::string percent_encoded(std::string_view text);

}  // namespace avm::node
