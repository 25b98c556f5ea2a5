#include "asm/dis/function.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "asm/dis/labels.hpp"
#include "asm/dis/register_names.hpp"
#include "tape/flow.hpp"

namespace avm::dis {
namespace {

class FunctionPrinter {
 public:
  FunctionPrinter(const TapeTexts& texts, const TapeFunction& function)
      : texts_(texts),
        function_(function),
        graph_(function.code),
        labels_(function, graph_, texts.use_debug),
        names_(function, graph_, texts.use_debug),
        comments_(texts.tape, function, texts.lines, texts.use_debug) {}

  std::string run() {
    write_head();
    std::vector<std::uint32_t> reached = graph_.reverse_postorder();
    std::ranges::sort(reached);
    for (const std::uint32_t index : reached) {
      const BasicBlock& block = graph_.blocks()[index];
      for (std::uint32_t pc = block.begin; pc < block.end; pc = instruction_.next_pc()) {
        instruction_ = *decode(function_.code, pc);
        write_instruction();
      }
    }
    text_ += "}\n";
    return std::move(text_);
  }

 private:
  void write_head() {
    text_ += comments_.head();
    if (function_.is_unsafe) text_ += "unsafe ";
    text_ += fmt::format("{} {}", function_kind_name(function_.kind), function_.name);
    for (unsigned i = 0; i < function_.parameters; ++i) {
      text_ += i == 0 ? "(" : ", ";
      text_ += names_.parameter(static_cast<std::uint8_t>(i));
    }
    text_ += function_.parameters == 0 ? " {\n" : ") {\n";
  }

  void write_instruction() {
    const std::string_view label = labels_.at(instruction_.pc);
    if (!label.empty()) text_ += fmt::format("{}:\n", label);
    // What is to be dropped, and where, the assembler finds out by itself.
    if (instruction_.op() == Op::drop) return;
    text_ += comments_.at(instruction_.pc);
    if (instruction_.info->has_mnemonic())
      write_mnemonic();
    else
      write_word();
  }

  template <typename... Parts>
  void write(fmt::format_string<Parts...> statement, Parts&&... parts) {
    text_ += "    ";
    fmt::format_to(std::back_inserter(text_), statement, std::forward<Parts>(parts)...);
    text_ += '\n';
  }

  // Parts of statements.

  std::string read(std::uint8_t number) const { return names_.read(instruction_.pc, number); }
  std::string set(std::uint8_t number) const { return names_.set(instruction_.pc, number); }
  std::string a() const { return read(instruction_.a()); }
  std::string b() const { return read(instruction_.b()); }
  std::string c() const { return read(instruction_.c()); }
  std::string result() const { return set(instruction_.a()); }
  std::string constant() const { return texts_.constants[instruction_.constant]; }
  std::string_view callee() const { return texts_.tape.functions[instruction_.function].name; }
  std::string_view target() const { return labels_.at(instruction_.target); }
  std::string_view next_label() const { return labels_.at(instruction_.next_pc()); }
  /// The op of the language that a word is a form of.
  std::string_view op() const { return op_info(instruction_.info->base).name; }

  std::string window() const {
    std::vector<std::string> registers;
    const Window window = window_of(instruction_);
    for (unsigned number = window.first; number < window.end(); ++number)
      registers.push_back(read(static_cast<std::uint8_t>(number)));
    return fmt::to_string(fmt::join(registers, ", "));
  }

  std::vector<std::string> operands() const {
    const OpInfo& info = *instruction_.info;
    std::vector<std::string> result;
    if (instruction_.has(Extra::PostKind))
      result.emplace_back(post_kinds()[instruction_.post_kind]);
    for (std::size_t i = 0; i < 3; ++i) {
      const Slot slot = info.slots[i];
      const bool sets = slot == Slot::Set || slot == Slot::SetOrNone;
      if (slot == Slot::Window)
        result.push_back(window());
      else if (!sets && names_register(slot, instruction_.bytes[i]))
        result.push_back(read(instruction_.bytes[i]));
    }
    if (instruction_.has(Extra::Function)) result.emplace_back(callee());
    if (instruction_.has(Extra::Jump)) result.emplace_back(target());
    return result;
  }

  // Statements.

