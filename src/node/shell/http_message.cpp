#include "node/shell/http_message.hpp"

#include <fmt/format.h>

#include "avm/text.hpp"

namespace avm::node {

HttpReply error_reply(unsigned status, std::string_view name, std::string_view text) {
  return {.status = status,
          .body = fmt::format(R"({{"error":{{"name":{},"text":{}}}}})", json_string(name),
                              json_string(text))};
}

}  // namespace avm::node
