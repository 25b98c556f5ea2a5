// Turns: `run(steps)` stops at a jump back, an application or an instruction, and then goes on as if it
// had never stopped.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "avm/assemble.hpp"
#include "avm/instruction.hpp"
#include "support/files.hpp"
#include "tapes.hpp"

namespace avm {
namespace {

using Strings = std::vector<std::string>;
using Status = Execution::Status;
using test::finished;
using test::Ran;
using test::started;

Assembly assembled(const std::string& text) {
  Assembly assembly = assemble({"test.avm", text});
  if (!assembly.tape) FAIL(render(assembly, false));
  return assembly;
}

/// Goes on by turns of so many steps: what came of it, and how many turns it took.
struct InTurns {
  std::string text;
  std::uint64_t turns = 0;
  std::uint64_t steps = 0;
};
InTurns in_turns(std::unique_ptr<Execution> execution, std::uint64_t steps) {
  std::uint64_t turns = 1;
  while (execution->run(steps) == Status::Running)
    ++turns;
  const std::uint64_t taken = execution->stats().steps;
  CHECK((turns - 1) * steps <= taken);  // each but the last is whole
  return {Ran{std::move(execution)}.text(), turns, taken};
}

/// The steps that were taken by the end of each turn. Whether one more is needed to come to an end, for
/// which there is no step, depends on the backend.
std::vector<std::uint64_t> ends_of_turns(Execution& execution, std::uint64_t steps) {
  std::vector<std::uint64_t> ends;
  do {
    execution.run(steps);
    ends.push_back(execution.stats().steps);
  } while (execution.status() == Status::Running);
  const auto same = std::ranges::unique(ends);
  ends.erase(same.begin(), same.end());
  return ends;
}

// ─── where a turn ends ──────────────────────────────────────────────────────────────────────────

TEST_CASE("a turn ends at a jump back, at an application, at an instruction") {
  const Backend backend = GENERATE(Backend::Tape, Backend::ITree);
  Machine machine(MachineOptions{.backend = backend});
  REQUIRE(machine.load(assembled(R"(
    pure twice(%n) {
        %n = add %n, %n
        ret %n
    }
    behavior idle {
        ret
    }
    program main {
        %i = 0
    loop:
        %i = add %i, 1
        %more = lt %i, 5
        br %more, loop
        %x = twice(%i)
        %x = twice(%x)
        create_obj "idle"
        %y = create_obj "idle"
        ret [%i, %x, %y]
    })")));
  // 4 jumps back, 2 applications, 2 instructions; what follows costs no step. A tape looks whether its
  // turn is over at jumps and applications: an instruction that comes before them is still carried out.
  const auto execution = started(machine, "main");
  const auto ends = ends_of_turns(*execution, 1);
  if (backend == Backend::Tape) {
    CHECK(ends == std::vector<std::uint64_t>{1, 2, 3, 4, 5, 7, 8});
  } else {
    CHECK(ends == std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8});
  }
  CHECK(to_text(*execution->value()) == "[5, 20, obj:1]");
  CHECK(execution->run(1) == Status::Done);
  CHECK(execution->stats().steps == 8);
}

TEST_CASE("a turn of no steps does nothing") {
  const Backend backend = GENERATE(Backend::Tape, Backend::ITree);
  Machine machine(MachineOptions{.backend = backend});
  REQUIRE(machine.load(assembled("behavior idle {\n ret\n}\n"
                                 "program main {\n create_obj \"idle\"\n ret 7\n}")));
  const auto execution = started(machine, "main");
  CHECK(execution->run(0) == Status::Running);
  CHECK(machine.object_count() == 0);
  CHECK(execution->run(1) == Status::Running);
  CHECK(machine.object_count() == 1);
  CHECK(execution->run(0) == Status::Running);
  CHECK(execution->stats().steps == 1);
  CHECK(execution->run() == Status::Done);
}

TEST_CASE("a turn as long as can be is a run") {
  const Backend backend = GENERATE(Backend::Tape, Backend::ITree);
  Machine machine(MachineOptions{.backend = backend});
  REQUIRE(machine.load(assembled("program main(%n) {\n %i = 0\nloop:\n %i = add %i, 1\n"
                                 " %more = lt %i, %n\n br %more, loop\n ret %i\n}")));
  for (const std::uint64_t steps : {no_limit, no_limit - 1, std::uint64_t{1'000'000}}) {
    const auto execution = started(machine, "main", Val::nat(1000));
    CHECK(execution->run(1) == Status::Running);
    CHECK(execution->run(steps) == Status::Done);
    CHECK(execution->stats().steps == 1000);
  }
}

// The words that jump: each turn but the last ends at one of them, and what they compare or count is
// done once.
TEST_CASE("a jump at which a turn ends is not carried out twice") {
  const Backend backend = GENERATE(Backend::Tape, Backend::ITree);
  const Op op = GENERATE(Op::add_imm_br_lt, Op::add_imm_br_le);
  const std::uint64_t input = GENERATE(as<std::uint64_t>{}, 0, 1, 3, 9, 10, 12, 100);
  const std::uint64_t steps = GENERATE(as<std::uint64_t>{}, 1, 2, 3, 4, 7);
  CAPTURE(op_info(op).name, input, steps);
  TapeBuilder builder;
  FunctionBuilder& main = builder.add(FunctionKind::Program, "main");
  const TapeLabel top = main.new_label();
  main.emit(Op::get_input, {.a = 0});
  main.emit(Op::load_nat, {.a = 1, .number = 0});
  main.bind(top);
  main.emit(op, {.a = 1, .b = 3, .c = 0, .label = top});
  main.emit(Op::ret, {.a = 1});
  Machine machine(MachineOptions{.backend = backend});
  REQUIRE(machine.load(finished(builder)));

  std::uint64_t count = 0;
  std::uint64_t jumps = 0;
  const auto jumps_back = [&] { return op == Op::add_imm_br_lt ? count < input : count <= input; };
  for (count = 3; jumps_back(); count += 3)
    ++jumps;
  const InTurns ran = in_turns(started(machine, "main", Val::nat(input)), steps);
  CHECK(ran.text == std::to_string(count));
  CHECK(ran.steps == 1 + jumps);
  CHECK(ran.turns >= ran.steps / (steps + 1));  // none is longer by more than an instruction
}

TEST_CASE("what a jump compares part by part is compared once") {
  const Backend backend = GENERATE(Backend::Tape, Backend::ITree);
  const std::uint64_t steps = GENERATE(as<std::uint64_t>{}, 1, 2, 3, 4, 5, 6, 7, 8, 9);
  Machine machine(MachineOptions{.backend = backend});
  REQUIRE(machine.load(assembled(R"(
    program main {
        %list = []
    more:
        %list = append %list, [1]
        %differs = ne %list, [[1], [1], [1], [1]]
        br %differs, more
        ret %list
    })")));
  const auto whole = started(machine, "main");
  whole->run();
  const InTurns ran = in_turns(started(machine, "main"), steps);
  CHECK(ran.text == "[[1], [1], [1], [1]]");
  CHECK(ran.steps == whole->stats().steps);
}

// ─── what no turn ends in ───────────────────────────────────────────────────────────────────────

TEST_CASE("an instruction that applies a function is one turn, however long the function takes") {
  const Backend backend = GENERATE(Backend::Tape, Backend::ITree);
  Machine machine(MachineOptions{.allow_unsafe = true, .backend = backend});
  REQUIRE(machine.load(assembled(R"(
    pure spin(%n) {
        %i = 0
    loop:
        %i = add %i, 1
        %more = lt %i, %n
        br %more, loop
        ret true
    }
    pure spins(%metadata) {
        %yes = spin(50)
        ret %yes
    }
    behavior idle {
        ret
    }
    unsafe program main {
        create_obj "idle"
        create_obj "idle"
        %x = call_pure "spin", 100
        %y = scry_meta spins
        %y = len %y
        %z = spin(3)
        ret [%x, %y, %z]
    })")));
  const auto execution = started(machine, "main");
  const auto ends = ends_of_turns(*execution, 1);
  // call_pure: itself, the application, 99 jumps back. scry_meta: itself, and for each of two objects
  // two applications and 49 jumps back. After that each step is a turn again.
  CHECK(ends == std::vector<std::uint64_t>{1, 2, 103, 206, 207, 208, 209});
  CHECK(to_text(*execution->value()) == "[just true, 2, true]");
}

TEST_CASE("a turn that an instruction has overdrawn is over, and the next one is whole") {
  const Backend backend = GENERATE(Backend::Tape, Backend::ITree);
  Machine machine(MachineOptions{.backend = backend});
  REQUIRE(machine.load(assembled(R"(
    pure spin(%n) {
        %i = 0
    loop:
        %i = add %i, 1
        %more = lt %i, %n
        br %more, loop
        ret %i
    }
    program main {
        %x = call_pure "spin", 10
        %y = spin(10)
        ret [%x, %y]
    })")));
  const auto execution = started(machine, "main");
  CHECK(ends_of_turns(*execution, 5) == std::vector<std::uint64_t>{11, 16, 21});
  CHECK(to_text(*execution->value()) == "[just 10, 10]");
}

TEST_CASE("an error inside a function that an instruction applies ends no turn early") {
  const Backend backend = GENERATE(Backend::Tape, Backend::ITree);
  Machine machine(MachineOptions{.backend = backend});
  REQUIRE(machine.load(assembled(R"(
    pure fails(%n) {
        jmp back
    on:
        %x = get %n, 0
        ret %x
    back:
        jmp on
    }
    program main {
        %x = call_pure "fails", 10
        %y = call_pure "fails", [5]
        ret [%x, %y]
    })")));
  const auto execution = started(machine, "main");
  const auto ends = ends_of_turns(*execution, 1);
  CHECK(ends == std::vector<std::uint64_t>{3, 6});
  CHECK(to_text(*execution->value()) == "[nothing, just 5]");
}

// ─── limits ─────────────────────────────────────────────────────────────────────────────────────

TEST_CASE("a limit of steps is reached at the same step whatever the turns") {
  const Backend backend = GENERATE(Backend::Tape, Backend::ITree);
  const std::uint64_t limit = GENERATE(as<std::uint64_t>{}, 0, 1, 2, 5, 6, 7, 12);
  const std::uint64_t steps = GENERATE(as<std::uint64_t>{}, 1, 2, 3, 4, 6, 100);
  CAPTURE(limit, steps);
  const std::string body =
      GENERATE(as<std::string>{}, "loop:\n jmp loop\n", "loop:\n create_obj \"idle\"\n jmp loop\n",
               "loop:\n %x = same(1)\n jmp loop\n", "%x = forever(1)\n ret %x\n",
               "%x = call_pure \"forever\", 1\n ret %x\n");
  Machine machine(MachineOptions{.backend = backend});
  REQUIRE(machine.load(assembled("behavior idle {\n ret\n}\npure same(%x) {\n ret %x\n}\n"
                                 "pure forever(%x) {\n %x = forever(%x)\n ret %x\n}\n"
                                 "program main {\n" +
                                 body + "}")));
  StartOptions options;
  options.limits.steps = limit;
  const InTurns ran = in_turns(started(machine, "main", Val::nothing(), options), steps);
  CHECK(ran.text ==
        "ResourceError.Steps: the limit of " + std::to_string(limit) + " steps is reached");
  CHECK(ran.steps == limit);
}

// ─── turns across engines ───────────────────────────────────────────────────────────────────────

TEST_CASE("turns end in trees that a tape calls, and in tapes that a tree calls") {
  const std::uint64_t steps = GENERATE(as<std::uint64_t>{}, 1, 2, 3, 5, 50);
  Machine machine;
  REQUIRE(machine.load(assembled(R"(
    behavior counts(%n) {
        %i = 0
    loop:
        %i = add %i, 1
        %more = lt %i, %n
        br %more, loop
        ret %i
    }
    program main {
        %counts = create_obj "counts"
        %tree   = create_obj "tree"
        %sum = 0
    again:
        %x = call %tree, (%counts, 4)
        %x = unwrap %x
        %x = unwrap %x
        %sum = add %sum, %x
        %more = lt %sum, 12
        br %more, again
        ret %sum
    })")));
  using namespace instruction;
  REQUIRE(machine.add_behavior("tree", [](const Val& message) {
    return bind(call(message.first(), message.second()), [](const Val& answer) {
      return bind(get_self(), [answer](const Val&) { return ret(answer); });
    });
  }));
  const InTurns ran = in_turns(started(machine, "main"), steps);
  CHECK(ran.text == "12");
  // Two objects; three times: two calls, the tree's input and self, the tape's input, 3 jumps back;
  // between them two jumps back.
  CHECK(ran.steps == 2 + 3 * (2 + 2 + 1 + 3) + 2);
  CHECK(ran.turns >= ran.steps / (steps + 1));
}

// ─── any partition ──────────────────────────────────────────────────────────────────────────────

/// Carries out one turn.
using Turn = std::function<Status(Execution&)>;

/// All that can be told of a run of a program on a machine of its own.
Strings told(const Assembly& assembly, Backend backend, const std::string& program,
             const Val& input, const Turn& turn) {
  Machine machine(
      MachineOptions{.machines = {"far", "away"}, .allow_unsafe = true, .backend = backend});
  REQUIRE(machine.load(assembly));
  Strings lines;
  const auto site_text = [](const CallSite& site) {
    return site.function + ' ' + site.file + ':' + std::to_string(site.position.line);
  };
  StartOptions options;
  // Some run for ever, or as far as they are let.
  options.limits = {.steps = 2000, .memory = std::uint64_t{64} << 20U, .depth = 300};
  options.on_event = [&](const TraceEntry& entry, const CallSite& site) {
    lines.push_back(to_text(entry) + " at " + site_text(site));
  };
  options.on_failure = [&](const Failure& failure) {
    std::string line = failure.error.text();
    for (const CallSite& site : failure.calls)
      line += ", in " + site_text(site);
    lines.push_back(line + (failure.is_final ? ", the end" : ""));
  };
  options.on_outcome = [&](Op op, const Result<Val>& outcome) {
    lines.push_back(std::string(op_info(op).name) + ": " +
                    (outcome ? to_text(*outcome) : outcome.error().text()));
  };
  auto execution = started(machine, program, input, std::move(options));
  while (turn(*execution) == Status::Running) {
  }
  const ExecutionStats& stats = execution->stats();
  for (const std::uint64_t number : {stats.steps, stats.calls, stats.commits, stats.conflicts})
    lines.push_back(std::to_string(number));
  machine.for_each_object([&](const ObjectView& object) { lines.push_back(to_json(object)); });
  lines.push_back(Ran{std::move(execution)}.text());
  return lines;
}

/// A turn of at least so many steps, if the program has as many.
Status run_for(Execution& execution, std::uint64_t steps) {
  const std::uint64_t before = execution.stats().steps;
  const Status status = execution.run(steps);
  if (status == Status::Running && execution.stats().steps < before + steps)
    FAIL("a turn of " << execution.stats().steps - before << " steps, of " << steps);
  return status;
}

void check_partitions(const std::filesystem::path& file) {
  const Assembly assembly = assemble({file.string(), test::read_file(file)});
  if (!assembly.tape) return;
  for (const TapeFunction& function : assembly.tape->functions) {
    if (function.kind != FunctionKind::Program) continue;
    for (const Val& input : {Val::nothing(), Val::nat(3)}) {
      for (const Backend backend : {Backend::Tape, Backend::ITree}) {
        INFO(file.string() << ", " << function.name << ", input " << to_text(input) << ", "
                           << (backend == Backend::Tape ? "tape" : "tree"));
        const auto with = [&](const Turn& turn) {
          return told(assembly, backend, function.name, input, turn);
        };
        const Strings whole = with([](Execution& execution) { return execution.run(); });
        for (const std::uint64_t steps : {1U, 3U}) {
          INFO("turns of " << steps);
          CHECK(with([&](Execution& execution) { return run_for(execution, steps); }) == whole);
        }
        constexpr unsigned seed = 1;
        INFO("turns of any kind, seed " << seed);
        std::mt19937 random(seed);
        CHECK(with([&](Execution& execution) {
                const auto steps = random() % 6;
                return steps == 0 ? execution.step() : run_for(execution, steps);
              }) == whole);
      }
    }
  }
}

TEST_CASE("the turns of a run make no difference to it") {
  std::vector<std::filesystem::path> files;
  for (const char* const folder : {"examples", "tests/conformance"}) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(test::source_path(folder))) {
      if (entry.path().extension() == ".avm") files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  REQUIRE(files.size() > 300);
  for (const auto& file : files)
    check_partitions(file);
}

}  // namespace
}  // namespace avm
