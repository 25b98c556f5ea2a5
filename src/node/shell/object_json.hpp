// Values and objects as the HTTP side gives them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "avm/machine.hpp"
#include "avm/val.hpp"

namespace avm::node {

/// `{"text":"[1, obj:9002.0]","json":{"List":[…]}}`, each cut at 64 KiB.
std::string value_json(const Val& value);

/// `name`: empty where it has none. Of a long mailbox the first messages are shown.
std::string object_json(const ObjectView& object, std::string_view name);

}  // namespace avm::node
