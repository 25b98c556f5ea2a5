// Blocks of one size, and when their memory goes back.
#include "runtime/block_pool.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include "avm/heap.hpp"

using namespace avm;

TEST_CASE("Blocks do not overlap, and their memory goes back with the last of them") {
  constexpr std::size_t size = 16'448;
  const std::size_t before = heap::bytes_in_use();
  BlockPool pool(size);
  std::mt19937 random(1);
  std::vector<BlockPool::Block> taken;
  const auto take = [&](int count) {
    for (int i = 0; i < count; ++i) {
      taken.push_back(pool.take());
      CHECK(reinterpret_cast<std::uintptr_t>(taken.back().memory) % BlockPool::cache_line == 0);
      std::memset(taken.back().memory, 0xAB, size);
    }
    std::vector<char*> begins;
    for (const BlockPool::Block& block : taken)
      begins.push_back(static_cast<char*>(block.memory));
    std::ranges::sort(begins);
    for (std::size_t i = 1; i < begins.size(); ++i)
      CHECK(begins[i] - begins[i - 1] >= static_cast<std::ptrdiff_t>(size));
  };
  const auto give = [&](std::size_t left) {
    std::ranges::shuffle(taken, random);
    while (taken.size() > left) {
      pool.give(taken.back());
      taken.pop_back();
    }
  };
  take(1);
  CHECK(heap::bytes_in_use() - before < 2 * size);
  take(600);
  CHECK(heap::bytes_in_use() - before < 1'300 * size);
  give(100);
  take(300);
  give(0);
  CHECK(heap::bytes_in_use() == before);
  take(2);
  give(0);
  CHECK(heap::bytes_in_use() == before);
}
