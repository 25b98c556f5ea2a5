// Assembles a file and runs it within limits, as a program does that takes in programs of others.
//
// Shows diagnostics, loading, an input from the command line, limits, the value or the error, and the
// trace.
//
//   $ g++ -std=c++23 embed.cpp $(pkg-config --cflags --libs avm) -o embed
//   $ ./embed examples/ping_pong.avm 3
//      0  TransactionStarted    tx:0
//      1  ObjectCreated         obj:0  ping
//      2  ObjectCreated         obj:1  pong
//      3  TransactionCommitted  tx:0
//      4  ObjectCalled          obj:1  ["Pong", 3, 3, obj:1]  ->  ["done", 3]
//      5  ObjectCalled          obj:0  ["Ping", 2, 3, obj:1]  ->  ["done", 3]
//      6  ObjectCalled          obj:1  ["Pong", 1, 3, obj:1]  ->  ["done", 3]
//      7  ObjectCalled          obj:0  ["Ping", 0, 3, obj:1]  ->  ["done", 3]
//   just ["done", 3]
//   $ ./embed examples/fib.avm 90
//      0  ErrorOccurred         ResourceError.Steps: the limit of 100000 steps is reached
//   error: ResourceError.Steps: the limit of 100000 steps is reached
//   $ printf 'program main {\n    %%sum = ad 1, 2\n    ret %%sum\n}\n' >wrong.avm
//   $ ./embed wrong.avm
//   error[unknown-op]: unknown instruction 'ad'
//    --> wrong.avm:2:12
//     |
//   2 |     %sum = ad 1, 2
//     |            ^^
//     |
//     = help: did you mean 'add'?
//
//   1 error
#include <avm/assemble.hpp>
#include <avm/machine.hpp>
#include <avm/text.hpp>

#include <cstdint>
#include <expected>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

namespace {

// The execution that runs the program of a file; or, as the error, why there is none.
std::expected<std::unique_ptr<avm::Execution>, std::string> start(avm::Machine& machine,
                                                                  const std::string& name,
                                                                  const avm::Val& input,
                                                                  avm::StartOptions options) {
  std::ifstream file(name, std::ios::binary);
  if (!file) return std::unexpected(name + ": cannot be read\n");
  const std::string text(std::istreambuf_iterator<char>(file), {});

  const avm::Assembly assembly = avm::assemble({name, text});
  if (!assembly.tape) return std::unexpected(avm::render(assembly, false));
  std::cerr << avm::render(assembly, false);  // Warnings.

  const avm::TapeFunction* program = assembly.tape->entry();
  if (program == nullptr) return std::unexpected(name + ": has no program\n");
  if (const auto loaded = machine.load(assembly); !loaded)
    return std::unexpected(name + ": " + loaded.error().message + '\n');
  auto execution = machine.start(program->name, input, std::move(options));
  if (!execution) return std::unexpected(name + ": " + execution.error().message + '\n');
  return std::move(*execution);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::cerr << "usage: embed FILE.avm [INPUT]\n";
    return 2;
  }
  const auto input = avm::parse_value(argc == 3 ? argv[2] : "nothing");
  if (!input) {
    std::cerr << "INPUT: " << input.error().message << '\n';
    return 2;
  }

  avm::Machine machine;
  avm::MemoryTrace trace;
  const auto started =
      start(machine, argv[1], *input,
            {.trace = &trace,
             .limits = {.steps = 100'000, .memory = std::uint64_t{64} << 20U, .depth = 1'000}});
  if (!started) {
    std::cerr << started.error();
    return 1;
  }

  avm::Execution& execution = **started;
  execution.run();
  for (const avm::TraceEntry& entry : trace.entries())
    std::cout << avm::to_text(entry) << '\n';
  if (const avm::Error* error = execution.error()) {
    std::cerr << "error: " << error->text() << '\n';
    return 1;
  }
  // A value can be small in memory and huge as text.
  std::cout << avm::print(*execution.value(), 1'000).text << '\n';
}
