// Transport: how a machine reaches others (book chapter "Architecture", "Distributed runtime").
//
// Instructions that concern another machine ask it. The machines of `avm-run --machines` are made up in
// one process and share one store (`MadeUpMachines`); a network node sends messages, and the answers
// come later.
//
// Threads: called on the thread that runs the execution.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "avm/isa.hpp"
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
  /// Whether `machine`, which is not the own one, can be reached now, or may be before long.
  virtual bool reachable(const MachineId& machine) const = 0;
  /// Who is to be asked about an object that is not in this store. Nullopt: there is none.
  virtual std::optional<MachineId> locate(ObjectId object) const = 0;
  /// Asks `machine` to carry out an instruction of the object `sender`. `call` is answered by what the
  /// instruction gives, a Maybe, and so are the others, but for `teleport`, which is answered by what the
  /// program gives in the end. The own machine is asked to `freeze`, before replicas are looked at, and to `call` where a
  /// transport has seen to that (`World::has_detours`).
  virtual Delivery ask(const MachineId& machine, Op op, std::span<const Val> arguments,
                       ObjectId sender) = 0;
};

/// Machines made up in one process, which share one store. With none, only the own machine exists.
class MadeUpMachines final : public Transport {
 public:
  MadeUpMachines() = default;
  explicit MadeUpMachines(std::vector<MachineId> machines) : machines_(std::move(machines)) {}
  bool reachable(const MachineId& machine) const override;
  std::optional<MachineId> locate(ObjectId) const override { return std::nullopt; }
  Delivery ask(const MachineId&, Op, std::span<const Val>, ObjectId) override {
    return Delivery::Here;
  }

 private:
  std::vector<MachineId> machines_;
};

}  // namespace avm
