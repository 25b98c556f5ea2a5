// Values as clients write them: in text form, with `@NAME` for an object by its name.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "avm/val.hpp"

namespace avm::node {

using FindName = std::function<std::optional<ObjectId>(std::string_view name)>;

/// Names that stand in `text`, outside of strings.
std::vector<std::string> names_in(std::string_view text);

/// As the error: what is wrong, or which name is not known.
std::expected<Val, std::string> parse_named_value(std::string_view text, const FindName& find);

/// The same for what has to be an object: `@pong`, `obj:9002.0`, or its number.
std::expected<ObjectId, std::string> parse_target(std::string_view text, const FindName& find);

/// Whether it can stand behind an `@`.
bool is_object_name(std::string_view name);

}  // namespace avm::node
