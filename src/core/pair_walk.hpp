// Walking through two values side by side, depth first, left to right, without recursion.
#pragma once

#include <boost/container/small_vector.hpp>

#include "avm/heap.hpp"
#include "core/blocks.hpp"
#include "core/traverse.hpp"

namespace avm {

/// The pairs of children of two blocks, then of two blocks found among those, and so on. Its stack
/// is on the heap of values, so that comparing meets the limit as well.
class PairWalk {
 public:
  /// Goes into two blocks which have the same number of children, one or more.
  void enter(Block* a, Block* b) {
    // The last child leaves nothing to come back for, so that a chain takes no stack.
    if (next_ < count_) pending_.push_back({a_, b_, next_, count_});
    a_ = a;
    b_ = b;
    next_ = 0;
    count_ = child_count(*a);
  }

  /// Goes on to the next pair of children; false where all were visited.
  bool advance() {
    if (next_ == count_ && !come_back()) return false;
    ++next_;
    return true;
  }

  Borrowed a() const noexcept { return child(*a_, next_ - 1); }
  Borrowed b() const noexcept { return child(*b_, next_ - 1); }

 private:
  struct Pending {
    Block* a;
    Block* b;
    std::uint64_t next;
    std::uint64_t count;
  };

  bool come_back() {
    if (pending_.empty()) return false;
    const Pending& last = pending_.back();
    a_ = last.a;
    b_ = last.b;
    next_ = last.next;
    count_ = last.count;
    pending_.pop_back();
    return true;
  }

  Block* a_ = nullptr;
  Block* b_ = nullptr;
  std::uint64_t next_ = 0;
  std::uint64_t count_ = 0;
  boost::container::small_vector<Pending, 8, heap::Allocator<Pending>> pending_;
};

}  // namespace avm
