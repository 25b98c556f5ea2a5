#include "tape/debug.hpp"

#include <utility>

namespace avm {
namespace {

struct Unpacking {
  FunctionDebug debug;

  void head(std::uint32_t file, SourcePosition position) {
    debug.file = file;
    debug.position = position;
  }
  void line(std::uint32_t pc, SourcePosition position) { debug.lines.push_back({pc, position}); }
  void reg(std::uint8_t number, std::uint32_t from, std::uint32_t to, std::string_view name) {
    debug.registers.push_back({number, from, to, std::string(name)});
  }
  void label(std::uint32_t pc, std::string_view name) {
    debug.labels.push_back({pc, std::string(name)});
  }
};

}  // namespace

void write_debug(ByteWriter& out, const FunctionDebug& debug) {
  out.varint(debug.file);
  out.varint(debug.position.line);
  out.varint(debug.position.column);
  out.varint(debug.lines.size());
  FunctionDebug::Line line{0, debug.position};
  for (const FunctionDebug::Line& next : debug.lines) {
    out.forward(line.pc, next.pc);
    out.either_way(line.position.line, next.position.line);
    out.varint(next.position.column);
    line = next;
  }
  out.varint(debug.registers.size());
  std::uint32_t pc = 0;
  for (const FunctionDebug::Register& named : debug.registers) {
    out.byte(named.number);
    out.forward(pc, named.from);
    out.forward(named.from, named.to);
    out.text(named.name);
    pc = named.from;
  }
  out.varint(debug.labels.size());
  pc = 0;
  for (const FunctionDebug::Label& label : debug.labels) {
    out.forward(pc, label.pc);
    out.text(label.name);
    pc = label.pc;
  }
}

PackedDebug::PackedDebug(const FunctionDebug& debug) {
  ByteWriter out;
  write_debug(out, debug);
  bytes_.assign(out.result().begin(), out.result().end());
}

PackedDebug PackedDebug::of_bytes(std::vector<std::uint8_t> bytes) noexcept {
  PackedDebug packed;
  packed.bytes_ = std::move(bytes);
  return packed;
}

FunctionDebug PackedDebug::unpack() const {
  Unpacking unpacking;
  read_debug(ByteReader(bytes_), unpacking);
  return std::move(unpacking.debug);
}

}  // namespace avm
