// Each rule of the verifier: the smallest tape that breaks it, and its twin that does not.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <bit>
#include <functional>
#include <optional>

#include "tape/sample.hpp"
#include "tape/verify.hpp"

using namespace avm;

namespace {

using Emit = std::function<void(FunctionBuilder&)>;

// What the verifier says of a tape whose function `f` has these words: "" where it passes.
// Beside it stand `constant` functions (index 1, a pure one of two parameters; index 2, a behavior)
// and the constants 0 nothing, 1 a short and 2 a long Str.
std::string verdict_of(FunctionKind kind, const Emit& emit) {
  TapeBuilder tape;
  tape.constants().nothing();
  tape.constants().str("short");
  tape.constants().str("longer than fourteen bytes");
  FunctionBuilder& f = tape.add(kind, "f");
  emit(f);
  FunctionBuilder& pure = tape.add(FunctionKind::Pure, "pair");
  pure.set_parameters(2);
  pure.emit(Op::make_pair, {.a = 0, .b = 0, .c = 1});
  pure.emit(Op::ret, {.a = 0});
  FunctionBuilder& behavior = tape.add(FunctionKind::Behavior, "behave");
  behavior.emit(Op::get_input, {.a = 0});
  behavior.emit(Op::ret, {.a = 0});
  const auto result = tape.finish();
  return result ? "" : result.error().text();
}

// The verifier goes other ways where a function has many registers, and where a jump goes back. It says the
// same where both stand behind all the rest, and nothing leads there.
std::string verdict(FunctionKind kind, const Emit& emit) {
  const std::string said = verdict_of(kind, emit);
  for (const unsigned way : {1U, 2U, 3U}) {
    CAPTURE(way);
    CHECK(verdict_of(kind, [&](FunctionBuilder& f) {
            emit(f);
            if ((way & 1U) != 0) f.emit(Op::load_nat, {.a = 64, .number = 1});
            const TapeLabel again = f.new_label();
            f.bind(again);
            if ((way & 2U) != 0)
              f.emit(Op::jmp, {.label = again});
            else
              f.emit(Op::ret, {.a = 64});
          }) == said);
  }
  return said;
}

std::string program(const Emit& emit) { return verdict(FunctionKind::Program, emit); }

std::string pure(std::uint8_t parameters, const Emit& emit) {
  return verdict(FunctionKind::Pure, [&](FunctionBuilder& f) {
    f.set_parameters(parameters);
    emit(f);
  });
}

void nat(FunctionBuilder& f, std::uint8_t number) {
  f.emit(Op::load_nat, {.a = number, .number = 1});
}
void counted(FunctionBuilder& f, std::uint8_t number) {
  f.emit(Op::load_const, {.a = number, .constant = 2});
}
void ret(FunctionBuilder& f, std::uint8_t number) { f.emit(Op::ret, {.a = number}); }

// What the verifier says of the sample after a change that no builder makes. Hashes are made right.
std::string changed(const std::function<void(Tape&)>& change) {
  Tape tape = sample::tape();
  change(tape);
  if (const auto proof = verify_but_hashes(tape); !proof) return proof.error().text();
  return "";
}

// The sample's first function has these words instead.
std::string words(const std::vector<Word>& code, std::uint8_t registers = 3) {
  return changed([&](Tape& tape) {
    tape.functions[0].debug.reset();
    tape.functions[0].registers = registers;
    tape.functions[0].code = code;
  });
}

const Word ret_0 = make_word(Op::ret, 0);

}  // namespace

TEST_CASE("the sample passes") { CHECK(verify(sample::tape()).has_value()); }

TEST_CASE("names of functions") {
  const auto named = [](const std::string& name) {
    return changed([&](Tape& tape) { tape.functions[2].name = name; });
  };
  CHECK(named("_Counter_2") == "");
  CHECK(named("copy") == "");  // a word of the Tape, not of the language
  CHECK(named("main") == "two functions are named 'main'");
  CHECK(named("") == "the name of function 2 is not a NAME");
  CHECK(named("2nd") == "the name of function 2 is not a NAME");
  CHECK(named("a b") == "the name of function 2 is not a NAME");
  CHECK(named("größe") == "the name of function 2 is not a NAME");
  CHECK(named("add") == "'add' is reserved and cannot name a function");
  CHECK(named("switch") == "'switch' is reserved and cannot name a function");
  CHECK(named("reply") == "'reply' is reserved and cannot name a function");
  CHECK(named("nothing") == "'nothing' is reserved and cannot name a function");
}

TEST_CASE("signatures") {
  CHECK(changed([](Tape& tape) { tape.functions[2].parameters = 1; }) ==
        "function 'counter': only pure functions have parameters");
  CHECK(changed([](Tape& tape) { tape.functions[0].parameters = 200; }) ==
        "function 'fib': it has 200 parameters but 3 registers");
  CHECK(changed([](Tape& tape) { tape.functions[0].code = {}; }) ==
        "function 'fib': it has no code");
  CHECK(changed([](Tape& tape) { tape.functions[0].kind = static_cast<FunctionKind>(3); }) ==
        "function 'fib': it is of no known kind");
  CHECK(changed([](Tape& tape) { tape.functions[0].registers = 255; }) == "");
}

TEST_CASE("words that do not decode") {
  CHECK(words({ret_0}) == "");
  CHECK(words({0xff, ret_0}) == "function 'fib', word 0: 255 is no op");
  CHECK(words({make_word(Op::switch_), ret_0}) ==
        "function 'fib', word 0: switch does not stand in a tape");
  CHECK(words({ret_0, make_word(Op::jmp)}) ==
        "function 'fib', word 1: jmp is cut off by the end of the function");
  CHECK(words({make_word(Op::ret, 0, 1)}) ==
        "function 'fib', word 0: ret does not use byte B, which is 1 and not 0");
  CHECK(words({make_word(Op::copy, 1, 0, 9), ret_0}) ==
        "function 'fib', word 0: copy does not use byte C, which is 9 and not 0");
  // Where nothing leads to a word it has to decode all the same.
  CHECK(words({ret_0, 0xff, ret_0}) == "function 'fib', word 1: 255 is no op");
}

