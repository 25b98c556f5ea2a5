#include "node/shell/options.hpp"

#include <fmt/format.h>

namespace avm::node {

std::optional<std::string> unsafe_address(const ShellOptions& options) {
  if (!is_loopback(options.listen.host) && !options.tls && !options.insecure) {
    return fmt::format("others can reach {}: add --tls-cert, --tls-key and --tls-ca, or --insecure "
                       "to let anybody in",
                       options.listen.host);
  }
  if (options.http && !is_loopback(options.http->address.host) && options.http->token.empty()) {
    return fmt::format("others can reach {}: add --http-token FILE",
                       to_text(options.http->address));
  }
  return std::nullopt;
}

}  // namespace avm::node
