#include "fuzz/made_text.hpp"

#include <array>
#include <bitset>
#include <vector>

#include <fmt/format.h>

#include "avm/isa.hpp"
#include "avm/text.hpp"
#include "fuzz/choices.hpp"

namespace avm::fuzz {
namespace {

constexpr std::array<std::string_view, 12> junk = {
    "%", "\"", "[", ")", "}", "\x01", "\xff", "ret", "0x", "18446744073709551616", "%250", "é"};

constexpr unsigned functions_max = 4;  // beside the programs
constexpr unsigned nesting_max = 4;
constexpr unsigned arguments_max = 300;

struct Function {
  std::string name;
  std::string_view kind;
  unsigned parameters = 0;
};

// Registers are of a kind each, some of every one, so that it is known what is in them whatever way
// control came. `home` registers are set where a function begins, and may be read anywhere.
constexpr unsigned kinds = 10;
constexpr unsigned registers_of_kind = 3;
constexpr unsigned register_count = kinds * registers_of_kind;
using Registers = std::bitset<register_count>;

constexpr Kind kind_of(unsigned reg) { return static_cast<Kind>(reg / registers_of_kind); }

class TextMaker {
 public:
  explicit TextMaker(Bytes bytes) : choices_(bytes) {
    for (const OpInfo& info : all_ops()) {
      if (!info.has_mnemonic() || info.group == Group::Control) continue;
      (info.is_instruction() ? instructions_ : pure_ops_).push_back(&info);
    }
  }

  std::string make() {
    has_mistakes_ = choices_.one_in(4);
    items();
    plan_functions();
    for (const Function& one : functions_)
      function(one);
    return std::move(text_);
  }

 private:
  // ─── items ────────────────────────────────────────────────────────────────────────────────────

  void items() {
    if (choices_.one_in(32)) text_ += "import \"lib.avm\"\n";
    if (choices_.one_in(256)) text_ += "import \"fuzz.avm\"\n";
    for (unsigned count = choices_.below(4); constants_ < count; ++constants_) {
      const Kind kind = any();
      text_ += fmt::format("const k{} = {}\n", constants_, literal(kind, 3));
    }
  }

  void plan_functions() {
    // At least one of each kind, so that each can be used.
    constexpr std::array<std::string_view, 2> kind_names = {"behavior", "pure"};
    functions_.push_back({"main", "program", choices_.below(2)});
    const unsigned count = 2 + choices_.below(functions_max - 1);
    for (unsigned i = 0; i < count; ++i) {
      const std::string_view kind = i < 2 ? kind_names[i] : choices_.of(kind_names);
      const unsigned most = kind == "pure" ? 5 : 2;
      const std::string name = mistake() ? "main" : fmt::format("f{}", i);
      functions_.push_back({name, kind, choices_.below(most)});
    }
    functions_.push_back({"second", "program", 1});
  }

  // One whose kind is `kind`.
  const Function& function_of(std::string_view kind) {
    const unsigned start = choices_.below(functions_.size());
    for (std::size_t i = 0; i < functions_.size(); ++i) {
      const Function& one = functions_[(start + i) % functions_.size()];
      if (one.kind == kind) return one;
    }
    return functions_.front();
  }

  void function(const Function& function) {
    function_ = &function;
    set_ = {};
    labels_ = 0;
    pending_.clear();
    numbered_ = choices_.one_in(4) ? choices_.byte() : 0;
    text_ +=
        fmt::format("{}{} {}", choices_.one_in(64) ? "" : "unsafe ", function.kind, function.name);
    for (unsigned i = 0; i < function.parameters; ++i) {
      // Arguments may be anything.
      text_ += (i == 0 ? "(" : ", ") + parameter(i);
    }
    text_ += function.parameters == 0 ? " {\n" : ") {\n";
    begin();
    for (unsigned count = choices_.below(20); count > 0 && choices_.are_left(); --count)
      statement();
    while (!pending_.empty()) {
      place(pending_.back());
      pending_.pop_back();
      statement();
    }
    if (!mistake()) line(choices_.one_in(8) ? "ret" : "ret " + operand(any_kind, nesting_max));
    text_ += mistake() ? "\n" : "}\n";
  }

