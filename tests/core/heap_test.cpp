// The heap's counters and limits.
#include "avm/heap.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstring>
#include <thread>
#include <vector>

#include "core/blocks.hpp"
#include "core/random_value.hpp"

using namespace avm;
using namespace avm::test;

namespace {

Val numbers(std::uint64_t count) {
  Val list = Val::empty_list();
  for (std::uint64_t i = 0; i < count; ++i)
    list_append(list, Val::nat(i));
  return list;
}

bool is_numbers(const Val& list, std::uint64_t count) {
  if (list.list_size() != count) return false;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (list.list_at(i) != Val::nat(i)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE_METHOD(NothingLeaks, "the heap counts what it handed out") {
  const std::size_t start = heap::bytes_in_use();
  heap::reset_peak();
  void* block = heap::allocate(1000);
  CHECK(heap::bytes_in_use() == start + 1000);
  std::memset(block, 1, 1000);
  block = heap::reallocate(block, 1000, 3000);
  CHECK(heap::bytes_in_use() == start + 3000);
  CHECK(static_cast<const char*>(block)[999] == 1);
  block = heap::reallocate(block, 3000, 10);
  CHECK(heap::bytes_in_use() == start + 10);
  heap::release(block, 10);
  CHECK(heap::bytes_in_use() == start);
  CHECK(heap::peak_bytes() == start + 3000);
  heap::reset_peak();
  CHECK(heap::peak_bytes() == start);
}

TEST_CASE_METHOD(NothingLeaks, "past the limit an allocation throws and changes nothing") {
  const std::size_t start = heap::bytes_in_use();
  const heap::HeapLimit outer(start + 1000);
  void* block = heap::allocate(1000);
  CHECK_THROWS_AS(heap::allocate(1), std::bad_alloc);
  CHECK_THROWS_AS(heap::allocate(~std::size_t{0}), std::bad_alloc);
  CHECK_THROWS_AS(heap::reallocate(block, 1000, 1001), std::bad_alloc);
  CHECK(heap::bytes_in_use() == start + 1000);
  {
    const heap::HeapLimit inner(start + 2000);
    block = heap::reallocate(block, 1000, 2000);
  }
  // More is in use than the limit allows now: to shrink and to free is possible all the same.
  CHECK_THROWS_AS(heap::allocate(1), std::bad_alloc);
  block = heap::reallocate(block, 2000, 500);
  heap::release(block, 500);
  CHECK(heap::bytes_in_use() == start);
}

TEST_CASE_METHOD(NothingLeaks, "each thread has a heap of its own") {
  const heap::HeapLimit limit(heap::bytes_in_use());
  std::size_t inside = 0;
  std::size_t after = 1;
  std::thread([&] {
    {
      const Val list = numbers(100);
      inside = heap::bytes_in_use();
    }
    after = heap::bytes_in_use();
  }).join();
  CHECK(inside > 800);
  CHECK(after == 0);
}

TEST_CASE_METHOD(NothingLeaks, "an allocator of the heap serves containers") {
  const std::size_t start = heap::bytes_in_use();
  std::vector<int, heap::Allocator<int>> row(100);
  CHECK(heap::bytes_in_use() == start + 400);
  CHECK_THROWS_AS(heap::Allocator<int>().allocate(~std::size_t{0}), std::bad_alloc);
}

TEST_CASE_METHOD(NothingLeaks, "a list that meets the limit is as it was") {
  constexpr std::uint64_t count = 100;
  Val list = numbers(count);
  list_slice(list, 0, count);
  Val shared = list;
  const Val other = Val::list({Val::nothing()});
  {
    const heap::HeapLimit limit(heap::bytes_in_use());
    CHECK_THROWS_AS(list_append(list, Val::nat(1)), std::bad_alloc);
    CHECK_THROWS_AS(list_append(list, list), std::bad_alloc);
    CHECK_THROWS_AS(list_set(list, 3, Val::nat(1)), std::bad_alloc);
    CHECK_THROWS_AS(list_concat(list, list), std::bad_alloc);
    CHECK_THROWS_AS(list_concat(list, other), std::bad_alloc);
    CHECK_THROWS_AS(list_slice(list, 1, 2), std::bad_alloc);
    shared = Val();
    // With one owner: growing and converting take memory, the rest does not.
    CHECK_THROWS_AS(list_set(list, 3, Val::nothing()), std::bad_alloc);
    CHECK_THROWS_AS(list_append(list, Val::nothing()), std::bad_alloc);
    CHECK_THROWS_AS(
        [&] {
          for (;;)
            list_append(list, Val::nat(list.list_size()));
        }(),
        std::bad_alloc);
    CHECK_THROWS_AS(Val::pair(list, list), std::bad_alloc);
    CHECK_THROWS_AS(Val::str("longer than fourteen bytes"), std::bad_alloc);
    CHECK_THROWS_AS(Val::just(justs(list, 15)), std::bad_alloc);
    list_set(list, 3, Val::nat(3));
    CHECK(is_numbers(list, list.list_size()));
  }
  list_append(list, Val::nat(list.list_size()));
  CHECK(is_numbers(list, list.list_size()));
  CHECK(list.list_size() > count);
}

TEST_CASE_METHOD(NothingLeaks, "a block keeps what is in it, however large it becomes or was") {
  constexpr std::size_t mega = std::size_t{1} << 20U;
  const std::size_t start = heap::bytes_in_use();
  std::size_t size = 24;
  auto* bytes = static_cast<unsigned char*>(heap::allocate(size));
  std::memset(bytes, 7, size);
  for (const std::size_t next : {std::size_t{1000}, mega, 4 * mega, 9 * mega + 5, 30 * mega,
                                 5 * mega, 3 * mega, std::size_t{100}}) {
    CAPTURE(size, next);
    bytes = static_cast<unsigned char*>(heap::reallocate(bytes, size, next));
    CHECK(heap::bytes_in_use() == start + next);
    const std::size_t kept = std::min(size, next);
    CHECK(std::all_of(bytes, bytes + kept, [](unsigned char byte) { return byte == 7; }));
    std::memset(bytes, 7, next);
    size = next;
  }
  heap::release(bytes, size);
}