TEST_CASE("where jumps go") {
  const Word jmp = make_word(Op::jmp);
  CHECK(words({jmp, 2, ret_0}) == "");
  CHECK(words({jmp, 0, ret_0}) == "");
  CHECK(words({jmp, 3, ret_0}) ==
        "function 'fib', word 0: jmp jumps to word 3, outside of the function");
  CHECK(words({jmp, static_cast<Word>(-1), ret_0}) ==
        "function 'fib', word 0: jmp jumps to word -1, outside of the function");
  CHECK(words({jmp, 0x80000000, ret_0}) ==
        "function 'fib', word 0: jmp jumps to word -2147483648, outside of the function");
  CHECK(words({jmp, 1, ret_0}) ==
        "function 'fib', word 0: jmp jumps to word 1, which is inside of an instruction");
  // A distance counts from the instruction's own first word.
  CHECK(words({jmp, 2, jmp, static_cast<Word>(-2), ret_0}) == "");
}

TEST_CASE("control does not run past the end") {
  CHECK(words({make_word(Op::copy, 1, 0)}) ==
        "function 'fib', word 0: control can run past the end of the function");
  CHECK(words({ret_0, make_word(Op::br_true, 0), static_cast<Word>(-1)}) ==
        "function 'fib', word 1: control can run past the end of the function");
  CHECK(words({make_word(Op::jmp), 0}) == "");
}

TEST_CASE("registers are within the function's") {
  CHECK(words({make_word(Op::copy, 2, 0), make_word(Op::drop, 2), ret_0}) == "");
  CHECK(words({make_word(Op::copy, 3, 0), ret_0}) ==
        "function 'fib', word 0: copy names register 3, but there are 3");
  CHECK(words({make_word(Op::copy, 0, 3), ret_0}) ==
        "function 'fib', word 0: copy names register 3, but there are 3");
  CHECK(words({make_word(Op::copy, 0, 255), ret_0}, 255) ==
        "function 'fib', word 0: copy names register 255, but there are 255");
  CHECK(words({ret_0, make_word(Op::ret, 9)}) ==
        "function 'fib', word 1: ret names register 9, but there are 3");
}

TEST_CASE("none is a register only where an operand may be left out") {
  CHECK(program([](FunctionBuilder& f) {
          f.emit(Op::begin_tx, {.a = no_register, .b = no_register});
          nat(f, 0);
          ret(f, 0);
        }) == "");
  CHECK(program([](FunctionBuilder& f) {
          nat(f, 0);
          f.emit(Op::get_machine, {.a = 1, .b = no_register});
          ret(f, 0);
        }) == "function 'f', word 1: get_machine names register 255, but there are 255");
  CHECK(program([](FunctionBuilder& f) {
          nat(f, no_register);
          ret(f, 0);
        }) == "function 'f', word 0: load_nat names register 255, but there are 255");
}

TEST_CASE("windows are within the function's registers") {
  const auto list = [](std::uint8_t first, std::uint8_t count) {
    return words({make_word(Op::copy, 1, 0), make_word(Op::copy, 2, 0),
                  make_word(Op::make_list, std::min<std::uint8_t>(first, 2), first, count),
                  make_word(Op::drop, 0), make_word(Op::drop, 1), make_word(Op::drop, 2),
                  make_word(Op::load_nat, 0), ret_0});
  };
  CHECK(list(1, 2) == "");
  CHECK(list(0, 3) == "");
  CHECK(list(1, 3) ==
        "function 'fib', word 2: make_list takes 3 registers from 1 on, but there are 3");
  CHECK(list(250, 250) ==
        "function 'fib', word 2: make_list takes 250 registers from 250 on, but there are 3");
  CHECK(list(1, 0) == "function 'fib', word 2: make_list of nothing: the empty list is a constant");
}

TEST_CASE("words that lead stand before what they lead to") {
  const auto verdict = [](const std::vector<Word>& changing) {
    return pure(5, [&](FunctionBuilder& f) {
      for (std::uint8_t i = 3; i < 5; ++i)
        f.emit(Op::drop, {.a = i});
      for (const Word word : changing) {
        f.emit(static_cast<Op>(op_byte(word)),
               {.a = byte_a(word), .b = byte_b(word), .c = byte_c(word)});
      }
      for (std::uint8_t i = 1; i < 5; ++i)
        f.emit(Op::drop, {.a = i});
      ret(f, 0);
    });
  };
  const Word get_set = make_word(Op::get_set, 3, 1, 2);
  const Word set = make_word(Op::set_take, 0, 2, 3);
  CHECK(verdict({get_set, set}) == "");
  CHECK(verdict({make_word(Op::get_set, 3, 0, 2), set}) == "");
  CHECK(verdict({make_word(Op::get_set, 2, 1, 2), make_word(Op::set_take, 0, 1, 2)}) == "");
  const std::string_view no_set =
      "function 'f', word 2: get_set without the words that it leads to";
  CHECK(verdict({get_set}) == no_set);
  CHECK(verdict({get_set, make_word(Op::set, 0, 2, 3)}) == no_set);
  CHECK(verdict({get_set, make_word(Op::set_take, 0, 2, 4)}) == no_set);
  CHECK(verdict({get_set, make_word(Op::set_take, 0, 3, 3)}) == no_set);
  CHECK(verdict({make_word(Op::get_set, 1, 1, 2), make_word(Op::set_take, 0, 2, 1)}) == no_set);
  CHECK(verdict({get_set, make_word(Op::drop, 4), set}) == no_set);

  const std::vector<Word> swap = {make_word(Op::get_swap, 3, 0, 1), make_word(Op::get, 4, 0, 2),
                                  make_word(Op::set_take, 0, 1, 4),
                                  make_word(Op::set_take, 0, 2, 3)};
  const auto swapping = [&](std::size_t changed, Word word) {
    std::vector<Word> words = swap;
    words[changed] = word;
    return verdict(words);
  };
  CHECK(verdict(swap) == "");
  CHECK(swapping(1, make_word(Op::get_set, 4, 0, 2)) == "");
  const std::string_view no_swap =
      "function 'f', word 2: get_swap without the words that it leads to";
  CHECK(verdict({swap[0], swap[1], swap[2]}) == no_swap);
  CHECK(swapping(0, make_word(Op::get_swap, 3, 1, 1)) == no_swap);
  CHECK(swapping(0, make_word(Op::get_swap, 1, 0, 1)) == no_swap);
  CHECK(swapping(1, make_word(Op::get, 4, 1, 2)) == no_swap);
  CHECK(swapping(1, make_word(Op::get, 3, 0, 2)) == no_swap);
  CHECK(swapping(1, make_word(Op::add, 4, 0, 2)) == no_swap);
  CHECK(swapping(2, make_word(Op::set, 0, 1, 4)) == no_swap);
  CHECK(swapping(2, make_word(Op::set_take, 0, 2, 4)) == no_swap);
  CHECK(swapping(3, make_word(Op::set_take, 1, 2, 3)) == no_swap);
  CHECK(swapping(3, make_word(Op::set_take, 0, 2, 4)) == no_swap);
  // Registers that they need for something else.
  CHECK(verdict({make_word(Op::get_swap, 2, 0, 1), make_word(Op::get, 4, 0, 2),
                 make_word(Op::set_take, 0, 1, 4), make_word(Op::set_take, 0, 2, 2)}) == no_swap);
  CHECK(verdict({make_word(Op::get_swap, 3, 0, 1), make_word(Op::get, 1, 0, 2),
                 make_word(Op::set_take, 0, 1, 1), make_word(Op::set_take, 0, 2, 3)}) == no_swap);
}

