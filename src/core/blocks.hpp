// The blocks behind long strings, lists and pairs (see `avm/val.hpp`).
//
// A list whose elements share one header (all Nats, all references, ...) keeps that header once and
// 8 bytes an element; once headers differ it keeps 16 bytes an element.
#pragma once

#include "avm/val.hpp"
#include "core/thread_heap.hpp"

namespace avm {

struct StrBlock : Block {
  std::uint64_t size;
  char* bytes() noexcept { return reinterpret_cast<char*>(this + 1); }
};

struct ListBlock : Block {
  static constexpr std::uint64_t mixed = ~std::uint64_t{0};
  std::uint64_t size;      // elements, at least 1
  std::uint64_t capacity;  // elements
  std::uint64_t header;    // of all elements, or `mixed`
  std::uint64_t* payloads() noexcept { return reinterpret_cast<std::uint64_t*>(this + 1); }
  Val* values() noexcept { return reinterpret_cast<Val*>(this + 1); }
  bool is_packed() const noexcept { return header != mixed; }
};

// For Tag::Pair both, for Tag::Just only `first`.
struct PairBlock : Block {
  std::uint64_t unused;
  Val first;
  Val second;
};

inline StrBlock* str_block(const Val& v) noexcept { return static_cast<StrBlock*>(v.block()); }
inline ListBlock* list_block(const Val& v) noexcept { return static_cast<ListBlock*>(v.block()); }
inline PairBlock* pair_block(const Val& v) noexcept { return static_cast<PairBlock*>(v.block()); }

/// A pair of both, which hold nothing counted afterwards; null where there is no memory.
inline PairBlock* take_pair(Val& first, Val& second) noexcept {
  auto* const block = static_cast<PairBlock*>(heap::try_allocate_small(sizeof(PairBlock)));
  if (block == nullptr) [[unlikely]]
    return nullptr;
  block->references = 1;
  block->tag = Tag::Pair;
  new (&block->first) Val(std::move(first));
  new (&block->second) Val(std::move(second));
  return block;
}

/// `take_list` for elements whose headers differ.
ListBlock* take_mixed_list(std::span<Val> elements) noexcept;

/// A list of `elements`, at least one, which hold nothing counted afterwards; null where there is no memory, or
/// they are more than lie in a small block.
inline ListBlock* take_list(std::span<Val> elements) noexcept {
  const std::size_t count = elements.size();
  const std::uint64_t header = elements[0].header();
  std::uint64_t unlike = 0;
  for (std::size_t i = 1; i < count; ++i)
    unlike |= elements[i].header() ^ header;
  if (unlike != 0) return take_mixed_list(elements);
  const std::size_t bytes = sizeof(ListBlock) + count * sizeof(std::uint64_t);
  if (bytes > heap::SmallBlocks::size_max) return nullptr;
  auto* const block = static_cast<ListBlock*>(heap::try_allocate_small(bytes));
  if (block == nullptr) [[unlikely]]
    return nullptr;
  block->references = 1;
  block->tag = Tag::List;
  block->size = count;
  block->capacity = count;
  block->header = header;
  std::uint64_t* const payloads = block->payloads();
  for (std::size_t i = 0; i < count; ++i)
    payloads[i] = elements[i].detach();
  return block;
}

// List operations that work in place where `list` holds the one reference to its block, and copy
// first where not. Indices are in range: the caller has checked.
void list_append(Val& list, Val element);
void list_set(Val& list, std::uint64_t index, Val element);
void list_concat(Val& list, const Val& tail);
void list_slice(Val& list, std::uint64_t from, std::uint64_t to);

/// The Str `head` followed by `tail`.
Val str_concat(std::string_view head, std::string_view tail);

/// How many bytes a Str has whose bytes sit in the value itself; more than `inline_str_max` for all else.
inline std::uint64_t inline_size(const Val& x) noexcept {
  return (x.header() & 0xffff) ^ static_cast<std::uint64_t>(Tag::InlineStr);
}

/// Counts nodes against a budget: comparing and printing may be cut short.
struct NodeBudget {
  std::uint64_t left;
  /// False, and nothing is left, where there are less than `count`.
  bool take(std::uint64_t count = 1) noexcept {
    const bool enough = count <= left;
    left -= enough ? count : left;
    return enough;
  }
};

/// Compares as trees, depth first, left to right, lists of unequal length differing at once;
/// sharing gives no discount. Takes one from `budget` for each node visited after the first;
/// nullopt where it ran out before the answer was known.
std::optional<bool> equal_as_trees(const Val& a, const Val& b, NodeBudget& budget);

/// The text form of `value` for `to_str`: a Str as it is. Takes from `budget` as above.
std::optional<Val> print_as_tree(const Val& value, NodeBudget& budget);

}  // namespace avm
