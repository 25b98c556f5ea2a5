#include "support/random_program.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <random>
#include <vector>

#include <fmt/format.h>

#include "avm/isa.hpp"

namespace avm::test {
namespace {

constexpr unsigned pure_functions = 3;
constexpr std::array behaviors = {"alpha", "beta"};

// The kinds of literals.
constexpr KindSet makeable =
    any_kind & ~(kind_bit(Kind::Object) | kind_bit(Kind::Tx) | kind_bit(Kind::Var));

struct Register {
  std::string name;
  KindSet kinds;  // what it probably holds
};

class Generator {
 public:
  Generator(std::uint64_t seed, const RandomProgramOptions& options)
      : random_(seed), options_(options) {
    for (const OpInfo& info : all_ops()) {
      if (info.group == Group::Pure) pure_ops_.push_back(info.op);
      if (info.is_instruction() && info.layer <= options.layer_max)
        instructions_.push_back(info.op);
    }
  }

  std::string module() {
    text_ = "const limit = 7\nconst shape = [1, (\"two\", just 3)]\n\n";
    for (unsigned i = 0; i < pure_functions; ++i)
      function("pure", fmt::format("f{}", i), 2, i);
    for (const char* name : behaviors)
      function("unsafe behavior", name, 1, pure_functions);
    function("unsafe program", "main", 1, pure_functions);
    return text_;
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  bool chance(unsigned percent) { return below(100) < percent; }

  void line(const std::string& statement) { text_ += "    " + statement + "\n"; }
  std::string new_label() { return fmt::format("l{}", labels_++); }
  std::string new_register() {
    // Few names, so that they are set again and again.
    return fmt::format("%r{}", below(12));
  }

  void function(const char* kind, const std::string& name, unsigned parameters, unsigned callable) {
    registers_.clear();
    is_pure_ = std::string_view(kind) == "pure";
    callable_ = callable;
    text_ += fmt::format("{} {}(", kind, name);
    for (unsigned i = 0; i < parameters; ++i) {
      text_ += fmt::format("{}%p{}", i == 0 ? "" : ", ", i);
      registers_.push_back({fmt::format("%p{}", i), any_kind});
    }
    text_ += ") {\n";
    if (name == "main") calls();
    block(options_.statements, 2);
    line("ret " + operand(any_kind, 2));
    text_ += "}\n\n";
  }

  void calls() {
    if (options_.calls == 0) return;
    for (std::size_t i = 0; i < behaviors.size(); ++i) {
      line(fmt::format("%o{} = create_obj \"{}\"", i, behaviors[i]));
      set(fmt::format("%o{}", i), kind_bit(Kind::Object));
    }
    for (unsigned i = 0; i < options_.calls; ++i) {
      const bool in_transaction = chance(40);
      if (in_transaction) line("%t = begin_tx");
      for (std::uint64_t j = below(3); j > 0; --j)
        line(fmt::format("call %o{}, {}", below(behaviors.size()), operand(any_kind, 2)));
      if (in_transaction) line(chance(70) ? "commit_tx %t" : "abort_tx %t");
    }
  }

  void block(std::uint64_t statements, unsigned nesting) {
    for (std::uint64_t i = 0; i < statements; ++i)
      statement(nesting);
  }

  void statement(unsigned nesting) {
    const std::uint64_t choice = below(100);
    if (nesting > 0 && choice < 6) return loop(nesting - 1);
    if (nesting > 0 && choice < 16) return branch(nesting - 1);
    if (nesting > 0 && choice < 22) return match(nesting - 1);
    if (nesting > 0 && choice < 26) return choose_case(nesting - 1);
    if (choice < 36) return assign();
    if (choice < 44) return apply();
    const bool is_instruction = !is_pure_ && options_.instructions && choice < 64;
    const std::vector<Op>& ops = is_instruction ? instructions_ : pure_ops_;
    Op chosen = ops[below(ops.size())];
    for (unsigned tries = 0; tries < 3 && !has_operands(chosen); ++tries)
      chosen = ops[below(ops.size())];
    op(chosen);
  }

  // Whether there may be values for it: references are in no source text.
  bool has_operands(Op code) const {
    for (const OperandInfo& o : op_info(code).operands()) {
      if (o.operand_class != OperandClass::Value || (o.kinds & makeable) != 0) continue;
      const auto fits = [&](const Register& reg) { return (reg.kinds & ~o.kinds) == 0; };
      if (!o.optional && std::ranges::none_of(registers_, fits)) return false;
    }
    return true;
  }

  void set(const std::string& name, KindSet kinds) {
    for (Register& reg : registers_) {
      if (reg.name != name) continue;
      reg.kinds = kinds;
      return;
    }
    registers_.push_back({name, kinds});
  }

  void assign() {
    const auto kinds = static_cast<KindSet>(1U << below(7));
    const std::string value = operand(kinds, 3);
    const std::string name = new_register();
    line(name + " = " + value);
    set(name, kinds);
  }

  void apply() {
    if (callable_ == 0) return assign();
    const std::string call =
        fmt::format("f{}({}, {})", below(callable_), operand(any_kind, 2), operand(any_kind, 2));
    const std::string name = new_register();
    line(name + " = " + call);
    set(name, any_kind);
  }

  void op(Op code) {
    const OpInfo& info = op_info(code);
    std::string statement(info.name);
    const char* separator = " ";
    for (const OperandInfo& o : info.operands()) {
      if (o.optional && chance(50)) break;
      const unsigned count = !o.variadic        ? 1
                             : code == Op::post ? 1
                                                : static_cast<unsigned>(below(3));
      for (unsigned i = 0; i < count; ++i) {
        statement += separator + operand_of(info, o);
        separator = ", ";
      }
    }
    if (code == Op::receive && separator[0] == ',')
      statement.insert(std::size("receive"), "reply ");
    if (info.result == 0 || (info.is_instruction() && chance(20))) return line(statement);
    const std::string name = new_register();
    line(name + " = " + statement);
    set(name, info.result);
  }

  std::string operand_of(const OpInfo& info, const OperandInfo& o) {
    if (o.operand_class == OperandClass::Function) return fmt::format("f{}", below(pure_functions));
    if (o.operand_class == OperandClass::PostKind) return "all_diff";
    if (info.op == Op::create_obj && o.name == "name" && chance(90)) {
      return fmt::format("\"{}\"", behaviors[below(behaviors.size())]);
    }
    if (info.op == Op::call_pure && o.name == "name")
      return fmt::format("\"f{}\"", below(pure_functions + 1));
    return operand(chance(99) ? o.kinds : any_kind, 2);
  }

  // A register that probably has one of the kinds, else a literal or aggregate that has.
  std::string operand(KindSet kinds, unsigned depth) {
    std::vector<const Register*> fitting;
    for (const Register& reg : registers_) {
      if ((reg.kinds & ~kinds) == 0) fitting.push_back(&reg);
    }
    if (!fitting.empty() && chance(75)) return fitting[below(fitting.size())]->name;
    return made(kinds, depth);
  }

  std::string made(KindSet kinds, unsigned depth) {
    for (unsigned tries = 0; tries < 40; ++tries) {
      const auto kind = static_cast<Kind>(below(7));
      if ((kinds & kind_bit(kind)) == 0) continue;
      return made(kind, depth);
    }
    return "nothing";
  }

  std::string made(Kind kind, unsigned depth) {
    switch (kind) {
    case Kind::Nat: return chance(10) ? "limit" : std::to_string(chance(80) ? below(6) : random_());
    case Kind::Bool: return chance(50) ? "true" : "false";
    case Kind::Str:
      return fmt::format("\"{}\"", std::string(below(20), static_cast<char>('a' + below(3))));
    case Kind::Nothing: return "nothing";
    case Kind::Just: return "just " + part(depth);
    case Kind::Pair: return fmt::format("({}, {})", part(depth), part(depth));
    default: break;
    }
    if (chance(10)) return "shape";
    std::string list = "[";
    const std::uint64_t size = chance(5) ? 40 : below(4);
    for (std::uint64_t i = 0; i < size; ++i)
      list += (i == 0 ? "" : ", ") + part(depth);
    return list + "]";
  }

  std::string part(unsigned depth) {
    if (depth == 0) return std::to_string(below(10));
    return operand(any_kind, depth - 1);
  }

  // What is set in a part that may be skipped is not set behind it.
  template <typename Body>
  void optional_part(Body body) {
    const std::vector<Register> before = registers_;
    body();
    std::vector<Register> after = before;
    for (Register& reg : after) {
      for (const Register& changed : registers_) {
        if (changed.name == reg.name) reg.kinds |= changed.kinds;
      }
    }
    registers_ = after;
  }

  void loop(unsigned nesting) {
    const std::string counter = fmt::format("%i{}", labels_);
    const std::string top = new_label();
    line(counter + " = 0");
    text_ += top + ":\n";
    optional_part([&] { block(2 + below(5), nesting); });
    line(fmt::format("{0} = add {0}, 1", counter));
    line(fmt::format("%more = {} {}, {}", chance(50) ? "lt" : "le", counter, below(4)));
    line("br %more, " + top);
  }

  void branch(unsigned nesting) {
    const std::string skip = new_label();
    if (chance(50)) {
      constexpr std::array compares = {"eq", "ne", "lt", "le", "gt", "ge"};
      line(fmt::format("%c = {} {}, {}", compares[below(compares.size())],
                       operand(kind_bit(Kind::Nat), 1), operand(kind_bit(Kind::Nat), 1)));
      line("br %c, " + skip);
    } else if (chance(50)) {
      line(fmt::format("br_nothing {}, {}", operand(any_kind, 1), skip));
    } else {
      const std::string other = new_label();
      line(fmt::format("br {}, {}, {}", operand(kind_bit(Kind::Bool), 1), other, skip));
      text_ += other + ":\n";
    }
    optional_part([&] { block(1 + below(6), nesting); });
    text_ += skip + ":\n";
  }

  void match(unsigned nesting) {
    const std::string skip = new_label();
    std::vector<std::string> bound;
    const std::string value = operand(any_kind, 2);
    line(fmt::format("match {}, {}, {}", value, pattern(3, bound), skip));
    optional_part([&] {
      for (const std::string& name : bound)
        set(name, any_kind);
      block(1 + below(4), nesting);
    });
    text_ += skip + ":\n";
  }

  std::string pattern(unsigned depth, std::vector<std::string>& bound) {
    switch (below(depth == 0 ? 3 : 6)) {
    case 0: return "_";
    case 1: return made(any_kind, 0);
    case 2: {
      const std::string name = fmt::format("%m{}", bound.size());
      bound.push_back(name);
      return name;
    }
    case 3: return fmt::format("({}, {})", pattern(depth - 1, bound), pattern(depth - 1, bound));
    case 4: return "just " + pattern(depth - 1, bound);
    default: break;
    }
    std::string list = "[";
    const std::uint64_t size = below(4);
    for (std::uint64_t i = 0; i < size; ++i)
      list += (i == 0 ? "" : ", ") + pattern(depth - 1, bound);
    return list + "]";
  }

  void choose_case(unsigned nesting) {
    const std::string skip = new_label();
    const std::string first = new_label();
    line(fmt::format("switch {}, 1: {}, \"a\": {}, shape: {}, else: {}", operand(any_kind, 1),
                     first, skip, skip, chance(50) ? skip : first));
    text_ += first + ":\n";
    optional_part([&] { block(1 + below(4), nesting); });
    text_ += skip + ":\n";
  }

  std::mt19937_64 random_;
  RandomProgramOptions options_;
  std::vector<Op> pure_ops_;
  std::vector<Op> instructions_;
  std::string text_;
  std::vector<Register> registers_;
  unsigned labels_ = 0;
  unsigned callable_ = 0;
  bool is_pure_ = false;
};

}  // namespace

std::string random_program(std::uint64_t seed, const RandomProgramOptions& options) {
  return Generator(seed, options).module();
}

}  // namespace avm::test
