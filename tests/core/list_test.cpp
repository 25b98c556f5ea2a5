// Lists: against a plain vector, in place and shared.
#include <rapidcheck/catch.h>

#include "core/blocks.hpp"
#include "core/random_value.hpp"

using namespace avm;
using namespace avm::test;

namespace {

const std::string long_text = "longer than fourteen bytes";

/// A list, and what it should hold.
struct Pair {
  Val list = Val::empty_list();
  std::vector<Val> model;
};

bool agrees(const Pair& pair) {
  if (!pair.list.is_list() || pair.list.list_size() != pair.model.size()) return false;
  if (pair.list.is_counted() == pair.model.empty()) return false;
  for (std::size_t i = 0; i < pair.model.size(); ++i) {
    if (pair.list.list_at(i) != pair.model[i]) return false;
  }
  return pair.list == Val::list(pair.model);
}

/// Elements that let lists be packed often and mixed at times, with the lists themselves among
/// them.
Val random_element(Decisions& decisions, std::span<const Pair> lists) {
  switch (decisions.below(8)) {
  case 0:
  case 1:
  case 2: return Val::nat(decisions.byte());
  case 3: return Val::str(decisions.text());
  case 4: return Val::str("same " + std::to_string(decisions.below(10)));
  case 5: return lists[decisions.below(lists.size())].list;
  case 6: return Val::just(lists[decisions.below(lists.size())].list);
  default: return Val::pair(Val::nat(decisions.byte()), Val::nat(0));
  }
}

void random_operation(Decisions& decisions, std::span<Pair> lists) {
  Pair& target = lists[decisions.below(lists.size())];
  const Pair& source = lists[decisions.below(lists.size())];
  std::vector<Val>& model = target.model;
  switch (decisions.below(7)) {
  case 0: target = source; break;
  case 1: {
    // Enough of them to make the block grow.
    for (unsigned left = decisions.below(8); left > 0; --left) {
      const Val element = random_element(decisions, lists);
      list_append(target.list, element);
      model.push_back(element);
    }
    break;
  }
  case 2: {
    const Val element = random_element(decisions, lists);
    if (model.empty()) break;
    const std::size_t index = decisions.byte() % model.size();
    list_set(target.list, index, element);
    model[index] = element;
    break;
  }
  case 3: {
    if (model.size() + source.model.size() > 200) break;
    const std::vector<Val> tail = source.model;
    list_concat(target.list, source.list);
    model.insert(model.end(), tail.begin(), tail.end());
    break;
  }
  case 4: {
    const std::size_t from = decisions.byte() % (model.size() + 1);
    const std::size_t to = from + decisions.byte() % (model.size() - from + 1);
    list_slice(target.list, from, to);
    model = std::vector<Val>(model.begin() + from, model.begin() + to);
    break;
  }
  case 5: target = Pair(); break;
  default:
    // The model holds a reference to each element, which would hide a lost one.
    for (Val& element : model)
      element = rebuilt(element);
  }
}

}  // namespace

TEST_CASE_METHOD(NothingLeaks, "list operations do what they do on a vector") {
  rc::prop("whoever shares the lists", [] {
    const auto bytes = *any_bytes();
    Decisions decisions(bytes);
    std::array<Pair, 4> lists;
    while (!decisions.at_end()) {
      random_operation(decisions, lists);
      for (const Pair& pair : lists)
        RC_ASSERT(agrees(pair));
    }
  });
}

TEST_CASE_METHOD(NothingLeaks, "one owner's list is changed in place") {
  Val list = Val::list({Val::nat(1), Val::nat(2), Val::nat(3), Val::nat(4)});
  const Block* block = list.block();
  list_set(list, 1, Val::nat(9));
  list_slice(list, 1, 4);
  list_append(list, Val::nat(5));
  CHECK(list.block() == block);
  CHECK(list == Val::list({Val::nat(9), Val::nat(3), Val::nat(4), Val::nat(5)}));

  const Val other = list;
  list_set(list, 0, Val::nat(0));
  CHECK(list.block() != other.block());
  CHECK(other.list_at(0) == Val::nat(9));
}

TEST_CASE_METHOD(NothingLeaks, "appending takes constant time on the average") {
  constexpr std::uint64_t count = 1'000'000;
  Val list = Val::empty_list();
  std::uint64_t moves = 0;
  std::uint64_t capacity = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    list_append(list, Val::nat(i));
    const std::uint64_t now = list_block(list)->capacity;
    if (now != capacity) ++moves;
    capacity = now;
  }
  CHECK(list.list_size() == count);
  CHECK(moves < 25);
  CHECK(list_block(list)->is_packed());
}

TEST_CASE_METHOD(NothingLeaks, "a list can take itself in") {
  Val list = Val::list({Val::nat(1)});
  list_append(list, list);
  CHECK(list == Val::list({Val::nat(1), Val::list({Val::nat(1)})}));
  list_set(list, 0, list);
  CHECK(list.list_at(0).list_size() == 2);
  list_concat(list, list);
  CHECK(list.list_size() == 4);
  CHECK(list.list_at(0) == list.list_at(2));
}

TEST_CASE_METHOD(NothingLeaks, "elements share their header only where all of its bytes agree") {
  // Same length, but the first six bytes, which are in the header, differ.
  Val list = Val::list({Val::str("abcdef-1"), Val::str("abcdef-2")});
  CHECK(list_block(list)->is_packed());
  list_append(list, Val::str("abcdeX-2"));
  CHECK_FALSE(list_block(list)->is_packed());
  CHECK(list.list_at(1).as_str() == "abcdef-2");
  CHECK(list.list_at(2).as_str() == "abcdeX-2");
  // A part whose headers agree is packed again when it is copied.
  const Val shared = list;
  list_slice(list, 0, 2);
  CHECK(list_block(list)->is_packed());
  CHECK(list == Val::list({Val::str("abcdef-1"), Val::str("abcdef-2")}));
  Val rest = shared;
  list_slice(rest, 1, 3);
  CHECK_FALSE(list_block(rest)->is_packed());
  CHECK(rest.list_at(1).as_str() == "abcdeX-2");
}

TEST_CASE_METHOD(NothingLeaks, "a small part of a large list does not keep its memory") {
  Val list = Val::list(std::vector<Val>(100'000, Val::str(long_text)));
  list_slice(list, 10, 12);
  CHECK(list_block(list)->capacity < 10);
  CHECK(list == Val::list({Val::str(long_text), Val::str(long_text)}));
}
