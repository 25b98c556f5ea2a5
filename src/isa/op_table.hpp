// The table in `ops.def` as constants, for tables that others make of it when they are compiled.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "avm/isa.hpp"

namespace avm::isa {

inline constexpr std::array kind_names = {"Nat",     "Bool", "Str",    "List", "Pair",
                                          "Nothing", "Just", "Object", "Tx",   "Var"};

constexpr KindSet parse_kind(std::string_view word) {
  if (word == "Any") return any_kind;
  if (word == "Maybe") return kind_bit(Kind::Nothing) | kind_bit(Kind::Just);
  for (std::size_t i = 0; i < kind_names.size(); ++i) {
    if (word == kind_names[i]) return static_cast<KindSet>(1U << i);
  }
  throw "ops.def: unknown kind";
}

constexpr KindSet parse_kinds(std::string_view text) {
  KindSet set = 0;
  while (!text.empty()) {
    const auto bar = text.find('|');
    set |= parse_kind(text.substr(0, bar));
    text = bar == std::string_view::npos ? "" : text.substr(bar + 1);
  }
  return set;
}

constexpr OperandInfo parse_operand(std::string_view text) {
  OperandInfo operand;
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) throw "ops.def: an operand is name:kinds";
  operand.name = text.substr(0, colon);
  text = text.substr(colon + 1);
  if (text.ends_with("...")) {
    operand.variadic = true;
    text.remove_suffix(3);
  } else if (text.ends_with("?")) {
    operand.optional = true;
    text.remove_suffix(1);
  }
  if (text == "label")
    operand.operand_class = OperandClass::Label;
  else if (text == "function")
    operand.operand_class = OperandClass::Function;
  else if (text == "post")
    operand.operand_class = OperandClass::PostKind;
  else if (text == "pattern")
    operand.operand_class = OperandClass::Pattern;
  else if (text == "cases")
    operand.operand_class = OperandClass::Cases;
  else
    operand.kinds = parse_kinds(text);
  return operand;
}

constexpr void parse_operands(OpInfo& info, std::string_view text) {
  while (!text.empty()) {
    const auto comma = text.find(", ");
    info.operand_array[info.operand_count++] = parse_operand(text.substr(0, comma));
    text = comma == std::string_view::npos ? "" : text.substr(comma + 2);
  }
}

constexpr void parse_encoding(OpInfo& info, std::string_view text) {
  info.encoding = text;
  info.slots = {Slot::Unused, Slot::Unused, Slot::Unused};
  if (text.empty()) return;
  for (std::size_t i = 0; i < 3; ++i)
    info.slots[i] = static_cast<Slot>(text[i]);
  info.word_count = 1;
  for (std::size_t i = 4; i < text.size(); ++i) {
    info.extras[i - 4] = static_cast<Extra>(text[i]);
    ++info.word_count;
  }
}

enum class Safety : std::uint8_t { Safe, Unsafe };

constexpr OpInfo mnemonic_row(Op op, std::string_view name, Group group, std::uint8_t layer,
                              Safety safety, std::string_view operands, std::string_view result,
                              std::string_view encoding, std::string_view help) {
  OpInfo info{};
  info.op = info.base = op;
  info.name = name;
  info.group = group;
  info.layer = layer;
  info.is_unsafe = safety == Safety::Unsafe;
  info.result = parse_kinds(result);
  info.help = help;
  parse_operands(info, operands);
  parse_encoding(info, encoding);
  return info;
}

constexpr OpInfo word_row(Op op, std::string_view name, Op base, std::string_view encoding,
                          std::string_view help) {
  OpInfo info{};
  info.op = op;
  info.base = base;
  info.name = name;
  info.group = Group::Word;
  info.help = help;
  parse_encoding(info, encoding);
  return info;
}

inline constexpr std::array<OpInfo, op_count> op_table = {
#define AVM_OP(id, mnemonic, group, layer, safety, operands, result, encoding, help)               \
  mnemonic_row(Op::id, mnemonic, Group::group, layer, Safety::safety, operands, result, encoding,  \
               help),
#define AVM_WORD(id, base, encoding, help) word_row(Op::id, #id, Op::base, encoding, help),
#include "avm/ops.def"
};

}  // namespace avm::isa
