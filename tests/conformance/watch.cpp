#include "conformance/watch.hpp"

#include "asm/ast.hpp"
#include "avm/trace.hpp"
#include "lib/backend_run.hpp"

namespace avm::conformance {
namespace {

ErrorCode code_of(std::string_view text) {
  const std::string_view name = text.substr(0, text.find(':'));
  std::size_t code = 0;
  while (all_errors()[code].name != name)
    ++code;
  return static_cast<ErrorCode>(code);
}

void see_control(const ast::Module& module, Seen& seen) {
  for (std::size_t i = 0; i < module.functions.size(); ++i) {
    if (module.is_left_out[i]) continue;
    for (const ast::Statement& statement : module.functions[i].statements) {
      const bool is_control =
          statement.kind == ast::StatementKind::Op && op_info(statement.op).group == Group::Control;
      if (is_control && statement.op != Op::reject) seen.done.insert(statement.op);
    }
  }
}

}  // namespace

void Seen::add(const Seen& other) {
  done.insert(other.done.begin(), other.done.end());
  raised.insert(other.raised.begin(), other.raised.end());
  errors.insert(other.errors.begin(), other.errors.end());
  events.insert(other.events.begin(), other.events.end());
}

Seen watch(const Assembly& assembly, const RunOptions& options) {
  Seen seen;
  StartOptions hooks;
  hooks.on_outcome = [&](Op op, const Result<Val>& outcome) {
    if (outcome) {
      seen.done.insert(op);
    } else {
      seen.raised.emplace(op, outcome.error().code);
    }
  };
  const Ran ran = run_on(Backend::ITree, assembly, options, hooks);
  if (ran.refusal) return seen;
  see_control(*assembly.module, seen);
  for (const TraceEntry& entry : ran.trace.entries()) {
    seen.events.insert(event_name(entry.event_type.index()));
    if (const auto* error = std::get_if<event::ErrorOccurred>(&entry.event_type))
      seen.errors.insert(code_of(error->text));
  }
  // The one error that is an event alone: the instruction gives false.
  if (seen.errors.contains(ErrorCode::TxError_Conflict))
    seen.raised.emplace(Op::commit_tx, ErrorCode::TxError_Conflict);
  return seen;
}

}  // namespace avm::conformance
