// The language: each task in AVM assembly and in Lua. `items_per_second` counts the task's units
// (turns of a loop, calls, elements), so that the two rows of a task can be compared.
#include <benchmark/benchmark.h>

#include "lua_peer.hpp"
#include "program.hpp"

namespace avm::bench {
namespace {

void run_avm(benchmark::State& state, const char* text, std::uint64_t input, std::uint64_t units) {
  Program program(text);
  for (auto _ : state)
    benchmark::DoNotOptimize(program.run(input));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * units));
}

void run_lua(benchmark::State& state, const char* chunk, std::uint64_t input, std::uint64_t units) {
  LuaPeer peer(chunk);
  for (auto _ : state)
    peer.run(input);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * units));
}

constexpr auto loop_avm = R"(
program main(%n) {
    %i = 0
    %sum = 0
again:
    %sum = add %sum, %i
    %i = add %i, 1
    %more = lt %i, %n
    br %more, again
    ret %sum
}
)";
constexpr auto loop_lua = R"(
return function(n)
  local i, sum = 0, 0
  repeat
    sum = sum + i
    i = i + 1
  until i >= n
  return sum
end
)";

constexpr auto fib_avm = R"(
program main(%n) {
    %r = fib(%n)
    ret %r
}
pure fib(%n) {
    %small = lt %n, 2
    br %small, base
    %a = sub %n, 1
    %a = fib(%a)
    %b = sub %n, 2
    %b = fib(%b)
    %r = add %a, %b
    ret %r
base:
    ret %n
}
)";
constexpr auto fib_lua = R"(
local function fib(n)
  if n < 2 then return n end
  return fib(n - 1) + fib(n - 2)
end
return fib
)";
constexpr std::uint64_t fib_input = 25;
constexpr std::uint64_t fib_calls = 242785;

constexpr auto list_avm = R"(
program main(%n) {
    %l = []
    %i = 0
again:
    %l = append %l, %i
    %i = add %i, 1
    %more = lt %i, %n
    br %more, again
    %len = len %l
    ret %len
}
)";
constexpr auto list_lua = R"(
return function(n)
  local l, i = {}, 0
  repeat
    l[#l + 1] = i
    i = i + 1
  until i >= n
  return #l
end
)";

constexpr auto sieve_avm = R"(
program main(%n) {
    %flags = []
    %i = 0
fill:
    %flags = append %flags, true
    %i = add %i, 1
    %more = le %i, %n
    br %more, fill
    %count = 0
    %p = 2
outer:
    %prime = get %flags, %p
    br %prime, strike, next
strike:
    %count = add %count, 1
    %k = mul %p, %p
    jmp test
inner:
    %flags = set %flags, %k, false
    %k = add %k, %p
test:
    %in = le %k, %n
    br %in, inner
next:
    %p = add %p, 1
    %go = le %p, %n
    br %go, outer
    ret %count
}
)";
constexpr auto sieve_lua = R"(
return function(n)
  local flags, count = {}, 0
  for i = 1, n + 1 do flags[i] = true end
  for p = 2, n do
    if flags[p + 1] then
      count = count + 1
      local k = p * p
      while k <= n do
        flags[k + 1] = false
        k = k + p
      end
    end
  end
  return count
end
)";

constexpr auto call_avm = R"(
program main(%n) {
    %echo = create_obj "echo"
    %i = 0
again:
    %r = call %echo, %i
    %i = add %i, 1
    %more = lt %i, %n
    br %more, again
    ret %r
}
behavior echo(%x) {
    ret %x
}
)";
constexpr auto call_lua = R"(
local Echo = {}
Echo.__index = Echo
function Echo:call(x) return x end
return function(n)
  local echo, i, r = setmetatable({}, Echo), 0, nil
  repeat
    r = echo:call(i)
    i = i + 1
  until i >= n
  return r
end
)";

constexpr auto create_avm = R"(
program main(%n) {
    %i = 0
again:
    %o = create_obj "echo"
    %i = add %i, 1
    %more = lt %i, %n
    br %more, again
    ret %o
}
behavior echo(%x) {
    ret %x
}
)";
constexpr auto create_lua = R"(
local Echo = {}
Echo.__index = Echo
return function(n)
  local i, o = 0, nil
  repeat
    o = setmetatable({}, Echo)
    i = i + 1
  until i >= n
  return o
end
)";

BENCHMARK_CAPTURE(run_avm, loop, loop_avm, 1'000'000, 1'000'000);
BENCHMARK_CAPTURE(run_lua, loop, loop_lua, 1'000'000, 1'000'000);
BENCHMARK_CAPTURE(run_avm, fib, fib_avm, fib_input, fib_calls);
BENCHMARK_CAPTURE(run_lua, fib, fib_lua, fib_input, fib_calls);
BENCHMARK_CAPTURE(run_avm, list_building, list_avm, 100'000, 100'000);
BENCHMARK_CAPTURE(run_lua, list_building, list_lua, 100'000, 100'000);
BENCHMARK_CAPTURE(run_avm, sieve, sieve_avm, 100'000, 100'000);
BENCHMARK_CAPTURE(run_lua, sieve, sieve_lua, 100'000, 100'000);
BENCHMARK_CAPTURE(run_avm, local_call, call_avm, 100'000, 100'000);
BENCHMARK_CAPTURE(run_lua, local_call, call_lua, 100'000, 100'000);
// Objects stay in the store: a fixed number of runs keeps it to a million.
BENCHMARK_CAPTURE(run_avm, create, create_avm, 10'000, 10'000)->Iterations(100);
BENCHMARK_CAPTURE(run_lua, create, create_lua, 10'000, 10'000)->Iterations(100);

}  // namespace
}  // namespace avm::bench
