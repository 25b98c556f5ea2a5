#include "interleaving/recorder.hpp"

#include <stdexcept>
#include <utility>
#include <variant>

namespace avm::test {

using Kind = Operation::Kind;

namespace {

Value value_in(const Val& state) {
  return state.list_size() == 0 ? fresh : state.list_at(0).as_nat();
}

State chosen_in(const Val& list, ObjectId x) {
  State chosen;
  for (std::uint64_t i = 0; i < list.list_size(); ++i) {
    const Val entry = list.list_at(i);  // [id, behavior, metadata, state]
    chosen.emplace(entry.list_at(0).as_object().number - x.number, value_in(entry.list_at(3)));
  }
  return chosen;
}

/// The instruction after which a step has nothing to do but to return.
Op last_instruction(Verb verb) {
  switch (verb) {
  case Verb::Read: return Op::get_state;
  case Verb::Write:
  case Verb::Update:
  case Verb::Fail: return Op::set_state;
  case Verb::Find: return Op::get_machine;
  case Verb::Create: return Op::create_obj;
  case Verb::Destroy: return Op::destroy_obj;
  case Verb::Scry: return Op::scry_deep;
  }
  return Op::ret;
}

}  // namespace

void Recorder::tell(Op op, const Result<Val>& outcome) {
  was_private_ = op == Op::get_input;
  is_through_ = is_through_ || is_final(op);
  switch (op) {
  case Op::commit_tx:
    if (outcome.value().as_bool() != unit().has_committed())
      throw std::logic_error("commit_tx and the trace disagree");
    break;
  case Op::call: end_call(outcome); break;
  case Op::get_state:
    if (!outcome) return add_missing();
    add({.kind = Kind::Read, .object = object(), .value = value_in(*outcome)});
    break;
  case Op::set_state:
    if (!outcome) return add_missing();
    add({.kind = Kind::Write, .object = object(), .value = plan_.steps[step_].value});
    break;
  case Op::get_machine:
    if (outcome.value().is_just()) {
      add({.kind = Kind::Find, .object = object()});
    } else {
      add_missing();
    }
    end_step();
    break;
  case Op::create_obj:
    made_ = outcome.value().as_object().number - x_.number;
    add({.kind = Kind::Create, .object = *made_});
    end_step();
    break;
  case Op::destroy_obj:
    if (outcome) {
      add({.kind = Kind::Destroy, .object = object()});
    } else if (outcome.error().code == ErrorCode::ObjError_NotFound) {
      add_missing();
    }
    end_step();
    break;
  case Op::scry_deep:
    add({.kind = Kind::Scry, .chosen = chosen_in(outcome.value(), x_)});
    end_step();
    break;
  default: break;
  }
}

void Recorder::record(const TraceEntry& entry) {
  const EventType& event = entry.event_type;
  if (std::holds_alternative<event::TransactionStarted>(event)) {
    unit_ = history_.units.size();
    history_.units.push_back({.begin = now_});
    is_open_ = true;
    is_refused_ = false;
  } else if (std::holds_alternative<event::TransactionCommitted>(event)) {
    end(Unit::End::Committed);
  } else if (std::holds_alternative<event::TransactionAborted>(event)) {
    end(is_refused_ ? Unit::End::Refused : Unit::End::Aborted);
  } else if (const auto* error = std::get_if<event::ErrorOccurred>(&event)) {
    is_refused_ = error->text.starts_with("TxError.Conflict:");
  }
}

Object Recorder::object() const {
  const Step& step = plan_.steps[step_];
  return step.object ? *step.object : *made_;
}

bool Recorder::is_final(Op op) const {
  if (plan_.ending == Ending::Commit) return op == Op::commit_tx;
  if (plan_.ending == Ending::Abort) return op == Op::abort_tx;
  return step_ + 1 == plan_.steps.size() && op == last_instruction(plan_.steps[step_].verb);
}

void Recorder::end(Unit::End how) {
  unit().how = how;
  unit().end = now_;
  is_open_ = false;
}

void Recorder::add(Operation operation) {
  operation.at = now_;
  if (is_open_) {
    unit().operations.push_back(std::move(operation));
  } else {
    history_.units.push_back({now_, now_, Unit::End::Committed, {std::move(operation)}});
  }
}

void Recorder::end_step() {
  ++step_;
  step_began_ = is_open_ ? unit().operations.size() : 0;
}

void Recorder::end_call(const Result<Val>& outcome) {
  if (!outcome && outcome.error().code == ErrorCode::ObjError_NotFound) add_missing();
  // What the call wrote is undone. That it could write shows that there was the object.
  if (outcome && outcome->is_nothing() && is_open_) {
    for (std::size_t i = step_began_; i < unit().operations.size(); ++i) {
      Operation& operation = unit().operations[i];
      if (operation.kind == Kind::Write)
        operation = {Kind::Find, operation.object, {}, {}, operation.at};
    }
  }
  end_step();
}

}  // namespace avm::test
