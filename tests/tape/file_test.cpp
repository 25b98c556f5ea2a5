#include <catch2/catch.hpp>

#include <boost/crc.hpp>

#include "tape/sample.hpp"

using namespace avm;

namespace {

using Bytes = std::vector<std::uint8_t>;

void repair_checksum(Bytes& bytes) {
  if (bytes.size() < 12) return;
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data() + 12, bytes.size() - 12);
  for (unsigned i = 0; i < 4; ++i)
    bytes[8 + i] = static_cast<std::uint8_t>(crc.checksum() >> 8 * i);
}

std::string refusal(const Bytes& bytes) {
  const auto tape = deserialize(bytes);
  return tape ? "" : tape.error().text();
}

// A tape of these sections, with a right checksum.
Bytes file_of(const Bytes& sections) {
  Bytes bytes = {'A', 'V', 'M', 'T', 2, 0, 0, 0, 0, 0, 0, 0};
  bytes.insert(bytes.end(), sections.begin(), sections.end());
  repair_checksum(bytes);
  return bytes;
}

// A tape of these constants, and nothing else.
Bytes file_of_constants(Bytes content) {
  Bytes sections = {1, static_cast<std::uint8_t>(content.size())};
  sections.insert(sections.end(), content.begin(), content.end());
  sections.insert(sections.end(), {2, 1, 0});
  return file_of(sections);
}

}  // namespace

TEST_CASE("a tape is read back as it was written") {
  const Tape tape = sample::tape();
  const Bytes bytes = serialize(tape);
  CHECK(is_tape(bytes));
  const auto again = deserialize(bytes);
  REQUIRE(again.has_value());
  CHECK(*again == tape);
  CHECK(serialize(*again) == bytes);
  CHECK(verify(*again).has_value());
}

TEST_CASE("a tape without debug information has no debug section") {
  Tape tape = sample::tape();
  const std::size_t with_debug = serialize(tape).size();
  tape.files.clear();
  for (TapeFunction& function : tape.functions)
    function.debug.reset();
  const Bytes bytes = serialize(tape);
  CHECK(bytes.size() < with_debug);
  CHECK(deserialize(bytes) == tape);
}

TEST_CASE("debug information in any order survives the file") {
  Tape tape = sample::tape();
  FunctionDebug debug = tape.functions[0].debug.unpack();
  debug.lines = {{7, {0xffffffff, 1}}, {2, {0, 9}}, {0xffffffff, {5, 0}}};
  debug.registers = {{3, 9, 2, "z"}, {0, 1, 0xffffffff, "a"}};
  debug.labels = {{5, "b"}, {1, "a"}};
  tape.functions[0].debug = debug;
  CHECK(tape.functions[0].debug.unpack() == debug);
  CHECK(deserialize(serialize(tape)) == tape);
}

TEST_CASE("an empty tape is a tape") {
  const Bytes bytes = serialize(Tape{});
  CHECK(deserialize(bytes) == Tape{});
  CHECK(verify(Tape{}).has_value());
}

TEST_CASE("another version is refused by the numbers of both, whatever else is in the file") {
  Bytes bytes = serialize(sample::tape());
  bytes[4] = 7;
  CHECK(refusal(bytes) == "this is a tape of version 7, and only version 2 can be read");
  bytes.resize(8);
  CHECK(refusal(bytes) == "this is a tape of version 7, and only version 2 can be read");
}

TEST_CASE("what is no tape is refused") {
  CHECK(refusal({}) == "this is not a tape file");
  CHECK(refusal({'A', 'V', 'M'}) == "this is not a tape file");
  CHECK(refusal({'#', '!', '/', 'b', 'i', 'n'}) == "this is not a tape file");
  CHECK_FALSE(is_tape(Bytes{'A', 'V', 'M'}));
}

TEST_CASE("each truncation is refused, with the checksum as it is and repaired") {
  const Bytes bytes = serialize(sample::tape());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    CAPTURE(size);
    CHECK_FALSE(deserialize(cut).has_value());
    repair_checksum(cut);
    // Where the debug section would begin a tape may end too.
    if (const auto tape = deserialize(cut)) CHECK(serialize(*tape) == cut);
  }
}

TEST_CASE("bytes behind the end are refused") {
  Bytes bytes = serialize(sample::tape());
  bytes.push_back(0);
  repair_checksum(bytes);
  CHECK(refusal(bytes) == "there are bytes behind the end of the tape");
}

TEST_CASE("each flipped bit is found by the checksum") {
  Bytes bytes = serialize(sample::tape());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    CAPTURE(bit);
    CHECK_FALSE(deserialize(bytes).has_value());
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
  }
}