  // Sets the registers that can be read everywhere.
  void begin() {
    const unsigned which = choices_.byte();
    for (unsigned kind = 0; kind < 7; ++kind) {
      if ((which >> kind & 1U) == 0) continue;
      const unsigned reg = kind * registers_of_kind;
      line(name(reg) + " = " + literal(static_cast<Kind>(kind), 2));
      set_.set(reg);
    }
    if (function_->kind != "pure" && (which >> 6U) != 0) {
      const unsigned reg = static_cast<unsigned>(Kind::Object) * registers_of_kind;
      line(fmt::format("{} = create_obj \"{}\"", name(reg), function_of("behavior").name));
      set_.set(reg);
    }
    home_ = set_;
  }

  // ─── statements ───────────────────────────────────────────────────────────────────────────────

  void statement() {
    if (mistake()) text_ += choices_.of(junk);
    switch (choices_.below(26)) {
    case 0: return;
    case 1: return place(new_label());
    case 2: return jump();
    case 3: return branch();
    case 4: return compare_and_branch();
    case 5: return branch_nothing();
    case 6: return cases();
    case 7: return match();
    case 8: return end();
    case 9: return count();
    case 10: return apply();
    case 11:
    case 12: return assign();
    case 13: return trivia();
    case 14: return many();
    case 15:
    case 16: return call();
    case 17: return transaction();
    case 18: return receive();
    case 19:
    case 20:
    case 21:
      if (function_->kind != "pure" || mistake()) return op(*choices_.of(instructions_));
      [[fallthrough]];
    default: return op(*choices_.of(pure_ops_));
    }
  }

  void assign() {
    const Kind kind = any();
    const std::string value = operand(kind, nesting_max);
    line(target(kind_bit(kind)) + " = " + value);
  }

  void op(const OpInfo& info) {
    std::string statement(mistake() ? "no_such_op" : info.name);
    std::string_view separator = info.op == Op::receive ? " reply " : " ";
    const std::uint32_t post_kind = choices_.below(post_kinds().size());
    for (const OperandInfo& wanted : info.operands()) {
      if (mistake() || (wanted.optional && choices_.one_in(2))) break;
      for (unsigned count = operand_count(info, wanted, post_kind); count > 0; --count) {
        statement += separator;
        statement += operand_of(info, wanted, post_kind);
        separator = ", ";
      }
    }
    const bool has_result =
        info.result != 0 ? !(info.is_instruction() && choices_.one_in(8)) : mistake();
    line(has_result ? target(info.result == 0 ? any_kind : info.result) + " = " + statement
                    : statement);
  }

  unsigned operand_count(const OpInfo& info, const OperandInfo& wanted, std::uint32_t post_kind) {
    if (!wanted.variadic) return 1;
    if (info.op != Op::post) return choices_.below(choices_.one_in(64) ? arguments_max : 4);
    const PostArity arity = post_arity(post_kind);
    return arity.least + choices_.below(arity.most - arity.least + 1U);
  }

  std::string operand_of(const OpInfo& info, const OperandInfo& wanted, std::uint32_t post_kind) {
    if (mistake()) return choices_.one_in(2) ? "f0" : "(1, 2)";
    switch (wanted.operand_class) {
    case OperandClass::Function: return function_of("pure").name;
    case OperandClass::PostKind: return std::string(post_kinds()[post_kind]);
    default: break;
    }
    if (info.op == Op::create_obj && wanted.name == "name" && !choices_.one_in(8))
      return quoted(function_of("behavior").name);
    if (info.group == Group::Function && wanted.name == "name" && !choices_.one_in(8))
      return quoted(function_of("pure").name);
    if (wanted.name == "machine") return choices_.one_in(2) ? "\"other\"" : "\"local\"";
    return operand(wanted.kinds, nesting_max);
  }

  void apply() {
    const Function& callee = function_of(mistake() ? "behavior" : "pure");
    std::string statement = callee.name + "(";
    for (unsigned i = 0; i < callee.parameters; ++i)
      statement += (i == 0 ? "" : ", ") + operand(any_kind, nesting_max);
    line(target(any_kind) + " = " + statement + ")");
  }

