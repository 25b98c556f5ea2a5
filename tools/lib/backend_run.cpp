#include "lib/backend_run.hpp"

#include "avm/text.hpp"
#include "lib/session.hpp"

namespace avm {
namespace {

template <typename T>
std::optional<std::string> refusal(const std::expected<T, LoadError>& done) {
  if (done) return std::nullopt;
  return done.error().message;
}

void run(Ran& ran, Backend backend, const Assembly& assembly, const RunOptions& options,
         const StartOptions& hooks) {
  MachineOptions machine_options = options.machine;
  machine_options.backend = backend;
  Machine machine(machine_options);
  const auto loaded =
      assembly.module != nullptr ? machine.load(assembly) : machine.load(*assembly.tape);
  ran.refusal = refusal(loaded);
  std::vector<std::string> programs = options.programs;
  if (!options.setup.empty()) programs.push_back(options.setup);
  std::string entry = options.entry;
  if (programs.empty() && entry.empty()) entry = assembly.tape->entry()->name;
  if (programs.empty()) programs.push_back(entry);
  for (const std::string& program : programs) {
    if (!ran.refusal) ran.refusal = refusal(machine.start(program));
  }
  if (ran.refusal) return;
  const SessionResult result = run_session(machine, entry, options, hooks);
  for (const Result<Val>& value : result.values) {
    if (!value) ran.hit_memory_limit |= value.error().code == ErrorCode::ResourceError_Memory;
  }
  const bool has_value = result.is_list || !result.failed();
  ran.result = has_value ? print(result.value(), no_limit, options.output_max).text
                         : result.values.front().error().text();
  ran.steps = result.stats.steps;
  machine.for_each_object([&](const ObjectView& object) {
    ran.store.push_back(print_json(object, options.output_max).text);
  });
}

}  // namespace

Ran run_on(Backend backend, const Assembly& assembly, const RunOptions& options,
           const StartOptions& hooks) {
  Ran ran;
  StartOptions start = hooks;
  start.trace = &ran.trace;
  run(ran, backend, assembly, options, start);
  return ran;
}

Ran run_unwatched(Backend backend, const Assembly& assembly, const RunOptions& options) {
  Ran ran;
  run(ran, backend, assembly, options, {});
  return ran;
}

}  // namespace avm
