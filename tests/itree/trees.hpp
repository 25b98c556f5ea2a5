// What tests of interaction trees share: assembled text, and trees run on a machine.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "avm/assemble.hpp"
#include "avm/do.hpp"
#include "avm/heap.hpp"
#include "avm/instruction.hpp"
#include "avm/itree.hpp"
#include "avm/machine.hpp"
#include "avm/pure_function.hpp"
#include "core/random_value.hpp"
#include "vm/tapes.hpp"

namespace avm::test {

using Strings = std::vector<std::string>;

inline Assembly assembled(const std::string& text) {
  Assembly assembly = assemble({"test.avm", text});
  if (!assembly.tape) FAIL(render(assembly, false));
  return assembly;
}

inline void load(Machine& machine, const std::string& text) {
  if (const auto loaded = machine.load(assembled(text)); !loaded) FAIL(loaded.error().message);
}

template <typename Loaded>
void taken_in(const Loaded& loaded) {
  if (!loaded) FAIL(loaded.error().message);
}

/// Objects for trees to talk to.
inline constexpr const char* helpers = R"(
behavior echo(%x) {
    ret ["echo", %x]
}
behavior fails(%x) {
    set_state [%x]
    reject %x
}
behavior cell(%x) {
    %old = get_state
    set_state [%x]
    ret %old
}
behavior waits(%x) {
    %next = receive reply ["waiting", %x]
    set_state [%x, %next]
    ret [%x, %next]
}
pure sum(%x, %y) {
    %z = add %x, %y
    ret %z
}
)";

/// All that can be seen of a run.
struct Outcome {
  std::string end;  ///< The value's text, or the error's.
  std::uint64_t steps = 0;
  Strings events;
  Strings store;

  friend bool operator==(const Outcome&, const Outcome&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
    out << outcome.end << "\nsteps " << outcome.steps;
    for (const Strings* lines : {&outcome.events, &outcome.store}) {
      for (const std::string& line : *lines)
        out << '\n' << line;
    }
    return out;
  }
};

inline Strings store_of(const Machine& machine) {
  Strings objects;
  machine.for_each_object([&](const ObjectView& object) { objects.push_back(to_json(object)); });
  return objects;
}

inline Outcome outcome_of(Machine& machine, const std::string& program, Val input = Val::nothing(),
                          StartOptions options = {}) {
  MemoryTrace trace;
  options.trace = &trace;
  Outcome outcome;
  const Ran ran = run(machine, program, std::move(input), std::move(options));
  outcome.end = ran.text();
  outcome.steps = ran.execution->stats().steps;
  for (const TraceEntry& entry : trace.entries())
    outcome.events.push_back(to_json(entry));
  outcome.store = store_of(machine);
  return outcome;
}

inline StartOptions with(Limits limits) {
  StartOptions options;
  options.limits = limits;
  return options;
}

/// Random objects call each other as long as they are let.
inline constexpr Limits few{.steps = 1'000, .depth = 20};

/// What becomes of a tree on a machine of its own, as a program and, then, as what an object does.
inline std::vector<Outcome> outcomes_of(const ITree<Val>& tree) {
  Machine machine(MachineOptions{.allow_unsafe = true});
  load(machine, std::string(helpers) + R"(
program calls(%x) {
    %id     = create_obj "tree"
    %first  = call %id, %x
    %second = call %id, "again"
    ret [%first, %second]
}
)");
  const auto body = [tree](const Val&) { return tree; };
  taken_in(machine.add_program("main", body));
  taken_in(machine.add_behavior("tree", body));
  std::vector<Outcome> outcomes;
  for (const char* program : {"main", "calls"})
    outcomes.push_back(outcome_of(machine, program, Val::nat(7), with(few)));
  return outcomes;
}

/// What a tree ends with, as a program.
inline std::string end_of(const ITree<Val>& tree, const StartOptions& options = {}) {
  Machine machine(MachineOptions{.allow_unsafe = true});
  load(machine, helpers);
  taken_in(machine.add_program("main", [tree](const Val&) { return tree; }));
  return run(machine, "main", Val::nat(7), options).text();
}

}  // namespace avm::test