TEST_CASE("what is set, or given up, by one word is two registers") {
  const Word copy_0 = make_word(Op::copy, 2, 0);
  CHECK(words({copy_0, make_word(Op::make_pair, 0, 2, 2), ret_0}) ==
        "function 'fib', word 1: make_pair names register 2 twice");
  CHECK(words({copy_0, make_word(Op::unpair, 1, 1, 2), ret_0}) ==
        "function 'fib', word 1: unpair names register 1 twice");
  CHECK(words({copy_0, make_word(Op::unpair, 2, 1, 2), ret_0}) ==
        "function 'fib', word 1: unpair names register 2 twice");
}

TEST_CASE("constants, functions and kinds of constraints that are named are there") {
  const auto load = [](std::uint32_t constant) {
    return program([&](FunctionBuilder& f) {
      f.emit(Op::load_const, {.a = 0, .constant = constant});
      ret(f, 0);
    });
  };
  CHECK(load(2) == "");
  CHECK(load(3) == "function 'f', word 0: constant 3 is named, but there are 3");

  const auto scry = [](std::uint32_t function) {
    return program([&](FunctionBuilder& f) {
      f.set_unsafe(true);
      f.emit(Op::scry_meta, {.a = 0, .function = function});
      ret(f, 0);
    });
  };
  CHECK(scry(1) == "");
  CHECK(scry(2) == "function 'f', word 0: scry_meta of 'behave', which is not a pure function");
  CHECK(scry(3) == "function 'f', word 0: function 3 is named, but there are 3");

  const auto post = [](std::uint32_t kind, std::uint8_t count) {
    return program([&](FunctionBuilder& f) {
      for (std::uint8_t i = 0; i < count; ++i)
        nat(f, i);
      f.emit(Op::post, {.a = 0, .b = 0, .c = count, .post_kind = kind});
      ret(f, 0);
    });
  };
  CHECK(post(0, 2) == "");
  CHECK(post(0, 3) == "");
  CHECK(post(0, 1) == "function 'f', word 1: post eq of 1 operands");
  CHECK(post(0, 4) == "function 'f', word 4: post eq of 4 operands");
  CHECK(post(6, 1) == "");
  CHECK(post(6, 2) == "function 'f', word 2: post all_diff of 2 operands");
  CHECK(post(11, 2) == "");
  CHECK(post(12, 2) == "function 'f', word 2: 12 is no kind of constraint");
}

TEST_CASE("a function is applied to as many values as it has parameters") {
  const auto apply = [](std::uint32_t function, std::uint8_t count) {
    return program([&](FunctionBuilder& f) {
      for (std::uint8_t i = 0; i < count; ++i)
        nat(f, i);
      f.emit(Op::apply, {.a = 0, .b = 0, .c = count, .function = function});
      ret(f, 0);
    });
  };
  CHECK(apply(1, 2) == "");
  CHECK(apply(1, 1) == "function 'f', word 1: 'pair' has 2 parameters and is applied to 1 values");
  CHECK(apply(1, 3) == "function 'f', word 3: 'pair' has 2 parameters and is applied to 3 values");
  CHECK(apply(2, 0) == "function 'f', word 0: apply of 'behave', which is not a pure function");
}

TEST_CASE("call_pure has a name") {
  const auto call = [](std::uint8_t count) {
    return program([&](FunctionBuilder& f) {
      nat(f, 0);
      f.emit(Op::call_pure, {.a = 0, .b = 0, .c = count});
      ret(f, 0);
    });
  };
  CHECK(call(1) == "");
  CHECK(call(0) == "function 'f', word 1: call_pure without a name");
}

