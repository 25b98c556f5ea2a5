// A Tape with something of everything: all sorts of constants, words of every encoding, jumps both
// ways, functions that apply others and themselves, debug information.
#pragma once

#include <catch2/catch.hpp>

#include "avm/tape_builder.hpp"

namespace avm::sample {

inline std::uint32_t add_fib(TapeBuilder& tape) {
  FunctionBuilder& f = tape.add(FunctionKind::Pure, "fib");
  f.set_parameters(1);
  f.describe(0, {3, 6});
  f.name_register(0, 0, 11, "n");
  const TapeLabel small = f.new_label();
  f.line({4, 5});
  f.emit(Op::br_lt_imm, {.a = 0, .b = 2, .label = small});
  f.line({5, 5});
  f.emit(Op::sub_imm, {.a = 1, .b = 0, .c = 1});
  f.emit(Op::apply, {.a = 1, .b = 1, .c = 1, .function = f.index()});
  f.line({6, 5});
  f.emit(Op::sub_imm, {.a = 2, .b = 0, .c = 2});
  f.emit(Op::apply, {.a = 2, .b = 2, .c = 1, .function = f.index()});
  f.line({7, 5});
  f.emit(Op::add, {.a = 0, .b = 1, .c = 2});
  f.line({8, 5});
  f.emit(Op::ret, {.a = 0});
  f.bind(small);
  f.name_label("small");
  f.emit(Op::ret, {.a = 0});
  return f.index();
}

inline void add_predicate(TapeBuilder& tape) {
  FunctionBuilder& f = tape.add(FunctionKind::Pure, "is_local");
  f.set_parameters(1);
  f.emit(Op::get_imm, {.a = 1, .b = 0, .c = 1});
  f.emit(Op::drop, {.a = 0});
  const TapeLabel other = f.new_label();
  f.emit(Op::match_const,
         {.a = 1, .label = other, .constant = tape.constants().str("the local machine")});
  f.emit(Op::drop, {.a = 1});
  f.emit(Op::load_const, {.a = 0, .constant = tape.constants().boolean(true)});
  f.emit(Op::ret, {.a = 0});
  f.bind(other);
  f.emit(Op::drop, {.a = 1});
  f.emit(Op::load_const, {.a = 0, .constant = tape.constants().boolean(false)});
  f.emit(Op::ret, {.a = 0});
}

inline void add_counter(TapeBuilder& tape) {
  FunctionBuilder& f = tape.add(FunctionKind::Behavior, "counter");
  f.describe(0, {12, 10});
  ConstantPool& pool = tape.constants();
  const TapeLabel bad = f.new_label();
  const TapeLabel top = f.new_label();
  const TapeLabel none = f.new_label();
  f.emit(Op::get_input, {.a = 0});
  f.emit(Op::match_list, {.a = 0, .number = 2, .label = bad});
  f.emit(Op::get_imm, {.a = 1, .b = 0, .c = 1});
  f.emit(Op::drop, {.a = 0});
  f.emit(Op::load_nat, {.a = 2, .number = 40000});
  f.bind(top);
  f.emit(Op::add_imm_br_lt, {.a = 1, .b = 1, .c = 2, .label = top});
  f.emit(Op::load_const, {.a = 3, .constant = pool.str("a string that has to lie in a block")});
  f.emit(Op::make_pair, {.a = 2, .b = 2, .c = 3});
  f.emit(Op::make_list, {.a = 1, .b = 1, .c = 2});
  f.emit(Op::ret, {.a = 1});
  f.bind(bad);
  f.emit(Op::load_nat, {.a = 1, .number = 1});
  f.emit(Op::load_nat, {.a = 2, .number = 2});
  f.emit(Op::br_nothing, {.a = 0, .label = top});
  f.emit(Op::case_const, {.a = 0, .label = none, .constant = pool.nothing()});
  f.bind(none);
  f.emit(Op::drop, {.a = 0});
  f.emit(Op::load_const,
         {.a = 1,
          .constant = pool.list({pool.str("größer"), pool.nat(~0ULL), pool.just(pool.list({}))})});
  f.emit(Op::reject, {.a = 1});
}

inline void add_main(TapeBuilder& tape, std::uint32_t fib) {
  FunctionBuilder& f = tape.add(FunctionKind::Program, "main");
  ConstantPool& pool = tape.constants();
  f.set_unsafe(true);
  f.describe(1, {1, 9});
  f.emit(Op::load_const, {.a = 0, .constant = pool.str("counter")});
  f.emit(Op::create_obj, {.a = 1, .b = 0, .c = no_register});
  f.emit(Op::begin_tx, {.a = 2, .b = no_register});
  f.emit(Op::load_nat, {.a = 3, .number = 5});
  f.emit(Op::call, {.a = 4, .b = 1, .c = 3});
  f.emit(Op::commit_tx, {.a = no_register, .b = 2});
  const TapeLabel none = f.new_label();
  f.emit(Op::br_nothing, {.a = 4, .label = none});
  f.emit(Op::unwrap, {.a = 5, .b = 4});
  f.emit(Op::drop, {.a = 5});
  f.bind(none);
  f.emit(Op::drop, {.a = 4});
  f.emit(Op::load_const, {.a = 5, .constant = pool.str("fib")});
  f.emit(Op::copy, {.a = 6, .b = 3});
  f.emit(Op::call_pure, {.a = 4, .b = 5, .c = 2});
  f.emit(Op::update_pure, {.a = 5, .b = 0, .function = fib});
  f.emit(Op::scry_meta, {.a = 6, .function = fib + 1});
  f.emit(Op::move, {.a = 7, .b = 6});
  f.emit(Op::make_just, {.a = 6, .b = 7});
  f.emit(Op::copy, {.a = 7, .b = 6});
  f.emit(Op::append, {.a = 7, .b = 3});
  f.emit(Op::post, {.a = 7, .b = 7, .c = 1, .post_kind = 6});
  f.emit(Op::drop, {.a = 6});
  f.emit(Op::drop, {.a = 0});
  f.emit(Op::ret, {.a = 4});
}

/// Two pure functions that apply each other.
inline void add_circle(TapeBuilder& tape, const std::string& even, const std::string& odd) {
  FunctionBuilder& f = tape.add(FunctionKind::Pure, even);
  FunctionBuilder& g = tape.add(FunctionKind::Pure, odd);
  FunctionBuilder* const both[] = {&f, &g};
  for (FunctionBuilder* self : both) {
    const FunctionBuilder& other = self == &f ? g : f;
    self->set_parameters(1);
    const TapeLabel zero = self->new_label();
    self->emit(Op::br_eq_imm, {.a = 0, .b = 0, .label = zero});
    self->emit(Op::sub_imm, {.a = 0, .b = 0, .c = 1});
    self->emit(Op::apply, {.a = 0, .b = 0, .c = 1, .function = other.index()});
    self->emit(Op::ret, {.a = 0});
    self->bind(zero);
    self->emit(Op::drop, {.a = 0});
    self->emit(Op::load_const, {.a = 0, .constant = tape.constants().boolean(self == &f)});
    self->emit(Op::ret, {.a = 0});
  }
}

inline Tape tape() {
  TapeBuilder builder;
  builder.add_file("fib.avm");
  builder.add_file("main.avm");
  const std::uint32_t fib = add_fib(builder);
  add_predicate(builder);
  add_counter(builder);
  add_main(builder, fib);
  add_circle(builder, "is_even", "is_odd");
  auto tape = builder.finish();
  if (!tape) FAIL(tape.error().text());
  return *std::move(tape);
}

}  // namespace avm::sample
