// What there is to count in a Tape.
#include <algorithm>
#include <functional>
#include <vector>

#include <fmt/format.h>

#include "avm/disassemble.hpp"
#include "tape/file.hpp"
#include "tape/instruction.hpp"

namespace avm {
namespace {

std::string_view safety(bool is_unsafe) { return is_unsafe ? "unsafe" : "safe"; }

struct OpCount {
  std::string_view name;
  std::uint64_t count = 0;
};

// Most used first.
std::vector<OpCount> count_ops(const Tape& tape) {
  std::vector<OpCount> counts;
  for (const OpInfo& info : all_ops())
    counts.push_back({info.name, 0});
  for (const TapeFunction& function : tape.functions) {
    for (std::uint32_t pc = 0; pc < function.code.size();) {
      const Instruction instruction = *decode(function.code, pc);
      ++counts[static_cast<std::size_t>(instruction.op())].count;
      pc = instruction.next_pc();
    }
  }
  std::erase_if(counts, [](const OpCount& op) { return op.count == 0; });
  std::ranges::stable_sort(counts, std::greater<>{}, &OpCount::count);
  return counts;
}

std::string op_list(const std::vector<OpCount>& ops) {
  std::string text;
  for (const OpCount& op : ops)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", op.name, op.count);
  return text;
}

void write_functions(std::string& text, const std::vector<TapeFunction>& functions) {
  std::size_t width = std::string_view("function").size();
  for (const TapeFunction& function : functions)
    width = std::max(width, function.name.size());
  text += fmt::format("\n{:<{}}  kind      safety  layer  parameters  registers  words  hash\n",
                      "function", width);
  for (const TapeFunction& function : functions) {
    text += fmt::format("{:<{}}  {:<8}  {:<6}  {:>5}  {:>10}  {:>9}  {:>5}  {}\n", function.name,
                        width, function_kind_name(function.kind), safety(function.is_unsafe),
                        function.layer, function.parameters, function.registers,
                        function.code.size(), function.hash.hex());
  }
}

}  // namespace

std::string tape_statistics(const Tape& tape) {
  std::size_t words = 0;
  for (const TapeFunction& function : tape.functions)
    words += function.code.size();
  const TapeSizes sizes = tape_sizes(tape);
  std::string text;
  const auto line = [&](std::string_view name, const auto& value) {
    text += fmt::format("{:<12}{}\n", name, value);
  };
  line("version", Tape::version);
  line("bytes", fmt::format("{} (constants {}, functions {}, debug {})", sizes.all, sizes.constants,
                            sizes.functions, sizes.debug));
  line("constants", tape.constants.size());
  line("functions", tape.functions.size());
  line("words", words);
  line("layer", tape.layer());
  line("safety", safety(tape.is_unsafe()));
  line("ops", op_list(count_ops(tape)));
  if (!tape.functions.empty()) write_functions(text, tape.functions);
  return text;
}

}  // namespace avm