TEST_CASE("pure functions have no effects") {
  const auto with = [](FunctionKind kind, Op op) {
    return verdict(kind, [&](FunctionBuilder& f) {
      nat(f, 0);
      f.emit(op, {.a = 0});
      ret(f, 0);
    });
  };
  CHECK(with(FunctionKind::Behavior, Op::get_self) == "");
  CHECK(with(FunctionKind::Program, Op::get_self) == "");
  CHECK(with(FunctionKind::Pure, Op::get_self) ==
        "function 'f', word 1: get_self in a pure function");
  CHECK(with(FunctionKind::Behavior, Op::reject) == "");
  CHECK(with(FunctionKind::Pure, Op::reject) == "function 'f', word 1: reject in a pure function");
  for (const OpInfo& info : all_ops()) {
    if (info.word_count == 0 || !info.is_instruction()) continue;
    CAPTURE(info.name);
    const std::string text = pure(0, [&](FunctionBuilder& f) {
      for (std::uint8_t i = 0; i < 3; ++i)
        nat(f, i);
      f.set_unsafe(true);
      f.emit(info.op, {.a = 0, .b = 1, .c = 2, .function = 1});
      ret(f, 0);
    });
    CHECK(text == "function 'f', word 3: " + std::string(info.name) + " in a pure function");
  }
}

TEST_CASE("what is unsafe is declared") {
  const auto reflect = [](bool is_unsafe) {
    return program([&](FunctionBuilder& f) {
      nat(f, 0);
      f.set_unsafe(is_unsafe);
      f.emit(Op::reflect, {.a = 0, .b = 0});
      ret(f, 0);
    });
  };
  CHECK(reflect(true) == "");
  CHECK(reflect(false) ==
        "function 'f', word 1: an unsafe instruction in a function that is not declared unsafe");
  // Declared and not used is allowed.
  CHECK(changed([](Tape& tape) { tape.functions[0].is_unsafe = true; }) == "");
}

TEST_CASE("the layer is the highest of a function's instructions") {
  CHECK(sample::tape().find("main")->layer == 4);
  CHECK(sample::tape().find("counter")->layer == 0);
  CHECK(changed([](Tape& tape) { tape.functions[3].layer = 3; }) ==
        "function 'main': layer 3 is declared, but its instructions are of layer 4");
  CHECK(changed([](Tape& tape) { tape.functions[0].layer = 1; }) ==
        "function 'fib': layer 1 is declared, but its instructions are of layer 0");
}

TEST_CASE("a register is set before it is read") {
  CHECK(pure(0, [](FunctionBuilder& f) { ret(f, 0); }) ==
        "function 'f', word 0: register 0 is read before it is set");
  CHECK(pure(1, [](FunctionBuilder& f) { ret(f, 0); }) == "");
  CHECK(pure(1, [](FunctionBuilder& f) {
          f.emit(Op::add, {.a = 0, .b = 0, .c = 1});
          ret(f, 0);
        }) == "function 'f', word 0: register 1 is read before it is set");
  CHECK(program([](FunctionBuilder& f) {
          counted(f, 0);
          f.emit(Op::create_obj, {.a = 1, .b = 0, .c = 2});
          ret(f, 0);
        }) == "function 'f', word 2: register 2 is read before it is set");
  CHECK(pure(0, [](FunctionBuilder& f) {
          f.emit(Op::append, {.a = 0, .b = 0});
          ret(f, 0);
        }) == "function 'f', word 0: register 0 is read before it is set");
  CHECK(pure(1, [](FunctionBuilder& f) {
          f.emit(Op::make_pair, {.a = 0, .b = 0, .c = 1});
          ret(f, 0);
        }) == "function 'f', word 0: register 1 is read before it is set");
}

TEST_CASE("a value that was given up cannot be read again") {
  CHECK(pure(1, [](FunctionBuilder& f) {
          f.emit(Op::move, {.a = 1, .b = 0});
          ret(f, 0);
        }) == "function 'f', word 1: register 0 is read before it is set");
  CHECK(pure(1, [](FunctionBuilder& f) {
          f.emit(Op::move, {.a = 1, .b = 0});
          ret(f, 1);
        }) == "");
  CHECK(pure(1, [](FunctionBuilder& f) {
          f.emit(Op::make_just, {.a = 0, .b = 0});
          ret(f, 0);
        }) == "");
  CHECK(pure(1, [](FunctionBuilder& f) {
          f.emit(Op::drop, {.a = 0});
          ret(f, 0);
        }) == "function 'f', word 1: register 0 is read before it is set");
  CHECK(pure(2, [](FunctionBuilder& f) {
          f.emit(Op::make_list, {.a = 2, .b = 0, .c = 2});
          f.emit(Op::drop, {.a = 2});
          ret(f, 1);
        }) == "function 'f', word 2: register 1 is read before it is set");
}

TEST_CASE("what is not set may be dropped") {
  CHECK(pure(0, [](FunctionBuilder& f) {
          f.emit(Op::drop, {.a = 5});
          nat(f, 0);
          ret(f, 0);
        }) == "");
}

TEST_CASE("where paths meet a register is set if all of them set it") {
  const auto branch = [](bool both) {
    return pure(1, [&](FunctionBuilder& f) {
      const TapeLabel other = f.new_label();
      const TapeLabel end = f.new_label();
      f.emit(Op::br_true, {.a = 0, .label = other});
      nat(f, 1);
      f.emit(Op::jmp, {.label = end});
      f.bind(other);
      if (both) nat(f, 1);
      f.bind(end);
      ret(f, 1);
    });
  };
  CHECK(branch(true) == "");
  CHECK(branch(false) == "function 'f', word 5: register 1 is read before it is set");
}

TEST_CASE("a loop that gives a value up cannot read it in its next round") {
  const auto loop = [](bool again) {
    return pure(2, [&](FunctionBuilder& f) {
      const TapeLabel top = f.new_label();
      f.bind(top);
      f.emit(Op::move, {.a = 2, .b = 0});
      f.emit(Op::drop, {.a = 2});
      if (again) nat(f, 0);
      f.emit(Op::br_true, {.a = 1, .label = top});
      ret(f, 1);
    });
  };
  CHECK(loop(true) == "");
  CHECK(loop(false) == "function 'f', word 0: register 0 is read before it is set");
}

