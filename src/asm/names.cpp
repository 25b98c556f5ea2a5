#include "asm/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <unordered_map>

#include "asm/constant_order.hpp"
#include "asm/suggest.hpp"

namespace avm::ast {
namespace {

struct Definition {
  enum class Kind : std::uint8_t { None, Constant, Function };
  Kind kind = Kind::None;
  Index index = none;
};

class Names {
 public:
  Names(ParsedModule& parsed, Diagnostics& diagnostics)
      : parsed_(parsed),
        module_(parsed.module),
        diagnostics_(diagnostics),
        definitions_(module_.strings.size()) {}

  void define_all();
  void bind_all();

 private:
  void define(Definition definition);
  void define_left_out(Index function);
  void report_doubled(Definition second, Definition first);

  Index name_of(Definition definition) const {
    return definition.kind == Definition::Kind::Constant ? module_.constants[definition.index].name
                                                         : module_.functions[definition.index].name;
  }
  Span span_of(Definition definition) const {
    return definition.kind == Definition::Kind::Constant
               ? module_.constants[definition.index].name_span
               : module_.functions[definition.index].name_span;
  }
  bool is(Definition definition, FunctionKind kind) const {
    return definition.kind == Definition::Kind::Function &&
           module_.functions[definition.index].kind == kind;
  }
  std::string_view what(Definition definition) const {
    if (definition.kind == Definition::Kind::Constant) return "constant";
    if (is(definition, FunctionKind::Pure)) return "pure function";
    return function_kind_name(module_.functions[definition.index].kind);
  }
  std::string_view text(Index name) const { return module_.strings[name]; }

  void bind_constant(const NameUse& use);
  void report_not_a_constant(const NameUse& use, Definition found);
  void report_unknown_constant(const NameUse& use);
  void bind_function(const FunctionUse& use);
  void report_not_a_function(const FunctionUse& use, Definition found);
  void report_unknown_function(const FunctionUse& use);
  void report_unknown_op(const UnknownOp& unknown);

  void offer_pure_functions(NearName& near) const;
  void offer_constants(NearName& near) const;
  void offer_ops(NearName& near, bool without_operands) const;

