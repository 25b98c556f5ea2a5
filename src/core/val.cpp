// Values: how they are made, looked into and freed.
#include "avm/val.hpp"

#include <algorithm>
#include <bit>
#include <memory>

#include "avm/heap.hpp"
#include "core/blocks.hpp"
#include "core/thread_heap.hpp"
#include "core/traverse.hpp"

namespace avm {

static_assert(std::endian::native == std::endian::little,
              "an inline string's bytes start in byte 2 of the header");

namespace {

template <typename Word>
std::uint64_t load(const char* bytes) noexcept {
  Word word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

/// Up to 8 bytes as a number, zero padded. (A memcpy of a size not known to the compiler is a call,
/// and reading its bytes back as a word waits for the stores.)
std::uint64_t load_padded(const char* bytes, std::size_t size) noexcept {
  if (size >= 4) {
    const std::uint64_t low = load<std::uint32_t>(bytes);
    if (size == 8) return load<std::uint64_t>(bytes);
    return low | load<std::uint32_t>(bytes + size - 4) << 8 * (size - 4);
  }
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < size; ++i) {
    word |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << 8 * i;
  }
  return word;
}

Val inline_str(std::string_view text) noexcept {
  const std::size_t head_size = std::min<std::size_t>(text.size(), 8);
  const std::uint64_t head = load_padded(text.data(), head_size);
  const std::uint64_t tail = load_padded(text.data() + head_size, text.size() - head_size);
  const auto tag = static_cast<std::uint64_t>(Tag::InlineStr) + text.size();
  return {tag | head << 16, head >> 48 | tail << 16};
}

template <typename BlockType>
Val value_of(BlockType* block) noexcept {
  return {static_cast<std::uint64_t>(block->tag), reinterpret_cast<std::uint64_t>(block)};
}

StrBlock* new_str_block(std::size_t size) {
  if (size > std::numeric_limits<std::size_t>::max() - sizeof(StrBlock)) throw std::bad_alloc();
  auto* const block = static_cast<StrBlock*>(heap::allocate(sizeof(StrBlock) + size));
  block->references = 1;
  block->tag = Tag::LongStr;
  block->size = size;
  return block;
}

PairBlock* new_pair_block(Tag tag, Val&& first, Val&& second) {
  auto* const block = static_cast<PairBlock*>(heap::allocate(sizeof(PairBlock)));
  block->references = 1;
  block->tag = tag;
  std::construct_at(&block->first, std::move(first));
  std::construct_at(&block->second, std::move(second));
  return block;
}

/// Blocks that nothing refers to any more and whose insides are still to be released. The list is
/// threaded through the blocks, so that to free takes no memory and no stack, however deep values
/// nest.
class DeadBlocks {
 public:
  void push(Block* block) noexcept {
    if (block->tag == Tag::LongStr) return free_str(static_cast<StrBlock*>(block));
    if (block->tag != Tag::List) return thread(block, static_cast<PairBlock*>(block)->unused);
    auto* const list = static_cast<ListBlock*>(block);
    if (list->is_packed() && (list->header & Val::counted_bit) == 0) return free_list(list, true);
    // From here on the count says how the elements are stored, and the header is the link.
    list->references = list->is_packed() ? 1 : 0;
    thread(list, list->header);
  }

  void free_all() noexcept {
    while (last_ != nullptr) {
      Block* const block = last_;
      if (block->tag == Tag::List) {
        finish_list(static_cast<ListBlock*>(block));
      } else {
        finish_pair(static_cast<PairBlock*>(block));
      }
    }
  }

 private:
  void thread(Block* block, std::uint64_t& link) noexcept {
    link = reinterpret_cast<std::uint64_t>(last_);
    last_ = block;
  }

  void unthread(std::uint64_t link) noexcept { last_ = reinterpret_cast<Block*>(link); }

  void release(Block* block) noexcept {
    if (block->drop()) push(block);
  }

  void release(const Val& value) noexcept {
    if (value.is_counted()) release(value.block());
  }

  void finish_pair(PairBlock* pair) noexcept {
    unthread(pair->unused);
    release(pair->first);
    release(pair->second);
    heap::release_small(pair, sizeof(PairBlock));
  }

  void finish_list(ListBlock* list) noexcept {
    unthread(list->header);
    const bool packed = list->references == 1;
    for (std::uint64_t i = 0; i < list->size; ++i) {
      if (packed) {
        release(reinterpret_cast<Block*>(list->payloads()[i]));
      } else {
        release(list->values()[i]);
      }
    }
    free_list(list, packed);
  }

  static void free_list(ListBlock* list, bool packed) noexcept {
    heap::release(list, list_bytes(list->capacity, packed));
  }

  static void free_str(StrBlock* block) noexcept {
    heap::release(block, sizeof(StrBlock) + block->size);
  }

