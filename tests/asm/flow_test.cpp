// What control and registers do: against a plain model that follows every path, and on functions as
// large as they come.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <random>
#include <set>

#include "asm/assembled.hpp"

using namespace avm;
using namespace avm::test;

namespace {

constexpr unsigned register_count = 5;

/// A statement of a random function, without its text.
struct Step {
  std::vector<unsigned> reads{};
  std::vector<unsigned> sets{};
  std::vector<unsigned> sets_on_fall{};  ///< Of a match: only where it goes on.
  std::vector<std::size_t> jumps{};
  bool falls_through = true;
  std::string text{};
};

class RandomFunction {
 public:
  /// `is_tidy`: with labels only where they are used, and most registers set at first, as in functions with
  /// which nothing is wrong.
  RandomFunction(unsigned seed, bool is_tidy) : random_(seed), is_tidy_(is_tidy) {
    const std::size_t count = 1 + pick(14);
    for (unsigned reg = 0; is_tidy && reg < register_count; ++reg) {
      if (pick(6) != 0)
        steps_.push_back({.sets = {reg}, .text = fmt::format("%r{} = get_self", reg)});
    }
    for (std::size_t i = 0; i < count; ++i)
      steps_.push_back(make_step(count));
    steps_.push_back({.falls_through = false, .text = "ret"});
  }

  std::string text() const {
    std::string text = "program p(%input) {\n";
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (!is_tidy_ || is_used(i)) text += fmt::format("l{}: ", i);
      text += steps_[i].text + "\n";
    }
    return text + "}\n";
  }

  /// The registers that some path reads before it sets them.
  std::set<std::string> unset_reads() const {
    std::set<std::string> result;
    for (unsigned reg = 0; reg < register_count; ++reg) {
      if (is_read_unset(reg)) result.insert(fmt::format("'%r{}'", reg));
    }
    return result;
  }

 private:
  std::size_t pick(std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_);
  }
  unsigned pick_register() { return static_cast<unsigned>(pick(register_count)); }

  bool is_used(std::size_t label) const {
    return std::ranges::any_of(steps_, [&](const Step& step) {
      return std::ranges::find(step.jumps, label) != step.jumps.end();
    });
  }

  Step make_step(std::size_t count) {
    const unsigned a = pick_register();
    const unsigned b = pick_register();
    const unsigned c = (b + 1) % register_count;
    const std::size_t l = pick(count + 1);
    const std::size_t m = pick(count + 1);
    switch (pick(9)) {
    case 0: return {.sets = {a}, .text = fmt::format("%r{} = get_self", a)};
    case 1: return {.reads = {b}, .sets = {a}, .text = fmt::format("%r{} = [%r{}]", a, b)};
    case 2: return {.reads = {a}, .text = fmt::format("set_state [1, (%r{}, 2)]", a)};
    case 3: return {.reads = {a}, .jumps = {l}, .text = fmt::format("br %r{}, l{}", a, l)};
    case 4:
      return {.jumps = {l, m},
              .falls_through = false,
              .text = fmt::format("br %input, l{}, l{}", l, m)};
    case 5: return {.jumps = {l}, .falls_through = false, .text = fmt::format("jmp l{}", l)};
    case 6:
      return {.reads = {a},
              .sets_on_fall = {b, c},
              .jumps = {l},
              .text = fmt::format("match %r{}, [%r{}, just %r{}], l{}", a, b, c, l)};
    case 7: return {.jumps = {l, m}, .text = fmt::format("switch %input, 1: l{}, 2: l{}", l, m)};
    default:
      return {.reads = {a},
              .jumps = {l, m},
              .falls_through = false,
              .text = fmt::format("switch %r{}, 1: l{}, else: l{}", a, l, m)};
    }
  }

  static bool holds(const std::vector<unsigned>& registers, unsigned reg) {
    return std::ranges::find(registers, reg) != registers.end();
  }

  bool is_read_unset(unsigned reg) const {
    std::vector<bool> reached(steps_.size());
    std::vector<std::size_t> waiting;
    const auto go = [&](std::size_t step) {
      if (reached[step]) return;
      reached[step] = true;
      waiting.push_back(step);
    };
    go(0);
    while (!waiting.empty()) {
      const std::size_t at = waiting.back();
      waiting.pop_back();
      const Step& step = steps_[at];
      if (holds(step.reads, reg)) return true;
      if (holds(step.sets, reg)) continue;
      for (const std::size_t jump : step.jumps)
        go(jump);
      if (step.falls_through && !holds(step.sets_on_fall, reg)) go(at + 1);
    }
    return false;
  }

  std::mt19937 random_;
  bool is_tidy_;
  std::vector<Step> steps_;
};

