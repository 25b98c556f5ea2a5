// Val: every piece of data in the AVM (book chapter "Values").
//
// A Val is 16 bytes: a header and a payload. Numbers, Bools, ids, `nothing`, the empty list and
// strings of up to 14 bytes sit inside; longer strings, lists and pairs are reference-counted blocks.
// A `just` around a value costs no memory: a depth in the header counts the `just`s.
//
//   header  byte 0      tag; its top bit says that the payload is a counted block
//           byte 1      how many `just`s are around the value (0 to 15)
//           bytes 2-7   the first bytes of an inline string, zero padded; else zero
//   payload             a number, an id, the rest of an inline string, or a pointer to a block
//
// Forms are canonical (a short string is always inline, an empty list never has a block), so that two
// values without blocks are equal where their 16 bytes are. A Nat without `just` has the header 0.
//
// Values are immutable to whoever holds them. The operations of `src/core/blocks.hpp` change a list
// in place only where theirs is the one reference to it.
//
// No operation recurses on the native stack: values nest as deep as memory allows.
//
// Threads: reference counts are not atomic. A Val and all that shares blocks with it belong to one
// thread. Errors: what allocates throws std::bad_alloc past the heap's limit (`heap.hpp`).
#pragma once

#include <cassert>
#include <compare>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace avm {

class Val;

/// Names an object. Its top 16 bits are the prefix of the node that made it (0 on a single machine).
struct ObjectId {
  std::uint64_t number = 0;
  friend auto operator<=>(const ObjectId&, const ObjectId&) = default;
};

/// Names a transaction.
struct TxId {
  std::uint64_t number = 0;
  friend auto operator<=>(const TxId&, const TxId&) = default;
};

/// Names a constraint variable (layer 4).
struct VarId {
  std::uint64_t number = 0;
  friend auto operator<=>(const VarId&, const VarId&) = default;
};

/// What a value is to the language. `just` of anything is Just.
enum class Kind : std::uint8_t { Nat, Bool, Str, List, Pair, Nothing, Just, Object, Tx, Var };

/// The kind's name, as the `kind` operation gives it: "nat", "bool", "str", ...
std::string_view kind_name(Kind kind) noexcept;

/// How a value is stored. The language does not see it.
enum class Tag : std::uint8_t {
  Nat = 0x00,
  EmptyList = 0x01,
  Bool = 0x02,
  Nothing = 0x03,
  Object = 0x04,
  Tx = 0x05,
  Var = 0x06,
  Unknown = 0x07,
  InlineStr = 0x10,  // + length, up to 0x1e
  List = 0x81,       // payload: ListBlock*
  Pair = 0x82,       // payload: PairBlock*
  Just = 0x83,       // payload: PairBlock*, whose first is a value with 15 `just`s around it
  LongStr = 0x90,    // payload: StrBlock*
};

struct Block;
struct StrBlock;
struct ListBlock;
struct PairBlock;

class Val {
 public:
  static constexpr std::uint64_t counted_bit = 0x80;
  static constexpr std::uint64_t tag_mask = 0xff;
  static constexpr std::uint64_t just_unit = 0x100;
  static constexpr std::uint64_t just_mask = 0xff00;
  static constexpr std::size_t inline_str_max = 14;
  static constexpr unsigned inline_just_max = 15;

  /// `Nat 0`.
  constexpr Val() noexcept = default;
  Val(const Val& other) noexcept : header_(other.header_), payload_(other.payload_) { retain(); }
  Val(Val&& other) noexcept : header_(other.header_), payload_(other.payload_) {
    other.header_ = 0;
  }
  // Both assignments read `other` before they release: it may sit inside the block that this value
  // holds, as in `v = v.first()`.
  Val& operator=(const Val& other) noexcept {
    other.retain();
    replace(other.header_, other.payload_);
    return *this;
  }
  Val& operator=(Val&& other) noexcept {
    const std::uint64_t header = std::exchange(other.header_, 0);
    replace(header, other.payload_);
    return *this;
  }
  ~Val() { release(); }

  static Val nat(std::uint64_t n) noexcept { return {0, n}; }
  static Val boolean(bool b) noexcept {
    return {static_cast<std::uint64_t>(Tag::Bool), b ? 1U : 0U};
  }
  static Val nothing() noexcept { return {static_cast<std::uint64_t>(Tag::Nothing), 0}; }
  static Val object(ObjectId id) noexcept {
    return {static_cast<std::uint64_t>(Tag::Object), id.number};
  }
  static Val tx(TxId id) noexcept { return {static_cast<std::uint64_t>(Tag::Tx), id.number}; }
  static Val var(VarId id) noexcept { return {static_cast<std::uint64_t>(Tag::Var), id.number}; }
  static Val empty_list() noexcept { return {static_cast<std::uint64_t>(Tag::EmptyList), 0}; }
  /// `text` must be UTF-8: whoever takes bytes in from outside checks them (`text.hpp`, `is_utf8`).
  static Val str(std::string_view text);
  static Val list(std::span<const Val> elements);
  static Val list(std::initializer_list<Val> elements) {
    return list(std::span<const Val>(elements.begin(), elements.size()));
  }
  static Val pair(Val first, Val second);
  static Val just(Val inner);
  /// `just id`, or `nothing`.
  static Val maybe(std::optional<ObjectId> id) noexcept;

