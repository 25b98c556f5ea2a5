#include "asm/checks.hpp"

#include <fmt/format.h>

#include <utility>

#include "asm/constant_ids.hpp"
#include "asm/literal_checks.hpp"

namespace avm::ast {

class StatementChecks::State {
 public:
  State(const ParsedModule& parsed, Diagnostics& diagnostics)
      : parsed_(parsed),
        module_(parsed.module),
        diagnostics_(diagnostics),
        constants_(module_),
        literals_(module_, constants_, diagnostics) {}

  void run(Index function) {
    constants_.extend();
    literals_.extend();
    check_function(function);
  }

  void forget_from(Index node) { constants_.forget_from(node); }

 private:
  /// A case of a switch, by the number of its key.
  struct SeenKey {
    Index number_of_switch = 0;
    Span key;
  };

  void check_function(Index index) {
    function_ = &module_.functions[index];
    has_reported_unsafe_ = false;
    const auto& broken = parsed_.notes_of(index).broken;
    auto next_broken = broken.begin();
    for (std::uint32_t i = 0; i < function_->statements.size(); ++i) {
      if (next_broken != broken.end() && next_broken->statement == i) {
        ++next_broken;
      } else {
        check_statement(function_->statements[i]);
      }
    }
  }

  void check_statement(const Statement& statement) {
    if (statement.kind == StatementKind::Assign) return;
    if (statement.kind == StatementKind::Apply) return check_application(statement);
    const OpInfo& info = op_info(statement.op);
    const bool has_effect = info.is_instruction() || info.op == Op::reject;
    if (has_effect && function_->kind == FunctionKind::Pure) return report_effect(statement, info);
    if (info.is_unsafe && !function_->is_unsafe) check_unsafe(statement, info);
    if (statement.op == Op::switch_) check_keys(statement);
    if (statement.op == Op::scry_meta) check_predicate(statement, 1);
    if (statement.op == Op::scry_deep) check_predicate(statement, 3);
    if (info.group == Group::Pure && statement.result == none) warn_unused(statement, info.name);
    literals_.check(statement, info);
  }

  std::string_view name(const Function& function) const { return module_.string(function.name); }

  void check_application(const Statement& statement) {
    if (statement.function == none) return;
    const Function& function = module_.functions[statement.function];
    if (statement.result == none) warn_unused(statement, name(function));
    const std::size_t takes = function.parameter_count;
    if (takes == statement.operand_count) return;
    Diagnostic* const diagnostic = diagnostics_.error(
        "wrong-argument-count", statement.span, "{} takes {}, {}", shown(name(function)),
        counted(takes, "argument"), given(statement.operand_count));
    if (diagnostic == nullptr) return;
    diagnostic->others.push_back(place(function.name_span, "defined here"));
  }

  void report_effect(const Statement& statement, const OpInfo& info) {
    Diagnostic* const diagnostic = diagnostics_.error(
        "effect-in-pure", statement.op_span, "'{}' has an effect, and {} is a pure function",
        info.name, shown(name(*function_)));
    if (diagnostic == nullptr) return;
    diagnostic->others.push_back(place(function_->name_span, "a pure function"));
    if (info.op == Op::call_pure) {
      diagnostic->notes.emplace_back("what it applies can change by 'update_pure'");
      diagnostic->help = "apply a function of this module: %r = f(X)";
    }
  }

  /// One error for a function, at the first of its unsafe instructions.
  void check_unsafe(const Statement& statement, const OpInfo& info) {
    if (std::exchange(has_reported_unsafe_, true)) return;
    Diagnostic* const diagnostic = diagnostics_.error("missing-unsafe", statement.op_span,
                                                      "'{}' is unsafe, and {} is not marked so",
                                                      info.name, shown(name(*function_)));
    if (diagnostic == nullptr) return;
    diagnostic->others.push_back(place(function_->name_span));
    diagnostic->help =
        fmt::format("unsafe {} {}", function_kind_name(function_->kind), bare(name(*function_)));
  }

  void check_keys(const Statement& statement) {
    ++switches_;
    for (Index c = 0; c < statement.case_count; ++c) {
      const Case& one = module_.cases[statement.first_case + c];
      if (one.literal == none) continue;
      const Index id = constants_.id(one.literal);
      if (id == none) continue;
      if (seen_keys_.size() <= id) seen_keys_.resize(std::size_t{id} * 2 + 1);
      SeenKey& seen = seen_keys_[id];
      const Span key = module_.nodes[one.literal].span;
      if (seen.number_of_switch == switches_) {
        Diagnostic* const diagnostic =
            diagnostics_.error("doubled-key", key, "this key is twice in the switch");
        if (diagnostic != nullptr) diagnostic->others.push_back(place(seen.key, "first here"));
      } else {
        seen = {switches_, key};
      }
    }
  }

  /// The predicate of a `scry` is applied to so many arguments.
  void check_predicate(const Statement& statement, std::size_t arguments) {
    if (statement.function == none) return;
    const Function& predicate = module_.functions[statement.function];
    if (predicate.parameter_count == arguments) return;
    Diagnostic* const diagnostic = diagnostics_.warning(
        "must-fail", statement.span, "this must fail: '{}' applies {} to {}, it takes {}",
        op_info(statement.op).name, shown(name(predicate)), counted(arguments, "argument"),
        predicate.parameter_count);
    if (diagnostic != nullptr) {
      diagnostic->others.push_back(place(predicate.name_span, "defined here"));
    }
  }

  void warn_unused(const Statement& statement, std::string_view what) {
    Diagnostic* const diagnostic = diagnostics_.warning(
        "unused-result", statement.span, "the result of {} is not used", shown(what));
    if (diagnostic == nullptr) return;
    const std::string_view rest = statement.kind == StatementKind::Apply ? "(…)" : " …";
    diagnostic->help = fmt::format("%r = {}{}", bare(what), rest);
  }

  const ParsedModule& parsed_;
  const Module& module_;
  Diagnostics& diagnostics_;
  ConstantIds constants_;
  LiteralChecks literals_;
  const Function* function_ = nullptr;
  bool has_reported_unsafe_ = false;
  Index switches_ = 0;  // so far
  std::vector<SeenKey> seen_keys_;
};

StatementChecks::StatementChecks(const ParsedModule& parsed, Diagnostics& diagnostics)
    : state_(std::make_unique<State>(parsed, diagnostics)) {}

StatementChecks::~StatementChecks() = default;

void StatementChecks::run(Index function) { state_->run(function); }

void StatementChecks::forget_from(Index node) { state_->forget_from(node); }

}  // namespace avm::ast