TEST_CASE("each flipped bit under a right checksum gives a refusal or another whole tape") {
  const Bytes original = serialize(sample::tape());
  unsigned refused = 0;
  unsigned unverified = 0;
  unsigned verified = 0;
  for (std::size_t bit = std::size_t{12} * 8; bit < original.size() * 8; ++bit) {
    Bytes bytes = original;
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    repair_checksum(bytes);
    CAPTURE(bit);
    auto tape = deserialize(bytes);
    if (!tape) {
      ++refused;
      continue;
    }
    CHECK(serialize(*tape) == bytes);
    if (verify(*tape)) ++verified;
    // The hashes would hide from the rest of the verifier what the flip did to the code.
    const std::vector<Hash> hashes = content_hashes(*tape);
    for (std::size_t i = 0; i < hashes.size(); ++i)
      tape->functions[i].hash = hashes[i];
    if (!verify(*tape)) ++unverified;
  }
  CHECK(refused > 0);
  CHECK(unverified > 0);
  CHECK(verified > 0);  // names, lines
}

TEST_CASE("constants are refused that a pool would not hold so") {
  constexpr std::uint8_t nat = 0, boolean = 1, str = 2, list = 3, nothing = 5, just = 6, object = 7;
  CHECK(refusal(file_of_constants({2, nat, 1, nat, 2})) == "");
  CHECK(refusal(file_of_constants({2, nat, 1, nat, 1})) == "constant 1 is there twice");
  CHECK(refusal(file_of_constants({2, nothing, just, 0})) == "");
  CHECK(refusal(file_of_constants({2, nothing, just, 1})) ==
        "constant 1 has a part that does not stand before it");
  CHECK(refusal(file_of_constants({1, boolean, 1})) == "");
  CHECK(refusal(file_of_constants({1, list, 0})) == "");
  const std::string malformed = "the constants section is not well formed";
  CHECK(refusal(file_of_constants({1, boolean, 2})) == malformed);
  CHECK(refusal(file_of_constants({1, object, 1})) == malformed);
  CHECK(refusal(file_of_constants({1, str, 2, 0xc3, 0xa4})) == "");
  CHECK(refusal(file_of_constants({1, str, 1, 0xc3})) == malformed);
  CHECK(refusal(file_of_constants({1, str, 2, 'a'})) == malformed);
  CHECK(refusal(file_of_constants({0x7f, nothing})) == malformed);
  CHECK(refusal(file_of_constants({1, nothing, 0})) == malformed);
}

TEST_CASE("a number has one form only") {
  constexpr std::uint8_t nat = 0;
  const std::string malformed = "the constants section is not well formed";
  CHECK(refusal(file_of_constants({1, nat, 0x80, 1})) == "");
  CHECK(refusal(file_of_constants({1, nat, 0x81, 0})) == malformed);
  Bytes most = {1, nat};
  most.insert(most.end(), 9, 0xff);
  most.push_back(1);
  CHECK(refusal(file_of_constants(most)) == "");
  most.back() = 2;
  CHECK(refusal(file_of_constants(most)) == malformed);
}

TEST_CASE("sections stand in their order, each once") {
  const Bytes constants = {1, 1, 0};
  const Bytes functions = {2, 1, 0};
  const auto both = [](Bytes a, const Bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return file_of(a);
  };
  CHECK(refusal(both(constants, functions)) == "");
  CHECK(refusal(both(functions, constants)) == "the constants section is missing or cut off");
  CHECK(refusal(file_of(constants)) == "the functions section is missing or cut off");
  CHECK(refusal(file_of({1, 1, 0, 2, 1, 0, 3, 1, 0})) == "the debug section is empty");
  CHECK(refusal(file_of({1, 1, 0, 2, 1, 0, 3, 2, 1, 0})) == "");
  CHECK(refusal(file_of({1, 1, 0, 2, 1, 0, 4, 2, 1, 0})) ==
        "the debug section is missing or cut off");
}

TEST_CASE("counts that the file has no room for are refused before anything is made of them") {
  // 2^63 of each; and a length that would wrap an address
  const Bytes huge = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1};
  CHECK(refusal(file_of_constants(huge)) == "the constants section is not well formed");
  Bytes list = {1, 3};
  list.insert(list.end(), huge.begin(), huge.end());
  CHECK(refusal(file_of_constants(list)) == "the constants section is not well formed");
  Bytes functions = {1, 1, 0, 2, 10};
  functions.insert(functions.end(), huge.begin(), huge.end());
  CHECK(refusal(file_of(functions)) == "the functions section is not well formed");
  Bytes section = {1};
  section.insert(section.end(), huge.begin(), huge.end());
  CHECK(refusal(file_of(section)) == "the constants section is missing or cut off");
}