TEST_CASE("a frame that goes away leaves nothing counted behind") {
  CHECK(pure(2, [](FunctionBuilder& f) { ret(f, 0); }) ==
        "function 'f', word 0: register 1 may still hold a value at ret");
  CHECK(pure(2, [](FunctionBuilder& f) {
          f.emit(Op::drop, {.a = 1});
          ret(f, 0);
        }) == "");
  CHECK(program([](FunctionBuilder& f) {
          counted(f, 0);
          counted(f, 1);
          f.emit(Op::reject, {.a = 1});
        }) == "function 'f', word 4: register 0 may still hold a value at reject");
  CHECK(program([](FunctionBuilder& f) {
          counted(f, 1);
          f.emit(Op::reject, {.a = 1});
        }) == "");
}

TEST_CASE("what is overwritten is not counted, or read by the same word") {
  const auto set = [](Op op, const WordFields& fields, bool drop = false) {
    return pure(2, [&](FunctionBuilder& f) {
      if (drop) f.emit(Op::drop, {.a = 1});
      f.emit(op, fields);
      if (!drop) f.emit(Op::drop, {.a = 1});
      ret(f, 0);
    });
  };
  const std::string_view one = "function 'f', word 0: register 1 may still hold a value at ";
  CHECK(set(Op::load_nat, {.a = 1}) == fmt::format("{}load_nat", one));
  CHECK(set(Op::copy, {.a = 1, .b = 0}) == fmt::format("{}copy", one));
  CHECK(set(Op::fst, {.a = 1, .b = 0}) == fmt::format("{}fst", one));
  CHECK(set(Op::make_list, {.a = 1, .b = 0, .c = 1}) == fmt::format("{}make_list", one));
  CHECK(set(Op::fst, {.a = 1, .b = 1}) == "");
  CHECK(set(Op::copy, {.a = 1, .b = 1}) == "");
  CHECK(set(Op::add, {.a = 1, .b = 0, .c = 1}) == "");
  CHECK(set(Op::load_nat, {.a = 1}, true) == "");
}

TEST_CASE("a value on one path only must go where the paths have met") {
  const auto branch = [](bool drop) {
    return program([&](FunctionBuilder& f) {
      const TapeLabel end = f.new_label();
      nat(f, 0);
      f.emit(Op::br_eq_imm, {.a = 0, .b = 0, .label = end});
      counted(f, 1);
      f.bind(end);
      if (drop) f.emit(Op::drop, {.a = 1});
      ret(f, 0);
    });
  };
  CHECK(branch(true) == "");
  CHECK(branch(false) == "function 'f', word 5: register 1 may still hold a value at ret");
}

TEST_CASE("what a constant leaves in a register") {
  const auto left = [](const std::function<std::uint32_t(ConstantPool&)>& make) {
    TapeBuilder tape;
    FunctionBuilder& f = tape.add(FunctionKind::Program, "f");
    f.emit(Op::load_const, {.a = 0, .constant = make(tape.constants())});
    nat(f, 1);
    ret(f, 1);
    return !tape.finish().has_value();
  };
  const auto justs = [](unsigned depth, bool of_pair = false) {
    return [=](ConstantPool& pool) {
      std::uint32_t index = pool.nat(1);
      if (of_pair) index = pool.pair(index, index);
      for (unsigned i = 0; i < depth; ++i)
        index = pool.just(index);
      return index;
    };
  };
  CHECK_FALSE(left([](ConstantPool& pool) { return pool.nat(~0ULL); }));
  CHECK_FALSE(left([](ConstantPool& pool) { return pool.boolean(true); }));
  CHECK_FALSE(left([](ConstantPool& pool) { return pool.nothing(); }));
  CHECK_FALSE(left([](ConstantPool& pool) { return pool.list({}); }));
  CHECK_FALSE(left([](ConstantPool& pool) { return pool.str("fourteen bytes"); }));
  CHECK(left([](ConstantPool& pool) { return pool.str("fifteen bytes, "); }));
  CHECK(left([](ConstantPool& pool) { return pool.list({pool.nat(1)}); }));
  CHECK(left(justs(0, true)));
  CHECK(left(justs(1, true)));
  CHECK_FALSE(left(justs(1)));
  CHECK_FALSE(left(justs(15)));
  CHECK(left(justs(16)));
  CHECK(left(justs(17)));
  CHECK(left(justs(40)));
}

TEST_CASE("a constant is called counted just where its value is") {
  ConstantPool pool;
  std::uint32_t index = pool.list({});
  for (int i = 0; i < 40; ++i)
    index = pool.just(index);
  index = pool.str("fourteen bytes");
  for (int i = 0; i < 40; ++i)
    index = pool.just(index);
  index = pool.str("fifteen bytes, ");
  for (int i = 0; i < 40; ++i)
    index = pool.just(index);
  const std::vector<Val> values = pool.materialize();
  for (std::uint32_t i = 0; i < pool.size(); ++i) {
    TapeBuilder tape;
    FunctionBuilder& f = tape.add(FunctionKind::Program, "f");
    tape.constants() = pool;
    f.emit(Op::load_const, {.a = 0, .constant = i});
    nat(f, 1);
    ret(f, 1);
    CAPTURE(i);
    CHECK(tape.finish().has_value() == !values[i].is_counted());
  }
}

