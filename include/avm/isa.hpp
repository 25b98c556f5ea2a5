// The instruction set: what the table in `ops.def` says, as data.
//
// Everything here is constant and may be used from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "avm/val.hpp"

namespace avm {

enum class Op : std::uint8_t {
#define AVM_OP(id, ...) id,
#define AVM_WORD(id, ...) id,
#include "avm/ops.def"
};

inline constexpr std::size_t op_count = 0
#define AVM_OP(...) +1
#define AVM_WORD(...) +1
#include "avm/ops.def"
    ;
static_assert(op_count <= 256, "an op is one byte of a word");

/// Families of ops. From Object to Nondet they are the AVM's own instructions, each of which is a
/// step; Word is for words of the Tape that have no mnemonic.
enum class Group : std::uint8_t {
  Control,
  Pure,
  Object,
  Introspect,
  Reify,
  Reflect,
  Tx,
  Function,
  Machine,
  Controller,
  Fd,
  Nondet,
  Word
};

/// A set of kinds, a bit for each.
using KindSet = std::uint16_t;
constexpr KindSet kind_bit(Kind kind) noexcept {
  return static_cast<KindSet>(1U << static_cast<unsigned>(kind));
}
inline constexpr KindSet any_kind = 0x3ff;
/// "nat", "nat or str", "any".
std::string_view kind_set_name(KindSet kinds) noexcept;

enum class OperandClass : std::uint8_t { Value, Label, Function, PostKind, Pattern, Cases };

struct OperandInfo {
  std::string_view name;
  OperandClass operand_class = OperandClass::Value;
  KindSet kinds = any_kind;  ///< For values: what does not raise `TypeMismatch`.
  bool optional = false;
  bool variadic = false;
};

/// What a byte of a word holds; the letters of `ops.def`.
enum class Slot : char {
  Unused = '-',
  Set = 'd',
  SetOrNone = 'D',
  Read = 's',
  ReadOrNone = 'S',
  Take = 'm',
  Change = 'x',
  Window = 'w',
  Count = 'n',
  Number = 'i',
  Number16 = 'u'
};

/// What a word behind the first holds.
enum class Extra : char { None = 0, Jump = 'j', Constant = 'k', Function = 'f', PostKind = 'p' };

/// In a word, says that an optional register is left out.
inline constexpr std::uint8_t no_register = 255;

struct OpInfo {
  Op op;
  std::string_view name;  ///< The mnemonic; for words without one the id.
  Group group;
  Op base;  ///< The op whose operand kinds and errors a word has; itself for a mnemonic.
  std::uint8_t layer;
  bool is_unsafe;
  std::array<OperandInfo, 3> operand_array;
  std::uint8_t operand_count;
  KindSet result;  ///< 0 where there is none.
  std::array<Slot, 3> slots;
  std::array<Extra, 2> extras;
  std::uint8_t word_count;  ///< Words of the Tape that it takes; 0 where it is lowered to others.
  std::string_view encoding;
  std::string_view help;

  constexpr std::span<const OperandInfo> operands() const noexcept {
    return {operand_array.data(), operand_count};
  }
  constexpr bool has_mnemonic() const noexcept { return group != Group::Word; }
  /// One of the AVM's own instructions: a step, and a place where executions may interleave.
  constexpr bool is_instruction() const noexcept {
    return group >= Group::Object && group <= Group::Nondet;
  }
  /// Nothing follows it: control goes elsewhere.
  constexpr bool is_terminator() const noexcept {
    return op == Op::jmp || op == Op::ret || op == Op::reject;
  }
};

/// By op.
extern const std::array<OpInfo, op_count> op_infos;
inline const OpInfo& op_info(Op op) noexcept { return op_infos[static_cast<std::size_t>(op)]; }
std::span<const OpInfo> all_ops() noexcept;

/// The op with this mnemonic.
std::optional<Op> find_op(std::string_view mnemonic) noexcept;

/// The name of a constraint kind for `post`, by index: eq neq leq lt geq gt all_diff val_eq …
std::span<const std::string_view> post_kinds() noexcept;
std::optional<std::uint32_t> find_post_kind(std::string_view name) noexcept;
/// How many operands a post kind takes, least and most.
struct PostArity {
  std::uint8_t least;
  std::uint8_t most;
};
PostArity post_arity(std::uint32_t kind) noexcept;

std::string_view group_name(Group group) noexcept;

}  // namespace avm
