#include "avm/machine.hpp"

#include <deque>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "runtime/object_view.hpp"
#include "runtime/world.hpp"
#include "vm/loaded_module.hpp"

namespace avm {
namespace {

MachineId machine_id(const std::string& name) { return {Val::str(name)}; }

MadeUpMachines made_up_machines(const MachineOptions& options) {
  std::vector<MachineId> machines;
  for (const std::string& name : options.machines)
    machines.push_back(machine_id(name));
  return MadeUpMachines(std::move(machines));
}

std::unexpected<LoadError> refuse(LoadError::Reason reason, std::string message) {
  return std::unexpected(LoadError{reason, std::move(message)});
}

}  // namespace

struct Machine::Impl {
  explicit Impl(MachineOptions machine_options)
      : options(std::move(machine_options)),
        made_up(made_up_machines(options)),
        world(machine_id(options.name), options.node_prefix, made_up) {}
  Impl(MachineOptions machine_options, Transport& transport)
      : options(std::move(machine_options)),
        world(machine_id(options.name), options.node_prefix, transport) {}

  // Whether a tape of these options may run here.
  std::expected<void, LoadError> admit(const Tape& tape) const;
  // Whether the programs of `module` bear names that are free here.
  std::expected<void, LoadError> check_programs(const LoadedModule& module) const;

  MachineOptions options;
  MadeUpMachines made_up;
  // The registry and the store name functions of the modules, so that these go last.
  std::deque<LoadedModule> modules;
  std::unordered_map<std::string, const LoadedFunction*> programs;
  World world;
};

std::expected<void, LoadError> Machine::Impl::admit(const Tape& tape) const {
  if (const auto proof = verify(tape); !proof) {
    return refuse(LoadError::Reason::Invalid, proof.error().text());
  }
  if (tape.is_unsafe() && !options.allow_unsafe) {
    for (const TapeFunction& function : tape.functions) {
      if (!function.is_unsafe) continue;
      return refuse(LoadError::Reason::Unsafe,
                    fmt::format("{} '{}' is unsafe, and unsafe code is not allowed here",
                                function_kind_name(function.kind), function.name));
    }
  }
  for (const TapeFunction& function : tape.functions) {
    if (function.layer <= options.layer_max) continue;
    return refuse(
        LoadError::Reason::Layer,
        fmt::format(
            "{} '{}' uses instructions of layer {}, and only layers up to {} are allowed here",
            function_kind_name(function.kind), function.name, function.layer, options.layer_max));
  }
  return {};
}

std::expected<void, LoadError> Machine::Impl::check_programs(const LoadedModule& module) const {
  for (const LoadedFunction& function : module.functions) {
    if (function.runtime_code.kind != FunctionKind::Program) continue;
    const auto taken = programs.find(function.tape_function->name);
    if (taken == programs.end() || taken->second->runtime_code.hash == function.runtime_code.hash)
      continue;
    return refuse(LoadError::Reason::NameTaken, fmt::format("another program is named '{}' already",
                                                            function.tape_function->name));
  }
  return {};
}

Machine::Machine(const MachineOptions& options) : impl_(std::make_unique<Impl>(options)) {}
Machine::Machine(const MachineOptions& options, Transport& transport)
    : impl_(std::make_unique<Impl>(options, transport)) {}
Machine::~Machine() = default;

std::expected<void, LoadError> Machine::load(Tape tape) {
  if (auto admitted = impl_->admit(tape); !admitted) return admitted;
  LoadedModule& module = impl_->modules.emplace_back(std::move(tape));
  const auto take_in = [&]() -> std::expected<void, LoadError> {
    if (auto free = impl_->check_programs(module); !free) return free;
    std::vector<const Code*> functions;
    for (const LoadedFunction& function : module.functions) {
      if (function.runtime_code.kind != FunctionKind::Program)
        functions.push_back(&function.runtime_code);
    }
    if (const auto loaded = impl_->world.registry.load(functions); !loaded) {
      return refuse(LoadError::Reason::NameTaken,
                    fmt::format("another function is named '{}' already", loaded.error().as_str()));
    }
    return {};
  };
  if (auto taken_in = take_in(); !taken_in) {
    impl_->modules.pop_back();
    return taken_in;
  }
  for (const LoadedFunction& function : module.functions) {
    if (function.runtime_code.kind == FunctionKind::Program) {
      impl_->programs.emplace(function.tape_function->name, &function);
    }
  }
  return {};
}

std::expected<std::unique_ptr<Execution>, LoadError> Machine::start(std::string_view program,
                                                                    Val input,
                                                                    StartOptions options) {
  const auto found = impl_->programs.find(std::string(program));
  if (found == impl_->programs.end()) {
    return refuse(LoadError::Reason::NoSuchProgram,
                  fmt::format("no program is named '{}'", program));
  }
  return std::make_unique<ExecutionImpl>(impl_->world, found->second->runtime_code,
                                         std::move(input), std::move(options));
}

std::unique_ptr<Execution> Machine::post(ObjectId object, Val message, StartOptions options) {
  if (!impl_->world.post(object, message)) return nullptr;
  return std::make_unique<ExecutionImpl>(impl_->world, object, std::move(message),
                                         std::move(options));
}

void Machine::for_each_object(const std::function<void(const ObjectView&)>& visit) const {
  avm::for_each_object(impl_->world, visit);
}

std::uint64_t Machine::object_count() const noexcept { return impl_->world.store.object_count(); }

ObjectId Machine::root() const noexcept { return impl_->world.root(); }

}  // namespace avm
