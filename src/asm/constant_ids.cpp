#include "asm/constant_ids.hpp"

namespace avm::ast {
namespace {

bool is_aggregate(const Node& node) noexcept {
  return node.kind == NodeKind::List || node.kind == NodeKind::Pair || node.kind == NodeKind::Just;
}

void append(std::string& key, Index number) {
  for (unsigned shift = 0; shift < 32; shift += 8)
    key.push_back(static_cast<char>(number >> shift));
}

}  // namespace

void ConstantIds::extend() {
  while (values_.size() < module_.constants.size()) {
    const Constant& constant = module_.constants[values_.size()];
    values_.push_back(constant.value == none ? none : value(constant.value));
  }
}

void ConstantIds::forget_from(Index node) {
  for (const Index numbered : numbered_last_) {
    if (numbered >= node) numbered_.erase(numbered);
  }
  numbered_last_.clear();
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
  if (!is_aggregate(module_.nodes[root])) return id_of_leaf(module_.nodes[root]);
  open_.assign(1, root);
  while (!open_.empty()) {
    const Index top = open_.back();
    if (!numbered_.contains(top)) {
      if (open_parts(module_.nodes[top])) continue;
      numbered_.emplace(top, id_of_aggregate(module_.nodes[top]));
      numbered_last_.push_back(top);
    }
    open_.pop_back();
  }
  return numbered_.at(root);
}

/// Whether parts of `node` have to be numbered first; they lie on the stack then.
bool ConstantIds::open_parts(const Node& node) {
  const std::size_t before = open_.size();
  for (std::uint32_t i = 0; i < node.child_count; ++i) {
    const Index part = value(module_.children[node.first_child + i]);
    if (part == none || !is_aggregate(module_.nodes[part])) continue;
    if (!numbered_.contains(part)) open_.push_back(part);
  }
  return open_.size() > before;
}

Index ConstantIds::id_of_leaf(const Node& node) {
  const std::uint64_t payload = node.kind == NodeKind::Str ? node.text : node.number;
  const auto [found, is_new] = leaves_.try_emplace({node.kind, payload}, next_id_);
  if (is_new) ++next_id_;
  return found->second;
}

Index ConstantIds::id_of_aggregate(const Node& node) {
  key_.assign(1, static_cast<char>(node.kind));
  for (std::uint32_t i = 0; i < node.child_count; ++i) {
    const Index index = value(module_.children[node.first_child + i]);
    if (index == none) return none;
    const Node& part = module_.nodes[index];
    const Index id = is_aggregate(part) ? numbered_.at(index) : id_of_leaf(part);
    if (id == none) return none;
    append(key_, id);
  }
  const auto [found, is_new] = aggregates_.try_emplace(key_, next_id_);
  if (is_new) ++next_id_;
  return found->second;
}

}  // namespace avm::ast
