// Small blocks: that they lie apart, and that their memory is used again, whatever the size.
#include "core/small_blocks.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <vector>

using avm::heap::SmallBlocks;

namespace {

constexpr std::uintptr_t chunk_bytes = std::uintptr_t{64} << 10U;
constexpr std::uintptr_t region_bytes = std::uintptr_t{2} << 20U;

// Closed at its end, so that a leak checker sees what is left.
struct Blocks : SmallBlocks {
  ~Blocks() { close(); }
};

std::vector<void*> take(SmallBlocks& blocks, std::size_t size, std::size_t count) {
  std::vector<void*> taken;
  for (std::size_t i = 0; i < count; ++i) {
    taken.push_back(blocks.take(size));
    REQUIRE(taken.back() != nullptr);
    std::memset(taken.back(), static_cast<int>(size), size);
  }
  return taken;
}

void give(SmallBlocks& blocks, const std::vector<void*>& taken) {
  for (void* const block : taken)
    blocks.give(block);
}

std::set<std::uintptr_t> parts(const std::vector<void*>& blocks, std::uintptr_t bytes) {
  std::set<std::uintptr_t> found;
  for (void* const block : blocks)
    found.insert(reinterpret_cast<std::uintptr_t>(block) / bytes);
  return found;
}

bool includes(const std::set<std::uintptr_t>& all, const std::set<std::uintptr_t>& some) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

}  // namespace

TEST_CASE("small blocks lie apart, at multiples of 16") {
  Blocks blocks;
  std::mt19937 random(7);
  std::map<char*, std::size_t> held;
  for (int turn = 0; turn < 50'000; ++turn) {
    if (held.size() < 3'000 || random() % 2 == 0) {
      const std::size_t size = 1 + random() % SmallBlocks::size_max;
      auto* const block = static_cast<char*>(blocks.take(size));
      REQUIRE(block != nullptr);
      REQUIRE(reinterpret_cast<std::uintptr_t>(block) % 16 == 0);
      const auto after = held.lower_bound(block);
      if (after != held.end()) REQUIRE(block + size <= after->first);
      if (after != held.begin()) {
        const auto before = std::prev(after);
        REQUIRE(before->first + before->second <= block);
      }
      std::memset(block, static_cast<int>(size), size);
      held.emplace(block, size);
    } else {
      const auto found = std::next(held.begin(), random() % held.size());
      REQUIRE(static_cast<unsigned char>(found->first[found->second - 1]) == found->second % 256);
      blocks.give(found->first);
      held.erase(found);
    }
  }
  for (const auto& [block, size] : held)
    blocks.give(block);
}

TEST_CASE("what is given back is taken first") {
  Blocks blocks;
  const std::vector<void*> taken = take(blocks, 48, 10);
  blocks.give(taken[3]);
  CHECK(blocks.take(48) == taken[3]);
  // 33 to 48 bytes share a size.
  blocks.give(taken[5]);
  CHECK(blocks.take(33) == taken[5]);
  give(blocks, taken);
}

TEST_CASE("memory that one size has left serves another") {
  Blocks blocks;
  const std::vector<void*> first = take(blocks, 32, 30 * chunk_bytes / 32);
  const auto regions = parts(first, region_bytes);
  CHECK(regions.size() <= 2);
  give(blocks, first);
  const std::vector<void*> second = take(blocks, 256, 20 * chunk_bytes / 256);
  CHECK(includes(regions, parts(second, region_bytes)));
  give(blocks, second);
}

TEST_CASE("chunks with room are filled before new ones are begun") {
  Blocks blocks;
  const std::vector<void*> taken = take(blocks, 64, 100 * chunk_bytes / 64);
  const auto chunks = parts(taken, chunk_bytes);
  std::vector<void*> kept;
  std::vector<void*> given;
  for (std::size_t i = 0; i < taken.size(); ++i)
    (i % 2 == 0 ? kept : given).push_back(taken[i]);
  give(blocks, given);
  const std::vector<void*> again = take(blocks, 64, given.size());
  CHECK(includes(chunks, parts(again, chunk_bytes)));
  give(blocks, kept);
  give(blocks, again);
}

TEST_CASE("what is held past the end of a thread's heap can still be given back") {
  SmallBlocks blocks;
  const std::vector<void*> taken = take(blocks, 16, 5 * chunk_bytes / 16);
  for (std::size_t i = 0; i < taken.size(); ++i)
    std::memcpy(taken[i], &i, sizeof(i));
  blocks.close();
  const std::vector<void*> late = take(blocks, 16, 3);
  for (void* const block : late)
    std::memset(block, 0xff, 16);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < taken.size(); ++i)
    kept += std::memcmp(taken[i], &i, sizeof(i)) == 0 ? 1 : 0;
  CHECK(kept == taken.size());
  give(blocks, taken);
  give(blocks, late);
}
