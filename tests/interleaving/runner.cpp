#include "interleaving/runner.hpp"

#include <deque>
#include <memory>
#include <stdexcept>
#include <vector>

#include "avm/assemble.hpp"
#include "interleaving/choices.hpp"
#include "interleaving/recorder.hpp"
#include "support/files.hpp"

namespace avm::test {
namespace {

State state_of(const Machine& machine, ObjectId x) {
  State state;
  machine.for_each_object([&](const ObjectView& object) {
    state.emplace(object.id.number - x.number,
                  object.state.list_size() == 0 ? fresh : object.state.list_at(0).as_nat());
  });
  return state;
}

std::unique_ptr<Execution> start(Machine& machine, std::string_view program, Val input,
                                 StartOptions options = {}) {
  auto execution = machine.start(program, std::move(input), std::move(options));
  if (!execution) throw std::logic_error(execution.error().message);
  return *std::move(execution);
}

/// Clears the store and makes x and y. Gives the id of x.
ObjectId set_up(Machine& machine) {
  std::vector<Val> objects;
  machine.for_each_object(
      [&](const ObjectView& object) { objects.push_back(Val::object(object.id)); });
  const auto execution = start(machine, "set_up", Val::list(objects));
  execution->run();
  return execution->value()->as_object();
}

/// An execution of a plan, and what it tells.
struct Player {
  Player(Machine& machine, const Plan& plan, ObjectId x, History& history, const Time& now)
      : recorder(plan, x, history, now),
        execution(
            start(machine, "unit", to_val(plan, x),
                  {.trace = &recorder, .on_outcome = [this](Op op, const Result<Val>& outcome) {
                     recorder.tell(op, outcome);
                   }})) {}
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;

  /// False where that was the last one.
  bool take_turn() {
    Execution::Status status;
    do {
      recorder.begin_step();
      status = execution->step();
    } while (status == Execution::Status::Running &&
             (recorder.was_private() || recorder.is_through()));
    return status == Execution::Status::Running;
  }

  Recorder recorder;
  std::unique_ptr<Execution> execution;
};

}  // namespace

Runner::Runner(Backend backend) : machine_({.allow_unsafe = true, .backend = backend}) {
  const Assembly units =
      assemble({"units.avm", read_file(source_path("tests/interleaving/units.avm"))});
  if (!units.tape) throw std::logic_error(render(units, false));
  if (const auto loaded = machine_.load(units); !loaded)
    throw std::logic_error(loaded.error().message);
}

History Runner::run(std::span<const Plan> plans, const Schedule& schedule) {
  const ObjectId x = set_up(machine_);
  History history{.initial = state_of(machine_, x)};
  Time now = 0;
  std::deque<Player> players;
  std::vector<Player*> playing;
  for (const Plan& plan : plans)
    playing.push_back(&players.emplace_back(machine_, plan, x, history, now));
  while (!playing.empty()) {
    ++now;
    const auto next = playing.begin() + static_cast<std::ptrdiff_t>(schedule(playing.size()));
    if (!(*next)->take_turn()) playing.erase(next);
  }
  history.last = state_of(machine_, x);
  return history;
}

void Runner::run_all(std::span<const Plan> plans, const std::function<void(const History&)>& see) {
  Choices choices;
  do {
    see(run(plans, [&](std::size_t among) { return choices.choose(among); }));
  } while (choices.next());
}

}  // namespace avm::test
