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

/// No less room than it takes.
template <typename Debug>
std::size_t room_for(const Debug& debug) {
  constexpr std::size_t number = ByteFiller::varint32_max;
  std::size_t room = 6 * number + debug.lines.size() * 3 * number;
  for (const auto& named : debug.registers)
    room += 1 + 3 * number + named.name.size();
  for (const auto& label : debug.labels)
    room += 2 * number + label.name.size();
  return room;
}

/// Writes it, and notes what it asks for.
template <typename Debug>
void write_debug(ByteFiller& to, const Debug& debug, DebugNeeds& needs) {
  ByteFiller out = to;
  const auto count = [&](const auto& items) {
    out.varint32(static_cast<std::uint32_t>(items.size()));
  };
  needs.head(debug.file, debug.position);
  out.varint32(debug.file);
  out.varint32(debug.position.line);
  out.varint32(debug.position.column);
  count(debug.lines);
  FunctionDebug::Line line{0, debug.position};
  for (const FunctionDebug::Line& next : debug.lines) {
    needs.line(next.pc, next.position);
    out.forward(line.pc, next.pc);
    out.either_way(line.position.line, next.position.line);
    out.varint32(next.position.column);
    line = next;
  }
  count(debug.registers);
  std::uint32_t pc = 0;
  for (const auto& named : debug.registers) {
    needs.reg(named.number, named.from, named.to, named.name);
    out.byte(named.number);
    out.forward(pc, named.from);
    out.forward(named.from, named.to);
    out.text(named.name);
    pc = named.from;
  }
  count(debug.labels);
  pc = 0;
  for (const auto& label : debug.labels) {
    needs.label(label.pc, label.name);
    out.forward(pc, label.pc);
    out.text(label.name);
    pc = label.pc;
  }
  to = out;
}

std::uint32_t words_to_hold(std::uint32_t pc) noexcept {
  return pc == DebugNeeds::never ? pc : pc + 1;
}

}  // namespace

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

template <typename Debug>
PackedDebug DebugPacker::pack(const Debug& debug) {
  const std::size_t room = room_for(debug);
  if (bytes_.size() < room) bytes_.resize(room);
  ByteFiller out(bytes_.data());
  DebugNeeds needs;
  write_debug(out, debug, needs);
  const std::span<const std::uint8_t> packed(bytes_.data(), out.end());
  return {room_.copy(packed), packed.size(), needs};
}

template PackedDebug DebugPacker::pack(const FunctionDebug& debug);
template PackedDebug DebugPacker::pack(const DebugView& debug);

FunctionDebug PackedDebug::unpack() const {
  Unpacking unpacking;
  read_debug(ByteReader(bytes()), unpacking);
  return std::move(unpacking.debug);
}

}  // namespace avm