  Kind kind() const noexcept;
  bool is_nat() const noexcept { return header_ == 0 || is_none(); }
  bool is_bool() const noexcept { return is_tagged(Tag::Bool); }
  bool is_nothing() const noexcept { return is_tagged(Tag::Nothing); }
  bool is_object() const noexcept { return is_tagged(Tag::Object); }
  bool is_tx() const noexcept { return is_tagged(Tag::Tx); }
  bool is_var() const noexcept { return is_tagged(Tag::Var); }
  bool is_str() const noexcept { return (header_ & 0xff70) == 0x10 || is_none(); }
  bool is_list() const noexcept { return (header_ & 0xff7f) == 0x01 || is_none(); }
  bool is_pair() const noexcept {
    return (header_ & 0xffff) == static_cast<std::uint64_t>(Tag::Pair) || is_none();
  }
  bool is_just() const noexcept {
    return (header_ & just_mask) != 0 ||
           (header_ & tag_mask) == static_cast<std::uint64_t>(Tag::Just) || is_none();
  }

  // Each of these asks for the kind that it names.
  std::uint64_t as_nat() const noexcept {
    assert(is_nat() || is_unknown());
    return seen();
  }
  bool as_bool() const noexcept {
    assert(is_bool() || is_unknown());
    return seen() != 0;
  }
  ObjectId as_object() const noexcept {
    assert(is_object() || is_unknown());
    return {seen()};
  }
  TxId as_tx() const noexcept {
    assert(is_tx() || is_unknown());
    return {seen()};
  }
  VarId as_var() const noexcept {
    assert(is_var() || is_unknown());
    return {seen()};
  }
  /// The bytes of a Str; they live as long as this very Val (a short string sits inside it).
  std::string_view as_str() const noexcept;
  std::uint64_t list_size() const noexcept;
  /// Element `index` (below `list_size`) of a List.
  Val list_at(std::uint64_t index) const noexcept;
  const Val& first() const noexcept;
  const Val& second() const noexcept;
  /// What is inside a Just, without its outermost `just`.
  Val unwrapped() const noexcept;

  /// Structural equality. Shared parts are compared once, so that it ends soon for any two values.
  /// (The `eq` operation counts nodes instead: `equal_as_trees`.)
  friend bool operator==(const Val& a, const Val& b) {
    if (a.header_ == b.header_ && a.payload_ == b.payload_) return true;
    if (!a.is_counted() || !b.is_counted()) return a.is_unlike(b);
    return equal_blocks(a, b);
  }

  // For `compile` (`compile.hpp`), which runs a program before the answers to what it asks are known.

  /// Stands for the answer of this number. It can be passed on and be part of other values. Who looks
  /// into it is told that it is of no kind, and the look is noted.
  static Val unknown(std::uint64_t number) noexcept {
    return {static_cast<std::uint64_t>(Tag::Unknown), number};
  }
  bool is_unknown() const noexcept { return header_ == static_cast<std::uint64_t>(Tag::Unknown); }
  /// The number of the unknown that was looked into first since this was last asked on this thread.
  static std::optional<std::uint64_t> take_look() noexcept;

  // For the bytecode loop and for the operations on blocks.
  Val(std::uint64_t header, std::uint64_t payload) noexcept : header_(header), payload_(payload) {}
  std::uint64_t header() const noexcept { return header_; }
  std::uint64_t payload() const noexcept { return payload_; }
  Tag tag() const noexcept { return static_cast<Tag>(header_ & tag_mask); }
  unsigned just_depth() const noexcept {
    return static_cast<unsigned>((header_ & just_mask) >> 8U);
  }
  bool is_counted() const noexcept { return (header_ & counted_bit) != 0; }
  Block* block() const noexcept { return reinterpret_cast<Block*>(payload_); }
  void retain() const noexcept;
  void release() noexcept;
  /// Gives up the payload, with the reference to its block: this value is a Nat afterwards.
  std::uint64_t detach() noexcept {
    header_ = 0;
    return payload_;
  }

 private:
  bool is_tagged(Tag tag) const noexcept {
    return header_ == static_cast<std::uint64_t>(tag) || is_none();
  }
  // False; where this is unknown, that is a look.
  bool is_none() const noexcept {
    if (is_unknown()) [[unlikely]]
      note_look();
    return false;
  }
  std::uint64_t seen() const noexcept {
    is_none();
    return payload_;
  }
  // False for values of which one has no block, and that have not the same bytes.
  bool is_unlike(const Val& other) const noexcept {
    // Also inside of `just`s.
    if (tag() == Tag::Unknown) [[unlikely]]
      note_look();
    if (other.tag() == Tag::Unknown) [[unlikely]]
      other.note_look();
    return false;
  }
  void note_look() const noexcept;
  const Val& looked_into() const noexcept {
    note_look();
    return *this;
  }

  void replace(std::uint64_t header, std::uint64_t payload) noexcept;
  static void free_block(Block* block) noexcept;
  static bool equal_blocks(const Val& a, const Val& b);

  std::uint64_t header_ = 0;
  std::uint64_t payload_ = 0;
};

static_assert(sizeof(Val) == 16);

/// What stands at the head of each counted block.
struct Block {
  /// A count that gets here stays: the block is never freed, since who holds it is no longer known.
  static constexpr std::uint32_t immortal = ~std::uint32_t{0};

  std::uint32_t references;
  Tag tag;

  void retain() noexcept {
    if (++references == 0) [[unlikely]]
      references = immortal;
  }
  /// Takes one reference away; true where it was the last.
  bool drop() noexcept {
    if (references == immortal) [[unlikely]]
      return false;
    return --references == 0;
  }
};

inline void Val::retain() const noexcept {
  if (is_counted()) block()->retain();
}

inline void Val::release() noexcept {
  if (is_counted() && block()->drop()) free_block(block());
}

inline void Val::replace(std::uint64_t header, std::uint64_t payload) noexcept {
  Val old(header_, payload_);
  header_ = header;
  payload_ = payload;
}

}  // namespace avm
