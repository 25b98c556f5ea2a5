// NodeCore: peers that lie, ask for too much, or say what makes no sense. It hurts nobody else.
#include <catch2/catch.hpp>

#include "avm/text.hpp"
#include "node/bare_node.hpp"

namespace avm::node::test {
namespace {

// ─── what is said of it ─────────────────────────────────────────────────────────────────────────

TEST_CASE("a log line is one line, and short, whatever a peer calls itself or its frames") {
  BareNode node;
  const ConnectionId beta = node.meet("beta\nerror: forged", 2);
  node.tell(beta, Unknown{"a\x1b[31m" + std::string(100'000, 'x')});
  node.tell(beta, Goodbye{.reason = std::string(100'000, '\n'), .stopping = false});
  node.lose(beta);
  CHECK(node.log_lines.size() >= 3);
  for (const std::string& line : node.log_lines) {
    CHECK(line == bare(line));
    CHECK(line.size() < 7'000);
  }
}

}  // namespace
}  // namespace avm::node::test
