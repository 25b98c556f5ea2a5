#include "tape/shared_room.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <numeric>
#include <vector>

#include "avm/tape.hpp"

using namespace avm;

TEST_CASE("arrays in a shared room keep what they hold, and outlive the room") {
  struct Array {
    std::vector<Word> expected;
    std::shared_ptr<const Word[]> shared;
  };
  std::vector<Array> arrays;
  const std::size_t begin = GENERATE(as<std::size_t>{}, 0, 1, 100, heap::large_min);
  {
    SharedRoom<Word> room = begin == 0 ? SharedRoom<Word>() : SharedRoom<Word>(begin);
    // Some are larger than any block.
    for (const std::size_t size : {3U, 0U, 17U, 100'000U, 1U, 2'000'000U, 5U, 100'000U, 7U}) {
      std::vector<Word> expected(size);
      std::iota(expected.begin(), expected.end(), static_cast<Word>(arrays.size()));
      auto shared = room.copy(expected);
      arrays.push_back({std::move(expected), std::move(shared)});
    }
  }
  while (!arrays.empty()) {
    for (const Array& array : arrays)
      CHECK(Words(array.shared, array.expected.size()) == array.expected);
    arrays.erase(arrays.begin());
  }
}

TEST_CASE("arrays lie side by side where there is room") {
  SharedRoom<std::uint8_t> room(8);
  const auto first = room.take(5);
  CHECK(room.take(3).get() == first.get() + 5);
  CHECK(room.take(1).get() != first.get() + 8);
}

TEST_CASE("words are shared by copies, and another's are taken whole") {
  const Words words = {1, 2, 3};
  Words copy = words;
  CHECK(copy.data() == words.data());
  copy = std::vector<Word>{1, 2};
  CHECK(copy != words);
  CHECK(copy.size() == 2);
  CHECK(words == Words{1, 2, 3});
  CHECK(Words().empty());
  CHECK(Words() == Words(std::vector<Word>()));
}
