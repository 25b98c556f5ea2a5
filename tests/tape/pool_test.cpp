#include <catch2/catch.hpp>

#include <rapidcheck.h>

#include "avm/tape.hpp"
#include "avm/text.hpp"

using namespace avm;

namespace {

Val random_value(unsigned depth) {
  const auto part = [depth] { return random_value(depth - 1); };
  switch (*rc::gen::inRange(0, depth == 0 ? 5 : 8)) {
  case 0: return Val::nat(*rc::gen::arbitrary<std::uint64_t>());
  case 1: return Val::boolean(*rc::gen::arbitrary<bool>());
  case 2: return Val::nothing();
  case 3: return Val::str(std::string(*rc::gen::inRange<std::size_t>(0, 20), 'a'));
  case 4: return Val::empty_list();
  case 5: {
    std::vector<Val> elements;
    for (int left = *rc::gen::inRange(1, 4); left > 0; --left)
      elements.push_back(part());
    return Val::list(elements);
  }
  case 6: return Val::pair(part(), part());
  default: {
    Val value = part();
    for (int left = *rc::gen::inRange(1, 40); left > 0; --left)
      value = Val::just(value);
    return value;
  }
  }
}

}  // namespace

TEST_CASE("equal constants are one") {
  ConstantPool pool;
  const std::uint32_t one = pool.nat(1);
  CHECK(pool.nat(1) == one);
  CHECK(pool.boolean(true) != one);
  CHECK(pool.str("") != pool.nothing());
  CHECK(pool.list({one}) == pool.list({one}));
  CHECK(pool.list({one}) != pool.just(one));
  CHECK(pool.list({one, one}) != pool.pair(one, one));
  CHECK(pool.str(std::string("a\0", 2)) != pool.str("a"));
}

TEST_CASE("many constants stay apart") {
  ConstantPool pool;
  for (std::uint64_t i = 0; i < 10'000; ++i)
    REQUIRE(pool.nat(i * 7) == i);
  for (std::uint64_t i = 0; i < 10'000; ++i)
    REQUIRE(pool.nat(i * 7) == i);
  CHECK(pool.size() == 10'000);
}

TEST_CASE("a value comes back from the pool as it went in") {
  CHECK(rc::check([] {
    const Val value = random_value(4);
    ConstantPool pool;
    const std::uint32_t index = pool.value(value);
    const std::size_t size = pool.size();
    RC_ASSERT(pool.materialize()[index] == value);
    RC_ASSERT(pool.value(value) == index);
    RC_ASSERT(pool.size() == size);
  }));
}

TEST_CASE("a value that shares its parts takes a node a part") {
  Val value = Val::nat(0);
  for (int i = 0; i < 60; ++i)
    value = Val::pair(value, value);
  ConstantPool pool;
  CHECK(pool.value(value) == 60);
  CHECK(pool.size() == 61);
  CHECK(pool.materialize()[60] == value);
}

TEST_CASE("equal parts that a value does not share are shared in the pool") {
  ConstantPool pool;
  const Val part = Val::list({Val::nat(1), Val::nat(2)});
  const Val twin = Val::list({Val::nat(1), Val::nat(2)});
  pool.value(Val::pair(part, twin));
  CHECK(pool.size() == 4);
}

TEST_CASE("how deep a constant nests costs no native stack") {
  Val value = Val::empty_list();
  for (int i = 0; i < 300'000; ++i)
    value = i % 3 == 0 ? Val::just(value) : Val::list({value});
  ConstantPool pool;
  const std::uint32_t index = pool.value(value);
  CHECK(pool.materialize()[index] == value);
}

TEST_CASE("a constant under many justs") {
  for (const unsigned depth : {1U, 14U, 15U, 16U, 17U, 31U, 100U}) {
    Val value = Val::pair(Val::nat(1), Val::nothing());
    for (unsigned i = 0; i < depth; ++i)
      value = Val::just(value);
    ConstantPool pool;
    CHECK(pool.value(value) == 2 + depth);
    CHECK(pool.materialize().back() == value);
  }
}
