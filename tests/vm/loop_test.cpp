// The loop's fast paths and the shared handlers behind them agree: each op is run on values of every
// kind, and what comes of it is what `apply_pure_op` says.
#include <array>
#include <optional>
#include <vector>

#include "runtime/pure_ops.hpp"
#include "tapes.hpp"

namespace avm {
namespace {

using test::finished;
using test::run;

// Values that the fast paths tell apart.
std::vector<Val> samples() {
  std::vector<Val> values = {Val::nat(0),
                             Val::nat(1),
                             Val::nat(3),
                             Val::nat(200),
                             Val::nat(~std::uint64_t{0}),
                             Val::boolean(true),
                             Val::boolean(false),
                             Val::nothing(),
                             Val::str("a"),
                             Val::str("fourteen bytes"),
                             Val::str("more than fourteen bytes"),
                             Val::empty_list(),
                             Val::list({Val::nat(7), Val::nat(8)}),
                             Val::list({Val::nat(7), Val::str("mixed")}),
                             Val::list({Val::list({Val::nat(1)}), Val::list({Val::nat(2)})}),
                             Val::pair(Val::nat(1), Val::str("a string of some length")),
                             Val::just(Val::nat(3)),
                             Val::just(Val::just(Val::list({Val::nat(1)})))};
  Val deep = Val::nat(1);
  for (int i = 0; i < 20; ++i)
    deep = Val::just(deep);
  values.push_back(deep);
  return values;
}

std::string expected(Op op, std::vector<Val> arguments) {
  Meter meter;
  const Result<Val> result = apply_pure_op(op, arguments, meter);
  return result ? to_text(*result) : result.error().text();
}

// A program that applies the word to its constants, in registers 0 and up, and gives register `result`.
std::string actual(Op op, const WordFields& fields, const std::vector<Val>& constants,
                   std::uint8_t result) {
  TapeBuilder builder;
  FunctionBuilder& main = builder.add(FunctionKind::Program, "main");
  for (std::size_t i = 0; i < constants.size(); ++i) {
    main.emit(Op::load_const, {.a = static_cast<std::uint8_t>(i),
                               .constant = builder.constants().value(constants[i])});
  }
  main.emit(op, fields);
  for (std::size_t i = 0; i < constants.size(); ++i) {
    if (i != result) main.emit(Op::drop, {.a = static_cast<std::uint8_t>(i)});
  }
  main.emit(Op::ret, {.a = result});
  const Tape tape = finished(builder);
  const std::size_t before = heap::bytes_in_use();
  std::string text;
  {
    Machine machine;
    REQUIRE(machine.load(tape));
    text = run(machine, "main").text();
  }
  CHECK(heap::bytes_in_use() == before);
  return text;
}

// The same for a word that jumps: true where it does.
std::string branched(Op op, WordFields fields, const std::vector<Val>& constants) {
  TapeBuilder builder;
  FunctionBuilder& main = builder.add(FunctionKind::Program, "main");
  const TapeLabel taken = main.new_label();
  for (std::size_t i = 0; i < constants.size(); ++i) {
    main.emit(Op::load_const, {.a = static_cast<std::uint8_t>(i),
                               .constant = builder.constants().value(constants[i])});
  }
  const auto end = [&](bool value) {
    for (std::size_t i = 0; i < constants.size(); ++i)
      main.emit(Op::drop, {.a = static_cast<std::uint8_t>(i)});
    main.emit(Op::load_const, {.a = 0, .constant = builder.constants().boolean(value)});
    main.emit(Op::ret, {.a = 0});
  };
  fields.label = taken;
  main.emit(op, fields);
  end(false);
  main.bind(taken);
  end(true);
  return run(finished(builder)).text();
}

TEST_CASE("operations on one value do what their handler does") {
  for (const OpInfo& info : all_ops()) {
    if (info.group != Group::Pure || info.encoding != "ds-") continue;
    for (const Val& x : samples()) {
      INFO(info.name << " " << to_text(x));
      CHECK(actual(info.op, {.a = 1, .b = 0}, {x, Val::nat(0)}, 1) == expected(info.op, {x}));
      CHECK(actual(info.op, {.a = 0, .b = 0}, {x}, 0) == expected(info.op, {x}));
    }
  }
}

TEST_CASE("operations on two values do what their handler does") {
  for (const OpInfo& info : all_ops()) {
    if (info.group != Group::Pure || (info.encoding != "dss" && info.encoding != "xs-")) continue;
    for (const Val& x : samples()) {
      for (const Val& y : samples()) {
        INFO(info.name << " " << to_text(x) << ", " << to_text(y));
        if (info.encoding == "dss") {
          CHECK(actual(info.op, {.a = 2, .b = 0, .c = 1}, {x, y, Val::nat(0)}, 2) ==
                expected(info.op, {x, y}));
          CHECK(actual(info.op, {.a = 0, .b = 0, .c = 1}, {x, y}, 0) == expected(info.op, {x, y}));
          CHECK(actual(info.op, {.a = 1, .b = 0, .c = 1}, {x, y}, 1) == expected(info.op, {x, y}));
        } else {
          CHECK(actual(info.op, {.a = 0, .b = 1}, {x, y}, 0) == expected(info.op, {x, y}));
        }
      }
    }
  }
}

TEST_CASE("operations with a number in the word do what their handler does") {
  for (const OpInfo& info : all_ops()) {
    if (info.encoding != "dsi") continue;
    for (const Val& x : samples()) {
      for (const unsigned number : {0U, 1U, 3U, 255U}) {
        INFO(info.name << " " << to_text(x) << ", " << number);
        CHECK(actual(info.op, {.a = 0, .b = 0, .c = static_cast<std::uint8_t>(number)}, {x}, 0) ==
              expected(info.base, {x, Val::nat(number)}));
      }
    }
  }
}

TEST_CASE("branches go where their comparison says") {
  for (const OpInfo& info : all_ops()) {
    for (const Val& x : samples()) {
      if (info.encoding == "ss-+j") {
        for (const Val& y : samples()) {
          INFO(info.name << " " << to_text(x) << ", " << to_text(y));
          CHECK(branched(info.op, {.a = 0, .b = 1}, {x, y}) == expected(info.base, {x, y}));
        }
      }
      if (info.encoding == "si-+j") {
        for (const unsigned number : {0U, 1U, 3U, 255U}) {
          INFO(info.name << " " << to_text(x) << ", " << number);
          CHECK(branched(info.op, {.a = 0, .b = static_cast<std::uint8_t>(number)}, {x}) ==
                expected(info.base, {x, Val::nat(number)}));
        }
      }
    }
  }
}

TEST_CASE("counting and branching in one word is adding and comparing") {
  for (const Op op : {Op::add_imm_br_lt, Op::add_imm_br_le}) {
    const Op compare = op_info(op).base;
    for (const Val& x : samples()) {
      for (const Val& y : samples()) {
        INFO(op_info(op).name << " " << to_text(x) << ", " << to_text(y));
        Meter meter;
        std::array<Val, 2> terms = {x, Val::nat(2)};
        const Result<Val> sum = apply_pure_op(Op::add, terms, meter);
        const std::string wanted = sum ? expected(compare, {*sum, y}) : sum.error().text();
        CHECK(branched(op, {.a = 0, .b = 2, .c = 1}, {x, y}) == wanted);
      }
    }
  }
}

TEST_CASE("br wants a Bool and says so by its own name") {
  CHECK(branched(Op::br_true, {.a = 0}, {Val::boolean(true)}) == "true");
  CHECK(branched(Op::br_true, {.a = 0}, {Val::boolean(false)}) == "false");
  CHECK(branched(Op::br_true, {.a = 0}, {Val::nat(1)}) ==
        "PureError.TypeMismatch: br wants bool, got nat");
}

TEST_CASE("patterns look at shapes") {
  const auto is_just = [](const Val& x) { return x.is_just() ? "false" : "true"; };
  for (const Val& x : samples()) {
    INFO(to_text(x));
    CHECK(branched(Op::match_just, {.a = 0}, {x}) == is_just(x));
    CHECK(branched(Op::match_pair, {.a = 0}, {x}) == (x.is_pair() ? "false" : "true"));
    CHECK(branched(Op::br_nothing, {.a = 0}, {x}) == (x.is_nothing() ? "true" : "false"));
    const bool has_two = x.is_list() && x.list_size() == 2;
    CHECK(branched(Op::match_list, {.a = 0, .number = 2}, {x}) == (has_two ? "false" : "true"));
  }
}

TEST_CASE("constants are compared part by part, whatever block they are in") {
  for (const Val& x : samples()) {
    for (const Val& y : samples()) {
      INFO(to_text(x) << ", " << to_text(y));
      for (const Op op : {Op::case_const, Op::match_const}) {
        TapeBuilder builder;
        FunctionBuilder& main = builder.add(FunctionKind::Program, "main");
        const TapeLabel taken = main.new_label();
        main.emit(Op::get_input, {.a = 0});
        main.emit(op, {.a = 0, .label = taken, .constant = builder.constants().value(y)});
        main.emit(Op::drop, {.a = 0});
        main.emit(Op::load_const,
                  {.a = 0, .constant = builder.constants().boolean(op == Op::match_const)});
        main.emit(Op::ret, {.a = 0});
        main.bind(taken);
        main.emit(Op::drop, {.a = 0});
        main.emit(Op::load_const,
                  {.a = 0, .constant = builder.constants().boolean(op == Op::case_const)});
        main.emit(Op::ret, {.a = 0});
        CHECK(run(finished(builder), x).text() == (x == y ? "true" : "false"));
      }
    }
  }
}

}  // namespace
}  // namespace avm
