// PlainCases: the instructions that objects carry out most, in the cases that come most, for an engine whose
// loop is worth it. What a handler does for these cases each of these must do exactly; for all others
// it does nothing and says so.
//
// A case is plain where nobody is told of what happens (a trace may be kept in memory) and no transaction is
// active (`is_plain`), and an object that is concerned lives on the machine that runs, where there are no
// replicas. A few are plain in a transaction too.
//
// The engine counts the step.
#pragma once

#include <optional>

#include "runtime/execution.hpp"
#include "runtime/world.hpp"

namespace avm {

struct PlainCases {
  /// Holds until the execution has carried out an instruction in another way.
  static bool is_plain(const ExecutionImpl& execution) noexcept {
    return execution.transaction_ == nullptr && !is_watched(execution);
  }

  /// `call`: the object that is called, if it is no other engine's and does not wait.
  static const ObjectData* callee(ExecutionImpl& execution, const Val& target) noexcept {
    if (target.header() != static_cast<std::uint64_t>(Tag::Object)) return nullptr;
    const auto& activations = execution.activations_;
    const Activation& caller = activations.back();
    const ObjectData* const object = execution.world_.store.find({ObjectId{target.payload()}});
    const bool is_plain = object != nullptr && object->exists() && !object->waits() &&
                          object->behavior->engine == caller.code->engine &&
                          object->machine == caller.machine && !activations.is_full();
    return is_plain ? object : nullptr;
  }
  static void begin_call(ExecutionImpl& execution, const Code& behavior, const Val& target,
                         const Val& input) noexcept {
    Activation& caller = execution.activations_.back();
    caller.op = Op::call;
    ++execution.stats_.calls;
    execution.activations_.push_into_room(&behavior, ObjectId{target.payload()}, input,
                                          execution.log_ == nullptr ? Val() : input, caller.self,
                                          caller.machine, true, false, Op::receive);
  }

  /// `ret` of a behavior that `begin_call` began: whether its activation has ended. What its caller gets is
  /// `just` the output.
  static bool end_call(ExecutionImpl& execution, const Val& output) noexcept {
    Activation& ended = execution.activations_.back();
    if (execution.log_ != nullptr) {
      if (!execution.log_->add_called(next_origin(execution), ended.self, ended.call_input, output))
        return false;
      ++execution.timestamp_;
    }
    execution.activations_.pop();
    return true;
  }

  static const Val& input(ExecutionImpl& execution) noexcept { return execution.current().input; }
  static ObjectId self(ExecutionImpl& execution) noexcept { return execution.current().self; }

  /// `get_state`: null where it is no plain case.
  static const Val* state(ExecutionImpl& execution) noexcept {
    const ObjectData* const object = execution.world_.store.find({execution.current().self});
    const bool is_plain = object != nullptr && object->exists();
    return is_plain ? &object->state : nullptr;
  }
  /// Takes `list` where it is not wanted afterwards.
  static bool set_state(ExecutionImpl& execution, Val& list, bool is_wanted) noexcept {
    if (list.header() != static_cast<std::uint64_t>(Tag::List)) return false;
    const ObjectId self = execution.current().self;
    const bool is_plain = execution.world_.store.set_state(self, list, is_wanted, [&] {
      if (execution.log_ == nullptr) return true;
      if (!execution.log_->add_updated(next_origin(execution), self)) return false;
      ++execution.timestamp_;
      return true;
    });
    return is_plain;
  }

  // Transactions, where no trace is kept either. They do nothing that counts where they throw: then, as
  // for what is not plain, they give nullopt or false.

  /// `begin_tx` without a controller, where `is_plain`.
  static std::optional<TxId> begin_tx(ExecutionImpl& execution) noexcept;
  /// While one is active:
  static bool set_state_in_transaction(ExecutionImpl& execution, const Val& list) noexcept;
  static std::optional<bool> commit_tx(ExecutionImpl& execution, const Val& tx) noexcept;

 private:
  static bool is_watched(const ExecutionImpl& execution) noexcept {
    return execution.is_watched_ || execution.world_.store.has_replicas() ||
           execution.world_.has_detours;
  }
  static PackedTrace::PlainOrigin next_origin(const ExecutionImpl& execution) noexcept {
    return {execution.timestamp_, execution.source_};
  }
};

}  // namespace avm
