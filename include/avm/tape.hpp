// The Tape: what a module is once it is assembled.
//
// A Tape holds functions (programs, behaviors, pure functions) as arrays of 32-bit words, a pool of
// constants, and, unless it was left out, a debug section with names and lines. It is plain data:
// it can be written to a file and read back, copied, and shared between threads while nobody
// changes it. A machine loads only a Tape that `verify` has proved.
//
// A word is an op and three bytes A, B, C (`ops.def` says what they hold), lowest byte first; some
// ops have one or two more words behind it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "avm/isa.hpp"
#include "avm/val.hpp"

namespace avm {

using Word = std::uint32_t;

constexpr Word make_word(Op op, std::uint8_t a = 0, std::uint8_t b = 0,
                         std::uint8_t c = 0) noexcept {
  return static_cast<Word>(op) | Word{a} << 8U | Word{b} << 16U | Word{c} << 24U;
}
constexpr std::uint8_t op_byte(Word word) noexcept { return static_cast<std::uint8_t>(word); }
constexpr std::uint8_t byte_a(Word word) noexcept { return static_cast<std::uint8_t>(word >> 8U); }
constexpr std::uint8_t byte_b(Word word) noexcept { return static_cast<std::uint8_t>(word >> 16U); }
constexpr std::uint8_t byte_c(Word word) noexcept { return static_cast<std::uint8_t>(word >> 24U); }
constexpr std::uint16_t number16(Word word) noexcept {
  return static_cast<std::uint16_t>(word >> 16U);
}

/// Registers of one function: 0 to 254 (255 says "none" in a word).
inline constexpr unsigned registers_max = 255;

enum class FunctionKind : std::uint8_t { Program, Behavior, Pure };
std::string_view function_kind_name(FunctionKind kind) noexcept;

/// SHA-256.
struct Hash {
  std::array<std::uint8_t, 32> bytes{};
  std::string hex() const;
  friend bool operator==(const Hash&, const Hash&) = default;
};

/// The constants of a Tape. Parts are shared: each distinct value is one node, and a list, pair or
/// just names its parts by index, always a lower one. Holds no Val, so that it belongs to no thread.
class ConstantPool {
 public:
  struct Node {
    Kind kind;                 // Nat Bool Str List Pair Nothing Just
    std::uint64_t number = 0;  // Nat, Bool
    std::string text;          // Str
    std::vector<std::uint32_t> parts;
    friend bool operator==(const Node&, const Node&) = default;
  };

  std::uint32_t nat(std::uint64_t n) { return intern({Kind::Nat, n, {}, {}}); }
  std::uint32_t boolean(bool b) { return intern({Kind::Bool, b ? 1U : 0U, {}, {}}); }
  std::uint32_t nothing() { return intern({Kind::Nothing, 0, {}, {}}); }
  std::uint32_t str(std::string text) { return intern({Kind::Str, 0, std::move(text), {}}); }
  std::uint32_t list(std::vector<std::uint32_t> parts) {
    return intern({Kind::List, 0, {}, std::move(parts)});
  }
  std::uint32_t pair(std::uint32_t first, std::uint32_t second) {
    return intern({Kind::Pair, 0, {}, {first, second}});
  }
  std::uint32_t just(std::uint32_t inner) { return intern({Kind::Just, 0, {}, {inner}}); }
  /// The index of a value that holds no references.
  std::uint32_t value(const Val& value);
  /// The index of `node`, whose parts are in the pool already.
  std::uint32_t intern(Node node);

  std::size_t size() const noexcept { return nodes_.size(); }
  const Node& operator[](std::uint32_t index) const noexcept { return nodes_[index]; }

  /// All constants as values of the calling thread.
  std::vector<Val> materialize() const;

  friend bool operator==(const ConstantPool& a, const ConstantPool& b) {
    return a.nodes_ == b.nodes_;
  }

 private:
  std::size_t slot_of(const Node& node) const noexcept;
  void grow();

  std::vector<Node> nodes_;
  // Where each node is, by its hash: index + 1, or 0. Its size is a power of two. A plain table keeps
  // what a hostile file can make of a byte small.
  std::vector<std::uint32_t> slots_;
};

/// Where in the source something stands; lines and columns (in code points) count from 1.
struct SourcePosition {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  friend bool operator==(const SourcePosition&, const SourcePosition&) = default;
};

/// Names and lines of one function, for people.
struct FunctionDebug {
  struct Line {
    std::uint32_t pc;  ///< From this word on, up to the next entry's.
    SourcePosition position;
    friend bool operator==(const Line&, const Line&) = default;
  };
  struct Register {
    std::uint8_t number;
    std::uint32_t from, to;  ///< Words in which the register has this name: from ≤ pc < to.
    std::string name;        ///< Without the %.
    friend bool operator==(const Register&, const Register&) = default;
  };
  struct Label {
    std::uint32_t pc;
    std::string name;
    friend bool operator==(const Label&, const Label&) = default;
  };

  std::uint32_t file = 0;  ///< Index into `Tape::files`.
  SourcePosition position;
  std::vector<Line> lines;          // in order of pc
  std::vector<Register> registers;  // in order of from, number
  std::vector<Label> labels;        // in order of pc