  ParsedModule& parsed_;
  Module& module_;
  Diagnostics& diagnostics_;
  std::vector<Definition> definitions_;                // by name
  std::unordered_map<std::uint64_t, Index> left_out_;  // by file and name: programs
};

std::uint64_t file_and_name(std::uint32_t file, Index name) noexcept {
  return std::uint64_t{file} << 32U | name;
}

/// In the order of the text, so that it is the second of two that is reported.
void Names::define_all() {
  Index function = 0;
  Index constant = 0;
  const auto position = [](Span span) { return std::pair(span.file, span.begin); };
  while (function < module_.functions.size() || constant < module_.constants.size()) {
    const bool function_is_next = constant == module_.constants.size() ||
                                  (function < module_.functions.size() &&
                                   position(module_.functions[function].name_span) <
                                       position(module_.constants[constant].name_span));
    if (!function_is_next) {
      define({Definition::Kind::Constant, constant++});
    } else if (module_.is_left_out[function]) {
      define_left_out(function++);
    } else {
      define({Definition::Kind::Function, function++});
    }
  }
}

void Names::define(Definition definition) {
  const Index name = name_of(definition);
  // A reserved word, or no name at all: that was reported.
  if (parsed_.words.is_reserved(name) || text(name).empty()) return;
  Definition& known = definitions_[name];
  if (known.kind != Definition::Kind::None) return report_doubled(definition, known);
  const auto left_out = left_out_.find(file_and_name(span_of(definition).file, name));
  if (left_out != left_out_.end()) {
    report_doubled(definition, {Definition::Kind::Function, left_out->second});
  }
  known = definition;
}

void Names::define_left_out(Index function) {
  const Definition definition{Definition::Kind::Function, function};
  const Index name = name_of(definition);
  if (parsed_.words.is_reserved(name) || text(name).empty()) return;
  const std::uint32_t file = span_of(definition).file;
  const auto [same, is_new] = left_out_.emplace(file_and_name(file, name), function);
  if (!is_new) return report_doubled(definition, {Definition::Kind::Function, same->second});
  const Definition& known = definitions_[name];
  if (known.kind != Definition::Kind::None && span_of(known).file == file) {
    report_doubled(definition, known);
  }
}

void Names::report_doubled(Definition second, Definition first) {
  Diagnostic* const diagnostic =
      diagnostics_.error("doubled-definition", span_of(second), "{} is defined a second time",
                         shown(text(name_of(second))));
  if (diagnostic == nullptr) return;
  diagnostic->others.push_back(
      place(span_of(first), fmt::format("first defined here, as a {}", what(first))));
  if (what(first) != what(second)) {
    diagnostic->notes.emplace_back(
        "constants, programs, behaviors and pure functions share their names");
  }
}

void Names::bind_all() {
  for (const NameUse& use : parsed_.name_uses)
    bind_constant(use);
  for (const FunctionUse& use : parsed_.function_uses)
    bind_function(use);
  for (const UnknownOp& unknown : parsed_.unknown_ops)
    report_unknown_op(unknown);
}

void Names::bind_constant(const NameUse& use) {
  Node& node = module_.nodes[use.node];
  const Definition definition = definitions_[node.text];
  switch (definition.kind) {
  case Definition::Kind::Constant: node.ref = definition.index; break;
  case Definition::Kind::Function: report_not_a_constant(use, definition); break;
  case Definition::Kind::None: report_unknown_constant(use); break;
  }
}

void Names::report_not_a_constant(const NameUse& use, Definition found) {
  const Node& node = module_.nodes[use.node];
  const std::string_view name = text(node.text);
  Diagnostic* const diagnostic = diagnostics_.error(
      "wrong-operand", node.span, "{} is a {}, not a value", shown(name), what(found));
  if (diagnostic == nullptr) return;
  diagnostic->others.push_back(place(span_of(found), "defined here"));
  switch (module_.functions[found.index].kind) {
  case FunctionKind::Pure:
    diagnostic->help = fmt::format("to apply it: %r = {}(…)", bare(name));
    break;
  case FunctionKind::Behavior:
    diagnostic->help = fmt::format("its name is a string: \"{}\"", bare(name));
    break;
  case FunctionKind::Program: break;
  }
}

void Names::report_unknown_constant(const NameUse& use) {
  const Node& node = module_.nodes[use.node];
  const std::string_view name = text(node.text);
  Diagnostic* const diagnostic =
      use.is_whole_side
          ? diagnostics_.error("unknown-constant", node.span,
                               "{} is neither an instruction nor a constant", shown(name))
          : diagnostics_.error("unknown-constant", node.span, "unknown constant {}", shown(name));
  if (diagnostic == nullptr) return;
  NearName near(name);
  offer_constants(near);
  if (use.is_whole_side) offer_ops(near, true);
  diagnostic->help = near.help();
  if (diagnostic->help || use.function == none) return;
  // What was meant may be the register, or the label, of this name.
  const Function& function = module_.functions[use.function];
  const auto holds_name = [&](const auto& items) {
    constexpr std::size_t searched_max = 20'000;
    const auto searched = std::span(items).first(std::min(items.size(), searched_max));
    return std::ranges::any_of(searched, [&](const auto& item) { return item.name == node.text; });
  };
  if (holds_name(function.registers)) {
    diagnostic->help = fmt::format("for the register write %{}", bare(name));
  } else if (holds_name(function.labels)) {
    diagnostic->notes.push_back(fmt::format("{} is a label, and no value", shown(name)));
  }
}

void Names::bind_function(const FunctionUse& use) {
  const Definition definition = definitions_[use.name];
  if (definition.kind == Definition::Kind::None) return report_unknown_function(use);
  if (definition.kind == Definition::Kind::Constant ||
      module_.functions[definition.index].kind != FunctionKind::Pure) {
    return report_not_a_function(use, definition);
  }
  module_.functions[use.function].statements[use.statement].function = definition.index;
}

void Names::report_not_a_function(const FunctionUse& use, Definition found) {
  const std::string_view name = text(use.name);
  Diagnostic* const diagnostic = diagnostics_.error(
      "not-a-function", use.span, "{} is a {}; only pure functions can be applied", shown(name),
      what(found));
  if (diagnostic == nullptr) return;
  diagnostic->others.push_back(place(span_of(found), "defined here"));
  if (is(found, FunctionKind::Behavior)) {
    diagnostic->help = fmt::format(
        "an object runs it: %id = create_obj \"{}\", then %r = call %id, X", bare(name));
  }
}

void Names::report_unknown_function(const FunctionUse& use) {
  const std::string_view name = text(use.name);
  Diagnostic* const diagnostic =
      diagnostics_.error("unknown-function", use.span, "unknown pure function {}", shown(name));
  if (diagnostic == nullptr) return;
  NearName near(name);
  offer_pure_functions(near);
  const Statement& statement = module_.functions[use.function].statements[use.statement];
  if (statement.kind == StatementKind::Apply) offer_ops(near, false);
  diagnostic->help = near.help();
}

void Names::report_unknown_op(const UnknownOp& unknown) {
  const std::string_view name = text(unknown.name);
  Diagnostic* const diagnostic =
      diagnostics_.error("unknown-op", unknown.span, "unknown instruction {}", shown(name));
  if (diagnostic == nullptr) return;
  const Definition definition = definitions_[unknown.name];
  if (definition.kind != Definition::Kind::None) {
    diagnostic->others.push_back(
        place(span_of(definition), fmt::format("defined here, as a {}", what(definition))));
    if (is(definition, FunctionKind::Pure)) {
      diagnostic->help = fmt::format("to apply it: %r = {}(…)", bare(name));
    }
    return;
  }
  if (const auto meant = foreign_instruction(name)) {
    diagnostic->help = fmt::format("here that is: {}", *meant);
    return;
  }
  NearName near(name);
  offer_ops(near, false);
  diagnostic->help = near.help();
}

void Names::offer_pure_functions(NearName& near) const {
  for (const Function& function : module_.functions) {
    if (function.kind == FunctionKind::Pure && !near.offer(text(function.name))) return;
  }
}

void Names::offer_constants(NearName& near) const {
  for (const Constant& constant : module_.constants) {
    if (!near.offer(text(constant.name))) return;
  }
}

void Names::offer_ops(NearName& near, bool without_operands) const {
  for (const OpInfo& info : all_ops()) {
    const auto may_be_left_out = [](const OperandInfo& operand) { return operand.optional; };
    const bool fits = !without_operands || std::ranges::all_of(info.operands(), may_be_left_out);
    if (info.has_mnemonic() && fits) near.offer(info.name);
  }
}

}  // namespace

void resolve_names(ParsedModule& parsed, Diagnostics& diagnostics) {
  Names names(parsed, diagnostics);
  names.define_all();
  names.bind_all();
  order_constants(parsed, diagnostics);
}

}  // namespace avm::ast
