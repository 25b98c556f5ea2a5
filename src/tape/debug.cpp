#include "tape/debug.hpp"

#include <stdexcept>
#include <utility>

#include "avm/text.hpp"
#include "tape/verify.hpp"

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

bool is_place(SourcePosition position) noexcept {
  return position.line != 0 && position.column != 0;
}

std::uint32_t words_to_hold(std::uint32_t pc) noexcept {
  return pc == DebugNeeds::never ? pc : pc + 1;
}

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

bool DebugNeeds::takes(std::string_view name) noexcept {
  if (is_name(name)) return true;
  is_text = is_text && is_utf8(name);
  return false;
}

void DebugNeeds::head(std::uint32_t of_file, SourcePosition position) noexcept {
  file = of_file;
  has_place = is_place(position);
}

void DebugNeeds::line(std::uint32_t pc, SourcePosition position) noexcept {
  lines = pc > line_pc_ && is_place(position) ? std::max(lines, words_to_hold(pc)) : never;
  line_pc_ = pc;
}

void DebugNeeds::reg(std::uint8_t number, std::uint32_t from, std::uint32_t to,
                     std::string_view name) noexcept {
  const std::uint64_t key = std::uint64_t{from} << 8U | number;
  const bool is_right = takes(name) && key >= register_key_ && from < to;
  registers = is_right ? std::max(registers, to) : never;
  register_count = std::max(register_count, number + 1U);
  register_key_ = key;
}

void DebugNeeds::label(std::uint32_t pc, std::string_view name) noexcept {
  labels = takes(name) && pc >= label_pc_ ? std::max(labels, words_to_hold(pc)) : never;
  label_pc_ = pc;
}

PackedDebug::PackedDebug(std::shared_ptr<const std::uint8_t[]> bytes, std::size_t size,
                         const DebugNeeds& needs)
    : bytes_(std::move(bytes)),
      size_(static_cast<std::uint32_t>(size)),
      words_(needs.words()),
      file_(needs.file),
      registers_(static_cast<std::uint16_t>(needs.register_count)) {
  if (size_ != size) throw std::length_error("debug information of one function");
}

PackedDebug::PackedDebug(const FunctionDebug& debug) : PackedDebug(DebugPacker().pack(debug)) {}

PackedDebug DebugPacker::pack(const FunctionDebug& debug) {
  bytes_.clear();
  write_debug(bytes_, debug);
  const std::span<const std::uint8_t> packed = bytes_.result();
  DebugNeeds needs;
  read_debug(ByteReader(packed), needs);
  return {room_.copy(packed), packed.size(), needs};
}

FunctionDebug PackedDebug::unpack() const {
  Unpacking unpacking;
  read_debug(ByteReader(bytes()), unpacking);
  return std::move(unpacking.debug);
}

}  // namespace avm
