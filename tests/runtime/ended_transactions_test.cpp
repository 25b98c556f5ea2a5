#include "runtime/ended_transactions.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <map>

#include "avm/heap.hpp"

using namespace avm;
using End = EndedTransactions::End;

TEST_CASE("Transactions are remembered as they ended") {
  CHECK(rc::check([] {
    EndedTransactions ended;
    std::map<std::uint64_t, End> model;
    std::uint64_t id = 0;
    const bool is_regular = *rc::gen::arbitrary<bool>();
    const auto count = *rc::gen::inRange(0, 300);
    for (int i = 0; i < count; ++i) {
      id += is_regular ? 1 : *rc::gen::inRange(1, 100);
      const End end = is_regular || *rc::gen::arbitrary<bool>() ? End::Committed : End::Aborted;
      ended.make_room();
      ended.add({id}, end);
      model[id] = end;
    }
    for (std::uint64_t i = 0; i <= id + 40; ++i) {
      const auto known = model.find(i);
      const auto found = ended.find({i});
      RC_ASSERT(found.has_value() == (known != model.end()));
      if (found) RC_ASSERT(*found == known->second);
    }
  }));
}

TEST_CASE("To remember many costs little") {
  EndedTransactions ended;
  const auto before = heap::bytes_in_use();
  for (std::uint64_t i = 0; i < 1'000'000; ++i) {
    ended.make_room();
    ended.add({i}, i % 2 == 0 ? End::Committed : End::Aborted);
  }
  CHECK(heap::bytes_in_use() - before < 1'000);
  CHECK(ended.find({777'777}) == End::Aborted);
  for (std::uint64_t i = 1'000'000; i < 2'000'000; ++i) {
    ended.make_room();
    ended.add({i}, i % 37 == 0 ? End::Committed : End::Aborted);
  }
  CHECK(heap::bytes_in_use() - before < 2'000'000);
}
