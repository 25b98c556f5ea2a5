#include "program.hpp"

#include <cstdio>
#include <cstdlib>

#include "avm/assemble.hpp"

namespace avm::bench {

void give_up(const std::string& why) {
  std::fputs(why.c_str(), stderr);
  std::fputs("\n", stderr);
  std::exit(1);
}

Tape assembled(const std::string& text) {
  Assembly assembly = assemble({"bench.avm", text});
  if (!assembly.tape) give_up(render(assembly, false));
  return std::move(*assembly.tape);
}

Program::Program(const std::string& text) : machine_(std::make_unique<Machine>()) {
  if (const auto loaded = machine_->load(assembled(text)); !loaded) give_up(loaded.error().message);
}

Val Program::run(std::uint64_t input, const std::string& program) {
  auto execution = machine_->start(program, Val::nat(input));
  if (!execution) give_up(execution.error().message);
  (*execution)->run();
  if (const Val* value = (*execution)->value()) return *value;
  give_up((*execution)->error()->text());
}

}  // namespace avm::bench
