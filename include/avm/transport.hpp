// Transport: how a machine reaches others (book chapter "Architecture", "Distributed runtime").
//
// Layer 3's instructions ask it. The machines of `avm-run --machines` are made up in one process and
// share one store (`MadeUpMachines`); a network node sends messages and answers later.
//
// Threads: called on the thread that runs the execution.
#pragma once

#include <cstdint>
#include <vector>

#include "avm/trace.hpp"
#include "avm/val.hpp"

namespace avm {

/// What became of a request to another machine.
enum class Delivery : std::uint8_t {
  Here,  ///< That machine's objects are in this store: the instruction carries on by itself.
  Sent,  ///< The answer comes later: the execution waits until `Execution::deliver`.
};

class Transport {
 public:
  virtual ~Transport() = default;
  /// Whether `machine`, which is not the own one, can be reached now.
  virtual bool reachable(const MachineId& machine) const = 0;
  virtual Delivery call(const MachineId& machine, ObjectId target, const Val& input,
                        const Val& sender) = 0;
  virtual Delivery move_object(const MachineId& machine, ObjectId object) = 0;
  virtual Delivery fetch(const MachineId& machine, ObjectId object) = 0;
};

/// Machines made up in one process, which share one store. With none, only the own machine exists.
class MadeUpMachines final : public Transport {
 public:
  MadeUpMachines() = default;
  explicit MadeUpMachines(std::vector<MachineId> machines) : machines_(std::move(machines)) {}
  bool reachable(const MachineId& machine) const override;
  Delivery call(const MachineId&, ObjectId, const Val&, const Val&) override {
    return Delivery::Here;
  }
  Delivery move_object(const MachineId&, ObjectId) override { return Delivery::Here; }
  Delivery fetch(const MachineId&, ObjectId) override { return Delivery::Here; }

 private:
  std::vector<MachineId> machines_;
};

}  // namespace avm
