#include <algorithm>
#include <map>
#include <string>

#include "isa/op_table.hpp"

namespace avm {

using isa::kind_names;
using isa::op_table;

namespace {

constexpr std::array<std::string_view, 12> post_kind_names = {
    "eq",       "neq",    "leq",     "lt",     "geq",     "gt",
    "all_diff", "val_eq", "val_leq", "val_lt", "val_geq", "val_gt"};

// Mnemonics by their hash, each in the first free slot from there on: index + 1, or 0.
constexpr std::size_t mnemonic_slots = 256;

constexpr std::size_t slot_of(std::string_view name) noexcept {
  std::size_t hash = name.size();
  for (const char c : name)
    hash = hash * 33 + static_cast<unsigned char>(c);
  return hash % mnemonic_slots;
}

constexpr std::array<std::uint8_t, mnemonic_slots> mnemonics = [] {
  std::array<std::uint8_t, mnemonic_slots> slots{};
  for (std::size_t i = 0; i < op_table.size(); ++i) {
    if (!op_table[i].has_mnemonic()) continue;
    std::size_t slot = slot_of(op_table[i].name);
    while (slots[slot] != 0)
      slot = (slot + 1) % mnemonic_slots;
    slots[slot] = static_cast<std::uint8_t>(i + 1);
  }
  return slots;
}();

}  // namespace

constinit const std::array<OpInfo, op_count> op_infos = op_table;

std::span<const OpInfo> all_ops() noexcept { return op_infos; }

std::optional<Op> find_op(std::string_view mnemonic) noexcept {
  for (std::size_t slot = slot_of(mnemonic); mnemonics[slot] != 0;
       slot = (slot + 1) % mnemonic_slots) {
    const OpInfo& info = op_table[mnemonics[slot] - 1U];
    if (info.name == mnemonic) return info.op;
  }
  return std::nullopt;
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
    for (const OpInfo& info : op_table) {
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
