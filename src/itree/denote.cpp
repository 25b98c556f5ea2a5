#include "itree/denote.hpp"

#include "asm/source_map.hpp"
#include "runtime/planted_fault.hpp"
#include "runtime/pure_ops.hpp"

namespace avm {

using ast::Index;
using ast::none;
using ast::Statement;
using ast::StatementKind;

/// What a function means from one of its statements on.
class DenotedFunction {
 public:
  DenotedFunction(const DenotedModule& module, std::size_t index)
      : module_(&module),
        function_(&module.module_->functions[index]),
        positions_(module.positions_[index].data()) {}

  /// All of it. A program or behavior asks for its input first, if it wants it.
  ITree<Val> whole(std::span<Val> arguments) const {
    Registers registers(function_->registers.size());
    if (function_->kind != FunctionKind::Pure && function_->parameter_count > 0) {
      Event event;
      event.op = Op::get_input;
      constexpr Index parameter = 0;
      return then(trigger(std::move(event)), parameter, 0, std::move(registers));
    }
    for (std::size_t i = 0; i < arguments.size(); ++i)
      registers[i] = std::move(arguments[i]);
    return from(0, std::move(registers));
  }

 private:
  friend struct After;
  /// `tree`, then the statements from `next` on. `result`: the register that the tree's end is for.
  ITree<Val> then(ITree<Val> tree, Index result, std::uint32_t next, Registers registers) const;

  // ─── statements ───────────────────────────────────────────────────────────────────────────────

  /// From the statement `at` on: as far as it goes without an event, then the event.
  ITree<Val> from(std::uint32_t at, Registers registers) const {
    for (;;) {
      const Statement& statement = function_->statements[at];
      if (statement.kind == StatementKind::Assign) {
        registers[statement.result] = operand(statement, 0, registers);
        ++at;
        continue;
      }
      if (statement.kind == StatementKind::Op && op_info(statement.op).group == Group::Control) {
        Turn turn = control(statement, at, registers);
        if (turn.end) return *std::move(turn.end);
        if (turn.next > at) {
          at = turn.next;
          continue;
        }
        // Back, or on the spot: a step.
        ITree<Val> jump = tau(ret(Val()));
        if (planted(Fault::switch_back_costs_two) && statement.op == Op::switch_)
          jump = tau(std::move(jump));
        return then(std::move(jump), none, turn.next, std::move(registers));
      }
      Event event = event_of(statement, at, registers);
      // What the register held is gone with the statement. It may be the last to hold an operand,
      // which can be changed in place then.
      if (statement.result != none) registers[statement.result] = Val();
      return then(trigger(std::move(event)), statement.result, at + 1, std::move(registers));
    }
  }

  Event event_of(const Statement& statement, std::uint32_t at, const Registers& registers) const {
    Event event;
    event.position = positions_[at];
    for (std::uint32_t i = 0; i < statement.operand_count; ++i)
      event.operands.push_back(operand(statement, i, registers));
    if (statement.function != none) event.function = module_->by_index_[statement.function];
    if (statement.kind == StatementKind::Apply) {
      event.kind = Event::Kind::Apply;
    } else {
      event.op = statement.op;
      event.post_kind = statement.post_kind;
    }
    return event;
  }

  Val operand(const Statement& statement, std::uint32_t i, const Registers& registers) const {
    return module_->operands_.value(node(statement, i), registers);
  }
  Index node(const Statement& statement, std::uint32_t i) const {
    return module_->module_->children[statement.first_operand + i];
  }

  // ─── control ──────────────────────────────────────────────────────────────────────────────────

  /// Where control goes: to a statement, or to the function's end.
  struct Turn {
    std::uint32_t next = 0;
    std::optional<ITree<Val>> end = std::nullopt;
  };