TEST_CASE("what an op's success says of its operands") {
  // %0 is a parameter, so it may be counted; after the op nothing drops it.
  const auto leaves = [](Op op, std::uint8_t a, std::uint8_t b, std::uint8_t c) {
    const std::string text = pure(1, [&](FunctionBuilder& f) {
      nat(f, 1);
      nat(f, 2);
      const TapeLabel next = f.new_label();
      f.emit(op, {.a = a, .b = b, .c = c, .label = next});
      f.bind(next);
      ret(f, 1);
    });
    return !text.empty();
  };
  CHECK_FALSE(leaves(Op::add, 1, 0, 2));
  CHECK_FALSE(leaves(Op::add, 1, 2, 0));
  CHECK_FALSE(leaves(Op::add_imm, 1, 0, 5));
  CHECK_FALSE(leaves(Op::and_, 1, 0, 2));
  CHECK_FALSE(leaves(Op::not_, 1, 0, 0));
  CHECK_FALSE(leaves(Op::br_true, 0, 0, 0));
  CHECK(leaves(Op::eq, 1, 0, 2));
  CHECK(leaves(Op::lt, 1, 0, 2));
  CHECK(leaves(Op::len, 1, 0, 0));
  CHECK(leaves(Op::is_just, 1, 0, 0));
  CHECK(leaves(Op::unwrap_or, 1, 2, 0));
  // Which side of an order it stands on is all the same; a number says that it is a Nat.
  CHECK(leaves(Op::br_lt, 0, 1, 0));
  CHECK_FALSE(leaves(Op::br_lt_imm, 0, 1, 0));
  CHECK_FALSE(leaves(Op::br_ge_imm, 0, 1, 0));
  CHECK(leaves(Op::br_eq_imm, 0, 1, 0));
  CHECK(leaves(Op::br_ne_imm, 0, 1, 0));
  CHECK_FALSE(leaves(Op::add_imm_br_lt, 0, 1, 2));
  CHECK_FALSE(leaves(Op::add_imm_br_lt, 2, 1, 0));
  CHECK_FALSE(leaves(Op::add_imm_br_le, 2, 1, 0));
  CHECK(leaves(Op::match_list, 0, 0, 0));
}

TEST_CASE("an index is a Nat, what it goes into is not") {
  const auto get = [](std::uint8_t list, std::uint8_t index) {
    return pure(2, [&](FunctionBuilder& f) {
      f.emit(Op::get, {.a = 2, .b = list, .c = index});
      f.emit(Op::drop, {.a = 2});
      f.emit(Op::drop, {.a = list});
      nat(f, 3);
      ret(f, 3);
    });
  };
  CHECK(get(0, 1) == "");
  CHECK(get(1, 0) == "");
  const auto get_imm = pure(1, [](FunctionBuilder& f) {
    f.emit(Op::get_imm, {.a = 1, .b = 0, .c = 3});
    ret(f, 1);
  });
  CHECK(get_imm == "function 'f', word 1: register 0 may still hold a value at ret");
}

TEST_CASE("what an instruction's success says of its operands") {
  const auto leaves = [](Op op, std::uint8_t read) {
    const std::string text = program([&](FunctionBuilder& f) {
      f.emit(Op::get_input, {.a = 0});
      nat(f, 1);
      const auto slots = op_info(op).slots;
      const bool has_result = slots[0] == Slot::SetOrNone;
      const std::uint8_t x = read == 0 ? 0 : 1;
      const std::uint8_t y = read == 0 ? 1 : 0;
      if (has_result)
        f.emit(op, {.a = no_register, .b = x, .c = y});
      else
        f.emit(op, {.a = x});
      ret(f, 1);
    });
    return !text.empty();
  };
  CHECK_FALSE(leaves(Op::destroy_obj, 0));
  CHECK_FALSE(leaves(Op::call, 0));
  CHECK(leaves(Op::call, 1));
  CHECK_FALSE(leaves(Op::commit_tx, 0));
  CHECK_FALSE(leaves(Op::abort_tx, 0));
  CHECK_FALSE(leaves(Op::label, 0));
  CHECK_FALSE(leaves(Op::require, 0));
  CHECK(leaves(Op::narrow, 1));
  CHECK(leaves(Op::set_state, 0));
  CHECK(leaves(Op::begin_tx, 0));
  CHECK(leaves(Op::receive, 0));
  CHECK(leaves(Op::teleport, 0));
  CHECK_FALSE(leaves(Op::move_object, 0));
  CHECK(leaves(Op::move_object, 1));
}

TEST_CASE("what results leave in a register") {
  const auto leaves = [](Op op) {
    const std::string text = program([&](FunctionBuilder& f) {
      nat(f, 0);
      nat(f, 1);
      nat(f, 2);
      f.set_unsafe(true);
      f.emit(op, {.a = 0, .b = 1, .c = 2});
      ret(f, 1);
    });
    return !text.empty();
  };
  CHECK_FALSE(leaves(Op::add));
  CHECK_FALSE(leaves(Op::eq));
  CHECK_FALSE(leaves(Op::len));
  CHECK_FALSE(leaves(Op::xor_));
  CHECK_FALSE(leaves(Op::get_self));
  CHECK_FALSE(leaves(Op::begin_tx));
  CHECK_FALSE(leaves(Op::fetch));
  CHECK_FALSE(leaves(Op::new_var));
  CHECK(leaves(Op::get));
  CHECK(leaves(Op::get_imm));
  CHECK(leaves(Op::kind));
  CHECK(leaves(Op::parse_nat));
  CHECK(leaves(Op::get_sender));
  CHECK(leaves(Op::get_state));
  CHECK(leaves(Op::call));
  CHECK(leaves(Op::freeze));
  CHECK(leaves(Op::append));
  CHECK(leaves(Op::concat));
  CHECK(leaves(Op::unwrap));
}

TEST_CASE("copies and moves leave what their source held") {
  const auto with = [](Op op, bool of_counted) {
    return program([&](FunctionBuilder& f) {
      if (of_counted)
        counted(f, 0);
      else
        nat(f, 0);
      f.emit(op, {.a = 1, .b = 0});
      if (op == Op::copy) f.emit(Op::drop, {.a = 0});
      nat(f, 2);
      ret(f, 2);
    });
  };
  CHECK(with(Op::copy, false) == "");
  CHECK(with(Op::move, false) == "");
  CHECK(with(Op::copy, true) == "function 'f', word 5: register 1 may still hold a value at ret");
  CHECK(with(Op::move, true) == "function 'f', word 4: register 1 may still hold a value at ret");
  // A just may have come to lie in a block.
  CHECK(with(Op::make_just, false) ==
        "function 'f', word 3: register 1 may still hold a value at ret");
  // Onto itself.
  for (const Op op : {Op::copy, Op::move, Op::make_just}) {
    CHECK(program([&](FunctionBuilder& f) {
            counted(f, 0);
            f.emit(op, {.a = 0, .b = 0});
            ret(f, 0);
          }) == "");
  }
}

