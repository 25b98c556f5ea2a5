// Reading and writing the bytes of a tape file.
//
// Numbers are little endian. A varint has 7 bits a byte, the lowest first, the top bit set in all
// but the last; only its shortest form is taken, so that each tape has one file.
//
// ByteReader never reads past its end: what it gives there is 0 and empty, and `failed` says so.
// The caller looks once, where it matters, not after each number.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/large_blocks.hpp"

namespace avm {

template <typename Out>
void write_varint(Out& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7U)
    out.byte(static_cast<std::uint8_t>(value | 0x80));
  out.byte(static_cast<std::uint8_t>(value));
}

class ByteWriter {
 public:
  void byte(std::uint8_t value) { bytes_.push_back(value); }
  void fixed32(std::uint32_t value) {
    for (unsigned i = 0; i < 4; ++i)
      byte(static_cast<std::uint8_t>(value >> 8 * i));
  }
  void words(std::span<const std::uint32_t> values) {
    if constexpr (std::endian::native == std::endian::little) {
      const auto* const begin = reinterpret_cast<const std::uint8_t*>(values.data());
      bytes_.insert(bytes_.end(), begin, begin + values.size_bytes());
    } else {
      for (const std::uint32_t value : values)
        fixed32(value);
    }
  }
  void varint(std::uint64_t value) { write_varint(*this, value); }
  void bytes(std::span<const std::uint8_t> value) {
    bytes_.insert(bytes_.end(), value.begin(), value.end());
  }
  void text(std::string_view value) {
    varint(value.size());
    bytes_.insert(bytes_.end(), value.begin(), value.end());
  }

  const std::vector<std::uint8_t>& result() const noexcept { return bytes_; }
  void reserve(std::size_t size) {
    bytes_.reserve(size);
    heap::prefer_large_pages(bytes_.data(), size);
  }
  std::vector<std::uint8_t> take() noexcept { return std::move(bytes_); }

 private:
  std::vector<std::uint8_t> bytes_;
};

/// Writes into room that is known to be large enough.
class ByteFiller {
 public:
  /// A varint of 32 bits takes at most so many bytes.
  static constexpr std::size_t varint32_max = 5;

  explicit ByteFiller(std::uint8_t* at) noexcept : at_(at) {}

  void byte(std::uint8_t value) noexcept { *at_++ = value; }
  void varint32(std::uint32_t value) noexcept { write_varint(*this, value); }
  void text(std::string_view value) noexcept {
    varint32(static_cast<std::uint32_t>(value.size()));
    at_ = std::ranges::copy(value, at_).out;
  }
  /// `to - from`, in a few bytes where both are near each other. Any two numbers will do.
  void forward(std::uint32_t from, std::uint32_t to) noexcept { varint32(to - from); }
  /// The same where `to` may be the lesser one.
  void either_way(std::uint32_t from, std::uint32_t to) noexcept {
    const std::uint32_t distance = to - from;
    varint32(distance << 1U ^ (distance >> 31U != 0 ? ~0U : 0U));
  }

  /// Behind what was written.
  const std::uint8_t* end() const noexcept { return at_; }

 private:
  std::uint8_t* at_;
};

/// Counts what a ByteWriter would write.
class ByteCounter {
 public:
  void byte(std::uint8_t) noexcept { ++size_; }
  void words(std::span<const std::uint32_t> values) noexcept { size_ += values.size_bytes(); }
  void varint(std::uint64_t value) noexcept {
    size_ += value == 0 ? 1 : (static_cast<unsigned>(std::bit_width(value)) + 6) / 7;
  }
  void bytes(std::span<const std::uint8_t> value) noexcept { size_ += value.size(); }
  void text(std::string_view value) noexcept {
    varint(value.size());
    size_ += value.size();
  }
  std::size_t size() const noexcept { return size_; }

 private:
  std::size_t size_ = 0;
};

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

  bool failed() const noexcept { return failed_; }
  /// All was read, and nothing more.
  bool is_at_end() const noexcept { return !failed_ && rest_.empty(); }
  bool is_empty() const noexcept { return rest_.empty(); }
  std::span<const std::uint8_t> rest() const noexcept { return rest_; }
  void fail() noexcept {
    failed_ = true;
    rest_ = {};
  }

  std::uint8_t byte() noexcept {
    if (rest_.empty()) {
      fail();
      return 0;
    }
    const std::uint8_t value = rest_.front();
    rest_ = rest_.subspan(1);
    return value;
  }
  std::uint32_t fixed32() noexcept {
    const auto four = bytes(4);
    if (four.empty()) return 0;
    return four[0] | std::uint32_t{four[1]} << 8U | std::uint32_t{four[2]} << 16U |
           std::uint32_t{four[3]} << 24U;
  }
  std::uint64_t varint() noexcept { return is_short() ? byte() : long_varint(); }
  std::uint32_t varint32() noexcept {
    if (is_short()) return byte();
    const std::uint64_t value = long_varint();
    if (value > 0xffffffff) fail();
    return failed_ ? 0 : static_cast<std::uint32_t>(value);
  }
  std::span<const std::uint8_t> bytes(std::uint64_t size) noexcept {
    if (size > rest_.size()) {
      fail();
      return {};
    }
    const auto taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  /// UTF-8, whose length stands before it.
  std::string text();
  std::uint32_t forward(std::uint32_t from) noexcept { return from + varint32(); }
  std::uint32_t either_way(std::uint32_t from) noexcept {
    const std::uint32_t folded = varint32();
    return from + (folded >> 1U ^ ((folded & 1U) != 0 ? ~0U : 0U));
  }
  /// How many things follow, of which each takes `bytes_least` bytes or more. Room may be made for
  /// that many: a file cannot ask for more than a small multiple of its own size.
  std::size_t count(std::size_t bytes_least) noexcept {
    const std::uint64_t value = varint();
    if (value > rest_.size() / bytes_least) fail();
    return failed_ ? 0 : value;
  }

 private:
  // A varint of one byte, as nearly all are.
  bool is_short() const noexcept { return !rest_.empty() && rest_.front() < 0x80; }
  std::uint64_t long_varint() noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t next = byte();
      const std::uint64_t bits = next & 0x7fU;
      const bool is_lost = bits << shift >> shift != bits;
      const bool is_longer_than_needed = next == 0 && shift != 0;
      if (is_lost || is_longer_than_needed) break;
      value |= bits << shift;
      if ((next & 0x80U) == 0) return value;
    }
    fail();
    return 0;
  }

  std::span<const std::uint8_t> rest_;
  bool failed_ = false;
};

}  // namespace avm
