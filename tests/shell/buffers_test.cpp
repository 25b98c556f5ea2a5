// Frames out of bytes, and into bytes: however these are cut, and however much is promised.
#include <rapidcheck/catch.h>

#include <cstring>
#include <string>
#include <vector>

#include "node/shell/frame_buffer.hpp"
#include "node/shell/send_queue.hpp"

using namespace avm::node;

namespace {

/// Takes all frames out that have come whole.
void take(FrameBuffer& buffer, std::vector<std::string>& frames) {
  while (true) {
    const auto frame = buffer.next();
    REQUIRE(frame.has_value());
    if (!*frame) return;
    frames.emplace_back(**frame);
  }
}

/// Bytes that come in pieces of this size, and less where there is less room.
std::vector<std::string> read(FrameBuffer& buffer, std::string_view bytes, std::size_t piece) {
  std::vector<std::string> frames;
  while (!bytes.empty()) {
    const std::span<char> space = buffer.space();
    const std::size_t count = std::min({piece, bytes.size(), space.size()});
    REQUIRE(count > 0);
    std::memcpy(space.data(), bytes.data(), count);
    buffer.filled(count);
    bytes.remove_prefix(count);
    take(buffer, frames);
  }
  return frames;
}

std::string written(SendQueue& queue, std::size_t piece) {
  std::string bytes;
  while (true) {
    const std::string_view front = queue.front();
    if (front.empty()) return bytes;
    bytes += front.substr(0, piece);
    queue.wrote(std::min(piece, front.size()));
  }
}

}  // namespace

TEST_CASE("a frame is its length, big-endian, and its JSON") {
  SendQueue queue;
  queue.add("{}");
  queue.add(std::string(258, 'x'));
  CHECK(queue.size() == 4 + 2 + 4 + 258);
  const std::string bytes = written(queue, 1'000);
  CHECK(bytes == std::string("\0\0\0\2{}\0\0\1\2", 10) + std::string(258, 'x'));
  CHECK(queue.size() == 0);
}

TEST_CASE("whatever the pieces are, the frames are the same") {
  rc::prop("sent and read", [](const std::vector<std::string>& texts) {
    const auto out_piece = *rc::gen::inRange<std::size_t>(1, 50);
    const auto in_piece = *rc::gen::inRange<std::size_t>(1, 50);
    SendQueue queue;
    for (const std::string& text : texts)
      queue.add(text);
    FrameBuffer buffer(1'000'000);
    RC_ASSERT(read(buffer, written(queue, out_piece), in_piece) == texts);
    RC_ASSERT(!buffer.has_part());
  });
}

TEST_CASE("frames that are added while others are written keep their order") {
  SendQueue queue;
  queue.add("one");
  const std::string_view front = queue.front();
  const char* const place = front.data();
  queue.add(std::string(100'000, '2'));
  CHECK(queue.size() == 7 + 100'004);
  queue.wrote(3);
  // What is being written stays where it was.
  CHECK(queue.front().data() == place + 3);
  FrameBuffer buffer(1'000'000);
  const std::string bytes = std::string("\0\0\0", 3) + written(queue, 999);
  const auto frames = read(buffer, bytes, 1'000'000);
  REQUIRE(frames.size() == 2);
  CHECK(frames[0] == "one");
  CHECK(frames[1] == std::string(100'000, '2'));
}

TEST_CASE("a long frame makes the buffer grow as its bytes come") {
  FrameBuffer buffer(16U << 20U);
  const std::string head("\0\x0f\xff\xff", 4);
  CHECK(read(buffer, head, 4).empty());
  CHECK(buffer.has_part());
  // A promise of a MiB has made nothing of it.
  CHECK(buffer.space().size() <= FrameBuffer::size_at_rest);
  const std::string body(0x0fffff, 'x');
  CHECK(read(buffer, body, 10'000) == std::vector<std::string>{body});
  // And afterwards it is as it was.
  CHECK(buffer.space().size() == FrameBuffer::size_at_rest);
}

TEST_CASE("a frame that would be too long is refused by its length alone") {
  FrameBuffer buffer(1'000);
  const std::string fits = std::string("\0\0\3\xe8", 4) + std::string(1'000, 'x');
  CHECK(read(buffer, fits, 7).size() == 1);
  for (const std::string& head :
       {std::string("\0\0\3\xe9", 4), std::string("\xff\xff\xff\xff", 4)}) {
    FrameBuffer other(1'000);
    std::memcpy(other.space().data(), head.data(), head.size());
    other.filled(head.size());
    const auto frame = other.next();
    REQUIRE(!frame.has_value());
    CHECK(frame.error().ends_with("(--max-frame is 1000)"));
  }
}

TEST_CASE("behind a frame some bytes can be read") {
  FrameBuffer buffer(1'000'000);
  // As long as what is there at rest: the padding is behind it.
  std::string bytes("\0\0\xff\xfc", 4);
  bytes += std::string(FrameBuffer::size_at_rest - 4, 'x');
  const std::span<char> space = buffer.space();
  REQUIRE(space.size() == bytes.size());
  std::memcpy(space.data(), bytes.data(), bytes.size());
  buffer.filled(bytes.size());
  const auto frame = buffer.next();
  REQUIRE(frame.has_value());
  REQUIRE(frame->has_value());
  std::string behind((*frame)->data() + (*frame)->size(), FrameBuffer::padding);
  CHECK(behind == std::string(FrameBuffer::padding, '\0'));
}