TEST_CASE("nothing, or a Nat, where a jump says so") {
  const auto branch = [](Op op, bool drop_at_jump, bool drop_at_other) {
    return pure(1, [&](FunctionBuilder& f) {
      const TapeLabel jump = f.new_label();
      nat(f, 1);
      f.emit(op, {.a = 0, .b = 0, .label = jump});
      if (drop_at_other) f.emit(Op::drop, {.a = 0});
      ret(f, 1);
      f.bind(jump);
      if (drop_at_jump) f.emit(Op::drop, {.a = 0});
      ret(f, 1);
    });
  };
  for (const Op op : {Op::br_nothing, Op::br_eq_imm}) {
    CHECK(branch(op, false, true) == "");
    CHECK(branch(op, true, true) == "");
    CHECK(branch(op, true, false) ==
          "function 'f', word 3: register 0 may still hold a value at ret");
  }
  CHECK(branch(Op::br_ne_imm, false, true) ==
        "function 'f', word 5: register 0 may still hold a value at ret");
}

TEST_CASE("above the window of apply nothing counted lies") {
  const auto apply = [](const Emit& before, std::uint8_t base, const Emit& after) {
    return program([&](FunctionBuilder& f) {
      nat(f, base);
      nat(f, static_cast<std::uint8_t>(base + 1));
      before(f);
      f.emit(Op::apply, {.a = base, .b = base, .c = 2, .function = 1});
      after(f);
    });
  };
  const Emit none = [](FunctionBuilder&) {};
  const auto end = [](std::uint8_t number) { return [=](FunctionBuilder& f) { ret(f, number); }; };
  CHECK(apply(none, 0, end(0)) == "");
  CHECK(apply([](FunctionBuilder& f) { counted(f, 2); }, 0, end(0)) ==
        "function 'f', word 4: register 2 may still hold a value at apply");
  CHECK(apply([](FunctionBuilder& f) { counted(f, 7); }, 0, end(0)) ==
        "function 'f', word 4: register 7 may still hold a value at apply");
  CHECK(apply(
            [](FunctionBuilder& f) {
              counted(f, 7);
              f.emit(Op::drop, {.a = 7});
            },
            0, end(0)) == "");
  // Numbers may lie there, but the callee writes over them.
  CHECK(apply([](FunctionBuilder& f) { nat(f, 5); }, 0, end(0)) == "");
  CHECK(apply([](FunctionBuilder& f) { nat(f, 5); }, 0,
              [](FunctionBuilder& f) {
                f.emit(Op::drop, {.a = 0});
                ret(f, 5);
              }) == "function 'f', word 6: register 5 is read before it is set");
  // Below the window all stays.
  CHECK(apply([](FunctionBuilder& f) { counted(f, 0); }, 1,
              [](FunctionBuilder& f) {
                f.emit(Op::drop, {.a = 1});
                ret(f, 0);
              }) == "");
  CHECK(apply([](FunctionBuilder& f) { counted(f, 0); }, 1, end(1)) ==
        "function 'f', word 6: register 0 may still hold a value at ret");
  // The window itself is given up, but for the result.
  CHECK(apply(none, 0, [](FunctionBuilder& f) {
          f.emit(Op::drop, {.a = 0});
          ret(f, 1);
        }) == "function 'f', word 5: register 1 is read before it is set");
}

TEST_CASE("a result may lie anywhere, in the window and above it") {
  using Registers = std::initializer_list<std::uint8_t>;
  for (const std::uint8_t to : Registers{0, 1, 2, 3, 9}) {
    CAPTURE(to);
    CHECK(program([&](FunctionBuilder& f) {
            nat(f, 1);
            nat(f, 2);
            f.emit(Op::apply, {.a = to, .b = 1, .c = 2, .function = 1});
            ret(f, to);
          }) == "");
    CHECK(program([&](FunctionBuilder& f) {
            nat(f, 1);
            nat(f, 2);
            f.emit(Op::make_list, {.a = to, .b = 1, .c = 2});
            ret(f, to);
          }) == "");
  }
}

TEST_CASE("only the window of the other ops is given up") {
  CHECK(program([](FunctionBuilder& f) {
          nat(f, 1);
          nat(f, 2);
          counted(f, 3);
          f.emit(Op::make_pair, {.a = 1, .b = 1, .c = 2});
          f.emit(Op::drop, {.a = 1});
          ret(f, 3);
        }) == "");
  CHECK(program([](FunctionBuilder& f) {
          counted(f, 1);
          counted(f, 2);
          counted(f, 3);
          f.emit(Op::call_pure, {.a = no_register, .b = 1, .c = 2});
          ret(f, 3);
        }) == "");
}

TEST_CASE("words that cannot be reached are held to their own bounds only") {
  CHECK(program([](FunctionBuilder& f) {
          nat(f, 0);
          ret(f, 0);
          f.emit(Op::add, {.a = 1, .b = 2, .c = 3});
          counted(f, 1);
          ret(f, 2);
        }) == "");
}

TEST_CASE("a label that is used is bound") {
  CHECK(program([](FunctionBuilder& f) { f.emit(Op::jmp, {.label = f.new_label()}); }) ==
        "function 'f', word 0: a jump to a label that is not bound");
  CHECK(program([](FunctionBuilder& f) { f.emit(Op::jmp); }) ==
        "function 'f', word 0: a jump to a label that is not bound");
}

TEST_CASE("content hashes are those of the code") {
  Tape tape = sample::tape();
  tape.functions[1].hash.bytes[31] ^= 1;
  REQUIRE_FALSE(verify(tape).has_value());
  CHECK(verify(tape).error().text() ==
        "function 'is_local': its content hash is not that of its code");
}

