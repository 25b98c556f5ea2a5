// Values: kinds, accessors, canonical forms and reference counts.
#include <rapidcheck/catch.h>

#include "core/blocks.hpp"
#include "core/random_value.hpp"

using namespace avm;
using namespace avm::test;

namespace {

/// The kinds by asking each `is_…`; exactly one may say yes.
std::vector<Kind> kinds_claimed(const Val& v) {
  std::vector<Kind> kinds;
  if (v.is_nat()) kinds.push_back(Kind::Nat);
  if (v.is_bool()) kinds.push_back(Kind::Bool);
  if (v.is_str()) kinds.push_back(Kind::Str);
  if (v.is_list()) kinds.push_back(Kind::List);
  if (v.is_pair()) kinds.push_back(Kind::Pair);
  if (v.is_nothing()) kinds.push_back(Kind::Nothing);
  if (v.is_just()) kinds.push_back(Kind::Just);
  if (v.is_object()) kinds.push_back(Kind::Object);
  if (v.is_tx()) kinds.push_back(Kind::Tx);
  if (v.is_var()) kinds.push_back(Kind::Var);
  return kinds;
}

const std::string long_text = "longer than fourteen bytes";

}  // namespace

TEST_CASE_METHOD(NothingLeaks, "a value gives back what it was made of") {
  CHECK(Val().as_nat() == 0);
  CHECK(Val::nat(7).as_nat() == 7);
  CHECK(Val::boolean(true).as_bool());
  CHECK_FALSE(Val::boolean(false).as_bool());
  CHECK(Val::object({9}).as_object() == ObjectId{9});
  CHECK(Val::tx({3}).as_tx() == TxId{3});
  CHECK(Val::var({2}).as_var() == VarId{2});
  CHECK(Val::empty_list().list_size() == 0);
  CHECK(Val::list({}).header() == Val::empty_list().header());
  const Val list = Val::list({Val::nat(1), Val::nothing()});
  CHECK(list.list_size() == 2);
  CHECK(list.list_at(0) == Val::nat(1));
  CHECK(list.list_at(1) == Val::nothing());
  const Val pair = Val::pair(list, Val::str(long_text));
  CHECK(pair.first() == list);
  CHECK(pair.second().as_str() == long_text);
  CHECK(Val::maybe(std::nullopt) == Val::nothing());
  CHECK(Val::maybe(ObjectId{4}) == Val::just(Val::object({4})));
}

TEST_CASE_METHOD(NothingLeaks, "a value has one kind, and the kind has a name") {
  const std::vector<std::pair<Val, std::string_view>> kinds{
      {Val::nat(1), "nat"},
      {Val::boolean(false), "bool"},
      {Val::str(""), "str"},
      {Val::str("short"), "str"},
      {Val::str(long_text), "str"},
      {Val::empty_list(), "list"},
      {Val::list({Val::nat(1)}), "list"},
      {Val::pair(Val::nat(1), Val::nat(2)), "pair"},
      {Val::nothing(), "nothing"},
      {Val::just(Val::nat(0)), "just"},
      {Val::just(Val::str(long_text)), "just"},
      {justs(Val::nat(0), 16), "just"},
      {Val::object({1}), "object"},
      {Val::tx({1}), "tx"},
      {Val::var({1}), "var"},
  };
  for (const auto& [value, name] : kinds) {
    CAPTURE(name);
    CHECK(kind_name(value.kind()) == name);
    CHECK(kinds_claimed(value) == std::vector<Kind>{value.kind()});
  }
}

TEST_CASE_METHOD(NothingLeaks, "strings of any length are kept, short ones inside the value") {
  std::string text;
  for (std::size_t size = 0; size < 40; ++size) {
    CAPTURE(size);
    const Val value = Val::str(text);
    CHECK(value.is_str());
    CHECK(value.as_str() == text);
    CHECK(value.is_counted() == (size > Val::inline_str_max));
    for (std::size_t cut = 0; cut <= size; ++cut) {
      CHECK(str_concat(std::string_view(text).substr(0, cut), std::string_view(text).substr(cut)) ==
            value);
    }
    text += static_cast<char>(size % 3 == 0 ? 0 : 'a' + size);
  }
}

TEST_CASE_METHOD(NothingLeaks, "just is counted up to fifteen, and comes off one by one") {
  const std::vector<Val> insides{Val::nat(7), Val::nothing(), Val::str("fourteen bytes"),
                                 Val::str(long_text), Val::list({Val::nat(1)})};
  for (const Val& inside : insides) {
    Val value = inside;
    std::vector<Val> layers;
    for (unsigned count = 0; count < 100; ++count) {
      layers.push_back(value);
      value = Val::just(value);
      CHECK(value.is_just());
      CHECK(value.just_depth() == (count + 1) % 16);
    }
    for (; !layers.empty(); layers.pop_back()) {
      value = value.unwrapped();
      CHECK(value == layers.back());
      CHECK(value.header() == layers.back().header());
    }
    CHECK(value == inside);
  }
  const std::size_t before = heap::bytes_in_use();
  const Val fifteen = justs(Val::nat(1), 15);
  CHECK(heap::bytes_in_use() == before);
  const Val sixteen = Val::just(fifteen);
  CHECK(sixteen.tag() == Tag::Just);
  CHECK(sixteen.just_depth() == 0);
}

TEST_CASE_METHOD(NothingLeaks, "a value can be assigned from inside of itself") {
  Val value = Val::pair(Val::pair(Val::str(long_text), Val::nat(1)), Val::nat(2));
  value = value.first();
  value = value.first();
  CHECK(value.as_str() == long_text);

  Val& same = value;
  value = same;
  value = std::move(same);
  CHECK(value.as_str() == long_text);

  Val moved = std::move(value);
  CHECK_FALSE(value.is_counted());  // NOLINT(bugprone-use-after-move): holds nothing any more
  CHECK(moved.as_str() == long_text);
}

TEST_CASE("a block with more references than can be counted stays for good") {
  const std::size_t before = heap::bytes_in_use();
  Block* block = nullptr;
  {
    const Val value = Val::str(long_text);
    block = value.block();
    block->references = Block::immortal - 2;
    const std::vector<Val> more(5, value);
    CHECK(block->references == Block::immortal);
  }
  CHECK(block->references == Block::immortal);
  CHECK(heap::bytes_in_use() > before);
  block->references = 1;
  {
    const Val last(static_cast<std::uint64_t>(Tag::LongStr),
                   reinterpret_cast<std::uint64_t>(block));
    CHECK(last.as_str() == long_text);
  }
  CHECK(heap::bytes_in_use() == before);
}

TEST_CASE_METHOD(NothingLeaks, "equal values have equal bytes unless they have blocks") {
  rc::prop("however they were made", [] {
    const auto bytes = *any_bytes();
    const Val value = random_value(bytes);
    const Val again = rebuilt(value);
    RC_ASSERT(value.header() == again.header());
    if (value.is_counted()) return;
    RC_ASSERT(value.payload() == again.payload());
  });
}
