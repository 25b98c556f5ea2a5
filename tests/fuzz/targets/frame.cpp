// Frames of nodes: what is read is written so that it reads back as the same.
#include "node/frame.hpp"

#include "avm/text.hpp"
#include "fuzz/target.hpp"

using avm::fuzz::require;

namespace {

constexpr avm::node::FrameLimits limits{.bytes = std::size_t{1} << 20U, .nesting = 40};
// Written, a frame can be longer: a hello says its limits.
constexpr avm::node::FrameLimits written_limits{.bytes = avm::no_limit, .nesting = limits.nesting};

std::string written(const avm::node::Frame& frame) {
  std::string json;
  require(encode(frame, written_limits, json));
  return json;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = avm::fuzz::text({data, size});
  avm::node::FrameDecoder decoder(limits);
  const auto frame = decoder.decode(input);
  if (!frame) {
    require(!frame.error().empty() && avm::is_utf8(frame.error()));
    // A frame leaves nothing behind in the decoder.
    const auto again = decoder.decode(input);
    require(!again && again.error() == frame.error());
    return 0;
  }
  const std::string json = written(*frame);
  const auto back = avm::node::FrameDecoder(written_limits).decode(json);
  require(back && back->index() == frame->index());
  require(written(*back) == json);

  std::string cut = "before";
  require(!encode(*frame, {.bytes = json.size() - 1, .nesting = limits.nesting}, cut));
  require(cut == "before");
  return 0;
}
