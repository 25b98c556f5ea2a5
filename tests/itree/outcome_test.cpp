// on_outcome: what came of each instruction is told, on both backends alike; of pure operations on the
// reference backend alone.
#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "avm/assemble.hpp"
#include "avm/machine.hpp"
#include "avm/text.hpp"

using namespace avm;

namespace {

using Lines = std::vector<std::string>;

constexpr std::string_view source = R"(program main {
    %c = create_obj "cell"
    %x = call %c, 1
    %y = call %c, 2
    %n = len [1, 2]
    %z = call %c, (%n, %n)
    ret %y
}
behavior cell(%m) {
    set_state [%m]
    %again = receive reply "first"
    %n = add %m, 1
    reject %n
}
)";

Lines outcomes_of(Backend backend, std::uint64_t steps = no_limit) {
  Machine machine({.backend = backend});
  const Assembly assembly = assemble({"a.avm", std::string(source)});
  REQUIRE(assembly.tape.has_value());
  REQUIRE(machine.load(assembly).has_value());
  Lines lines;
  StartOptions options;
  options.limits.steps = steps;
  options.on_outcome = [&](Op op, const Result<Val>& outcome) {
    lines.push_back(std::string(op_info(op).name) + ": " +
                    (outcome ? to_text(*outcome) : std::string(outcome.error().name())));
  };
  (*machine.start("main", Val::nothing(), options))->run();
  return lines;
}

}  // namespace

TEST_CASE("what came of each instruction is told") {
  CHECK(outcomes_of(Backend::Tape) == Lines{"create_obj: obj:0", "get_input: 1",
                                            "set_state: nothing", "call: just \"first\"",
                                            "receive: just 2", "call: nothing", "get_input: (2, 2)",
                                            "set_state: nothing", "call: just \"first\""});
  CHECK(outcomes_of(Backend::ITree) ==
        Lines{"create_obj: obj:0", "get_input: 1", "set_state: nothing", "call: just \"first\"",
              "receive: just 2", "add: 2", "reject: ObjError.RejectedCall", "call: nothing",
              "len: 2", "get_input: (2, 2)", "set_state: nothing", "call: just \"first\""});
}

TEST_CASE("limits are not told") {
  CHECK(outcomes_of(Backend::Tape, 4).back() == "set_state: nothing");
  CHECK(outcomes_of(Backend::ITree, 4).back() == "set_state: nothing");
}
