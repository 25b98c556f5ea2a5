// Structural equality of values, by a stack of its own. It ends soon for any two values: once some
// thousand nodes were compared, pairs of blocks that were compared before are not compared again.
#include <algorithm>
#include <cstring>
#include <optional>

#include <boost/unordered/unordered_flat_map.hpp>

#include "avm/heap.hpp"
#include "core/blocks.hpp"
#include "core/pair_walk.hpp"
#include "core/traverse.hpp"

namespace avm {

namespace {

/// Blocks that are equal where nothing else turns out to differ, as classes. A pair is put in one
/// class as soon as its comparison begins: any difference found later ends the whole comparison.
class BlockClasses {
 public:
  /// Puts both blocks in one class; false where they were in one already.
  bool join(Block* a, Block* b) {
    Block* const root_a = root(a);
    Block* const root_b = root(b);
    if (root_a == root_b) return false;
    parents_[root_a] = root_b;
    return true;
  }

 private:
  Block* root(Block* block) {
    for (;;) {
      const auto found = parents_.find(block);
      if (found == parents_.end()) return block;
      const auto above = parents_.find(found->second);
      if (above == parents_.end()) return found->second;
      // Halves the path, so that later searches are short.
      found->second = above->second;
      block = above->second;
    }
  }

  using Entry = std::pair<Block* const, Block*>;
  boost::unordered_flat_map<Block*, Block*, boost::hash<Block*>, std::equal_to<>,
                            heap::Allocator<Entry>>
      parents_;
};

bool equal_texts(StrBlock& a, StrBlock& b) noexcept {
  return a.size == b.size && std::memcmp(a.bytes(), b.bytes(), a.size) == 0;
}

// Whether an unknown is like another value is not known: to ask is to look.
bool differ(Borrowed a, Borrowed b) noexcept {
  for (Borrowed* const value : {&a, &b}) {
    while ((*value)->tag() == Tag::Just)
      *value = Borrowed(pair_block(**value)->first);
    if ((*value)->tag() == Tag::Unknown) Val::unknown((*value)->payload()).kind();
  }
  return false;
}

class Comparison {
 public:
  bool run(const Val& a, const Val& b) {
    if (!compare(a, b)) return false;
    while (walk_.advance()) {
      if (!compare(*walk_.a(), *walk_.b())) return false;
    }
    return true;
  }

 private:
  /// False where they differ; else they are equal where the blocks that the walk goes into are.
  bool compare(const Val& a, const Val& b) {
    if (a.header() != b.header()) return differ(Borrowed(a), Borrowed(b));
    if (a.payload() == b.payload()) return true;
    if (!a.is_counted()) return differ(Borrowed(a), Borrowed(b));
    if (a.tag() == Tag::LongStr) return compare_texts(str_block(a), str_block(b));
    if (a.tag() == Tag::List) return compare_lists(list_block(a), list_block(b));
    enter(a.block(), b.block());
    return true;
  }

  bool compare_texts(StrBlock* a, StrBlock* b) {
    visited_ += a->size / sizeof(Val);
    return equal_texts(*a, *b);
  }

  bool compare_lists(ListBlock* a, ListBlock* b) {
    if (a->size != b->size) return false;
    if (a->is_packed() && b->is_packed()) {
      if (a->header == b->header && (a->header & Val::counted_bit) == 0) {
        visited_ += a->size;
        const auto [in_a, in_b] =
            std::mismatch(a->payloads(), a->payloads() + a->size, b->payloads());
        return in_a == a->payloads() + a->size ||
               differ(Borrowed(a->header, *in_a), Borrowed(b->header, *in_b));
      }
    }
    enter(a, b);
    return true;
  }

  void enter(Block* a, Block* b) {
    visited_ += child_count(*a);
    // A pair comes up again only by way of a block that more than one value refers to.
    const bool may_come_again = a->references != 1 || b->references != 1;
    if (visited_ > visited_before_memo && may_come_again && !join(a, b)) return;
    walk_.enter(a, b);
  }

  bool join(Block* a, Block* b) {
    if (!classes_) classes_.emplace();
    return classes_->join(a, b);
  }

  static constexpr std::uint64_t visited_before_memo = 4096;

  PairWalk walk_;
  std::optional<BlockClasses> classes_;
  std::uint64_t visited_ = 0;
};

}  // namespace

bool Val::equal_blocks(const Val& a, const Val& b) {
  // Most comparisons end here, before there is anything to set up.
  if (a.header() != b.header()) return differ(Borrowed(a), Borrowed(b));
  if (a.tag() == Tag::LongStr) return equal_texts(*str_block(a), *str_block(b));
  return Comparison().run(a, b);
}

}  // namespace avm
