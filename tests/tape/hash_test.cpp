#include <catch2/catch.hpp>

#include "tape/sample.hpp"

using namespace avm;

namespace {

// pure NAME(%0) { %0 = add %0, number  [%0 = callee(%0)]  ret %0 }
FunctionBuilder& add_adder(TapeBuilder& tape, const std::string& name, std::uint8_t number,
                           std::optional<std::uint32_t> callee = std::nullopt) {
  FunctionBuilder& f = tape.add(FunctionKind::Pure, name);
  f.set_parameters(1);
  f.emit(Op::add_imm, {.a = 0, .b = 0, .c = number});
  if (callee) f.emit(Op::apply, {.a = 0, .b = 0, .c = 1, .function = *callee});
  f.emit(Op::ret, {.a = 0});
  return f;
}

Hash hash_of(TapeBuilder& builder, const std::string& name) {
  const auto tape = builder.finish();
  REQUIRE(tape.has_value());
  return tape->find(name)->hash;
}

Hash hash_of_constant(ConstantPool pool, std::uint32_t index) {
  TapeBuilder builder;
  builder.constants() = std::move(pool);
  FunctionBuilder& f = builder.add(FunctionKind::Program, "main");
  f.emit(Op::load_const, {.a = 0, .constant = index});
  f.emit(Op::ret, {.a = 0});
  return hash_of(builder, "main");
}

}  // namespace

TEST_CASE("a function's name does not count, and neither do its callees' names and places") {
  TapeBuilder one;
  add_adder(one, "inner", 1);
  add_adder(one, "outer", 2, 0);
  TapeBuilder two;
  add_adder(two, "unrelated", 9);
  add_adder(two, "renamed", 2, 2);
  add_adder(two, "also_renamed", 1);
  CHECK(hash_of(one, "outer") == hash_of(two, "renamed"));
}

TEST_CASE("what a callee does counts, however far away") {
  const auto hash = [](std::uint8_t number) {
    TapeBuilder tape;
    add_adder(tape, "a", number);
    add_adder(tape, "b", 2, 0);
    add_adder(tape, "c", 3, 1);
    return hash_of(tape, "c");
  };
  CHECK(hash(1) == hash(1));
  CHECK(hash(1) != hash(2));
}

TEST_CASE("kind, parameters and words count") {
  const auto hash = [](FunctionKind kind, std::uint8_t parameters, std::uint16_t number) {
    TapeBuilder tape;
    FunctionBuilder& f = tape.add(kind, "f");
    f.set_parameters(parameters);
    f.emit(Op::drop, {.a = 0});
    f.emit(Op::load_nat, {.a = 0, .number = number});
    f.emit(Op::ret, {.a = 0});
    return hash_of(tape, "f");
  };
  const Hash base = hash(FunctionKind::Pure, 0, 1);
  CHECK(base != hash(FunctionKind::Pure, 1, 1));
  CHECK(base != hash(FunctionKind::Program, 0, 1));
  CHECK(base != hash(FunctionKind::Pure, 0, 2));
  CHECK(base != hash(FunctionKind::Behavior, 0, 1));
}

TEST_CASE("constants count by their value, not by their place") {
  ConstantPool one;
  const std::uint32_t first = one.list({one.nat(1), one.str("x")});
  ConstantPool two;
  two.nothing();
  const std::uint32_t x = two.str("x");
  const std::uint32_t second = two.list({two.nat(1), x});
  const std::uint32_t other = two.list({x, two.nat(1)});
  CHECK(first != second);
  CHECK(hash_of_constant(one, first) == hash_of_constant(two, second));
  CHECK(hash_of_constant(one, first) != hash_of_constant(two, other));
}

TEST_CASE("a constant that is small in the pool and huge as a tree is hashed at once") {
  ConstantPool pool;
  std::uint32_t index = pool.nothing();
  for (int i = 0; i < 60; ++i)
    index = pool.pair(index, index);
  CHECK(pool.size() == 61);
  CHECK(hash_of_constant(pool, index) != hash_of_constant(pool, index - 1));
}

TEST_CASE("debug information and the declaration of safety do not count") {
  const auto hash = [](bool with_debug, bool is_unsafe) {
    TapeBuilder tape;
    tape.add_file("f.avm");
    FunctionBuilder& f = add_adder(tape, "f", 1);
    f.set_unsafe(is_unsafe);
    if (with_debug) f.describe(0, {1, 1});
    return hash_of(tape, "f");
  };
  CHECK(hash(false, false) == hash(true, false));
  CHECK(hash(false, false) == hash(false, true));
}

TEST_CASE("a function that applies itself can be renamed") {
  TapeBuilder one;
  add_adder(one, "f", 1, 0);
  TapeBuilder two;
  add_adder(two, "other", 5);
  add_adder(two, "g", 1, 1);
  const Hash hash = hash_of(one, "f");
  CHECK(hash == hash_of(two, "g"));
  TapeBuilder three;
  add_adder(three, "inner", 1, 0);
  add_adder(three, "f", 1, 0);
  CHECK(hash != hash_of(three, "f"));
}

TEST_CASE("in a circle members are told apart by name") {
  const auto tape_of = [](const std::string& even, const std::string& odd) {
    TapeBuilder builder;
    sample::add_circle(builder, even, odd);
    return builder.finish().value();
  };
  const Tape tape = tape_of("even", "odd");
  CHECK(tape.functions[0].hash != tape.functions[1].hash);
  CHECK(tape_of("even", "odd").functions[0].hash == tape.functions[0].hash);
  CHECK(tape_of("even", "uneven").functions[0].hash != tape.functions[0].hash);

  // The same circle the other way round in the tape, and behind another function.
  TapeBuilder builder;
  add_adder(builder, "unrelated", 1);
  sample::add_circle(builder, "even", "odd");
  CHECK(hash_of(builder, "odd") == tape.find("odd")->hash);
}

TEST_CASE("a change to one member of a circle changes all of them") {
  const auto hash = [](std::uint8_t number) {
    TapeBuilder tape;
    add_adder(tape, "a", 1, 1);
    add_adder(tape, "b", 1, 2);
    add_adder(tape, "c", number, 0);
    return hash_of(tape, "a");
  };
  CHECK(hash(1) == hash(1));
  CHECK(hash(1) != hash(2));
}

TEST_CASE("a chain of a hundred thousand calls costs no native stack") {
  const auto hash = [](std::uint8_t number) {
    Tape tape;
    constexpr std::uint32_t count = 100'000;
    for (std::uint32_t i = 0; i < count; ++i) {
      TapeFunction f;
      f.kind = FunctionKind::Pure;
      f.registers = f.parameters = 1;
      if (i + 1 == count)
        f.code = {make_word(Op::add_imm, 0, 0, number), make_word(Op::ret, 0)};
      else
        f.code = {make_word(Op::apply, 0, 0, 1), i + 1, make_word(Op::ret, 0)};
      tape.functions.push_back(f);
    }
    return content_hashes(tape)[0];
  };
  CHECK(hash(1) != hash(2));
}

TEST_CASE("code that means nothing has hashes too") {
  Tape tape;
  tape.functions.resize(2);
  tape.functions[0].code = {0xffffffff, make_word(Op::load_const, 1), 77, make_word(Op::jmp)};
  tape.functions[1].code = {make_word(Op::apply, 0, 0, 0), 99};
  const std::vector<Hash> hashes = content_hashes(tape);
  CHECK(hashes[0] != hashes[1]);
}
