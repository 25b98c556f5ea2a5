// Conversions between values and C++ types: there and back, and what is said of what is none.
#include "avm/convert.hpp"

#include <concepts>
#include <optional>

#include "itree/trees.hpp"

#include <rapidcheck.h>

namespace avm {
namespace {

using namespace test;

struct Place {
  std::uint64_t x = 0;
  std::uint64_t y = 0;
  static constexpr auto message = avm::message("place", &Place::x, &Place::y);
  friend bool operator==(const Place&, const Place&) = default;
};

struct Ship {
  std::string name;
  std::vector<Place> places;
  std::optional<ObjectId> owner;
  std::pair<bool, std::uint8_t> state;
  static constexpr auto message =
      avm::message("ship", &Ship::name, &Ship::places, &Ship::owner, &Ship::state);
  friend bool operator==(const Ship&, const Ship&) = default;
};

struct Ping {
  static constexpr auto message = avm::message<Ping>("ping");
  friend bool operator==(const Ping&, const Ping&) = default;
};

enum class Side : std::uint8_t { Left, Right };

}  // namespace

// A type of one's own that is no message.
template <>
struct Conversion<Side> {
  static Val to_val(Side side) { return Val::str(side == Side::Left ? "left" : "right"); }
  static Converted<Side> from_val(const Val& value) {
    if (expect_symbol(value, "left")) return Side::Left;
    if (expect_symbol(value, "right")) return Side::Right;
    return wrong_kind("a side", value);
  }
};

namespace {

template <typename T>
void comes_back(const T& x) {
  const Converted<T> back = from_val<T>(to_val(x));
  RC_ASSERT(back.has_value());
  RC_ASSERT(*back == x);
}

template <std::integral T>
void numbers_come_back() {
  CHECK(rc::check([] {
    T number = *rc::gen::arbitrary<T>();
    if (std::cmp_less(number, 0)) {
      RC_ASSERT_THROWS_AS(to_val(number), std::invalid_argument);
      number = 0;
    }
    comes_back(number);
    comes_back(std::numeric_limits<T>::max());
    RC_ASSERT(to_val(number) == Val::nat(static_cast<std::uint64_t>(number)));
  }));
}

ObjectId any_object() { return {*rc::gen::arbitrary<std::uint64_t>()}; }

Val any_value() {
  const auto bytes = *any_bytes();
  return random_value(bytes);
}

TEST_CASE("numbers come back") {
  numbers_come_back<std::uint8_t>();
  numbers_come_back<std::uint16_t>();
  numbers_come_back<std::uint32_t>();
  numbers_come_back<std::uint64_t>();
  numbers_come_back<int>();
  numbers_come_back<std::int64_t>();
}

TEST_CASE("values, texts and references come back") {
  CHECK(rc::check([] {
    comes_back(any_value());
    comes_back(*rc::gen::arbitrary<bool>());
    comes_back(*rc::gen::container<std::string>(rc::gen::inRange('a', 'z')));
    comes_back(any_object());
    comes_back(TxId{*rc::gen::arbitrary<std::uint64_t>()});
    comes_back(VarId{*rc::gen::arbitrary<std::uint64_t>()});
    comes_back(*rc::gen::element(Side::Left, Side::Right));
  }));
}

TEST_CASE("what is made of others comes back") {
  CHECK(rc::check([] {
    const auto numbers = *rc::gen::arbitrary<std::vector<std::uint64_t>>();
    comes_back(numbers);
    comes_back(*rc::gen::arbitrary<std::vector<bool>>());
    comes_back(std::optional<std::vector<std::uint64_t>>());
    comes_back(std::optional(numbers));
    comes_back(std::optional<std::optional<bool>>());
    comes_back(std::optional<std::optional<bool>>(std::optional<bool>()));
    comes_back(std::optional<std::optional<bool>>(std::optional<bool>(true)));
    comes_back(std::pair(numbers, any_value()));
    comes_back(std::vector<std::pair<std::string, std::optional<Val>>>{
        {"a", any_value()}, {"b", std::nullopt}, {"", any_value()}});
  }));
}

TEST_CASE("messages come back") {
  CHECK(rc::check([] {
    Ship ship;
    ship.name = *rc::gen::container<std::string>(rc::gen::inRange('a', 'z'));
    for (const auto& [x, y] :
         *rc::gen::arbitrary<std::vector<std::pair<std::uint64_t, std::uint64_t>>>())
      ship.places.push_back({x, y});
    if (*rc::gen::arbitrary<bool>()) ship.owner = any_object();
    ship.state = {*rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<std::uint8_t>()};
    comes_back(ship);
    comes_back(Ping{});
  }));
  CHECK(to_text(to_val(Ship{"Ark", {{1, 2}}, ObjectId{3}, {true, 4}})) ==
        R"(["ship", "Ark", [["place", 1, 2]], just obj:3, (true, 4)])");
  CHECK(to_text(to_val(Ping{})) == R"(["ping"])");
}

TEST_CASE("a value that is converted and is what was converted is the same") {
  // Where any value is taken for one of these it is its very form.
  CHECK(rc::check([] {
    const Val value = any_value();
    const auto same = [&]<typename T>(const Converted<T>& converted) {
      if (converted) RC_ASSERT(to_val(*converted) == value);
      return converted.has_value();
    };
    const bool is_any = same(from_val<std::uint64_t>(value)) || same(from_val<bool>(value)) ||
                        same(from_val<std::string>(value)) || same(from_val<ObjectId>(value)) ||
                        same(from_val<TxId>(value)) || same(from_val<VarId>(value)) ||
                        same(from_val<std::vector<Val>>(value)) ||
                        same(from_val<std::pair<Val, Val>>(value)) ||
                        same(from_val<std::optional<Val>>(value));
    RC_ASSERT(is_any);
  }));
}

TEST_CASE("texts of any sort are taken") {
  CHECK(to_text(to_val("literal")) == "\"literal\"");
  CHECK(to_text(to_val(std::string_view("view"))) == "\"view\"");
  const char* const pointer = "pointer";
  CHECK(to_text(to_val(pointer)) == "\"pointer\"");
  CHECK(to_text(list_of("add", 1, true, ObjectId{2}, std::vector<int>{3}, Place{4, 5}, Val())) ==
        R"(["add", 1, true, obj:2, [3], ["place", 4, 5], 0])");
  CHECK(to_text(list_of()) == "[]");
}

// ─── errors ─────────────────────────────────────────────────────────────────────────────────────

template <typename T>
std::string error_of(std::string_view text) {
  const Converted<T> converted = from_val<T>(parse_value(text).value());
  return converted ? "none" : converted.error();
}

TEST_CASE("the error says what was wanted and what was found") {
  CHECK(error_of<bool>("1") == "wanted bool, found the nat 1");
  CHECK(error_of<std::uint64_t>("\"a\\n\"") == R"(wanted nat, found the str "a\n")");
  CHECK(error_of<std::uint64_t>("just 1") == "wanted nat, found the just just 1");
  CHECK(error_of<std::uint8_t>("255") == "none");
  CHECK(error_of<std::uint8_t>("256") == "wanted nat up to 255, found the nat 256");
  CHECK(error_of<int>("2147483648") == "wanted nat up to 2147483647, found the nat 2147483648");
  CHECK(error_of<std::string>("nothing") == "wanted str, found the nothing nothing");
  CHECK(error_of<ObjectId>("tx:1") == "wanted object, found the tx tx:1");
  CHECK(error_of<TxId>("var:1") == "wanted tx, found the var var:1");
  CHECK(error_of<VarId>("obj:1") == "wanted var, found the object obj:1");
  CHECK(error_of<Side>("\"up\"") == "wanted a side, found the str \"up\"");
}

TEST_CASE("the error says where it is") {
  CHECK(error_of<std::optional<bool>>("true") == "wanted nothing or just, found the bool true");
  CHECK(error_of<std::optional<bool>>("just 1") == "wanted bool, found the nat 1");
  CHECK(error_of<std::vector<bool>>("(1, 2)") == "wanted list, found the pair (1, 2)");
  CHECK(error_of<std::vector<bool>>("[true, 2]") == "element 1: wanted bool, found the nat 2");
  CHECK(error_of<std::vector<std::vector<bool>>>("[[], [1]]") ==
        "element 1: element 0: wanted bool, found the nat 1");
  CHECK((error_of<std::pair<bool, bool>>("[true, true]")) ==
        "wanted pair, found the list [true, true]");
  CHECK((error_of<std::pair<bool, bool>>("(1, true)")) ==
        "the first: wanted bool, found the nat 1");
  CHECK((error_of<std::pair<bool, bool>>("(true, 1)")) ==
        "the second: wanted bool, found the nat 1");
}

TEST_CASE("the error says what is wrong with a message") {
  CHECK(error_of<Place>("7") == "wanted the message \"place\", found the nat 7");
  CHECK(error_of<Place>("[]") == "wanted the message \"place\", found the list []");
  CHECK(error_of<Place>("[1, 2, 3]") == "wanted the message \"place\", found the list [1, 2, 3]");
  CHECK(error_of<Place>("[\"ship\"]") == "wanted the message \"place\", found the list [\"ship\"]");
  CHECK(error_of<Place>("[\"place\", 1]") == "place has 2 fields, found 1");
  CHECK(error_of<Ping>("[\"ping\", 1]") == "ping has 0 fields, found 1");
  CHECK(error_of<Place>("[\"place\", 1, true]") ==
        "place, field 2: wanted nat, found the bool true");
  CHECK(error_of<Ship>("[\"ship\", \"\", [[\"place\", true, 1]], nothing, (true, 1)]") ==
        "ship, field 2: element 0: place, field 1: wanted nat, found the bool true");
}

TEST_CASE("the error shows no more of a value than can be read") {
  const std::string text = error_of<bool>("\"" + std::string(10'000, 'x') + "\"");
  CHECK(text.size() < 300);
  CHECK(text.ends_with("…"));
  Val huge = Val::nat(1);
  for (int i = 0; i < 60; ++i)
    huge = Val::pair(huge, huge);
  CHECK(from_val<bool>(huge).error().size() < 300);
}

TEST_CASE("symbols and pairs") {
  CHECK(expect_symbol(Val::str("go"), "go").value() == Val::str("go"));
  CHECK(expect_symbol(Val::str("stop"), "go").error() ==
        "wanted the symbol \"go\", found the str \"stop\"");
  CHECK(expect_symbol(Val::nat(1), "go").error() == "wanted the symbol \"go\", found the nat 1");
  const auto [a, b] = unpack_pair(Val::pair(Val::nat(1), Val::nothing())).value();
  CHECK(a == Val::nat(1));
  CHECK(b == Val::nothing());
  CHECK(unpack_pair(Val::nat(1)).error() == "wanted pair, found the nat 1");
}

}  // namespace
}  // namespace avm