TEST_CASE("of several false content hashes the first is told, whoever names whom") {
  TapeBuilder builder;
  const auto add = [&](const std::string& name, std::optional<std::uint32_t> callee) {
    FunctionBuilder& f = builder.add(FunctionKind::Pure, name);
    f.set_parameters(1);
    if (callee) f.emit(Op::apply, {.a = 0, .b = 0, .c = 1, .function = *callee});
    f.emit(Op::ret, {.a = 0});
  };
  add("caller", 3);
  add("even", 2);
  add("odd", 1);
  add("leaf", std::nullopt);
  add("alone", 4);
  const Tape tape = builder.finish().value();
  CHECK(verify(tape).has_value());
  for (unsigned set = 1; set < 1U << tape.functions.size(); ++set) {
    CAPTURE(set);
    Tape changed = tape;
    for (std::size_t i = 0; i < changed.functions.size(); ++i)
      if ((set >> i & 1U) != 0) changed.functions[i].hash.bytes[i] ^= 1;
    const auto proof = verify(changed);
    REQUIRE_FALSE(proof.has_value());
    const auto first = static_cast<std::size_t>(std::countr_zero(set));
    CHECK(proof.error().function == changed.functions[first].name);
  }
}

TEST_CASE("constants that no pool should hold") {
  const auto pool = [](ConstantPool::Node node) {
    return changed([&](Tape& tape) { tape.constants.intern(std::move(node)); });
  };
  CHECK(pool({Kind::Nat, 77, {}, {}}) == "");
  CHECK(pool({Kind::Object, 77, {}, {}}) != "");
  CHECK(pool({Kind::Bool, 2, {}, {}}) != "");
  CHECK(pool({Kind::Nothing, 1, {}, {}}) != "");
  CHECK(pool({Kind::Nat, 77, "x", {}}) != "");
  CHECK(pool({Kind::Str, 0, "\xff", {}}) != "");
  CHECK(pool({Kind::Pair, 0, {}, {0}}) != "");
  CHECK(pool({Kind::Just, 0, {}, {0, 0}}) != "");
  CHECK(pool({Kind::List, 0, {}, {9999}}) != "");
  CHECK(pool({Kind::Nat, 77, {}, {0}}) != "");
}

TEST_CASE("debug information is of this function") {
  const auto debug = [](const std::function<void(FunctionDebug&)>& change) {
    return changed([&](Tape& tape) {
      FunctionDebug unpacked = tape.functions[0].debug.unpack();
      change(unpacked);
      tape.functions[0].debug = unpacked;
    });
  };
  const std::string lines = "function 'fib': the lines of its debug section are not well formed";
  const std::string registers =
      "function 'fib': the registers of its debug section are not well formed";
  const std::string labels = "function 'fib': the labels of its debug section are not well formed";
  CHECK(debug([](FunctionDebug& d) { d.file = 1; }) == "");
  CHECK(debug([](FunctionDebug& d) { d.file = 2; }) ==
        "function 'fib': its debug section names file 2, but there are 2");
  CHECK(debug([](FunctionDebug& d) { d.position.line = 0; }) ==
        "function 'fib': its debug section gives no place of it");
  CHECK(debug([](FunctionDebug& d) { d.lines[0].position.column = 0; }) == lines);
  CHECK(debug([](FunctionDebug& d) { d.lines[1].pc = d.lines[0].pc; }) == lines);
  CHECK(debug([](FunctionDebug& d) { d.lines.back().pc = 10'000; }) == lines);
  CHECK(debug([](FunctionDebug& d) { d.lines.clear(); }) == "");
  CHECK(debug([](FunctionDebug& d) { d.registers = {{2, 0, 1, "x"}, {0, 1, 2, "y"}}; }) == "");
  CHECK(debug([](FunctionDebug& d) { d.registers = {{0, 1, 2, "y"}, {2, 0, 1, "x"}}; }) ==
        registers);
  CHECK(debug([](FunctionDebug& d) { d.registers[0].number = 3; }) == registers);
  CHECK(debug([](FunctionDebug& d) { d.registers[0].to = d.registers[0].from; }) == registers);
  CHECK(debug([](FunctionDebug& d) { d.registers[0].to = 10'000; }) == registers);
  CHECK(debug([](FunctionDebug& d) { d.registers[0].name = "%n"; }) == registers);
  CHECK(debug([](FunctionDebug& d) { d.labels[0].pc = 10'000; }) == labels);
  CHECK(debug([](FunctionDebug& d) { d.labels[0].name = "a\nb"; }) == labels);
  CHECK(debug([](FunctionDebug& d) { d.labels = {{2, "b"}, {1, "a"}}; }) == labels);
  CHECK(debug([](FunctionDebug& d) { d.labels = {{1, "b"}, {1, "add"}}; }) == "");
}

TEST_CASE("loops within loops settle") {
  // Each round moves a value one register on, so that facts travel once around all loops.
  const auto loops = [](bool drop) {
    return program([&](FunctionBuilder& f) {
      nat(f, 254);
      constexpr std::uint8_t count = 60;
      for (std::uint8_t i = 0; i <= count; ++i)
        nat(f, i);
      std::vector<TapeLabel> tops;
      for (std::uint8_t i = 0; i < count; ++i) {
        tops.push_back(f.new_label());
        f.bind(tops.back());
      }
      for (std::uint8_t i = count; i-- > 0;) {
        const auto next = static_cast<std::uint8_t>(i + 1);
        f.emit(Op::drop, {.a = next});
        f.emit(Op::copy, {.a = next, .b = i});
        f.emit(Op::br_lt_imm, {.a = 254, .b = 9, .label = tops[i]});
      }
      f.emit(Op::drop, {.a = 0});
      counted(f, 0);
      f.emit(Op::br_lt_imm, {.a = 254, .b = 9, .label = tops[0]});
      for (std::uint8_t i = 0; i < count + (drop ? 1 : 0); ++i)
        f.emit(Op::drop, {.a = i});
      ret(f, 254);
    });
  };
  CHECK(loops(true) == "");
  CHECK(loops(false).ends_with("register 60 may still hold a value at ret"));
}
