// Kinds of values against what the table of instructions asks for.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "avm/isa.hpp"
#include "isa/op_table.hpp"

namespace avm {

/// By tag, without any `just`s around the value. None for what `Val::kind` is to be asked about.
inline constexpr auto kinds_of_tags = [] {
  std::array<KindSet, 256> kinds{};
  const auto set = [&](Tag tag, Kind kind) {
    kinds[static_cast<std::size_t>(tag)] = kind_bit(kind);
  };
  set(Tag::Nat, Kind::Nat);
  set(Tag::Bool, Kind::Bool);
  set(Tag::Nothing, Kind::Nothing);
  set(Tag::Object, Kind::Object);
  set(Tag::Tx, Kind::Tx);
  set(Tag::EmptyList, Kind::List);
  set(Tag::List, Kind::List);
  set(Tag::Pair, Kind::Pair);
  for (std::size_t length = 0; length <= Val::inline_str_max; ++length)
    kinds[static_cast<std::size_t>(Tag::InlineStr) + length] = kind_bit(Kind::Str);
  return kinds;
}();

inline bool is_of(KindSet kinds, const Val& value) noexcept {
  const std::uint64_t header = value.header();
  const bool is_plain = (header & Val::just_mask) == 0;
  return (is_plain && (kinds & kinds_of_tags[header & Val::tag_mask]) != 0) ||
         (kinds & kind_bit(value.kind())) != 0;
}

/// What the table asks of an op's arguments; of the last and those behind it the same, since only where they are
/// as many as one likes there are more than three.
class ArgumentKinds {
 public:
  constexpr ArgumentKinds() = default;
  constexpr explicit ArgumentKinds(const OpInfo& info) {
    kinds_.fill(any_kind);
    std::size_t next = 0;
    for (const OperandInfo& operand : info.operands()) {
      if (operand.operand_class != OperandClass::Value) continue;
      const std::size_t end = operand.variadic ? kinds_.size() : next + 1;
      while (next < end)
        kinds_[next++] = operand.kinds;
    }
  }
  constexpr KindSet operator[](std::size_t argument) const noexcept {
    return kinds_[std::min(argument, kinds_.size() - 1)];
  }

 private:
  std::array<KindSet, 3> kinds_{};
};

inline constexpr auto argument_kinds = [] {
  std::array<ArgumentKinds, op_count> table{};
  for (const OpInfo& info : isa::op_table)
    table[static_cast<std::size_t>(info.op)] = ArgumentKinds(info);
  return table;
}();

}  // namespace avm
