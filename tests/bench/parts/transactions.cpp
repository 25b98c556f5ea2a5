// Transactions: a snapshot costs the same whatever the store holds, a commit what it touched.
#include <benchmark/benchmark.h>

#include "program.hpp"

namespace avm::bench {
namespace {

constexpr auto text = R"(
program fill(%n) {
    %i = 0
again:
    create_obj "cell"
    %i = add %i, 1
    %more = lt %i, %n
    br %more, again
    ret
}
program empty(%n) {
    %i = 0
again:
    %tx = begin_tx
    commit_tx %tx
    %i = add %i, 1
    %more = lt %i, %n
    br %more, again
    ret
}
program write(%n) {
    %cell = create_obj "cell"
    %i = 0
again:
    %tx = begin_tx
    call %cell, %i
    commit_tx %tx
    %i = add %i, 1
    %more = lt %i, %n
    br %more, again
    ret
}
behavior cell(%x) {
    set_state [%x]
    ret
}
)";

constexpr std::uint64_t transactions = 10'000;

void run_transactions(benchmark::State& state, const char* program_name) {
  Program program(text);
  program.run(static_cast<std::uint64_t>(state.range(0)), "fill");
  for (auto _ : state)
    benchmark::DoNotOptimize(program.run(transactions, program_name));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * transactions));
}

// The argument is the number of objects in the store.
BENCHMARK_CAPTURE(run_transactions, begin_and_commit, "empty")->Arg(10)->Arg(1'000'000);
BENCHMARK_CAPTURE(run_transactions, call_and_set_state, "write")->Arg(10)->Arg(1'000'000);

}  // namespace
}  // namespace avm::bench
