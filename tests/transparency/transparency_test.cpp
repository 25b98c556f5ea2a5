// Programs do not see where objects live: the conformance cases of layers 0 and 2 once more, each new
// object moved to another of three nodes as soon as it is made. The same values come of it.
//
// Left out is what belongs to one machine: limits of a run, the order of concurrent programs, messages posted
// before the run, `scry_…`, which look at the objects of one machine, and changes of its registry of pure
// functions that objects might see.
#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>

#include <fmt/format.h>

#include "avm/assemble.hpp"
#include "avm/machine.hpp"
#include "avm/text.hpp"
#include "conformance/driver.hpp"
#include "lib/session.hpp"
#include "node/cluster.hpp"
#include "support/files.hpp"
#include "tape/instruction.hpp"

using namespace avm;
using namespace avm::node;
using node::test::Cluster;

namespace {

constexpr std::array names{"alpha", "beta", "gamma"};
constexpr Milliseconds time_enough = 3'600'000;
// So many are there at least; fewer would mean that the choice below does not find them any more.
constexpr unsigned cases_least = 300;

std::set<Op> ops_of(const Tape& tape) {
  std::set<Op> ops;
  for (const TapeFunction& function : tape.functions) {
    for (std::uint32_t pc = 0; pc < function.code.size();) {
      const Instruction instruction = *decode(function.code, pc);
      ops.insert(instruction.op());
      pc = instruction.next_pc();
    }
  }
  return ops;
}

/// Layers 0 and 2 alone, and nothing that shows one machine.
bool is_transparent(const Tape& tape) {
  const std::set<Op> ops = ops_of(tape);
  const auto is_higher = [](Op op) { return op_info(op).layer != 0 && op_info(op).layer != 2; };
  if (std::ranges::any_of(ops, is_higher)) return false;
  if (ops.contains(Op::scry_meta) || ops.contains(Op::scry_deep)) return false;
  const bool changes_registry = ops.contains(Op::update_pure) || ops.contains(Op::register_pure);
  return !changes_registry || !ops.contains(Op::create_obj);
}

/// The same program, but that each object moves when it is made: those of one line to one node.
std::string spread(const std::string& source, std::size_t seed) {
  static const std::regex making(R"((^|\n)([ \t]*(%[a-z_0-9]+)\s*=\s*create_obj\b[^\n]*))");
  std::string text;
  auto from = source.begin();
  for (std::sregex_iterator found(source.begin(), source.end(), making), end; found != end;
       ++found) {
    const std::smatch& match = *found;
    text.append(from, match[0].second);
    text +=
        fmt::format("\n    move_object {}, \"{}\"", match[3].str(), names[seed++ % names.size()]);
    from = match[0].second;
  }
  return text.append(from, source.end());
}

/// With ids in the order in which the text has them first, and every machine called the same.
std::string comparable(const std::string& text) {
  static const std::regex name(R"re(obj:\d+(?:\.\d+)?|"(?:alpha|beta|gamma|local)")re");
  std::map<std::string, std::string> numbers;
  std::string result;
  auto from = text.begin();
  for (std::sregex_iterator found(text.begin(), text.end(), name), end; found != end; ++found) {
    const std::smatch& match = *found;
    result.append(from, match[0].first);
    const std::string id = match.str().starts_with("obj:") ? match.str() : "machine";
    const auto at = numbers.try_emplace(id, fmt::format("#{}", numbers.size())).first;
    result += at->second;
    from = match[0].second;
  }
  return result.append(from, text.end());
}

std::string text_of(const Result<Val>& result) {
  return comparable(result ? to_text(*result) : result.error().text());
}

std::string on_one_machine(const Assembly& assembly, const RunOptions& options) {
  Machine machine({.allow_unsafe = options.machine.allow_unsafe});
  REQUIRE(machine.load(assembly));
  const std::string program = options.entry.empty() ? assembly.tape->entry()->name : options.entry;
  return text_of(run_session(machine, program, options, {}).values.at(0));
}

struct Spread {
  std::string value;
  std::uint64_t moves = 0;
};

Spread on_three_nodes(const std::string& source, const RunOptions& options, std::uint64_t seed) {
  const Assembly assembly = assemble({options.file, spread(source, seed)});
  INFO(render(assembly, false));
  REQUIRE(assembly.tape);
  NodeOptions node_options;
  node_options.allow_unsafe = options.machine.allow_unsafe;
  Cluster cluster(seed, node_options);
  cluster.load(assembly);
  for (const char* name : names)
    cluster.add(name);
  const auto are_met = [&] {
    return std::ranges::all_of(names, [&](const char* name) {
      return std::ranges::count(cluster.node(name).core().peers(), true, &PeerView::connected) == 2;
    });
  };
  REQUIRE(cluster.run_until(are_met));
  std::optional<std::string> value;
  const std::string program = options.entry.empty() ? assembly.tape->entry()->name : options.entry;
  REQUIRE(cluster.node("alpha").core().submit(
      program, options.input, [&](const Result<Val>& result) { value = text_of(result); }));
  REQUIRE(cluster.run_until([&] { return value.has_value(); }, time_enough));
  Spread came{.value = *value};
  for (const char* name : names)
    came.moves += cluster.node(name).core().metrics().moves;
  return came;
}

bool is_plain(const RunOptions& options) {
  const auto is_default = [&](auto Limits::* limit) {
    return options.limits.*limit == Limits().*limit;
  };
  return options.programs.empty() && options.posts.empty() && options.machine.machines.empty() &&
         is_default(&Limits::steps) && is_default(&Limits::memory) && is_default(&Limits::depth);
}

}  // namespace

TEST_CASE("objects on three nodes give the values that they give on one machine") {
  std::filesystem::current_path(avm::test::source_path("."));
  unsigned cases = 0;
  std::uint64_t moves = 0;
  for (const std::string& path : conformance::files_below("tests/conformance")) {
    const std::string text = avm::test::read_file(path);
    const Assembly assembly = assemble({path, text});
    if (!assembly.tape || assembly.tape->entry() == nullptr || !is_transparent(*assembly.tape))
      continue;
    const conformance::File file(text);
    for (const conformance::Case& stated : file.cases()) {
      // Ids that are given are those of the first node.
      const std::string run =
          std::regex_replace(stated.run, std::regex(R"(obj:(?=\d+(?![\d.])))"), "obj:1.");
      const RunOptions options = conformance::options_of(run, path).value();
      if (!is_plain(options) || (assembly.tape->is_unsafe() && !options.machine.allow_unsafe))
        continue;
      const std::string expected = on_one_machine(assembly, options);
      for (std::uint64_t seed = 0; seed < names.size(); ++seed) {
        INFO(path << " " << stated.run << ", seed " << seed);
        const Spread came = on_three_nodes(text, options, seed);
        CHECK(came.value == expected);
        moves += came.moves;
      }
      ++cases;
    }
  }
  WARN(cases << " cases, " << moves << " moves");
  CHECK(cases >= cases_least);
  CHECK(moves >= cases_least);
}
