#include "node/shell/frame_buffer.hpp"

#include <cstdint>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

namespace avm::node {
namespace {

constexpr std::size_t head = 4;
static_assert(FrameBuffer::padding >= simdjson::SIMDJSON_PADDING);

std::size_t length_at(const char* bytes) noexcept {
  std::uint32_t length = 0;
  for (std::size_t i = 0; i < head; ++i)
    length = length << 8U | static_cast<unsigned char>(bytes[i]);
  return length;
}

}  // namespace

std::span<char> FrameBuffer::space() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
    // A long frame's memory is given back.
    if (capacity_ > size_kept) allocate(size_at_rest);
  } else if (begin_ != 0) {
    std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == capacity_) allocate(capacity_ == 0 ? size_at_rest : 2 * capacity_);
  return {bytes_.get() + end_, capacity_ - end_};
}

std::expected<std::optional<std::string_view>, std::string> FrameBuffer::next() {
  const std::size_t size = end_ - begin_;
  if (size < head) return std::nullopt;
  const std::size_t length = length_at(bytes_.get() + begin_);
  if (length > frame_max_) {
    return std::unexpected(
        fmt::format("a frame of {} bytes (--max-frame is {})", length, frame_max_));
  }
  if (size - head < length) return std::nullopt;
  const std::string_view json(bytes_.get() + begin_ + head, length);
  begin_ += head + length;
  return json;
}

void FrameBuffer::allocate(std::size_t capacity) {
  auto bytes = std::make_unique_for_overwrite<char[]>(capacity + padding);
  std::memset(bytes.get() + capacity, 0, padding);
  if (end_ != 0) std::memcpy(bytes.get(), bytes_.get(), end_);
  bytes_ = std::move(bytes);
  capacity_ = capacity;
}

}  // namespace avm::node
