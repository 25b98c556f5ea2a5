// The debug information of a function, as it stands in a tape file:
//
//   file, line and column of the function
//   count, lines:      how many words after the one before, how many lines after or before it, column
//   count, registers:  number:byte, words from the one before, words that it lasts, name
//   count, labels:     words from the one before, name
#pragma once

#include <algorithm>

#include "avm/tape.hpp"
#include "tape/bytes.hpp"
#include "tape/shared_room.hpp"

namespace avm {

/// FunctionDebug whose names lie elsewhere.
struct DebugView {
  struct Register {
    std::uint8_t number;
    std::uint32_t from, to;
    std::string_view name;
  };
  struct Label {
    std::uint32_t pc;
    std::string_view name;
  };

  std::uint32_t file = 0;
  SourcePosition position;
  std::vector<FunctionDebug::Line> lines;
  std::vector<Register> registers;
  std::vector<Label> labels;
};

/// Reads one, and gives each part to `visit`: `head(file, position)`, `line(pc, position)`, `reg(number,
/// from, to, name)`, `label(pc, name)`. Names are any bytes. Returns the reader, which is behind it.
template <typename Visit>
ByteReader read_debug(ByteReader in, Visit& visit) {
  const auto name = [&in] {
    const auto bytes = in.bytes(in.varint());
    return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  const std::uint32_t file = in.varint32();
  SourcePosition position;
  position.line = in.varint32();
  position.column = in.varint32();
  visit.head(file, position);
  std::uint32_t pc = 0;
  for (std::size_t count = in.count(3); count > 0 && !in.failed(); --count) {
    pc = in.forward(pc);
    position.line = in.either_way(position.line);
    position.column = in.varint32();
    visit.line(pc, position);
  }
  pc = 0;
  for (std::size_t count = in.count(4); count > 0 && !in.failed(); --count) {
    const std::uint8_t number = in.byte();
    pc = in.forward(pc);
    const std::uint32_t to = in.forward(pc);
    visit.reg(number, pc, to, name());
  }
  pc = 0;
  for (std::size_t count = in.count(2); count > 0 && !in.failed(); --count) {
    pc = in.forward(pc);
    visit.label(pc, name());
  }
  return in;
}

/// What a function has to be like for debug information to be about it; a visitor of its parts.
struct DebugNeeds {
  /// More words than any function has: what is not well formed is about none.
  static constexpr std::uint32_t never = 0xffffffff;

  std::uint32_t file = 0;
  bool has_place = false;
  bool is_text = true;  ///< All names are UTF-8.
  // How many words there have to be for the lines, in order of pc; for the registers, in order of from,
  // number; for the labels, in order of pc.
  std::uint32_t lines = 0;
  std::uint32_t registers = 0;
  std::uint32_t labels = 0;
  std::uint32_t register_count = 0;

  std::uint32_t words() const noexcept {
    return has_place ? std::max({lines, registers, labels}) : never;
  }

  void head(std::uint32_t of_file, SourcePosition position) noexcept;
  void line(std::uint32_t pc, SourcePosition position) noexcept;
  void reg(std::uint8_t number, std::uint32_t from, std::uint32_t to,
           std::string_view name) noexcept;
  void label(std::uint32_t pc, std::string_view name) noexcept;

 private:
  bool takes(std::string_view name) noexcept;

  std::int64_t line_pc_ = -1;
  std::uint64_t register_key_ = 0;
  std::uint32_t label_pc_ = 0;
};

/// Packs debug information, that of many functions in memory that they share.
class DebugPacker {
 public:
  /// Of a FunctionDebug or a DebugView.
  template <typename Debug>
  PackedDebug pack(const Debug& debug);

 private:
  std::vector<std::uint8_t> bytes_;
  SharedRoom<std::uint8_t> room_;
};

}  // namespace avm