  void write_mnemonic() {
    const Slot first = instruction_.info->slots[0];
    const bool sets = first == Slot::Set || first == Slot::SetOrNone || first == Slot::Change;
    const bool has_result = sets && names_register(first, instruction_.a());
    std::string statement = has_result ? result() + " = " : "";
    statement += instruction_.info->name;
    const auto all = operands();
    if (!all.empty()) statement += instruction_.op() == Op::receive ? " reply " : " ";
    write("{}{}", statement, fmt::join(all, ", "));
  }

  void write_word() {
    switch (instruction_.op()) {
    case Op::copy:
    case Op::move: write("{} = {}", result(), b()); break;
    case Op::load_nat: write("{} = {}", result(), instruction_.number16()); break;
    case Op::load_true: write("{} = true", result()); break;
    case Op::load_false: write("{} = false", result()); break;
    case Op::load_nothing: write("{} = nothing", result()); break;
    case Op::load_const: write("{} = {}", result(), constant()); break;
    case Op::make_list: write("{} = [{}]", result(), window()); break;
    case Op::make_pair: write("{} = ({}, {})", result(), b(), c()); break;
    case Op::unpair: write_unpair(); break;
    case Op::make_just: write("{} = just {}", result(), b()); break;
    case Op::apply: write("{} = {}({})", result(), callee(), window()); break;
    case Op::add_imm:
    case Op::sub_imm:
    case Op::mul_imm:
    case Op::div_imm:
    case Op::mod_imm:
    case Op::get_imm: write("{} = {} {}, {}", result(), op(), b(), instruction_.c()); break;
    case Op::get_set:
    case Op::get_swap: write("{} = {} {}, {}", result(), op(), b(), c()); break;
    case Op::set_take: write("{} = {} {}, {}, {}", result(), op(), a(), b(), c()); break;
    case Op::append_take:
    case Op::concat_take: write("{} = {} {}, {}", result(), op(), a(), b()); break;
    case Op::br_true: write("br {}, {}", a(), target()); break;
    case Op::br_false: write("br {}, {}, {}", a(), next_label(), target()); break;
    case Op::br_eq:
    case Op::br_ne:
    case Op::br_lt:
    case Op::br_le:
    case Op::br_gt:
    case Op::br_ge: write_branch(a(), b()); break;
    case Op::br_eq_imm:
    case Op::br_ne_imm:
    case Op::br_lt_imm:
    case Op::br_le_imm:
    case Op::br_gt_imm:
    case Op::br_ge_imm: write_branch(a(), fmt::to_string(instruction_.b())); break;
    case Op::add_imm_br_lt:
    case Op::add_imm_br_le: write_counting_branch(); break;
    case Op::case_const: write("switch {}, {}: {}", a(), constant(), target()); break;
    case Op::match_const: write("match {}, {}, {}", a(), constant(), target()); break;
    case Op::match_list: write("match {}, [{}], {}", a(), wildcards(), target()); break;
    case Op::match_pair: write("match {}, (_, _), {}", a(), target()); break;
    case Op::match_just: write("match {}, just _, {}", a(), target()); break;
    default: break;
    }
  }

  // The assembler makes one word of both.
  void write_unpair() {
    write("{} = fst {}", result(), c());
    write("{} = snd {}", set(instruction_.b()), c());
  }

  // The assembler makes one word of a comparison and the branch on what comes of it.
  void write_branch(std::string_view left, std::string_view right) {
    write("%{} = {} {}, {}", names_.unused(), op(), left, right);
    write("br %{}, {}", names_.unused(), target());
  }

  // And of an addition before them.
  void write_counting_branch() {
    write("{} = add {}, {}", result(), a(), instruction_.b());
    const bool is_limit_itself = instruction_.c() == instruction_.a();
    write_branch(result(), is_limit_itself ? result() : c());
  }

  std::string wildcards() const {
    std::string text;
    for (unsigned i = 0; i < instruction_.number16(); ++i)
      text += i == 0 ? "_" : ", _";
    return text;
  }

  const TapeTexts& texts_;
  const TapeFunction& function_;
  FlowGraph graph_;
  Labels labels_;
  RegisterNames names_;
  Comments comments_;
  Instruction instruction_;
  std::string text_;
};

}  // namespace

std::string function_text(const TapeTexts& texts, const TapeFunction& function) {
  return FunctionPrinter(texts, function).run();
}

}  // namespace avm::dis
