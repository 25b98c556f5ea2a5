// The assembler: text to Tape, verified tapes to and from bytes.
#include <benchmark/benchmark.h>

#include <fmt/format.h>

#include "avm/assemble.hpp"
#include "program.hpp"

namespace avm::bench {
namespace {

// One function of `lines` lines.
std::string one_function(std::uint64_t lines) {
  std::string text = "program main(%x) {\n";
  for (std::uint64_t i = 0; i < lines; i += 2)
    text += fmt::format("    %r{} = add %x, {}\n    %x = max %r{}, %x\n", i, i % 1000, i);
  return text + "    ret %x\n}\n";
}

void assemble_text(benchmark::State& state) {
  const auto lines = static_cast<std::uint64_t>(state.range(0));
  const std::string text = one_function(lines);
  for (auto _ : state)
    benchmark::DoNotOptimize(assemble({"bench.avm", text}));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * lines));
}

void verify_tape(benchmark::State& state) {
  const auto lines = static_cast<std::uint64_t>(state.range(0));
  const Tape tape = assembled(one_function(lines));
  for (auto _ : state)
    benchmark::DoNotOptimize(verify(tape));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * lines));
}

void read_tape(benchmark::State& state) {
  const auto lines = static_cast<std::uint64_t>(state.range(0));
  const std::vector<std::uint8_t> bytes = serialize(assembled(one_function(lines)));
  for (auto _ : state)
    benchmark::DoNotOptimize(deserialize(bytes));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * lines));
}

BENCHMARK(assemble_text)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK(verify_tape)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK(read_tape)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace avm::bench
