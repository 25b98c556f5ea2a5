// EndedTransactions: which transactions an execution has ended, and how.
//
// What an execution remembers of them grows by a quarter of a byte each where it commits some and
// aborts others, and hardly at all where it does the same over and over.
//
// Threads: one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "avm/heap.hpp"
#include "avm/val.hpp"

namespace avm {

class EndedTransactions {
 public:
  enum class End : std::uint8_t { Committed = 1, Aborted = 2 };

  /// Makes room for one more, so that `add` cannot fail. Throws std::bad_alloc.
  void make_room() {
    if (runs_.size() == runs_.capacity()) [[unlikely]]
      runs_.reserve(2 * runs_.size() + 4);
  }
  /// Ids come in rising order.
  void add(TxId tx, End end) noexcept;
  std::optional<End> find(TxId tx) const noexcept;

 private:
  // Blocks of 32 ids, two bits each. Blocks with the same bits that follow each other are one run;
  // the last run is one block, to which bits are still added.
  struct Run {
    std::uint64_t first;
    std::uint64_t count;
    std::uint64_t bits;
  };
  static constexpr std::uint64_t block_size = 32;

  std::vector<Run, heap::Allocator<Run>> runs_;
};

}  // namespace avm
