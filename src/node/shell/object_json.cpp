#include "node/shell/object_json.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <fmt/format.h>

#include "avm/text.hpp"

namespace avm::node {
namespace {

constexpr std::uint64_t bytes_max = std::uint64_t{64} << 10U;
constexpr std::size_t messages_max = 100;

std::string controller_json(const std::optional<ControllerId>& controller) {
  return controller ? json_string(controller->name.as_str()) : "null";
}

}  // namespace

std::string value_json(const Val& value) {
  // A value can be small in bytes and many in nodes: each writes a byte at least.
  return fmt::format(R"({{"text":{},"json":{}}})",
                     json_string(print(value, bytes_max, bytes_max).text),
                     print_json(value, bytes_max, bytes_max).text);
}

std::string object_json(const ObjectView& object, std::string_view name) {
  std::string mailbox;
  const std::size_t shown = std::min(object.mailbox.size(), messages_max);
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) mailbox += ',';
    mailbox += value_json(object.mailbox[i]);
  }
  return fmt::format(
      R"({{"id":"{}","number":{},"name":{},"behavior":{},"machine":{},"creating_controller":{},)"
      R"("current_controller":{},"state":{},"waiting":{},"mailbox":[{}],"mailbox_size":{}}})",
      to_text(object.id), object.id.number, name.empty() ? "null" : json_string(name),
      json_string(object.behavior), json_string(object.machine.name.as_str()),
      controller_json(object.creating_controller), controller_json(object.current_controller),
      value_json(object.state), object.waiting, mailbox, object.mailbox.size());
}

}  // namespace avm::node