  Block* last_ = nullptr;
};

// What has parts that go with it.
[[gnu::noinline]] void free_parts(Block* block) noexcept {
  DeadBlocks dead;
  dead.push(block);
  dead.free_all();
}

bool is_last(const Val& value) noexcept {
  return value.is_counted() && value.block()->references == 1;
}

}  // namespace

void Val::free_block(Block* block) noexcept {
  // A pair whose parts live on has nothing else to free. Both parts may be one and the same.
  if (block->tag == Tag::Pair) {
    auto* const pair = static_cast<PairBlock*>(block);
    if (!is_last(pair->first)) {
      pair->first = Val();
      if (!is_last(pair->second)) {
        pair->second = Val();
        return heap::release_small(pair, sizeof(PairBlock));
      }
    }
  } else if (block->tag == Tag::List) {
    auto* const list = static_cast<ListBlock*>(block);
    constexpr std::uint64_t few =
        (heap::SmallBlocks::size_max - sizeof(ListBlock)) / sizeof(std::uint64_t);
    if ((list->header & counted_bit) == 0 && list->capacity <= few)
      return heap::release_small(list, sizeof(ListBlock) + list->capacity * sizeof(std::uint64_t));
  }
  free_parts(block);
}

std::string_view kind_name(Kind kind) noexcept {
  switch (kind) {
  case Kind::Nat: return "nat";
  case Kind::Bool: return "bool";
  case Kind::Str: return "str";
  case Kind::List: return "list";
  case Kind::Pair: return "pair";
  case Kind::Nothing: return "nothing";
  case Kind::Just: return "just";
  case Kind::Object: return "object";
  case Kind::Tx: return "tx";
  case Kind::Var: return "var";
  }
  return "";
}

Val Val::str(std::string_view text) {
  if (text.size() <= inline_str_max) return inline_str(text);
  StrBlock* const block = new_str_block(text.size());
  std::memcpy(block->bytes(), text.data(), text.size());
  return value_of(block);
}

Val str_concat(std::string_view head, std::string_view tail) {
  const std::size_t size = head.size() + tail.size();
  if (size <= Val::inline_str_max) {
    std::array<char, Val::inline_str_max> bytes;
    std::ranges::copy(tail, std::ranges::copy(head, bytes.begin()).out);
    return inline_str({bytes.data(), size});
  }
  StrBlock* const block = new_str_block(size);
  std::ranges::copy(tail, std::ranges::copy(head, block->bytes()).out);
  return value_of(block);
}

Val Val::pair(Val first, Val second) {
  return value_of(new_pair_block(Tag::Pair, std::move(first), std::move(second)));
}

Val Val::just(Val inner) {
  if (inner.just_depth() == inline_just_max) {
    return value_of(new_pair_block(Tag::Just, std::move(inner), Val()));
  }
  const std::uint64_t header = inner.header_ + just_unit;
  return {header, inner.detach()};
}

Val Val::maybe(std::optional<ObjectId> id) noexcept {
  if (!id) return nothing();
  return {static_cast<std::uint64_t>(Tag::Object) + just_unit, id->number};
}

namespace {

thread_local std::optional<std::uint64_t> first_look;

}  // namespace

void Val::note_look() const noexcept {
  if (!first_look) first_look = payload_;
}

std::optional<std::uint64_t> Val::take_look() noexcept {
  return std::exchange(first_look, std::nullopt);
}

Kind Val::kind() const noexcept {
  if (is_just()) return Kind::Just;
  if (is_unknown()) return Kind::Nothing;  // `is_just` has noted the look
  switch (tag()) {
  case Tag::Nat: return Kind::Nat;
  case Tag::Bool: return Kind::Bool;
  case Tag::Nothing: return Kind::Nothing;
  case Tag::Object: return Kind::Object;
  case Tag::Tx: return Kind::Tx;
  case Tag::Var: return Kind::Var;
  case Tag::EmptyList:
  case Tag::List: return Kind::List;
  case Tag::Pair: return Kind::Pair;
  default: return Kind::Str;
  }
}

std::string_view Val::as_str() const noexcept {
  assert(is_str() || is_unknown());
  if (is_unknown()) {
    note_look();
    return {};
  }
  if (is_counted()) {
    StrBlock* const block = str_block(*this);
    return {block->bytes(), block->size};
  }
  return {reinterpret_cast<const char*>(this) + 2, (header_ & tag_mask) - 0x10};
}

std::uint64_t Val::list_size() const noexcept {
  assert(is_list() || is_unknown());
  is_none();
  return is_counted() ? list_block(*this)->size : 0;
}

Val Val::list_at(std::uint64_t index) const noexcept {
  if (is_unknown()) [[unlikely]]
    return looked_into();
  assert(index < list_size());
  return *list_element(*list_block(*this), index);
}

const Val& Val::first() const noexcept {
  assert(is_pair() || is_unknown());
  if (is_unknown()) return looked_into();
  return pair_block(*this)->first;
}

const Val& Val::second() const noexcept {
  assert(is_pair() || is_unknown());
  if (is_unknown()) return looked_into();
  return pair_block(*this)->second;
}

Val Val::unwrapped() const noexcept {
  assert(is_just() || is_unknown());
  if (is_unknown()) return looked_into();
  if (just_depth() == 0) return pair_block(*this)->first;
  retain();
  return {header_ - just_unit, payload_};
}

}  // namespace avm
