#include "avm/isa.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace avm {
namespace {

constexpr std::array kind_names = {"Nat",     "Bool", "Str",    "List", "Pair",
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

constexpr std::array<OpInfo, op_count> table = {
#define AVM_OP(id, mnemonic, group, layer, safety, operands, result, encoding, help)               \
  mnemonic_row(Op::id, mnemonic, Group::group, layer, Safety::safety, operands, result, encoding,  \
               help),
#define AVM_WORD(id, base, encoding, help) word_row(Op::id, #id, Op::base, encoding, help),
#include "avm/ops.def"
};

constexpr std::array<std::string_view, 12> post_kind_names = {
    "eq",       "neq",    "leq",     "lt",     "geq",     "gt",
    "all_diff", "val_eq", "val_leq", "val_lt", "val_geq", "val_gt"};

const std::map<std::string_view, Op>& mnemonics() {
  static const auto* const map = [] {
    auto* result = new std::map<std::string_view, Op>;
    for (const OpInfo& info : table) {
      if (info.has_mnemonic()) result->emplace(info.name, info.op);
    }
    return result;
  }();
  return *map;
}

}  // namespace

const OpInfo& op_info(Op op) noexcept { return table[static_cast<std::size_t>(op)]; }

std::span<const OpInfo> all_ops() noexcept { return table; }

std::optional<Op> find_op(std::string_view mnemonic) noexcept {
  const auto found = mnemonics().find(mnemonic);
  if (found == mnemonics().end()) return std::nullopt;
  return found->second;
}

std::span<const std::string_view> post_kinds() noexcept { return post_kind_names; }

std::optional<std::uint32_t> find_post_kind(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(post_kind_names, name);
  if (found == post_kind_names.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - post_kind_names.begin());
}

PostArity post_arity(std::uint32_t kind) noexcept {
  if (kind < 6) return {2, 3};   // two variables and an offset
  if (kind == 6) return {1, 1};  // a list of variables
  return {2, 2};                 // a variable and a value
}

std::string_view group_name(Group group) noexcept {
  switch (group) {
  case Group::Control: return "Control";
  case Group::Pure: return "Pure";
  case Group::Object: return "Object";
  case Group::Introspect: return "Introspect";
  case Group::Reify: return "Reify";
  case Group::Reflect: return "Reflect";
  case Group::Tx: return "Tx";
  case Group::Function: return "Function";
  case Group::Machine: return "Machine";
  case Group::Controller: return "Controller";
  case Group::Fd: return "Fd";
  case Group::Nondet: return "Nondet";
  case Group::Word: return "Word";
  }
  return "";
}

std::string_view kind_set_name(KindSet kinds) noexcept {
  static const auto* const names = [] {
    auto* result = new std::map<KindSet, std::string>;
    const auto add = [&](KindSet set) {
      std::string name;
      for (unsigned i = 0; i < kind_names.size(); ++i) {
        if ((set & (1U << i)) == 0) continue;
        if (!name.empty()) name += " or ";
        name += kind_name(static_cast<Kind>(i));
      }
      result->emplace(set, set == any_kind ? "any" : name);
    };
    add(any_kind);
    for (const OpInfo& info : table) {
      add(info.result);
      for (const OperandInfo& operand : info.operands())
        add(operand.kinds);
    }
    for (unsigned i = 0; i < kind_names.size(); ++i)
      add(static_cast<KindSet>(1U << i));
    return result;
  }();
  const auto found = names->find(kinds);
  return found == names->end() ? "?" : std::string_view(found->second);
}

}  // namespace avm
