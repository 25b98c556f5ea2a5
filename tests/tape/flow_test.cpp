#include <catch2/catch.hpp>

#include "avm/control_flow.hpp"
#include "tape/flow.hpp"
#include "tape/listing.hpp"
#include "tape/sample.hpp"

using namespace avm;

namespace {

std::string listing(const Tape& tape, std::string_view function) {
  const auto& code = tape.find(function)->code;
  std::string text;
  for (std::uint32_t pc = 0; pc < code.size();) {
    const Instruction instruction = decode(code, pc).value();
    text += instruction_summary(tape, instruction) + "\n";
    pc = instruction.next_pc();
  }
  return text;
}

}  // namespace

TEST_CASE("basic blocks and where they lead") {
  const Tape tape = sample::tape();
  const FlowGraph graph(tape.find("counter")->code);
  const auto blocks = graph.blocks();
  REQUIRE(blocks.size() == 7);
  CHECK(blocks[0].next == 1U);
  CHECK(blocks[0].jump == 4U);
  CHECK(blocks[2].jump == 2U);  // a loop of one word
  CHECK(blocks[2].next == 3U);
  CHECK_FALSE(blocks[3].next.has_value());
  CHECK_FALSE(blocks[3].jump.has_value());
  CHECK(blocks[4].jump == 2U);
  for (std::uint32_t i = 0; i < blocks.size(); ++i) {
    CHECK(graph.block_at(blocks[i].begin) == i);
    CHECK(graph.block_at(blocks[i].end - 1) == i);
  }
}

TEST_CASE("in reverse postorder a block comes before what follows it") {
  const Tape tape = sample::tape();
  const FlowGraph graph(tape.find("counter")->code);
  const auto order = graph.reverse_postorder();
  REQUIRE(order.size() == graph.blocks().size());
  CHECK(order.front() == 0);
  const auto at = [&](std::uint32_t block) { return std::ranges::find(order, block); };
  CHECK(at(1) < at(2));
  CHECK(at(4) < at(2));
  CHECK(at(2) < at(3));
}

TEST_CASE("words for people") {
  const Tape tape = sample::tape();
  CHECK(listing(tape, "fib") == R"(br_lt_imm %0, 2 -> 10
sub_imm %1, %0, 1
apply %1, %1 fib
sub_imm %2, %0, 2
apply %2, %2 fib
add %0, %1, %2
ret %0
ret %0
)");
  CHECK(listing(tape, "counter") == R"(get_input %0
match_list %0, 2 -> 13
get_imm %1, %0, 1
drop %0
load_nat %2, 40000
add_imm_br_lt %1, 1, %2 -> 6
load_const %3 "a string that has to lie in a block"
make_pair %2, %2, %3
make_list %1, %1..%2
ret %1
load_nat %1, 1
load_nat %2, 2
br_nothing %0 -> 6
case_const %0 nothing -> 20
drop %0
load_const %1 ["größer", 18446744073709551615, just []]
reject %1
)");
  CHECK(listing(tape, "main").find("create_obj %1, %0, _\nbegin_tx %2, _\n") != std::string::npos);
  CHECK(listing(tape, "main").find("post %7, %7 all_diff\n") != std::string::npos);
}

TEST_CASE("the summary of a constant is short, however large it is") {
  ConstantPool pool;
  std::uint32_t pair = pool.nat(7);
  for (int i = 0; i < 60; ++i)
    pair = pool.pair(pair, pair);
  CHECK(constant_summary(pool, pair, 4) == "((((…), …), …), …)");
  std::vector<std::uint32_t> parts;
  for (std::uint32_t i = 0; i < 1000; ++i)
    parts.push_back(pool.nat(i));
  CHECK(constant_summary(pool, pool.list(parts), 4) == "[0, 1, 2, …]");
  CHECK(constant_summary(pool, pool.list({parts[0], parts[1]}), 3) == "[0, 1]");
  CHECK(constant_summary(pool, pool.list({parts[0], parts[1]}), 1) == "[…]");
  CHECK(constant_summary(pool, pool.list({}), 1) == "[]");
  CHECK(constant_summary(pool, pool.str(std::string(50, 'a')), 1) ==
        '"' + std::string(40, 'a') + "\"…");
  CHECK(constant_summary(pool, pool.just(pool.boolean(true)), 2) == "just true");
}

TEST_CASE("control flow as Mermaid and as dot") {
  TapeBuilder builder;
  FunctionBuilder& f = builder.add(FunctionKind::Pure, "f");
  f.set_parameters(1);
  const TapeLabel other = f.new_label();
  f.emit(Op::match_const,
         {.a = 0, .label = other, .constant = builder.constants().str("<\"a\\b\">")});
  f.emit(Op::ret, {.a = 0});
  f.bind(other);
  f.emit(Op::jmp, {.label = other});
  const Tape tape = builder.finish().value();
  CHECK(draw_control_flow(tape, GraphFormat::Mermaid) == R"(flowchart TD
  subgraph f0 ["pure f"]
    f0b0["0: match_const %0 #34;#60;#92;#34;a#92;#92;b#92;#34;#62;#34; -#62; 4"]
    f0b1["3: ret %0"]
    f0b2["4: jmp -#62; 4"]
    f0b0 --> f0b1
    f0b0 -->|jump| f0b2
    f0b2 --> f0b2
  end
)");
  CHECK(draw_control_flow(tape, GraphFormat::Dot) == R"(digraph tape {
  node [shape=box, fontname=monospace];
  subgraph cluster_f0 {
    label="pure f";
    f0b0 [label="0: match_const %0 \"<\\\"a\\\\b\\\">\" -> 4\l"];
    f0b1 [label="3: ret %0\l"];
    f0b2 [label="4: jmp -> 4\l"];
    f0b0 -> f0b1;
    f0b0 -> f0b2 [label="jump"];
    f0b2 -> f0b2;
  }
}
)");
}
