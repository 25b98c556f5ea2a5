// A small engine for the tests of the runtime: it runs functions that are given as text, a line at a
// time, so that handlers can be tested without the bytecode loop.
//
//   ScriptMachine machine;
//   machine.behavior("echo", "%m = get_input \n ret %m");
//   CHECK(machine.run("%e = create_obj \"echo\" \n %r = call %e, 7 \n ret %r") == "just 7");
//
// A line is `%r = op X, Y`, `op X`, `%r = X`, `ret X`, `reject X`, `jmp L`, `br X, L` or `L:`. A register
// in an operand stands for the text form of its value. A pure function is a C++ function.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "avm/text.hpp"
#include "runtime/execution.hpp"
#include "runtime/object_view.hpp"
#include "runtime/world.hpp"

namespace avm::test {

using PureBody = std::function<Result<Val>(std::span<const Val>)>;

struct Line {
  std::string result;  // register, or empty
  std::string word;    // the op or a control word; empty: the operand is the result
  std::string operands;
  std::string name;  // label, function or kind of constraint
};

class ScriptMachine;

struct Script {
  std::vector<Line> lines;
  std::map<std::string, std::size_t> labels;
  PureBody pure;
  const ScriptMachine* machine = nullptr;
};

class ScriptEngine final : public Engine {
 public:
  explicit ScriptEngine(ExecutionImpl& execution) : execution_(execution) {}
  static std::unique_ptr<Engine> make(ExecutionImpl& execution) {
    return std::make_unique<ScriptEngine>(execution);
  }

  void enter(const Code& code) override;
  void resume(const Parked& parked) override;
  void answer(Val value) override;
  void leave() noexcept override { frames_.pop_back(); }
  std::shared_ptr<const Parked> park() override;
  bool run(bool one_turn) override;
  Result<Val> apply(const Code& function, std::span<const Val> arguments) override;
  std::size_t frame_count() const noexcept override { return frames_.size(); }
  bool is_activation(std::size_t) const noexcept override { return true; }
  CallSite call_site(std::size_t frame) const override;

  /// Whether it was one of the AVM's instructions.
  bool run_line();

  struct Frame {
    const Script* script;
    std::size_t next = 0;
    std::map<std::string, Val> registers = {};
  };
  const std::vector<Frame>& frames() const noexcept { return frames_; }

 private:
  struct ScriptParked final : Parked {
    explicit ScriptParked(Frame f) : frame(std::move(f)) {}
    Frame frame;
  };

  std::vector<Val> evaluate(const std::string& operands) const;

  ExecutionImpl& execution_;
  std::vector<Frame> frames_;
};

class ScriptExecution final : public ExecutionImpl {
 public:
  using ExecutionImpl::ExecutionImpl;

  /// Runs to its end: the value, or the error, as text.
  std::string result();
  /// Runs the program's next line to its end, whatever it calls: its result as text.
  std::string run_program_line();
};

class ScriptMachine {
 public:
  explicit ScriptMachine(const std::vector<std::string>& machines = {},
                         std::uint16_t node_prefix = 0);
  explicit ScriptMachine(Transport& transport);

  void behavior(const std::string& name, std::string_view text);
  void pure(const std::string& name, std::uint8_t parameters, PureBody body);
  /// A pure function that only its name in an instruction leads to.
  const Code& unregistered(const std::string& name, std::uint8_t parameters, PureBody body);

  std::unique_ptr<ScriptExecution> start(std::string_view program, Val input = Val::nothing(),
                                         StartOptions options = {});
  /// Runs a program to its end: its value, or its error, as text.
  std::string run(std::string_view program, std::string_view input = "nothing",
                  StartOptions options = {});
  /// The execution that the message wakes, or null.
  std::unique_ptr<ScriptExecution> post(std::uint64_t object, std::string_view message,
                                        StartOptions options = {});

  /// What happened since it was last asked, an event a line: "ObjectCreated obj:0 ping".
  std::vector<std::string> events();
  /// The store as JSON, an object a line.
  std::string dump() const;
  /// The field of an object that JSON names so.
  std::string field(std::uint64_t object, std::string_view name) const;

  const Code& code(const std::string& name) const;

  std::unique_ptr<Transport> made_up;
  std::deque<Script> scripts;
  std::deque<Code> codes;
  MemoryTrace trace;
  World world;

 private:
  const Code& add(const std::string& name, FunctionKind kind, Script script,
                  std::uint8_t parameters = 0);
  StartOptions traced(StartOptions options);
  std::size_t events_told_ = 0;
};

Val value(std::string_view text);

}  // namespace avm::test
