// What one execution of a plan tells of itself, as units of a history: from its trace when transactions
// begin and how they end, from what its instructions give all else.
#pragma once

#include "avm/machine.hpp"
#include "avm/trace.hpp"
#include "interleaving/history.hpp"
#include "interleaving/plan.hpp"

namespace avm::test {

class Recorder final : public TraceSink {
 public:
  /// `x`: the id of the history's object 0.
  Recorder(const Plan& plan, ObjectId x, History& history, const Time& now)
      : plan_(plan), x_(x), history_(history), now_(now) {}

  /// The execution is about to make a step.
  void begin_step() { was_private_ = false; }
  /// For `StartOptions::on_outcome`. A call that is entered is told when it returns.
  void tell(Op op, const Result<Val>& outcome);
  void record(const TraceEntry& entry) override;

  /// Whether the latest step's instruction touched only what is its execution's own, so that nothing depends on
  /// when it ran.
  bool was_private() const { return was_private_; }
  /// Whether the plan's last instruction was carried out. What is left is to return, which is private.
  bool is_through() const { return is_through_; }

 private:
  Object object() const;
  Unit& unit() { return history_.units[unit_]; }
  void end(Unit::End how);
  void add(Operation operation);
  void add_missing() { add({.kind = Operation::Kind::Read, .object = object()}); }
  void end_step();
  void end_call(const Result<Val>& outcome);
  bool is_final(Op op) const;

  const Plan& plan_;
  ObjectId x_;
  History& history_;
  const Time& now_;
  std::size_t step_ = 0;
  std::size_t unit_ = 0;
  bool is_open_ = false;        // whether `unit_` is a unit that has begun and not ended
  std::size_t step_began_ = 0;  // how many operations the open unit had then
  std::optional<Object> made_;  // the object created last
  bool is_refused_ = false;     // whether the latest commit was
  bool was_private_ = false;
  bool is_through_ = false;
};

}  // namespace avm::test
