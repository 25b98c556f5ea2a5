// Runs programs on both backends and compares all that comes of it.
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "avm/disassemble.hpp"
#include "avm/machine.hpp"
#include "fuzz/checks.hpp"
#include "fuzz/target.hpp"

namespace avm::fuzz {
namespace {

constexpr Limits limits{.steps = 2'000, .memory = std::uint64_t{16} << 20U, .depth = 500};

// A value can be small in memory and huge as text: after so many bytes events are told by their names.
constexpr std::size_t transcript_max = 1 << 20U;
constexpr unsigned messages_max = 3;

using Load = std::function<std::expected<void, LoadError>(Machine&)>;

// What is run, and what it did, line by line.
class Session {
 public:
  Session(Backend backend, const Load& load)
      : machine_({.machines = {"other"}, .allow_unsafe = true, .backend = backend}) {
    if (const auto loaded = load(machine_); !loaded) fail(loaded.error().message);
  }

  // A program; messages to some of its objects, which wake those that wait; and two of another program at
  // once, turn by turn.
  void run(const std::string& first, const std::string& second) {
    finish(*started(first, Val::nat(3)));
    list_objects();
    for (const ObjectId id : addressed_) {
      if (const auto woken = machine_.post(id, Val::list({Val::nat(1), Val::nothing()}), options()))
        finish(*woken);
    }
    const Val input = addressed_.empty() ? Val::nothing() : Val::object(addressed_.front());
    const auto left = started(second, input);
    const auto right = started(second, input);
    while (left->step() == Execution::Status::Running &&
           right->step() == Execution::Status::Running) {
    }
    finish(*left);
    finish(*right);
    list_objects();
  }

  const std::vector<std::string>& lines() const noexcept { return lines_; }
  bool met_memory_limit() const noexcept { return met_memory_limit_; }

 private:
  StartOptions options() {
    StartOptions options{.limits = limits};
    options.on_event = [this](const TraceEntry& entry, const CallSite& site) {
      const bool is_short = size_ < transcript_max;
      add((is_short ? to_text(entry) : std::string(event_name(entry.event_type.index()))) + " in " +
          site.function);
    };
    options.on_failure = [this](const Failure& failure) {
      std::string line = "failure";
      for (const CallSite& site : failure.calls)
        line += " in " + site.function;
      add(std::move(line) + (failure.is_final ? ", final" : ""));
    };
    return options;
  }

  std::unique_ptr<Execution> started(const std::string& program, const Val& input) {
    auto execution = machine_.start(program, input, options());
    require(execution.has_value());
    return *std::move(execution);
  }

  void finish(Execution& execution) {
    execution.run();
    if (const Error* const error = execution.error()) {
      met_memory_limit_ |= error->code == ErrorCode::ResourceError_Memory;
      add("error " + std::string(error->name()));
    } else if (const Val* const value = execution.value()) {
      add("value " + print(*value, message_nodes_max, transcript_max).text);
    } else {
      fail("a run came to no end");
    }
    const ExecutionStats& stats = execution.stats();
    add("steps " + std::to_string(stats.steps) + " calls " + std::to_string(stats.calls) +
        " commits " + std::to_string(stats.commits) + " conflicts " +
        std::to_string(stats.conflicts));
  }

  void list_objects() {
    addressed_.clear();
    machine_.for_each_object([this](const ObjectView& object) {
      if (addressed_.size() < messages_max) addressed_.push_back(object.id);
      if (size_ < transcript_max) add(to_json(object));
    });
  }

  void add(std::string line) {
    size_ += line.size();
    lines_.push_back(std::move(line));
  }

  Machine machine_;
  std::vector<std::string> lines_;
  std::size_t size_ = 0;
  std::vector<ObjectId> addressed_;
  bool met_memory_limit_ = false;
};

// When a backend comes to the end of its memory is its own affair.
void require_same(const Session& tape, const Session& itree, std::string_view source) {
  if (tape.met_memory_limit() || itree.met_memory_limit()) return;
  const auto [left, right] = std::ranges::mismatch(tape.lines(), itree.lines());
  const bool is_left_at_end = left == tape.lines().end();
  const bool is_right_at_end = right == itree.lines().end();
  if (is_left_at_end && is_right_at_end) return;
  const std::string nothing = "nothing more";
  fail("the backends differ\ntape:  " + (is_left_at_end ? nothing : *left) +
       "\nitree: " + (is_right_at_end ? nothing : *right) + "\n" + std::string(source));
}

void check(const Tape& tape, const Load& load, std::string_view source) {
  std::vector<std::string> programs;
  for (const TapeFunction& function : tape.functions) {
    if (function.kind == FunctionKind::Program) programs.push_back(function.name);
  }
  if (programs.empty()) return;
  Session on_tape(Backend::Tape, load);
  on_tape.run(programs.front(), programs.back());
  Session on_itree(Backend::ITree, load);
  on_itree.run(programs.front(), programs.back());
  require_same(on_tape, on_itree, source);
}

}  // namespace

void check_backends(const Tape& tape) {
  check(tape, [&](Machine& machine) { return machine.load(tape); }, disassemble(tape));
}

void check_backends(const Assembly& assembly) {
  check(
      *assembly.tape, [&](Machine& machine) { return machine.load(assembly); },
      assembly.sources.front().text);
}

}  // namespace avm::fuzz
