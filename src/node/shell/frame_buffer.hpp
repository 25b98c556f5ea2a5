// Frames out of a stream of bytes: holds what has been read until a whole frame is there.
//
// What is kept grows with what has come, never with what a length promises.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace avm::node {

class FrameBuffer {
 public:
  /// So many bytes behind a frame may be read (and mean nothing): what simdjson asks for.
  static constexpr std::size_t padding = 64;
  static constexpr std::size_t size_at_rest = std::size_t{64} << 10U;
  static constexpr std::size_t size_kept = 4 * size_at_rest;

  explicit FrameBuffer(std::size_t frame_max) : frame_max_(frame_max) {}

  /// Where the next bytes are to be read to; never empty. Ends the life of what `next` gave. Not to be
  /// called before `next` has given nothing.
  std::span<char> space();
  void filled(std::size_t count) noexcept { end_ += count; }

  /// The next frame's JSON, or nothing where it has not come whole. As the error: that it is too long.
  std::expected<std::optional<std::string_view>, std::string> next();

  /// Whether a frame has begun that is not whole.
  bool has_part() const noexcept { return begin_ != end_; }

 private:
  void allocate(std::size_t capacity);

  std::size_t frame_max_;
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;  // without the padding
  std::size_t begin_ = 0;     // of what no frame was made of yet
  std::size_t end_ = 0;
};

}  // namespace avm::node
