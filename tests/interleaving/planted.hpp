#pragma once

#include "runtime/planted_fault.hpp"

namespace avm::test {

/// Plants a fault on this thread as long as it lives.
class Planted {
 public:
  explicit Planted(Fault fault) { planted_fault = fault; }
  ~Planted() { planted_fault = Fault::none; }
  Planted(const Planted&) = delete;
  Planted& operator=(const Planted&) = delete;
};

}  // namespace avm::test
