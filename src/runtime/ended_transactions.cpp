#include "runtime/ended_transactions.hpp"

#include <algorithm>

namespace avm {

void EndedTransactions::add(TxId tx, End end) noexcept {
  const std::uint64_t block = tx.number / block_size;
  if (runs_.empty() || runs_.back().first != block) {
    if (runs_.size() > 1) {
      Run& last = runs_.back();
      Run& previous = runs_[runs_.size() - 2];
      if (last.bits == previous.bits && last.first == previous.first + previous.count) {
        ++previous.count;
        runs_.pop_back();
      }
    }
    runs_.push_back({block, 1, 0});
  }
  runs_.back().bits |= static_cast<std::uint64_t>(end) << tx.number % block_size * 2;
}

std::optional<EndedTransactions::End> EndedTransactions::find(TxId tx) const noexcept {
  const std::uint64_t block = tx.number / block_size;
  const auto after = std::ranges::upper_bound(runs_, block, {}, &Run::first);
  if (after == runs_.begin()) return std::nullopt;
  const Run& run = *std::prev(after);
  if (block - run.first >= run.count) return std::nullopt;
  const auto bits = run.bits >> tx.number % block_size * 2 & 3U;
  if (bits == 0) return std::nullopt;
  return static_cast<End>(bits);
}

}  // namespace avm
