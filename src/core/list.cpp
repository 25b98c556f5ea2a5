// Lists: how they are made, and the operations that change one in place where it has one owner.
//
// A list block is packed (8 bytes an element, one header for all) as long as all headers agree, and
// mixed (16 bytes an element) from then on. In place is only ever done where the count of
// references is 1, so that an element which is or holds the list itself is safe: it counts as a
// reference.
#include <algorithm>
#include <memory>

#include "avm/heap.hpp"
#include "core/blocks.hpp"
#include "core/thread_heap.hpp"
#include "core/traverse.hpp"

namespace avm {

namespace {

constexpr std::uint64_t first_capacity = 4;

void start(ListBlock& block, std::uint64_t capacity, std::uint64_t header) noexcept {
  block.references = 1;
  block.tag = Tag::List;
  block.size = 0;
  block.capacity = capacity;
  block.header = header;
}

ListBlock* new_list_block(std::uint64_t capacity, std::uint64_t header) {
  const std::size_t bytes = list_bytes(capacity, header != ListBlock::mixed);
  auto* const block = static_cast<ListBlock*>(heap::allocate(bytes));
  start(*block, capacity, header);
  return block;
}

Val value_of(ListBlock* block) noexcept {
  return {static_cast<std::uint64_t>(Tag::List), reinterpret_cast<std::uint64_t>(block)};
}

/// Frees the block alone: its elements have moved elsewhere.
void free_shell(ListBlock* block) noexcept {
  heap::release(block, list_bytes(block->capacity, block->is_packed()));
}

/// Puts `element` behind the last one. There is room, and its header fits.
void push(ListBlock& list, Val&& element) noexcept {
  if (list.is_packed()) {
    list.payloads()[list.size++] = element.detach();
  } else {
    std::construct_at(list.values() + list.size++, std::move(element));
  }
}

/// Puts copies of `count` elements of `source` behind the last one. There is room, and their
/// headers fit.
void push_copies(ListBlock& list, ListBlock& source, std::uint64_t from,
                 std::uint64_t count) noexcept {
  if (!list.is_packed() || !source.is_packed()) {
    for (std::uint64_t i = 0; i < count; ++i)
      push(list, Val(*list_element(source, from + i)));
    return;
  }
  const std::uint64_t* const payloads = source.payloads() + from;
  std::copy_n(payloads, count, list.payloads() + list.size);
  list.size += count;
  if ((source.header & Val::counted_bit) == 0) return;
  for (std::uint64_t i = 0; i < count; ++i)
    reinterpret_cast<Block*>(payloads[i])->retain();
}

/// The header that the elements [from, to) share, or `mixed`.
std::uint64_t common_header(ListBlock& list, std::uint64_t from, std::uint64_t to) noexcept {
  if (list.is_packed()) return list.header;
  const std::uint64_t header = list.values()[from].header();
  for (std::uint64_t i = from + 1; i < to; ++i) {
    if (list.values()[i].header() != header) return ListBlock::mixed;
  }
  return header;
}

std::uint64_t joined_header(std::uint64_t a, std::uint64_t b) noexcept {
  return a == b ? a : ListBlock::mixed;
}

ListBlock* grow(ListBlock* block, std::uint64_t capacity) {
  const bool packed = block->is_packed();
  auto* const grown = static_cast<ListBlock*>(
      heap::reallocate(block, list_bytes(block->capacity, packed), list_bytes(capacity, packed)));
  grown->capacity = capacity;
  return grown;
}

/// A mixed block with the elements of `block`, which is gone afterwards.
ListBlock* unpack(ListBlock* block, std::uint64_t capacity) {
  ListBlock* const unpacked = new_list_block(capacity, ListBlock::mixed);
  for (std::uint64_t i = 0; i < block->size; ++i) {
    push(*unpacked, Val(block->header, block->payloads()[i]));
  }
  free_shell(block);
  return unpacked;
}

/// A new block with copies of the elements.
ListBlock* copy(ListBlock& block, std::uint64_t capacity, std::uint64_t header) {
  ListBlock* const copied = new_list_block(capacity, header);
  push_copies(*copied, block, 0, block.size);
  return copied;
}

/// Makes `list` (not empty) the one owner of a block with room for `needed` elements, packed under
/// `header` (its own) or mixed.
ListBlock& own(Val& list, std::uint64_t needed, std::uint64_t header) {
  ListBlock* const block = list_block(list);
  const bool as_it_is = block->header == header;
  if (block->references != 1) {
    // Little room to spare: a shared list is often copied for the sake of one change.
    const std::uint64_t room = needed == block->size ? needed : needed + first_capacity;
    list = value_of(copy(*block, room, header));
  } else if (!as_it_is || needed > block->capacity) {
    const std::uint64_t room =
        needed > block->capacity ? std::max(needed, 2 * block->capacity) : block->capacity;
    ListBlock* const moved = as_it_is ? grow(block, room) : unpack(block, room);
    list.detach();
    list = value_of(moved);
  }
  return *list_block(list);
}

Val first_element(Val&& element) {
  ListBlock* const block = new_list_block(first_capacity, element.header());
  push(*block, std::move(element));
  return value_of(block);
}

/// Drops the elements outside of [from, to) from a block with one owner.
void cut(ListBlock& list, std::uint64_t from, std::uint64_t to) noexcept {
  const auto drop = [&](std::uint64_t begin, std::uint64_t end) {
    if (list.is_packed() && (list.header & Val::counted_bit) == 0) return;
    for (std::uint64_t i = begin; i < end; ++i) {
      const Borrowed element = list_element(list, i);
      Val(element->header(), element->payload());
    }
  };
  drop(0, from);
  drop(to, list.size);
  list.size = to - from;
  if (from == 0) return;
  if (list.is_packed()) {
    std::copy(list.payloads() + from, list.payloads() + to, list.payloads());
  } else {
    std::memmove(static_cast<void*>(list.values()), static_cast<const void*>(list.values() + from),
                 list.size * sizeof(Val));
  }
}

}  // namespace

Val Val::list(std::span<const Val> elements) {
  if (elements.empty()) return empty_list();
  const std::uint64_t header = elements.front().header();
  const bool packed =
      std::ranges::all_of(elements, [&](const Val& element) { return element.header() == header; });
  ListBlock* const block = new_list_block(elements.size(), packed ? header : ListBlock::mixed);
  for (const Val& element : elements)
    push(*block, Val(element));
  return value_of(block);
}

ListBlock* take_mixed_list(std::span<Val> elements) noexcept {
  const std::size_t bytes = sizeof(ListBlock) + elements.size_bytes();
  if (bytes > heap::SmallBlocks::size_max) return nullptr;
  auto* const block = static_cast<ListBlock*>(heap::try_allocate_small(bytes));
  if (block == nullptr) [[unlikely]]
    return nullptr;
  start(*block, elements.size(), ListBlock::mixed);
  block->size = elements.size();
  std::ranges::uninitialized_move(elements, std::span(block->values(), elements.size()));
  return block;
}

void list_append(Val& list, Val element) {
  if (!list.is_counted()) {
    list = first_element(std::move(element));
    return;
  }
  ListBlock& block = *list_block(list);
  const std::uint64_t header = joined_header(block.header, element.header());
  if (block.references == 1 && block.header == header && block.size < block.capacity) {
    push(block, std::move(element));
  } else {
    push(own(list, block.size + 1, header), std::move(element));
  }
}

void list_set(Val& list, std::uint64_t index, Val element) {
  ListBlock& shared = *list_block(list);
  const std::uint64_t header = joined_header(shared.header, element.header());
  ListBlock& block = own(list, shared.size, header);
  if (block.is_packed()) {
    const Val old(header, std::exchange(block.payloads()[index], element.detach()));
  } else {
    block.values()[index] = std::move(element);
  }
}

void list_concat(Val& list, const Val& tail) {
  if (!tail.is_counted()) return;
  if (!list.is_counted()) {
    list = tail;
    return;
  }
  // `tail` may be `list` itself: one reference more keeps its elements where they are.
  // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): the reference is what it is for
  const Val source_owner = tail;
  ListBlock& source = *list_block(source_owner);
  ListBlock& head = *list_block(list);
  ListBlock& block = own(list, head.size + source.size, joined_header(head.header, source.header));
  push_copies(block, source, 0, source.size);
}

void list_slice(Val& list, std::uint64_t from, std::uint64_t to) {
  if (from == to) {
    list = Val::empty_list();
    return;
  }
  ListBlock& block = *list_block(list);
  const std::uint64_t size = to - from;
  if (size == block.size) return;
  // A small part of a large block is worth a block of its own.
  if (block.references == 1 && size >= block.capacity / 4) return cut(block, from, to);
  ListBlock* const sliced = new_list_block(size, common_header(block, from, to));
  push_copies(*sliced, block, from, size);
  list = value_of(sliced);
}

}  // namespace avm
