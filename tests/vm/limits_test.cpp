// Limits of an execution: the last that is allowed, and the first that is not.
#include "avm/heap.hpp"
#include "tapes.hpp"

namespace avm {
namespace {

using test::finished;
using test::run;

// main(n) applies `down`, which applies itself until its argument is 0.
Tape countdown() {
  TapeBuilder builder;
  FunctionBuilder& main = builder.add(FunctionKind::Program, "main");
  FunctionBuilder& down = builder.add(FunctionKind::Pure, "down");
  main.emit(Op::get_input, {.a = 0});
  main.emit(Op::apply, {.a = 0, .b = 0, .c = 1, .function = down.index()});
  main.emit(Op::ret, {.a = 0});
  down.set_parameters(1);
  const TapeLabel end = down.new_label();
  down.emit(Op::br_eq_imm, {.a = 0, .b = 0, .label = end});
  down.emit(Op::sub_imm, {.a = 1, .b = 0, .c = 1});
  down.emit(Op::apply, {.a = 1, .b = 1, .c = 1, .function = down.index()});
  down.emit(Op::add_imm, {.a = 1, .b = 1, .c = 1});
  down.emit(Op::ret, {.a = 1});
  down.bind(end);
  down.emit(Op::ret, {.a = 0});
  return finished(builder);
}

// main(n) calls an object that calls itself until its input is 0.
Tape call_countdown() {
  TapeBuilder builder;
  FunctionBuilder& main = builder.add(FunctionKind::Program, "main");
  FunctionBuilder& down = builder.add(FunctionKind::Behavior, "down");
  main.emit(Op::load_const, {.a = 0, .constant = builder.constants().str("down")});
  main.emit(Op::create_obj, {.a = 0, .b = 0, .c = no_register});
  main.emit(Op::get_input, {.a = 1});
  main.emit(Op::call, {.a = 0, .b = 0, .c = 1});
  main.emit(Op::drop, {.a = 1});
  main.emit(Op::ret, {.a = 0});
  const TapeLabel end = down.new_label();
  down.emit(Op::get_input, {.a = 0});
  down.emit(Op::br_eq_imm, {.a = 0, .b = 0, .label = end});
  down.emit(Op::sub_imm, {.a = 0, .b = 0, .c = 1});
  down.emit(Op::get_self, {.a = 1});
  down.emit(Op::call, {.a = 0, .b = 1, .c = 0});
  down.emit(Op::unwrap, {.a = 1, .b = 0});
  down.emit(Op::drop, {.a = 0});
  down.emit(Op::ret, {.a = 1});
  down.bind(end);
  down.emit(Op::drop, {.a = 0});
  down.emit(Op::load_nat, {.a = 1, .number = 42});
  down.emit(Op::ret, {.a = 1});
  return finished(builder);
}

// main(n) goes round a loop n times.
Tape loop() {
  TapeBuilder builder;
  FunctionBuilder& main = builder.add(FunctionKind::Program, "main");
  const TapeLabel top = main.new_label();
  main.emit(Op::get_input, {.a = 0});
  main.emit(Op::load_nat, {.a = 1, .number = 0});
  main.bind(top);
  main.emit(Op::add_imm_br_lt, {.a = 1, .b = 1, .c = 0, .label = top});
  main.emit(Op::ret, {.a = 1});
  return finished(builder);
}

StartOptions with(Limits limits) {
  StartOptions options;
  options.limits = limits;
  return options;
}

TEST_CASE("a million applications nest in constant native stack") {
  CHECK(run(countdown(), Val::nat(999'999)).text() == "999999");
  CHECK(run(countdown(), Val::nat(1'000'000)).text() ==
        "ResourceError.Depth: the limit of 1000000 nested activations is reached");
}

TEST_CASE("a million calls nest in constant native stack") {
  CHECK(run(call_countdown(), Val::nat(999'999)).text() == "just 42");
  CHECK(run(call_countdown(), Val::nat(1'000'000)).text() ==
        "ResourceError.Depth: the limit of 1000000 nested activations is reached");
}

TEST_CASE("an activation at the limit of depth is allowed, one deeper is not") {
  CHECK(run(countdown(), Val::nat(4), with({.depth = 5})).text() == "4");
  CHECK(run(countdown(), Val::nat(5), with({.depth = 5})).text() ==
        "ResourceError.Depth: the limit of 5 nested activations is reached");
  CHECK(run(call_countdown(), Val::nat(4), with({.depth = 5})).text() == "just 42");
  CHECK(run(call_countdown(), Val::nat(5), with({.depth = 5})).text() ==
        "ResourceError.Depth: the limit of 5 nested activations is reached");
}

TEST_CASE("steps are instructions, jumps back and applications") {
  // get_input and 9 jumps back
  CHECK(run(loop(), Val::nat(10), with({.steps = 10})).text() == "10");
  CHECK(run(loop(), Val::nat(10)).execution->stats().steps == 10);
  CHECK(run(loop(), Val::nat(10), with({.steps = 9})).text() ==
        "ResourceError.Steps: the limit of 9 steps is reached");
  // get_input and 4 applications
  CHECK(run(countdown(), Val::nat(3), with({.steps = 5})).text() == "3");
  CHECK(run(countdown(), Val::nat(3), with({.steps = 4})).text() ==
        "ResourceError.Steps: the limit of 4 steps is reached");
}

TEST_CASE("a long loop takes no memory") {
  const std::size_t before = heap::bytes_in_use();
  CHECK(run(loop(), Val::nat(10'000'000), with({.memory = before + 200'000})).text() == "10000000");
}

TEST_CASE("memory is bounded, and what was taken is given back") {
  TapeBuilder builder;
  FunctionBuilder& main = builder.add(FunctionKind::Program, "main");
  const TapeLabel top = main.new_label();
  main.emit(Op::load_const, {.a = 0, .constant = builder.constants().list({})});
  main.emit(Op::load_const,
            {.a = 1, .constant = builder.constants().str("a string of more than fourteen bytes")});
  main.bind(top);
  main.emit(Op::append, {.a = 0, .b = 1});
  main.emit(Op::jmp, {.label = top});
  const Tape tape = finished(builder);

  Machine machine;
  REQUIRE(machine.load(tape));
  const std::size_t before = heap::bytes_in_use();
  {
    const auto ran = run(machine, "main", Val::nothing(), with({.memory = before + 1'000'000}));
    CHECK(ran.text() == "ResourceError.Memory: the limit of " + std::to_string(before + 1'000'000) +
                            " bytes of memory is reached");
  }
  CHECK(heap::bytes_in_use() == before);
}

TEST_CASE("the stack of activations counts as memory") {
  const std::size_t before = heap::bytes_in_use();
  CHECK(run(countdown(), Val::nat(900'000), with({.memory = before + 1'000'000}))
            .execution->error()
            ->name() == "ResourceError.Memory");
}

TEST_CASE("an infinite loop ends by its limit of steps") {
  TapeBuilder builder;
  FunctionBuilder& main = builder.add(FunctionKind::Program, "main");
  const TapeLabel top = main.new_label();
  main.bind(top);
  main.emit(Op::jmp, {.label = top});
  CHECK(run(finished(builder), Val::nothing(), with({.steps = 1'000'000})).text() ==
        "ResourceError.Steps: the limit of 1000000 steps is reached");
}

}  // namespace
}  // namespace avm
