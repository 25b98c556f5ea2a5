#include "itree/denote.hpp"

#include "runtime/planted_fault.hpp"

namespace avm {

using ast::Index;
using ast::Node;
using ast::NodeKind;

Operands::Operands(const ast::Module& module)
    : module_(module), literals_(module.nodes.size()), is_known_(module.nodes.size()) {
  for (const ast::Constant& constant : module.constants)
    remember(constant.value);
  for (const ast::Function& function : module.functions) {
    for (const ast::Statement& statement : function.statements) {
      for (std::uint32_t i = 0; i < statement.operand_count; ++i)
        remember(module.children[statement.first_operand + i]);
      for (std::uint32_t i = 0; i < statement.case_count; ++i) {
        const Index literal = module.cases[statement.first_case + i].literal;
        if (literal != ast::none) remember(literal);
      }
    }
  }
}

void Operands::remember(Index node) {
  if (is_known_[node] || !module_.nodes[node].is_constant) return;
  literals_[node] = value(node, {});
  is_known_[node] = true;
}

std::optional<Val> Operands::leaf(Index index, std::span<const Val> registers) const {
  if (is_known_[index]) return literals_[index];
  const Node& node = module_.nodes[index];
  switch (node.kind) {
  case NodeKind::Nat: return Val::nat(node.number);
  case NodeKind::Str: return Val::str(module_.string(node.text));
  case NodeKind::Bool: return Val::boolean(node.number != 0);
  case NodeKind::Nothing: return Val::nothing();
  case NodeKind::Register: return registers[node.ref];
  case NodeKind::Name: return literals_[module_.constants[node.ref].value];
  default: return std::nullopt;
  }
}

// Source text nests deep, and constants that name constants deeper: no recursion.
Val Operands::value(Index index, std::span<const Val> registers) const {
  if (auto known = leaf(index, registers)) return *std::move(known);
  struct Open {
    Index node;
    std::uint32_t next_child;
  };
  std::vector<Open> open{{index, 0}};
  std::vector<Val> values;
  while (!open.empty()) {
    const Node& node = module_.nodes[open.back().node];
    if (open.back().next_child < node.child_count) {
      const Index child = module_.children[node.first_child + open.back().next_child++];
      if (auto known = leaf(child, registers)) {
        values.push_back(*std::move(known));
      } else {
        open.push_back({child, 0});
      }
      continue;
    }
    const auto parts = std::span(values).last(node.child_count);
    Val made;
    if (node.kind == NodeKind::List) {
      made = Val::list(parts);
    } else if (node.kind == NodeKind::Pair) {
      made = Val::pair(parts[0], parts[1]);
    } else {
      made = Val::just(parts[0]);
    }
    values.resize(values.size() - node.child_count);
    values.push_back(std::move(made));
    open.pop_back();
  }
  return std::move(values.front());
}

std::optional<Operands::Bindings> Operands::match(Index pattern, Val value,
                                                  std::span<const Val> registers) const {
  Bindings bindings;
  std::vector<std::pair<Index, Val>> open{{pattern, std::move(value)}};
  while (!open.empty()) {
    const auto [index, part] = std::move(open.back());
    open.pop_back();
    const Node& node = module_.nodes[index];
    const auto child = [&](std::uint32_t i) { return module_.children[node.first_child + i]; };
    switch (node.kind) {
    case NodeKind::Wildcard: break;
    case NodeKind::Register: bindings.emplace_back(node.ref, part); break;
    case NodeKind::List:
      if (!part.is_list() || part.list_size() < node.child_count) return std::nullopt;
      if (part.list_size() > node.child_count && !planted(Fault::match_takes_longer))
        return std::nullopt;
      for (std::uint32_t i = 0; i < node.child_count; ++i)
        open.emplace_back(child(i), part.list_at(i));
      break;
    case NodeKind::Pair:
      if (!part.is_pair()) return std::nullopt;
      open.emplace_back(child(0), part.first());
      open.emplace_back(child(1), part.second());
      break;
    case NodeKind::Just:
      if (!part.is_just()) return std::nullopt;
      open.emplace_back(child(0), part.unwrapped());
      break;
    default:
      if (*leaf(index, registers) != part) return std::nullopt;
    }
  }
  return bindings;
}

}  // namespace avm
