#include "asm/constant_ids.hpp"

#include <string_view>

namespace avm::ast {
namespace {

void append(std::string& key, std::uint64_t number) {
  for (unsigned shift = 0; shift < 64; shift += 8)
    key.push_back(static_cast<char>(number >> shift));
}

}  // namespace

ConstantIds::ConstantIds(const Module& module) : module_(module) {
  values_.reserve(module.constants.size());
  for (const Constant& constant : module.constants) {
    values_.push_back(constant.value == none ? none : value(constant.value));
  }
}

Index ConstantIds::value(Index node) const noexcept {
  if (module_.nodes[node].kind != NodeKind::Name) return node;
  const Index constant = module_.nodes[node].ref;
  // Constants that go in a circle have no order.
  return constant < values_.size() ? values_[constant] : none;
}

Index ConstantIds::id(Index node) {
  const Index root = value(node);
  if (root == none) return none;
  open_.assign(1, root);
  while (!open_.empty()) {
    const Index top = open_.back();
    if (!ids_of_nodes_.contains(top)) {
      if (open_parts(top)) continue;
      ids_of_nodes_.emplace(top, number(top));
    }
    open_.pop_back();
  }
  return ids_of_nodes_.at(root);
}

/// Whether parts of `node` have to be numbered first; they lie on the stack then.
bool ConstantIds::open_parts(Index node) {
  const std::size_t before = open_.size();
  const Node& parent = module_.nodes[node];
  for (std::uint32_t i = 0; i < parent.child_count; ++i) {
    const Index part = value(module_.children[parent.first_child + i]);
    if (part != none && !ids_of_nodes_.contains(part)) open_.push_back(part);
  }
  return open_.size() > before;
}

Index ConstantIds::number(Index index) {
  const Node& node = module_.nodes[index];
  key_.assign(1, static_cast<char>(node.kind));
  append(key_, node.number);
  append(key_, node.text);
  for (std::uint32_t i = 0; i < node.child_count; ++i) {
    const Index part = value(module_.children[node.first_child + i]);
    const Index id = part == none ? none : ids_of_nodes_.at(part);
    if (id == none) return none;
    append(key_, id);
  }
  return ids_.emplace(key_, static_cast<Index>(ids_.size())).first->second;
}

}  // namespace avm::ast