/// The registers of which the assembler says that they are read before they are set.
std::set<std::string> reported(const Assembly& assembly) {
  std::set<std::string> result;
  for (const Diagnostic& diagnostic : assembly.diagnostics) {
    if (diagnostic.severity != Severity::Error) continue;
    REQUIRE(diagnostic.code == "read-before-set");
    const std::size_t begin = diagnostic.message.find('\'');
    result.insert(
        diagnostic.message.substr(begin, diagnostic.message.find('\'', begin + 1) - begin + 1));
  }
  return result;
}

/// `count` lines of about five registers at a time, out of many, with a branch in each fifth.
std::string large_function(std::size_t count, std::size_t registers) {
  std::string text = "program main(%x) {\n%r0 = %x\n";
  for (std::size_t i = 0; i < count / 5; ++i) {
    const std::size_t a = i % registers;
    const std::size_t b = (i + 1) % registers;
    text += fmt::format("%r{1} = add %r{0}, {2}\n%c = lt %r{1}, %x\nbr %c, l{2}\n"
                        "%r{1} = mul %r{1}, 2\nl{2}:\n",
                        a, b, i);
  }
  return text + "ret %x\n}\n";
}

}  // namespace

TEST_CASE("reads of registers that are not set, against following every path") {
  for (unsigned seed = 0; seed < 8000; ++seed) {
    const RandomFunction function(seed, seed % 2 == 0);
    const Assembly assembly = assemble_text(function.text());
    INFO("seed " << seed << "\n" << function.text());
    REQUIRE(reported(assembly) == function.unset_reads());
    if (assembly.tape) REQUIRE(verify(*assembly.tape).has_value());
  }
}

TEST_CASE("two hundred thousand lines with fifty thousand registers") {
  CHECK(codes_of(large_function(200'000, 50'000)).empty());
}

TEST_CASE("mistakes do not hide what is behind them") {
  // A statement with a mistake sets what it was to set, and goes on as it was to go on.
  CHECK(codes_of_lines("%a = foo 1\n%b = add %a\nret [%b, %c]") ==
        Codes{"unknown-op", "wrong-operand-count", "read-before-set"});
  CHECK(codes_of_lines("br %x\njmp\nret") == Codes{"wrong-operand-count", "wrong-operand-count"});
  CHECK(codes_of_lines("rett 1\n%y = 1\nret %y") == Codes{"unknown-op"});
  CHECK(codes_of_lines("br %x, nowhere\nret\nbehind: ret") == Codes{"unknown-label"});
  // Where nothing is known of a statement nothing is said of what it leads to.
  CHECK(codes_of_lines("frobnicate %a, %b") == Codes{"unknown-op"});
  CHECK(codes_of("program p(x) {\nret %y\n}\n") == Codes{"syntax"});
}

TEST_CASE("numbered registers are registers") {
  CHECK(codes_of_lines("br %x, l\n%3 = 1\nl: ret %3") == Codes{"read-before-set"});
  CHECK(codes_of_lines("%3 = %x\nret %3").empty());
}

TEST_CASE("what is never reached may read what it likes") {
  CHECK(codes_of_lines("ret\n%a = %b\nset_state %a\nret") == Codes{"unreachable"});
  CHECK(codes_of_lines("ret\nl: jmp l") == Codes{"unreachable"});
}
