#include <catch2/catch.hpp>

#include "tape/sample.hpp"

using namespace avm;

TEST_CASE("the builder counts registers and layers") {
  TapeBuilder builder;
  FunctionBuilder& f = builder.add(FunctionKind::Program, "main");
  f.emit(Op::load_nat, {.a = 3, .number = 0x1234});
  f.emit(Op::begin_tx, {.a = no_register, .b = no_register});
  f.emit(Op::ret, {.a = 3});
  const Tape tape = builder.finish().value();
  const TapeFunction& main = tape.functions[0];
  CHECK(main.registers == 4);
  CHECK(main.layer == 1);
  CHECK(tape.layer() == 1);
  CHECK(main.code == std::vector<Word>{make_word(Op::load_nat, 3, 0x34, 0x12),
                                       make_word(Op::begin_tx, 255, 255), make_word(Op::ret, 3)});
}

TEST_CASE("windows and parameters count as registers") {
  TapeBuilder builder;
  FunctionBuilder& f = builder.add(FunctionKind::Pure, "f");
  f.set_parameters(9);
  f.emit(Op::make_list, {.a = 0, .b = 0, .c = 9});
  f.emit(Op::ret, {.a = 0});
  CHECK(builder.finish().value().functions[0].registers == 9);
}

TEST_CASE("bytes that an op does not use are zero, whatever is given") {
  TapeBuilder builder;
  FunctionBuilder& f = builder.add(FunctionKind::Program, "main");
  f.emit(Op::load_nat, {.a = 0, .b = 7, .c = 1});
  f.emit(Op::copy, {.a = 0, .b = 0, .c = 99});
  f.emit(Op::ret, {.a = 0, .b = 99, .c = 99});
  const Tape tape = builder.finish().value();
  CHECK(tape.functions[0].code[0] == make_word(Op::load_nat, 0, 7, 1));
  CHECK(tape.functions[0].code[1] == make_word(Op::copy, 0, 0));
  CHECK(tape.functions[0].code[2] == make_word(Op::ret, 0));
}

TEST_CASE("jumps go back and forth") {
  TapeBuilder builder;
  FunctionBuilder& f = builder.add(FunctionKind::Program, "main");
  const TapeLabel top = f.new_label();
  const TapeLabel end = f.new_label();
  f.emit(Op::load_nat, {.a = 0, .number = 1});
  f.bind(top);
  f.emit(Op::br_eq_imm, {.a = 0, .b = 1, .label = end});
  f.emit(Op::jmp, {.label = top});
  f.bind(end);
  f.emit(Op::ret, {.a = 0});
  const auto code = builder.finish().value().functions[0].code;
  CHECK(code[2] == 4);
  CHECK(code[4] == static_cast<Word>(-2));
}

TEST_CASE("a builder is empty once it has finished") {
  TapeBuilder builder;
  FunctionBuilder& f = builder.add(FunctionKind::Program, "main");
  f.emit(Op::load_const, {.a = 0, .constant = builder.constants().nothing()});
  f.emit(Op::ret, {.a = 0});
  builder.add_file("main.avm");
  CHECK(builder.finish().has_value());
  CHECK(builder.finish() == Tape{});
}

TEST_CASE("debug information comes in order, and without what says nothing") {
  TapeBuilder builder;
  builder.add_file("main.avm");
  FunctionBuilder& f = builder.add(FunctionKind::Program, "main");
  f.describe(0, {1, 9});
  f.line({1, 1});
  f.line({2, 1});
  f.emit(Op::load_nat, {.a = 0});
  f.line({2, 1});
  f.emit(Op::load_nat, {.a = 1});
  f.name_register(1, 2, 4, "b");
  f.name_register(0, 1, 3, "a");
  f.name_register(0, 2, 2, "gone");
  f.line({3, 1});
  f.emit(Op::copy, {.a = 0, .b = 1});
  f.name_label("end");
  f.emit(Op::ret, {.a = 0});
  f.name_label("behind");
  f.line({4, 1});
  const FunctionDebug debug = builder.finish().value().functions[0].debug.unpack();
  CHECK(debug.lines == std::vector<FunctionDebug::Line>{{0, {2, 1}}, {2, {3, 1}}});
  CHECK(debug.registers == std::vector<FunctionDebug::Register>{{0, 1, 3, "a"}, {1, 2, 4, "b"}});
  CHECK(debug.labels == std::vector<FunctionDebug::Label>{{3, "end"}});
}

TEST_CASE("without a description no debug information is kept") {
  TapeBuilder builder;
  FunctionBuilder& f = builder.add(FunctionKind::Program, "main");
  f.line({1, 1});
  f.name_label("start");
  f.name_register(0, 0, 1, "a");
  f.emit(Op::load_nat, {.a = 0});
  f.emit(Op::ret, {.a = 0});
  CHECK_FALSE(builder.finish().value().functions[0].debug);
}

TEST_CASE("the entry is the one program, or main") {
  const auto entry = [](std::initializer_list<const char*> names) -> std::string {
    Tape tape;
    for (const char* const name : names)
      tape.functions.emplace_back().name = name;
    tape.functions.emplace_back().name = "main_behavior";
    tape.functions.back().kind = FunctionKind::Behavior;
    return tape.entry() == nullptr ? "" : tape.entry()->name;
  };
  CHECK(entry({}) == "");
  CHECK(entry({"only"}) == "only");
  CHECK(entry({"a", "b"}) == "");
  CHECK(entry({"a", "main", "b"}) == "main");
}
