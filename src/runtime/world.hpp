// World: what the executions of one machine share.
//
// It must outlive its executions; what its registry names, and its transport, must outlive it.
//
// Threads: one thread, together with all its executions.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "avm/transport.hpp"
#include "runtime/registry.hpp"
#include "runtime/store.hpp"

namespace avm {

/// Numbers for the machines that a store has heard of, so that an object names its machine by four
/// bytes. They count from 1 (`home_place` is 0), which is the own machine, and never change. There
/// are as many as machines that could be reached.
class Machines {
 public:
  static constexpr Place own = 1;

  explicit Machines(MachineId own_name) { names_.push_back(std::move(own_name)); }

  /// 0 where nothing has its number yet.
  Place find(const MachineId& machine) const noexcept {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (names_[i] == machine) return static_cast<Place>(i + 1);
    }
    return home_place;
  }
  Place number(const MachineId& machine) {
    if (const Place found = find(machine); found != home_place) return found;
    names_.push_back(machine);
    return count();
  }
  const MachineId& name(Place number) const noexcept {
    assert(number != home_place);
    return names_[number - 1];
  }
  Place count() const noexcept { return static_cast<Place>(names_.size()); }

 private:
  Store::Vector<MachineId> names_;
};

struct World {
  World(MachineId own, std::uint16_t node_prefix, Transport& transport_)
      : machine(own),
        machines(std::move(own)),
        prefix(std::uint64_t{node_prefix} << 48U),
        transport(transport_) {}
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// The self of programs. No object has this id.
  ObjectId root() const noexcept { return {prefix | root_number}; }
  /// Whether it is the root object of any machine.
  static bool is_root(ObjectId object) noexcept {
    return (object.number & root_number) == root_number;
  }
  ObjectId fresh_object() noexcept { return {prefix | next_object++}; }
  TxId coming_transaction() const noexcept { return {prefix | next_transaction}; }
  TxId fresh_transaction() noexcept { return {prefix | next_transaction++}; }

  /// Takes in a message from outside. True where `object` waits: then nothing is changed, and an
  /// execution made for the message (`ExecutionImpl`'s second constructor) takes it instead.
  bool post(ObjectId object, const Val& message);

  /// Holds on to what a registered function lives in.
  void keep(std::shared_ptr<const void> owner) {
    if (std::ranges::find(owners, owner) == owners.end()) owners.push_back(std::move(owner));
  }

  std::vector<std::shared_ptr<const void>> owners;  ///< First, so that they go last.
  MachineId machine;                                ///< The own one.
  Machines machines;
  std::uint64_t prefix;
  std::uint64_t next_object = 0;
  std::uint64_t next_transaction = 0;
  Transport& transport;
  /// The transport is asked about calls to objects of this store too: it may have others of the same
  /// sender to the same object on their way, which have to come first.
  bool has_detours = false;
  Registry registry;
  Store store;

 private:
  static constexpr std::uint64_t root_number = 0xFFFF'FFFF'FFFFU;
  // Whether no object will have this id from now on.
  bool is_spent(ObjectId object) const noexcept;
};

}  // namespace avm