  friend bool operator==(const FunctionDebug&, const FunctionDebug&) = default;
};

struct DebugNeeds;

/// The debug information of a function, or none, as a tape file has it: a fifth of the room, for what
/// is seldom asked for.
class PackedDebug {
 public:
  PackedDebug() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): it is the same, in less room
  PackedDebug(const FunctionDebug& debug);
  /// Of `size` bytes as `bytes` gives them, which ask for `needs`. Their memory may hold more.
  PackedDebug(std::shared_ptr<const std::uint8_t[]> bytes, std::size_t size,
              const DebugNeeds& needs);

  /// Whether there is any.
  explicit operator bool() const noexcept { return size_ != 0; }
  void reset() noexcept { *this = {}; }
  /// Of some.
  FunctionDebug unpack() const;
  std::span<const std::uint8_t> bytes() const noexcept { return {bytes_.get(), size_}; }
  /// Whether it can be about a function of so many words and registers, on a tape of so many files.
  bool fits(std::size_t words, std::size_t registers, std::size_t files) const noexcept {
    return words_ <= words && registers_ <= registers && file_ < files;
  }

  friend bool operator==(const PackedDebug& a, const PackedDebug& b) noexcept {
    return std::ranges::equal(a.bytes(), b.bytes());
  }

 private:
  std::shared_ptr<const std::uint8_t[]> bytes_;
  std::uint32_t size_ = 0;
  // What it asks for.
  std::uint32_t words_ = 0;
  std::uint32_t file_ = 0;
  std::uint16_t registers_ = 0;
};

/// The words of a function. They never change, and copies share them, as functions share the memory that
/// their words lie in.
class Words {
 public:
  Words() = default;
  explicit Words(std::span<const Word> words);
  // NOLINTNEXTLINE(google-explicit-constructor): they are the same
  Words(const std::vector<Word>& words) : Words(std::span(words)) {}
  Words(std::initializer_list<Word> words) : Words(std::span(words)) {}
  /// The first `size` of `words`, at most 2^32 - 1. Their memory may hold more.
  Words(std::shared_ptr<const Word[]> words, std::size_t size);

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  const Word* data() const noexcept { return words_.get(); }
  const Word* begin() const noexcept { return data(); }
  const Word* end() const noexcept { return data() + size_; }
  Word operator[](std::size_t index) const noexcept { return data()[index]; }

  friend bool operator==(const Words& a, const Words& b) noexcept {
    return std::ranges::equal(a, b);
  }

 private:
  std::shared_ptr<const Word[]> words_;
  std::uint32_t size_ = 0;
};

struct TapeFunction {
  std::string name;
  FunctionKind kind = FunctionKind::Program;
  bool is_unsafe = false;       ///< Declared: may use unsafe instructions.
  std::uint8_t layer = 0;       ///< Declared: the highest layer of its instructions.
  std::uint8_t parameters = 0;  ///< Of a pure function: registers 0 and up hold them at its start.
  std::uint8_t registers = 0;   ///< How many it uses: 0 to registers_max.
  Words code;
  Hash hash;  ///< Of what it does: `content_hashes`.
  PackedDebug debug;

  friend bool operator==(const TapeFunction&, const TapeFunction&) = default;
};

struct Tape {
  static constexpr std::uint32_t version = 2;

  std::vector<TapeFunction> functions;
  ConstantPool constants;
  std::vector<std::string> files;  ///< Names of source files, of the debug section.

  bool is_unsafe() const noexcept;
  std::uint8_t layer() const noexcept;
  const TapeFunction* find(std::string_view name) const noexcept;
  /// What `avm-run` runs: the one program, or of several `main`. Null where there is none.
  const TapeFunction* entry() const noexcept;

  friend bool operator==(const Tape&, const Tape&) = default;
};

/// Why a Tape was refused.
struct TapeError {
  std::string message;                  ///< One sentence.
  std::optional<std::string> function;  ///< Where it is about one.
  std::optional<std::uint32_t> pc;
  /// "function 'ping', word 12: register 7 is read before it is set"
  std::string text() const;
};

/// Proves that no word can misbehave: every register, constant, function and jump within bounds,
/// registers set before they are read, windows clear above a call, nothing counted left behind by
/// `ret`, effects only where they are allowed, layer and safety as declared, hashes true, names
/// unique. Linear in the Tape's size but for loops in control flow.
std::expected<void, TapeError> verify(const Tape& tape);

/// The hash of what each function does: its kind, parameters and words, with constants by value and
/// functions by their own hash. Its name does not count, save among functions that call each other
/// in a circle.
std::vector<Hash> content_hashes(const Tape& tape);

/// The bytes of a tape file (docs, "Tape format").
std::vector<std::uint8_t> serialize(const Tape& tape);
/// Reads a tape file. Refuses other versions, wrong checksums and what is not well formed; takes no
/// more memory than a small multiple of the bytes given. Does not verify.
std::expected<Tape, TapeError> deserialize(std::span<const std::uint8_t> bytes);
/// Whether the bytes begin as a tape file does.
bool is_tape(std::span<const std::uint8_t> bytes) noexcept;

}  // namespace avm