  // Of an object that there is, so that programs come to run behaviors.
  void call() {
    if (function_->kind == "pure") return apply();
    const auto is_set = [&](unsigned one) { return set_[one]; };
    const unsigned known = chosen(kind_bit(Kind::Object), is_set);
    std::string object;
    if (has_object_as_input() && !choices_.one_in(4)) {
      object = parameter(0);
    } else if (known != register_count && !choices_.one_in(4)) {
      object = name(known);
    } else {
      object = target(kind_bit(Kind::Object));
      line(fmt::format("{} = create_obj \"{}\"", object, function_of("behavior").name));
    }
    const std::string input = operand(any_kind, nesting_max);
    const std::string result = choices_.one_in(2) ? target(kind_bit(Kind::Just)) + " = " : "";
    line(fmt::format("{}call {}, {}", result, object, input));
  }

  void transaction() {
    if (function_->kind == "pure") return assign();
    line(choices_.one_in(4) ? "%tx = begin_tx \"c\"" : "%tx = begin_tx");
    for (unsigned count = 1 + choices_.below(3); count > 0; --count)
      choices_.one_in(2) ? call() : op(*choices_.of(instructions_));
    line(choices_.one_in(4) ? "abort_tx %tx" : "commit_tx %tx");
  }

  void receive() {
    if (function_->kind != "behavior") return assign();
    const std::string reply = choices_.one_in(2) ? " reply " + operand(any_kind, 2) : "";
    line(target(kind_bit(Kind::Just)) + " = receive" + reply);
  }

  // A loop that counts, which is one word.
  void count() {
    const unsigned reg = chosen(kind_bit(Kind::Nat), [&](unsigned one) { return home_[one]; });
    if (reg == register_count) return assign();
    line(fmt::format("{} = {}", name(reg), choices_.below(4)));
    const std::string top = new_label();
    place(top);
    statement();
    line(fmt::format("{0} = add {0}, {1}", name(reg), 1 + choices_.below(3)));
    compare_and_branch(name(reg), top);
  }

  void compare_and_branch() {
    const std::string left = operand(kind_bit(Kind::Nat), 1);
    compare_and_branch(left, any_label());
  }

  void compare_and_branch(const std::string& left, const std::string& label) {
    constexpr std::array<std::string_view, 6> compares = {"lt", "le", "gt", "ge", "eq", "ne"};
    const std::string_view compare = choices_.of(compares);
    const std::string right = operand(kind_bit(Kind::Nat), 1);
    const std::string flag = choices_.one_in(4) ? target(kind_bit(Kind::Bool)) : "%flag";
    line(fmt::format("{} = {} {}, {}", flag, compare, left, right));
    if (choices_.one_in(8)) trivia();
    line(fmt::format("br {}, {}{}", flag, label, second_label()));
  }

  void jump() {
    line("jmp " + any_label());
    place(new_label());
  }

  void branch() {
    const std::string flag = operand(kind_bit(Kind::Bool), 1);
    const std::string label = any_label();
    line(fmt::format("br {}, {}{}", flag, label, second_label()));
  }

  void branch_nothing() {
    const std::string value = operand(any_kind, 2);
    const std::string label = any_label();
    line(fmt::format("br_nothing {}, {}{}", value, label, second_label()));
  }

  void cases() {
    std::string statement = "switch " + operand(any_kind, 2);
    for (unsigned i = 0, count = choices_.below(choices_.one_in(32) ? 40 : 5); i < count; ++i) {
      const std::string key = choices_.one_in(4) ? literal(any(), 2) : std::to_string(i);
      statement += fmt::format(", {}: {}", key, any_label());
    }
    if (choices_.one_in(2)) statement += ", else: " + any_label();
    line(statement);
  }

  void match() {
    const std::string value = operand(any_kind, nesting_max);
    const std::string label = any_label();
    Registers bound;
    const std::string shape = pattern(bound, nesting_max);
    line(fmt::format("match {}, {}, {}", value, shape, label));
    set_ |= bound;
  }

