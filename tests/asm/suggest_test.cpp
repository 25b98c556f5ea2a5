// Near names.
#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

#include "asm/suggest.hpp"

using namespace avm::ast;

namespace {

/// The distance by its definition: try everything.
std::size_t plain_distance(std::string_view a, std::string_view b) {
  if (a.empty()) return b.size();
  if (b.empty()) return a.size();
  if (a[0] == b[0]) return plain_distance(a.substr(1), b.substr(1));
  std::size_t best = 1 + std::min({plain_distance(a.substr(1), b), plain_distance(a, b.substr(1)),
                                   plain_distance(a.substr(1), b.substr(1))});
  const bool swapped = a.size() > 1 && b.size() > 1 && a[0] == b[1] && a[1] == b[0];
  if (swapped) best = std::min(best, 1 + plain_distance(a.substr(2), b.substr(2)));
  return best;
}

std::optional<std::string_view> nearest(std::string_view wanted,
                                        std::initializer_list<std::string_view> candidates) {
  NearName near(wanted);
  for (const std::string_view candidate : candidates)
    near.offer(candidate);
  return near.best();
}

}  // namespace

TEST_CASE("the distance of two names") {
  CHECK(edit_distance("crate_obj", "create_obj", 10) == 1);
  CHECK(edit_distance("abc", "acb", 10) == 1);
  CHECK(edit_distance("abc", "abc", 10) == 0);
  CHECK(edit_distance("", "abc", 10) == 3);
  CHECK(edit_distance("kitten", "sitting", 10) == 3);
  CHECK(edit_distance("kitten", "sitting", 3) == 3);
  CHECK(edit_distance("kitten", "sitting", 2) == 2);

  std::mt19937 random(1);
  std::uniform_int_distribution<int> letter('a', 'c');
  std::uniform_int_distribution<int> length(0, 6);
  const auto word = [&] {
    std::string text(static_cast<std::size_t>(length(random)), ' ');
    for (char& c : text)
      c = static_cast<char>(letter(random));
    return text;
  };
  for (int i = 0; i < 2000; ++i) {
    const std::string a = word();
    const std::string b = word();
    const std::size_t bound = static_cast<std::size_t>(length(random));
    INFO(a << " " << b << " " << bound);
    REQUIRE(edit_distance(a, b, bound) == std::min(plain_distance(a, b), bound));
  }
}

TEST_CASE("the nearest of several names") {
  CHECK(nearest("crate_obj", {"call", "create_obj", "destroy_obj"}) == "create_obj");
  CHECK(nearest("lop", {"top", "loop"}) == "top");
  CHECK(nearest("commit", {"call", "commit_tx", "abort_tx"}) == "commit_tx");
  CHECK(nearest("self", {"get_self", "get_state"}) == "get_self");
  CHECK(nearest("frobnicate", {"add", "create_obj"}) == std::nullopt);
  CHECK(nearest("x", {"y", "xy"}) == std::nullopt);
  CHECK(nearest("", {"a", "ab"}) == std::nullopt);
  CHECK(nearest(std::string(1000, 'a'), {std::string(999, 'a')}) == std::nullopt);
}