  Turn control(const Statement& statement, std::uint32_t at, Registers& registers) const {
    switch (statement.op) {
    case Op::jmp: return to(statement.label, at);
    case Op::br: {
      const Val condition = operand(statement, 0, registers);
      if (auto error = check_kinds(Op::br, {&condition, 1}))
        return raised(Op::br, std::move(*error), at);
      if (condition.as_bool()) return to(statement.label, at);
      return to(planted(Fault::branch_falls_through) ? none : statement.other_label, at);
    }
    case Op::br_nothing:
      return to(operand(statement, 0, registers).is_nothing() ? statement.label
                                                              : statement.other_label,
                at);
    case Op::switch_: return to(chosen(statement, operand(statement, 0, registers)), at);
    case Op::match: {
      auto bindings =
          module_->operands_.match(node(statement, 1), operand(statement, 0, registers), registers);
      if (!bindings) return to(statement.label, at);
      for (auto& [reg, value] : *bindings)
        registers[reg] = std::move(value);
      return {at + 1};
    }
    case Op::ret:
      if (statement.operand_count == 0) return {.end = ret(Val::nothing())};
      return {.end = ret(operand(statement, 0, registers))};
    default: return {.end = trigger(event_of(statement, at, registers))};  // reject
    }
  }

  /// To a label; on, where there is none.
  Turn to(Index label, std::uint32_t at) const {
    return {label == none ? at + 1 : function_->labels[label].statement};
  }

  Index chosen(const Statement& statement, const Val& value) const {
    Index otherwise = none;
    for (std::uint32_t i = 0; i < statement.case_count; ++i) {
      const ast::Case& one = module_->module_->cases[statement.first_case + i];
      if (planted(Fault::switch_forgets_last) && i + 2 == statement.case_count) continue;
      if (one.literal == none) {
        otherwise = one.label;
      } else if (module_->operands_.value(one.literal, {}) == value) {
        return one.label;
      }
    }
    return otherwise;
  }

  Turn raised(Op op, Error error, std::uint32_t at) const {
    Event event;
    event.kind = Event::Kind::Raise;
    event.op = op;
    event.error = std::move(error);
    event.position = positions_[at];
    return {.end = trigger(std::move(event))};
  }

  const DenotedModule* module_;
  const ast::Function* function_;
  const SourcePosition* positions_;
};

struct After {
  DenotedFunction function;
  Index result;
  std::uint32_t next;
  Registers registers;

  ITree<Val> operator()(Val answer) && {
    if (result != none) registers[result] = std::move(answer);
    return function.from(next, std::move(registers));
  }
  ITree<Val> operator()(Val answer) const& {
    After copy(*this);
    return std::move(copy)(std::move(answer));
  }
};

ITree<Val> DenotedFunction::then(ITree<Val> tree, Index result, std::uint32_t next,
                                 Registers registers) const {
  return bind(std::move(tree), After{*this, result, next, std::move(registers)});
}

DenotedModule::DenotedModule(std::shared_ptr<const ast::Module> module,
                             const std::vector<SourceFile>& sources,
                             const std::vector<Hash>& hashes)
    : module_(std::move(module)), operands_(*module_), positions_(module_->functions.size()) {
  std::vector<SourceMap> maps;
  for (const SourceFile& source : sources)
    maps.emplace_back(source.text);
  for (std::size_t i = 0; i < module_->functions.size(); ++i) {
    by_index_.push_back(nullptr);
    if (module_->is_left_out[i]) continue;
    const ast::Function& function = module_->functions[i];
    for (const Statement& statement : function.statements)
      positions_[i].push_back(maps[statement.span.file].position(statement.span.begin));
    const bool is_pure = function.kind == FunctionKind::Pure;
    TreeCode& code = codes_.emplace_back(
        Code{.name = Val::str(module_->string(function.name)),
             .kind = function.kind,
             .is_unsafe = function.is_unsafe,
             .parameters = static_cast<std::uint8_t>(is_pure ? function.parameter_count : 0),
             .hash = hashes[codes_.size()]},
        [this, i](std::span<Val> arguments) { return DenotedFunction(*this, i).whole(arguments); });
    code.file = sources[function.name_span.file].name;
    code.position = maps[function.name_span.file].position(function.name_span.begin);
    by_index_.back() = &code.code;
  }
}

}  // namespace avm
