#include "asm/dis/constants.hpp"

#include <algorithm>
#include <variant>

#include <fmt/format.h>

#include "avm/text.hpp"
#include "tape/flow.hpp"

namespace avm::dis {
namespace {

constexpr std::uint32_t no_item = 0xffffffff;

// A literal of so many nodes may be written as often as it is used.
constexpr std::uint32_t repeated_nodes_max = 8;
constexpr std::size_t repeated_bytes_max = 64;
// Brackets and `just`s within one literal.
constexpr std::uint32_t depth_max = 64;

// Functions and constants share one namespace.
std::string prefix_that_no_function_has(const Tape& tape) {
  std::string prefix = "c";
  const auto is_taken = [&](const TapeFunction& function) {
    return function.name.starts_with(prefix);
  };
  while (std::ranges::any_of(tape.functions, is_taken))
    prefix += "_";
  return prefix;
}

}  // namespace

ConstantTexts::ConstantTexts(const Tape& tape)
    : tape_(tape),
      pool_(tape.constants),
      uses_(pool_.size()),
      items_(pool_.size(), no_item),
      prefix_(prefix_that_no_function_has(tape)) {
  count_uses();
  choose_items();
}

void ConstantTexts::count_uses() {
  for (const TapeFunction& function : tape_.functions)
    count_uses_in(function);
  // Parts have lower indices than what they are parts of.
  for (std::size_t i = pool_.size(); i-- > 0;) {
    if (uses_[i] == 0) continue;
    for (const std::uint32_t part : pool_[static_cast<std::uint32_t>(i)].parts)
      ++uses_[part];
  }
}

void ConstantTexts::count_uses_in(const TapeFunction& function) {
  for (std::uint32_t pc = 0; pc < function.code.size();) {
    const Instruction instruction = *decode(function.code, pc);
    if (instruction.has(Extra::Constant)) ++uses_[instruction.constant];
    pc = instruction.next_pc();
  }
}

void ConstantTexts::choose_items() {
  std::vector<std::uint32_t> nodes(pool_.size());  // of the literal, up to where it is too large
  std::vector<std::uint32_t> depth(pool_.size());
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < pool_.size(); ++i) {
    const ConstantPool::Node& node = pool_[i];
    nodes[i] = 1;
    depth[i] = node.parts.empty() ? 0 : 1;
    for (const std::uint32_t part : node.parts) {
      nodes[i] = std::min(nodes[i] + nodes[part], repeated_nodes_max + 1);
      depth[i] = std::max(depth[i], depth[part] + 1);
    }
    const bool is_large = nodes[i] > repeated_nodes_max || node.text.size() > repeated_bytes_max;
    if ((uses_[i] < 2 || !is_large) && (uses_[i] == 0 || depth[i] < depth_max)) continue;
    items_[i] = count++;
    nodes[i] = 1;
    depth[i] = 0;
  }
}

std::string ConstantTexts::items() const {
  std::string text;
  for (std::uint32_t i = 0; i < pool_.size(); ++i) {
    if (items_[i] == no_item) continue;
    text += fmt::format("const {}{} = {}\n", prefix_, items_[i], literal(i));
  }
  return text;
}

std::string ConstantTexts::operator[](std::uint32_t index) const {
  if (items_[index] != no_item) return fmt::format("{}{}", prefix_, items_[index]);
  return literal(index);
}

std::string ConstantTexts::literal(std::uint32_t root) const {
  std::string text;
  std::vector<std::variant<std::string_view, std::uint32_t>> rest{root};
  const auto write_parts = [&](std::string_view open, const std::vector<std::uint32_t>& parts,
                               std::string_view close) {
    text += open;
    rest.emplace_back(close);
    for (std::size_t i = parts.size(); i-- > 0;) {
      rest.emplace_back(parts[i]);
      if (i != 0) rest.emplace_back(", ");
    }
  };
  while (!rest.empty()) {
    const auto piece = rest.back();
    rest.pop_back();
    if (const auto* words = std::get_if<std::string_view>(&piece)) {
      text += *words;
      continue;
    }
    const std::uint32_t index = std::get<std::uint32_t>(piece);
    if (index != root && items_[index] != no_item) {
      text += fmt::format("{}{}", prefix_, items_[index]);
      continue;
    }
    const ConstantPool::Node& node = pool_[index];
    switch (node.kind) {
    case Kind::Nat: text += fmt::to_string(node.number); break;
    case Kind::Bool: text += node.number != 0 ? "true" : "false"; break;
    case Kind::Str: text += quoted(node.text); break;
    case Kind::List: write_parts("[", node.parts, "]"); break;
    case Kind::Pair: write_parts("(", node.parts, ")"); break;
    case Kind::Just: write_parts("just ", node.parts, ""); break;
    default: text += "nothing"; break;
    }
  }
  return text;
}

}  // namespace avm::dis
