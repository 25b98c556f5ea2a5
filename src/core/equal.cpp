// Structural equality of values, by a stack of its own. It ends soon for any two values: once some
// thousand nodes were compared, pairs of blocks that were compared before are not compared again.
#include <algorithm>

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include "avm/heap.hpp"
#include "core/blocks.hpp"
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

class Comparison {
 public:
  bool run(const Val& a, const Val& b) {
    if (!compare(a, b)) return false;
    while (!pending_.empty()) {
      const Pending top = next_child();
      if (!compare(*child(*top.a, top.next), *child(*top.b, top.next))) return false;
    }
    return true;
  }

 private:
  /// Two blocks with the same number of children, those before `next` being equal.
  struct Pending {
    Block* a;
    Block* b;
    std::uint64_t next;
    std::uint64_t count;
  };

  /// Moves the top on by one child, off the stack for its last, so that a chain takes no stack.
  Pending next_child() {
    const Pending top = pending_.back();
    if (top.next + 1 == top.count) {
      pending_.pop_back();
    } else {
      ++pending_.back().next;
    }
    return top;
  }

  /// False where they differ; else they are equal where what it puts on the stack is.
  bool compare(const Val& a, const Val& b) {
    if (a.header() != b.header()) return false;
    if (a.payload() == b.payload()) return true;
    if (!a.is_counted()) return false;
    if (a.tag() == Tag::LongStr) return equal_bytes(str_block(a), str_block(b));
    if (a.tag() == Tag::List) return compare_lists(list_block(a), list_block(b));
    push(a.block(), b.block());
    return true;
  }

  bool equal_bytes(StrBlock* a, StrBlock* b) {
    if (a->size != b->size) return false;
    visited_ += a->size / sizeof(Val);
    return std::memcmp(a->bytes(), b->bytes(), a->size) == 0;
  }

  bool compare_lists(ListBlock* a, ListBlock* b) {
    if (a->size != b->size) return false;
    if (a->is_packed() && b->is_packed()) {
      if (a->header != b->header) return false;
      if ((a->header & Val::counted_bit) == 0) {
        visited_ += a->size;
        return std::equal(a->payloads(), a->payloads() + a->size, b->payloads());
      }
    }
    push(a, b);
    return true;
  }

  void push(Block* a, Block* b) {
    const std::uint64_t count = child_count(*a);
    visited_ += count;
    // A pair comes up again only by way of a block that more than one value refers to.
    const bool may_come_again = a->references != 1 || b->references != 1;
    if (visited_ > visited_before_memo && may_come_again && !classes_.join(a, b)) return;
    pending_.push_back({a, b, 0, count});
  }

  static constexpr std::uint64_t visited_before_memo = 4096;

  boost::container::small_vector<Pending, 16, heap::Allocator<Pending>> pending_;
  BlockClasses classes_;
  std::uint64_t visited_ = 0;
};

}  // namespace

bool Val::equal_blocks(const Val& a, const Val& b) { return Comparison().run(a, b); }

}  // namespace avm
