#include "lib/session.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace avm {
namespace {

using Executions = std::vector<std::unique_ptr<Execution>>;

bool is_running(const Execution& execution) {
  return execution.status() == Execution::Status::Running;
}

std::uint64_t splitmix64(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15;
  std::uint64_t z = state;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111eb;
  return z ^ (z >> 31U);
}

void run_in_order(const Executions& executions) {
  for (const auto& execution : executions)
    execution->run();
}

void run_by_list(const Executions& executions, const std::vector<std::size_t>& turns) {
  for (const std::size_t turn : turns) {
    if (is_running(*executions[turn])) executions[turn]->step();
  }
  run_in_order(executions);
}

void run_by_seed(const Executions& executions, std::uint64_t seed) {
  std::vector<Execution*> running;
  for (const auto& execution : executions)
    running.push_back(execution.get());
  while (!running.empty()) {
    const auto drawn =
        running.begin() + static_cast<std::ptrdiff_t>(splitmix64(seed) % running.size());
    if ((*drawn)->step() != Execution::Status::Running) running.erase(drawn);
  }
}

void take_turns(const Executions& executions, const Schedule& schedule) {
  switch (schedule.kind) {
  case Schedule::Kind::Sequence: return run_in_order(executions);
  case Schedule::Kind::List: return run_by_list(executions, schedule.turns);
  case Schedule::Kind::Seed: return run_by_seed(executions, schedule.seed);
  }
}

class Session {
 public:
  Session(Machine& machine, const RunOptions& options, const StartOptions& hooks)
      : machine_(machine), options_(options), hooks_(hooks) {}

  SessionResult run(std::string_view entry) {
    // No object is there yet that a message could wake.
    for (const auto& [object, message] : options_.posts)
      machine_.post(object, message);
    if (options_.programs.empty()) {
      run_one(entry, options_.input, std::nullopt);
    } else {
      run_concurrently();
    }
    return std::move(result_);
  }

 private:
  std::unique_ptr<Execution> start(std::string_view program, Val input,
                                   std::optional<std::uint64_t> number) {
    StartOptions start = hooks_;
    start.execution = number;
    start.limits = options_.limits;
    return std::move(machine_.start(program, std::move(input), std::move(start)).value());
  }

  void run_one(std::string_view program, const Val& input, std::optional<std::uint64_t> number) {
    const auto execution = start(program, input, number);
    execution->run();
    take_result(*execution);
  }

  void run_concurrently() {
    Val input = options_.input;
    if (!options_.setup.empty()) {
      run_one(options_.setup, input, 0);
      if (result_.failed()) return;
      input = *result_.values.back();
      result_.values.clear();
    }
    result_.is_list = true;

    Executions executions;
    for (const std::string& program : options_.programs) {
      executions.push_back(start(program, input, executions.size() + 1));
    }
    take_turns(executions, options_.schedule);
    for (const auto& execution : executions)
      take_result(*execution);
  }

  void take_result(const Execution& execution) {
    if (const Val* const value = execution.value()) {
      result_.values.emplace_back(*value);
    } else {
      result_.values.emplace_back(std::unexpected(*execution.error()));
    }
    const ExecutionStats& stats = execution.stats();
    result_.stats.steps += stats.steps;
    result_.stats.calls += stats.calls;
    result_.stats.commits += stats.commits;
    result_.stats.conflicts += stats.conflicts;
  }

  Machine& machine_;
  const RunOptions& options_;
  const StartOptions& hooks_;
  SessionResult result_;
};

}  // namespace

bool SessionResult::failed() const {
  return std::ranges::any_of(values, [](const Result<Val>& value) { return !value; });
}

Val SessionResult::value() const {
  if (!is_list) return *values.front();
  std::vector<Val> elements;
  for (const Result<Val>& value : values) {
    elements.push_back(value ? *value : Val::str(value.error().text()));
  }
  return Val::list(elements);
}

ExitCode exit_code(LoadError::Reason reason) {
  switch (reason) {
  case LoadError::Reason::Unsafe:
  case LoadError::Reason::NoSuchProgram: return ExitCode::Usage;
  case LoadError::Reason::Invalid:
  case LoadError::Reason::Layer:
  case LoadError::Reason::NameTaken: return ExitCode::BadInput;
  }
  return ExitCode::BadInput;
}

std::string load_problem(std::string_view file, const LoadError& error) {
  std::string message = fmt::format("{}: {}", file, error.message);
  if (error.reason == LoadError::Reason::Unsafe) {
    message += "\n(--allow-unsafe runs it, if you trust it)";
  }
  return message;
}

SessionResult run_session(Machine& machine, std::string_view entry, const RunOptions& options,
                          const StartOptions& hooks) {
  return Session(machine, options, hooks).run(entry);
}

}  // namespace avm
