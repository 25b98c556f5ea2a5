// Every sequence of choices, one after the other.
#pragma once

#include <cstddef>
#include <vector>

namespace avm::test {

/// Runs are to be the same where the choices are the same; how many there are, and of what, may depend on
/// those made before.
///
///   Choices choices;
///   do {
///     … choices.choose(3) …
///   } while (choices.next());
class Choices {
 public:
  /// A number below `count`, which is not 0.
  std::size_t choose(std::size_t count) {
    if (made_ == choices_.size()) choices_.push_back({0, count});
    return choices_[made_++].chosen;
  }

  /// Begins the next run, which differs from all before. False where there is none.
  bool next() {
    made_ = 0;
    while (!choices_.empty() && choices_.back().chosen + 1 == choices_.back().count)
      choices_.pop_back();
    if (choices_.empty()) return false;
    ++choices_.back().chosen;
    return true;
  }

 private:
  struct Choice {
    std::size_t chosen;
    std::size_t count;
  };
  std::vector<Choice> choices_;
  std::size_t made_ = 0;
};

}  // namespace avm::test
