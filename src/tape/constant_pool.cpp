#include <cassert>
#include <random>
#include <unordered_map>

#include "avm/tape.hpp"
#include "core/traverse.hpp"

namespace avm {
namespace {

__extension__ using Product = unsigned __int128;

// Nodes of a tape file are chosen by whoever wrote it. With keys that differ from process to process
// nobody can choose them so that they all fall into one slot.
struct NodeHasher {
  std::uint64_t key_a;
  std::uint64_t key_b;

  NodeHasher() {
    std::random_device random;
    key_a = std::uint64_t{random()} << 32U | random();
    key_b = std::uint64_t{random()} << 32U | random();
  }

  std::uint64_t mix(std::uint64_t state, std::uint64_t word) const noexcept {
    const Product product = Product{state ^ key_a} * (word ^ key_b);
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
  }

  std::uint64_t mix_text(std::uint64_t state, std::string_view text) const noexcept {
    while (!text.empty()) {
      std::uint64_t word = 0;
      const std::size_t size = std::min(text.size(), sizeof word);
      std::memcpy(&word, text.data(), size);
      state = mix(state, word);
      text.remove_prefix(size);
    }
    return state;
  }

  std::uint64_t operator()(const ConstantPool::Node& node) const noexcept {
    std::uint64_t state = mix(static_cast<std::uint64_t>(node.kind), node.number);
    state = mix_text(mix(state, node.text.size()), node.text);
    for (const std::uint32_t part : node.parts)
      state = mix(state, part);
    return mix(state, node.parts.size());
  }
};

const NodeHasher& node_hasher() {
  static const NodeHasher hasher;
  return hasher;
}

// Puts a value into a pool, block by block, each block once.
class ValueInterner {
 public:
  explicit ValueInterner(ConstantPool& pool) : pool_(pool) {}

  std::uint32_t run(const Borrowed& root) {
    if (const auto index = known(root)) return *index;
    frames_.push_back({root->block(), {}});
    while (true) {
      Frame& frame = frames_.back();
      if (frame.parts.size() < child_count(*frame.block)) {
        const Borrowed part = child(*frame.block, frame.parts.size());
        if (const auto index = known(part))
          frame.parts.push_back(*index);
        else
          frames_.push_back({part->block(), {}});
        continue;
      }
      blocks_.emplace(frame.block, add(*frame.block, std::move(frame.parts)));
      frames_.pop_back();
      if (frames_.empty()) return *known(root);
    }
  }

 private:
  struct Frame {
    Block* block;
    std::vector<std::uint32_t> parts;
  };

  std::optional<std::uint32_t> known(const Borrowed& value) {
    std::uint32_t index = 0;
    if (value->is_counted()) {
      const auto found = blocks_.find(value->block());
      if (found == blocks_.end()) return std::nullopt;
      index = found->second;
    } else {
      index = scalar(value.without_justs(value->just_depth()));
    }
    for (unsigned i = 0; i < value->just_depth(); ++i)
      index = pool_.just(index);
    return index;
  }

  std::uint32_t scalar(const Borrowed& value) {
    switch (value->kind()) {
    case Kind::Nat: return pool_.nat(value->as_nat());
    case Kind::Bool: return pool_.boolean(value->as_bool());
    case Kind::Str: return pool_.str(std::string(value->as_str()));
    case Kind::List: return pool_.list({});
    default: break;
    }
    assert(value->is_nothing() && "references are no constants");
    return pool_.nothing();
  }

  std::uint32_t add(Block& block, std::vector<std::uint32_t> parts) {
    switch (block.tag) {
    case Tag::List: return pool_.list(std::move(parts));
    case Tag::Pair: return pool_.pair(parts[0], parts[1]);
    case Tag::Just: return pool_.just(parts[0]);
    default: break;
    }
    auto& text = static_cast<StrBlock&>(block);
    return pool_.str(std::string(text.bytes(), text.size));
  }

  ConstantPool& pool_;
  std::vector<Frame> frames_;
  std::unordered_map<const Block*, std::uint32_t> blocks_;
};

}  // namespace

std::size_t ConstantPool::slot_of(const Node& node) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = node_hasher()(node) & mask;
  while (slots_[slot] != 0 && nodes_[slots_[slot] - 1] != node)
    slot = (slot + 1) & mask;
  return slot;
}

void ConstantPool::grow() {
  slots_.assign(std::max<std::size_t>(16, slots_.size() * 2), 0);
  for (std::uint32_t i = 0; i < nodes_.size(); ++i)
    slots_[slot_of(nodes_[i])] = i + 1;
}

std::uint32_t ConstantPool::intern(Node node) {
  if (nodes_.size() * 4 >= slots_.size() * 3) grow();
  std::uint32_t& slot = slots_[slot_of(node)];
  if (slot == 0) {
    nodes_.push_back(std::move(node));
    slot = static_cast<std::uint32_t>(nodes_.size());
  }
  return slot - 1;
}

std::uint32_t ConstantPool::value(const Val& value) {
  return ValueInterner(*this).run(Borrowed(value));
}

std::vector<Val> ConstantPool::materialize() const {
  std::vector<Val> values;
  values.reserve(nodes_.size());
  std::vector<Val> elements;
  for (const Node& node : nodes_) {
    switch (node.kind) {
    case Kind::Nat: values.push_back(Val::nat(node.number)); break;
    case Kind::Bool: values.push_back(Val::boolean(node.number != 0)); break;
    case Kind::Str: values.push_back(Val::str(node.text)); break;
    case Kind::List:
      elements.clear();
      for (const std::uint32_t part : node.parts)
        elements.push_back(values[part]);
      values.push_back(Val::list(elements));
      break;
    case Kind::Pair:
      values.push_back(Val::pair(values[node.parts[0]], values[node.parts[1]]));
      break;
    case Kind::Just: values.push_back(Val::just(values[node.parts[0]])); break;
    default: values.push_back(Val::nothing()); break;
    }
  }
  return values;
}

}  // namespace avm
