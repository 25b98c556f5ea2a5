#include "interleaving/checker.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

namespace avm::test {
namespace {

// Where it most likely stands: what changes something at its commit, all else where it began. This
// decides only what is tried first.
Time likely_time(const Unit& unit) {
  return unit.has_committed() && !effects(unit).empty() ? unit.end : unit.begin;
}

/// Tries one unit after the other as the next one, and goes back where none can be.
class Search {
 public:
  explicit Search(const History& history)
      : history_(history), by_time_(history.units.size()), is_placed_(history.units.size()) {
    std::iota(by_time_.begin(), by_time_.end(), std::size_t{0});
    std::ranges::stable_sort(by_time_, {},
                             [&](std::size_t i) { return likely_time(history_.units[i]); });
  }

  std::optional<std::vector<std::size_t>> run() {
    if (extend(history_.initial)) return order_;
    return std::nullopt;
  }

 private:
  bool extend(const State& state) {
    if (order_.size() == by_time_.size()) return state == history_.last;
    if (dead_ends_.contains({is_placed_, state})) return false;
    for (const std::size_t next : by_time_) {
      if (is_placed_[next] || !may_come(next)) continue;
      State after = state;
      if (!play(history_.units[next], after)) continue;
      is_placed_[next] = true;
      order_.push_back(next);
      if (extend(history_.units[next].has_committed() ? after : state)) return true;
      order_.pop_back();
      is_placed_[next] = false;
    }
    dead_ends_.emplace(is_placed_, state);
    return false;
  }

  // Whether all that ended before it began have come.
  bool may_come(std::size_t next) const {
    for (std::size_t i = 0; i < is_placed_.size(); ++i) {
      if (!is_placed_[i] && history_.units[i].end < history_.units[next].begin) return false;
    }
    return true;
  }

  const History& history_;
  std::vector<std::size_t> by_time_;
  std::vector<bool> is_placed_;
  std::vector<std::size_t> order_;
  std::set<std::pair<std::vector<bool>, State>> dead_ends_;
};

}  // namespace

std::optional<std::vector<std::size_t>> serial_order(const History& history) {
  return Search(history).run();
}

}  // namespace avm::test
