// A vector that finds its elements by a key.
#include "runtime/keyed_vector.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <functional>

using namespace avm;

namespace {

struct Item {
  std::uint64_t key;
  std::uint64_t value;
};
using Items = KeyedVector<Item, &Item::key, std::hash<std::uint64_t>>;

// Each of `count` is found, and none besides.
bool holds(const Items& items, std::uint64_t count) {
  for (std::uint64_t i = 0; i < 40; ++i) {
    const Item* const found = items.find(i * i);
    if ((found != nullptr) != (i < count)) return false;
    if (found != nullptr && (found->value != i || items.index_of(*found) != i)) return false;
  }
  return items.size() == count;
}

}  // namespace

TEST_CASE("Elements are found by their keys, be they few or many") {
  Items items;
  const auto grow = [&](std::uint64_t to) {
    for (std::uint64_t i = items.size(); i < to; ++i)
      items.push(i * i, i);
  };
  for (std::uint64_t most = 0; most < 40; ++most) {
    for (std::uint64_t least = 0; least <= most; ++least) {
      grow(most);
      REQUIRE(holds(items, most));
      while (items.size() > least)
        items.pop();
      REQUIRE(holds(items, least));
    }
  }
  items.clear();
  REQUIRE(holds(items, 0));
  grow(20);
  REQUIRE(holds(items, 20));
}

TEST_CASE("An element that finds no memory is not there") {
  Items items;
  for (std::uint64_t count = 0; count < 40; ++count) {
    for (std::size_t spare = 0;; spare += 16) {
      try {
        const heap::HeapLimit limit(heap::bytes_in_use() + spare);
        items.push(count * count, count);
        break;
      } catch (const std::bad_alloc&) {
        REQUIRE(holds(items, count));
      }
    }
    REQUIRE(holds(items, count + 1));
  }
}
