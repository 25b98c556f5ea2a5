// A program to be measured: assembled once, run as often as asked.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "avm/machine.hpp"

namespace avm::bench {

/// Ends the process, for this reason.
[[noreturn]] void give_up(const std::string& why);

/// Assembles `.avm` text. Ends the process with the diagnostics where there is a mistake in it.
Tape assembled(const std::string& text);

/// A machine that has loaded `text`.
class Program {
 public:
  explicit Program(const std::string& text);
  /// Runs the program `main`, or the one named. Ends the process where it fails.
  Val run(std::uint64_t input, const std::string& program = "main");
  Machine& machine() noexcept { return *machine_; }

 private:
  std::unique_ptr<Machine> machine_;
};

}  // namespace avm::bench
