// Tapes for the tests of the machine, made word by word, so that a test says which words run.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <catch2/catch.hpp>

#include "avm/machine.hpp"
#include "avm/tape_builder.hpp"

namespace avm::test {

inline Tape finished(TapeBuilder& builder) {
  auto tape = builder.finish();
  if (!tape) FAIL(tape.error().text());
  return std::move(*tape);
}

/// What became of a program.
struct Ran {
  std::unique_ptr<Execution> execution;
  std::string text() const {
    if (const Val* value = execution->value()) return to_text(*value);
    if (const Error* error = execution->error()) return error->text();
    return "not ended";
  }
};

inline std::unique_ptr<Execution> started(Machine& machine, const std::string& program,
                                          Val input = Val::nothing(), StartOptions options = {}) {
  auto execution = machine.start(program, std::move(input), std::move(options));
  if (!execution) FAIL(execution.error().message);
  return std::move(*execution);
}

inline Ran run(Machine& machine, const std::string& program, Val input = Val::nothing(),
               StartOptions options = {}) {
  Ran ran{started(machine, program, std::move(input), std::move(options))};
  ran.execution->run();
  return ran;
}

inline Ran run(Tape tape, Val input = Val::nothing(), StartOptions options = {}) {
  // The machine must outlive the execution, which these short tests never look at again but for its end.
  static std::unique_ptr<Machine> machine;
  machine = std::make_unique<Machine>(MachineOptions{.allow_unsafe = true});
  if (const auto loaded = machine->load(std::move(tape)); !loaded) FAIL(loaded.error().message);
  return run(*machine, "main", std::move(input), std::move(options));
}

}  // namespace avm::test