  std::string pattern(Registers& bound, unsigned nesting) {
    switch (choices_.below(nesting == 0 ? 4 : 8)) {
    case 0: return "_";
    case 1: return literal(any(), 1);
    case 2:
    case 3: {
      const unsigned reg = choices_.below(register_count);
      if (bound[reg] && !mistake()) return "_";
      bound.set(reg);
      return name(reg);
    }
    case 4: return "just " + pattern(bound, nesting - 1);
    case 5: {
      std::string first = pattern(bound, nesting - 1);
      return fmt::format("({}, {})", first, pattern(bound, nesting - 1));
    }
    default: break;
    }
    std::string list = "[";
    for (unsigned i = 0, count = choices_.below(5); i < count; ++i)
      list += (i == 0 ? "" : ", ") + pattern(bound, nesting - 1);
    return list + "]";
  }

  void end() {
    const bool rejects = function_->kind != "pure" && choices_.one_in(4);
    line(fmt::format("{} {}", rejects ? "reject" : "ret", operand(any_kind, nesting_max)));
    place(new_label());
  }

  // What means nothing, and is in source text all the same.
  void trivia() {
    constexpr std::array<std::string_view, 4> some = {"\n", "; said\n", "\r\n", "  \t\n"};
    text_ += choices_.of(some);
  }

  // So many registers at once that they may not suffice.
  void many() {
    const unsigned count = choices_.below(choices_.one_in(8) ? arguments_max : 12);
    for (unsigned i = 0; i < count; ++i)
      line(fmt::format("%many{} = {}", i, operand(any_kind, 1)));
    std::string list = "[";
    for (unsigned i = 0; i < count; ++i)
      list += fmt::format("{}%many{}", i == 0 ? "" : ", ", i);
    line(target(kind_bit(Kind::List)) + " = " + list + "]");
  }

  // ─── labels ───────────────────────────────────────────────────────────────────────────────────

  std::string new_label() { return fmt::format("l{}", labels_++); }

  // Control may come from anywhere.
  void place(const std::string& label) {
    text_ += label + ":\n";
    set_ = home_;
  }

  std::string any_label() {
    if (mistake()) return "nowhere";
    const unsigned chosen = choices_.below(labels_ + 2);
    if (chosen < labels_) return fmt::format("l{}", chosen);
    pending_.push_back(new_label());
    return pending_.back();
  }

  std::string second_label() { return choices_.one_in(4) ? ", " + any_label() : ""; }

  // ─── registers ────────────────────────────────────────────────────────────────────────────────

  // Whether it is the program that is run with an object as its input (`check_backends`).
  bool has_object_as_input() const { return function_->name == "second"; }

  std::string parameter(unsigned index) const { return fmt::format("%p{}", index); }

  std::string name(unsigned reg) const {
    constexpr std::string_view letters = "nbslpmjotv";
    // Machine registers of their own, for some of them.
    if ((numbered_ >> reg % 8 & 1U) != 0) return fmt::format("%{}", (reg * numbered_) % 250);
    return fmt::format("%{}{}", letters[reg / registers_of_kind], reg % registers_of_kind);
  }

  // A register for a value of one of these kinds, which is set from here on.
  std::string target(KindSet wanted) {
    const unsigned reg = chosen(wanted, [](unsigned) { return true; });
    set_.set(reg);
    return name(reg);
  }

  // One of these kinds that fits; `register_count` where there is none.
  template <typename Fits>
  unsigned chosen(KindSet wanted, Fits fits) {
    return from(choices_.below(register_count), wanted, fits);
  }

  template <typename Fits>
  static unsigned from(unsigned start, KindSet wanted, Fits fits) {
    for (unsigned i = 0; i < register_count; ++i) {
      const unsigned reg = (start + i) % register_count;
      if ((wanted & kind_bit(kind_of(reg))) != 0 && fits(reg)) return reg;
    }
    return register_count;
  }

  // ─── values ───────────────────────────────────────────────────────────────────────────────────

  Kind any() { return static_cast<Kind>(choices_.below(7)); }

  std::string operand(Kind kind, unsigned nesting) { return operand(kind_bit(kind), nesting); }

