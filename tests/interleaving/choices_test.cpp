// That every sequence of choices comes, and none twice.
#include <catch2/catch.hpp>

#include <set>
#include <string>

#include "interleaving/choices.hpp"

using namespace avm::test;

namespace {

/// The words that have `a` as and `b` bs: the orders of two programs of so many turns.
std::multiset<std::string> words(std::size_t a, std::size_t b) {
  std::multiset<std::string> result;
  Choices choices;
  do {
    std::string word;
    std::size_t left[] = {a, b};
    while (left[0] + left[1] > 0) {
      const bool is_open = left[0] > 0 && left[1] > 0;
      const std::size_t chosen = is_open ? choices.choose(2) : left[0] > 0 ? 0 : 1;
      --left[chosen];
      word += chosen == 0 ? 'a' : 'b';
    }
    result.insert(word);
  } while (choices.next());
  return result;
}

}  // namespace

TEST_CASE("all orders of two programs come, each once") {
  CHECK(words(0, 0) == std::multiset<std::string>{""});
  CHECK(words(1, 2) == std::multiset<std::string>{"abb", "bab", "bba"});
  const auto many = words(6, 6);
  CHECK(many.size() == 924);
  CHECK(std::set(many.begin(), many.end()).size() == 924);
}

TEST_CASE("what there is to choose may depend on what was chosen") {
  std::multiset<std::string> seen;
  Choices choices;
  do {
    std::string sequence;
    for (std::size_t count = 3; count > 0;) {
      const std::size_t chosen = choices.choose(count);
      sequence += std::to_string(chosen);
      count = chosen;
    }
    seen.insert(sequence);
  } while (choices.next());
  CHECK(seen == std::multiset<std::string>{"0", "10", "20", "210"});
}
