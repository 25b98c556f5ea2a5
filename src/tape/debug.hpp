// The debug information of a function, as it stands in a tape file:
//
//   file, line and column of the function
//   count, lines:      how many words after the one before, how many lines after or before it, column
//   count, registers:  number:byte, words from the one before, words that it lasts, name
//   count, labels:     words from the one before, name
#pragma once

#include "avm/tape.hpp"
#include "tape/bytes.hpp"

namespace avm {

void write_debug(ByteWriter& out, const FunctionDebug& debug);

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

}  // namespace avm