  std::string operand(KindSet wanted, unsigned nesting) {
    if (mistake()) return choices_.one_in(2) ? "%unset" : "k9";
    if (wanted == kind_bit(Kind::Object) && has_object_as_input()) return parameter(0);
    const unsigned how = choices_.byte();
    if (how >= 252) wanted = any_kind;
    if (how >= 240 && how < 252 && function_->parameters > 0)
      return parameter(how % function_->parameters);
    if (how >= 190 && how < 240 && nesting > 0) {
      if ((wanted & kind_bit(Kind::List)) != 0) return list(nesting);
      if ((wanted & kind_bit(Kind::Pair)) != 0) {
        std::string first = operand(any_kind, nesting - 1);
        return fmt::format("({}, {})", first, operand(any_kind, nesting - 1));
      }
      if ((wanted & kind_bit(Kind::Just)) != 0) return "just " + operand(any_kind, nesting - 1);
    }
    const unsigned reg = from(how, wanted, [&](unsigned candidate) { return set_[candidate]; });
    if (reg != register_count && how % 4 != 0) return name(reg);
    for (unsigned i = 0; i < 7; ++i) {
      const auto kind = static_cast<Kind>((how + i) % 7);
      if ((wanted & kind_bit(kind)) != 0) return literal(kind, nesting);
    }
    return literal(Kind::Nothing, 0);
  }

  std::string list(unsigned nesting) {
    std::string text = "[";
    if (mistake()) text += choices_.of(junk);
    const unsigned count = choices_.below(choices_.one_in(32) ? arguments_max : 5);
    for (unsigned i = 0; i < count; ++i)
      text += (i == 0 ? "" : ", ") + operand(any_kind, count > 5 ? 0 : nesting - 1);
    return text + "]";
  }

  std::string literal(Kind kind, unsigned nesting) {
    if (constants_ > 0 && nesting > 0 && choices_.one_in(16))
      return fmt::format("k{}", choices_.below(constants_));
    switch (kind) {
    case Kind::Bool: return choices_.one_in(2) ? "true" : "false";
    case Kind::Str: return string();
    case Kind::Nothing: return "nothing";
    case Kind::Just: return "just " + part(nesting);
    case Kind::Pair: {
      std::string first = part(nesting);
      return fmt::format("({}, {})", first, part(nesting));
    }
    case Kind::List: {
      std::string text = "[";
      for (unsigned i = 0, count = choices_.below(4); i < count; ++i)
        text += (i == 0 ? "" : ", ") + part(nesting);
      return text + "]";
    }
    default: return nat();
    }
  }

  std::string part(unsigned nesting) { return nesting == 0 ? nat() : literal(any(), nesting - 1); }

  std::string nat() {
    switch (choices_.below(16)) {
    case 0: return std::to_string(choices_.number());
    case 1: return fmt::format("0x{:x}", choices_.number());
    case 2: return "65_536";
    case 3: return std::to_string(254 + choices_.below(4));
    default: return std::to_string(choices_.below(10));
    }
  }

  std::string string() {
    constexpr std::array<std::string_view, 8> pieces = {"a",      "other", "\\n", "\\u{1f600}",
                                                        "größer", "\\\"",  "\\0", "0123456789"};
    std::string text = "\"";
    for (unsigned count = choices_.below(choices_.one_in(16) ? 40 : 4); count > 0; --count)
      text += choices_.of(pieces);
    return text + "\"";
  }

  bool mistake() { return has_mistakes_ && choices_.one_in(256); }

  void line(const std::string& statement) { text_ += "    " + statement + "\n"; }

  Choices choices_;
  std::vector<const OpInfo*> pure_ops_;
  std::vector<const OpInfo*> instructions_;
  std::vector<Function> functions_;
  std::string text_;
  unsigned constants_ = 0;
  bool has_mistakes_ = false;

  // Of the function that is made.
  const Function* function_ = nullptr;
  unsigned numbered_ = 0;
  Registers home_;
  Registers set_;
  unsigned labels_ = 0;
  std::vector<std::string> pending_;
};

}  // namespace

std::string made_text(Bytes bytes) { return TextMaker(bytes).make(); }

}  // namespace avm::fuzz
