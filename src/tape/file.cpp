// The file format:
//
//   "AVMT"  version:fixed32  checksum:fixed32  section…
//   section    id:byte  length:varint  content
//   constants  count, nodes: kind:byte and what it has: Nat varint, Bool byte, Str text,
//              List count and parts, Pair two parts, Just one part; a part is a node's index
//   functions  count, functions: name, flags (kind in bits 0 and 1, unsafe in bit 2), layer,
//              parameters, registers, hash, count, words:fixed32
//   debug      count, names of files, then for each function whether it has any, and that
//
// The checksum is the CRC-32 of all that stands behind it. The debug section is left out where
// nothing has any; the other two are always there, in this order.
#include "tape/file.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <memory>

#include <fmt/format.h>
#include <libdeflate.h>

#include "avm/text.hpp"
#include "core/large_blocks.hpp"
#include "tape/bytes.hpp"
#include "tape/debug.hpp"
#include "tape/shared_room.hpp"

namespace avm {
namespace {

constexpr std::array<std::uint8_t, 4> magic = {'A', 'V', 'M', 'T'};
constexpr std::size_t checksum_at = 8;
constexpr std::size_t header_bytes = 12;

enum class Section : std::uint8_t { Constants = 1, Functions = 2, Debug = 3 };

constexpr std::uint8_t kind_mask = 3;
constexpr std::uint8_t unsafe_flag = 4;

std::uint32_t checksum(std::span<const std::uint8_t> bytes) {
  return libdeflate_crc32(0, bytes.data(), bytes.size());
}

// ---- writing ----

template <typename Out>
void write_constants(Out& out, const ConstantPool& pool) {
  out.varint(pool.size());
  for (std::uint32_t i = 0; i < pool.size(); ++i) {
    const ConstantPool::Node& node = pool[i];
    out.byte(static_cast<std::uint8_t>(node.kind));
    switch (node.kind) {
    case Kind::Nat: out.varint(node.number); break;
    case Kind::Bool: out.byte(static_cast<std::uint8_t>(node.number)); break;
    case Kind::Str: out.text(node.text); break;
    case Kind::List: out.varint(node.parts.size()); break;
    default: break;
    }
    for (const std::uint32_t part : node.parts)
      out.varint(part);
  }
}

template <typename Out>
void write_functions(Out& out, const std::vector<TapeFunction>& functions) {
  out.varint(functions.size());
  for (const TapeFunction& function : functions) {
    out.text(function.name);
    out.byte(static_cast<std::uint8_t>(function.kind) | (function.is_unsafe ? unsafe_flag : 0));
    out.byte(function.layer);
    out.byte(function.parameters);
    out.byte(function.registers);
    out.bytes(function.hash.bytes);
    out.varint(function.code.size());
    out.words(function.code);
  }
}

template <typename Out>
void write_debug_section(Out& out, const Tape& tape) {
  out.varint(tape.files.size());
  for (const std::string& name : tape.files)
    out.text(name);
  for (const TapeFunction& function : tape.functions) {
    out.byte(function.debug ? 1 : 0);
    out.bytes(function.debug.bytes());
  }
}

bool has_debug(const Tape& tape) {
  return !tape.files.empty() || std::ranges::any_of(tape.functions, [](const TapeFunction& f) {
    return static_cast<bool>(f.debug);
  });
}

template <typename Out>
void write_section_head(Out& out, Section id, std::size_t size) {
  out.byte(static_cast<std::uint8_t>(id));
  out.varint(size);
}

/// How many bytes `write(out)` writes.
template <typename Write>
std::size_t size_of(Write write) {
  ByteCounter counter;
  write(counter);
  return counter.size();
}

// ---- reading ----

using Read = std::expected<void, TapeError>;

std::unexpected<TapeError> refuse(std::string message) {
  return std::unexpected(TapeError{std::move(message), std::nullopt, std::nullopt});
}

ConstantPool::Node read_node(ByteReader& in) {
  ConstantPool::Node node{static_cast<Kind>(in.byte()), 0, {}, {}};
  std::size_t parts = 0;
  switch (node.kind) {
  case Kind::Nat: node.number = in.varint(); break;
  case Kind::Bool:
    node.number = in.byte();
    if (node.number > 1) in.fail();
    break;
  case Kind::Str: node.text = in.text(); break;
  case Kind::List: parts = in.count(1); break;
  case Kind::Pair: parts = 2; break;
  case Kind::Nothing: break;
  case Kind::Just: parts = 1; break;
  default: in.fail(); break;
  }
  node.parts.reserve(parts);
  for (std::size_t i = 0; i < parts; ++i)
    node.parts.push_back(in.varint32());
  return node;
}

Read read_constants(ByteReader& in, ConstantPool& pool) {
  const std::size_t count = in.count(1);
  for (std::uint32_t i = 0; i < count; ++i) {
    ConstantPool::Node node = read_node(in);
    if (in.failed()) break;
    const auto stands_before = [i](std::uint32_t part) { return part < i; };
    if (!std::ranges::all_of(node.parts, stands_before)) {
      return refuse(fmt::format("constant {} has a part that does not stand before it", i));
    }
    if (pool.intern(std::move(node)) != i)
      return refuse(fmt::format("constant {} is there twice", i));
  }
  return {};
}

TapeFunction read_function(ByteReader& in, SharedRoom<Word>& room) {
  TapeFunction function;
  function.name = in.text();
  const std::uint8_t flags = in.byte();
  if ((flags & ~(kind_mask | unsafe_flag)) != 0 ||
      (flags & kind_mask) > static_cast<int>(FunctionKind::Pure))
    in.fail();
  function.kind = static_cast<FunctionKind>(flags & kind_mask);
  function.is_unsafe = (flags & unsafe_flag) != 0;
  function.layer = in.byte();
  function.parameters = in.byte();
  function.registers = in.byte();
  std::ranges::copy(in.bytes(function.hash.bytes.size()), function.hash.bytes.begin());
  const std::size_t count = in.count(sizeof(Word));
  const auto bytes = in.bytes(count * sizeof(Word));
  if (bytes.empty()) return function;
  auto words = room.take(count);
  std::memcpy(words.get(), bytes.data(), bytes.size());
  if constexpr (std::endian::native == std::endian::big) {
    for (Word& word : std::span(words.get(), count))
      word = std::byteswap(word);
  }
  function.code = Words(std::move(words), count);
  return function;
}

constexpr std::size_t function_bytes_least = 1 + 4 + 32 + 1;

Read read_functions(ByteReader& in, std::vector<TapeFunction>& functions) {
  const std::size_t count = in.count(function_bytes_least);
  functions.reserve(count);
  heap::prefer_large_pages(functions.data(), count * sizeof(TapeFunction));
  SharedRoom<Word> room(in.rest().size() / sizeof(Word));  // for all words at least
  while (functions.size() < count && !in.failed())
    functions.push_back(read_function(in, room));
  return {};
}

// Of a function, out of `block`, where `in` is.
PackedDebug read_packed(ByteReader& in, const std::shared_ptr<const std::uint8_t[]>& block) {
  const std::span<const std::uint8_t> before = in.rest();
  DebugNeeds needs;
  in = read_debug(in, needs);
  const std::size_t size = before.size() - in.rest().size();
  if (!needs.is_text || size > std::numeric_limits<std::uint32_t>::max()) in.fail();
  if (in.failed()) return {};
  return {{block, before.data()}, size, needs};
}

Read read_debug_section(ByteReader& in, Tape& tape) {
  const std::size_t size = in.rest().size();
  const auto block = heap::share<std::uint8_t>(size);
  std::ranges::copy(in.rest(), block.get());
  // Who called asks `in` only whether it was read to its end: the block may be gone by then.
  in = ByteReader({block.get(), size});
  tape.files.resize(in.count(1));
  for (std::string& name : tape.files)
    name = in.text();
  for (TapeFunction& function : tape.functions) {
    const std::uint8_t is_there = in.byte();
    if (is_there > 1) in.fail();
    if (is_there == 1) function.debug = read_packed(in, block);
    if (in.failed()) return {};
  }
  if (!has_debug(tape)) return refuse("the debug section is empty");
  return {};
}

template <typename ReadContent>
Read read_section(ByteReader& in, Section id, std::string_view name, ReadContent read_content) {
  const bool is_right = in.byte() == static_cast<std::uint8_t>(id);
  const auto content = in.bytes(in.varint());
  if (!is_right || in.failed())
    return refuse(fmt::format("the {} section is missing or cut off", name));
  ByteReader reader(content);
  if (Read read = read_content(reader); !read) return read;
  if (!reader.is_at_end()) return refuse(fmt::format("the {} section is not well formed", name));
  return {};
}

Read read_header(ByteReader& in, std::span<const std::uint8_t> bytes) {
  if (!is_tape(bytes)) return refuse("this is not a tape file");
  in.bytes(magic.size());
  // Before the checksum: what stands where in a file of another version is not known here.
  const std::uint32_t version = in.fixed32();
  const std::uint32_t expected = in.fixed32();
  if (bytes.size() >= magic.size() + sizeof version && version != Tape::version) {
    return refuse(fmt::format("this is a tape of version {}, and only version {} can be read",
                              version, Tape::version));
  }
  if (in.failed()) return refuse("the tape file is cut off");
  if (checksum(bytes.subspan(header_bytes)) != expected) {
    return refuse("the checksum is wrong: the tape file is damaged");
  }
  return {};
}

}  // namespace

std::string ByteReader::text() {
  const auto taken = bytes(varint());
  const std::string_view value(reinterpret_cast<const char*>(taken.data()), taken.size());
  if (!is_utf8(value)) fail();
  return failed_ ? std::string() : std::string(value);
}

TapeSizes tape_sizes(const Tape& tape) {
  TapeSizes sizes;
  sizes.constants = size_of([&](auto& out) { write_constants(out, tape.constants); });
  sizes.functions = size_of([&](auto& out) { write_functions(out, tape.functions); });
  if (has_debug(tape)) sizes.debug = size_of([&](auto& out) { write_debug_section(out, tape); });
  sizes.all = header_bytes;
  for (const std::size_t section : {sizes.constants, sizes.functions, sizes.debug}) {
    if (section == 0) continue;
    sizes.all +=
        size_of([&](auto& out) { write_section_head(out, Section::Debug, section); }) + section;
  }
  return sizes;
}

// What is behind the checksum is written first: into its place, as all sizes are known.
std::vector<std::uint8_t> serialize(const Tape& tape) {
  const TapeSizes sizes = tape_sizes(tape);
  ByteWriter out;
  out.reserve(sizes.all);
  out.bytes(magic);
  out.fixed32(Tape::version);
  out.fixed32(0);
  write_section_head(out, Section::Constants, sizes.constants);
  write_constants(out, tape.constants);
  write_section_head(out, Section::Functions, sizes.functions);
  write_functions(out, tape.functions);
  if (sizes.debug != 0) {
    write_section_head(out, Section::Debug, sizes.debug);
    write_debug_section(out, tape);
  }
  std::vector<std::uint8_t> bytes = out.take();
  ByteWriter sum;
  sum.fixed32(checksum(std::span(bytes).subspan(header_bytes)));
  std::ranges::copy(sum.result(), bytes.begin() + checksum_at);
  return bytes;
}

std::expected<Tape, TapeError> deserialize(std::span<const std::uint8_t> bytes) {
  ByteReader in(bytes);
  Tape tape;
  Read read = read_header(in, bytes);
  if (read) {
    read = read_section(in, Section::Constants, "constants", [&](ByteReader& content) {
      return read_constants(content, tape.constants);
    });
  }
  if (read) {
    read = read_section(in, Section::Functions, "functions", [&](ByteReader& content) {
      return read_functions(content, tape.functions);
    });
  }
  if (read && !in.is_empty()) {
    read = read_section(in, Section::Debug, "debug",
                        [&](ByteReader& content) { return read_debug_section(content, tape); });
  }
  if (!read) return std::unexpected(read.error());
  if (!in.is_at_end()) return refuse("there are bytes behind the end of the tape");
  return tape;
}

bool is_tape(std::span<const std::uint8_t> bytes) noexcept {
  return bytes.size() >= magic.size() && std::ranges::equal(bytes.first(magic.size()), magic);
}

}  // namespace avm
