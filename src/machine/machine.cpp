#include "avm/machine.hpp"

#include <deque>
#include <ranges>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "avm/assemble.hpp"
#include "avm/disassemble.hpp"
#include "avm/instruction.hpp"
#include "avm/pure_function.hpp"
#include "itree/denote.hpp"
#include "itree/tree_code.hpp"
#include "machine/access.hpp"
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
  // Takes in functions, all or none.
  template <std::ranges::forward_range Functions>
  std::expected<void, LoadError> take_in(const Functions& functions);
  std::expected<void, LoadError> take_in_tape(Tape tape);
  std::expected<void, LoadError> take_in_trees(const Assembly& assembly);
  std::expected<void, LoadError> add(FunctionKind kind, std::string_view name, TreeBody body);

  MachineOptions options;
  MadeUpMachines made_up;
  // The registry and the store name functions of these, so that they go last.
  std::deque<LoadedModule> tapes;
  std::deque<DenotedModule> denoted;
  std::deque<TreeCode> trees;
  std::unordered_map<std::string, const Code*> programs;
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

template <std::ranges::forward_range Functions>
std::expected<void, LoadError> Machine::Impl::take_in(const Functions& functions) {
  for (const Code* function : functions) {
    if (function->kind != FunctionKind::Program) continue;
    const std::string name(function->name.as_str());
    const auto taken = programs.find(name);
    if (taken != programs.end() && taken->second->hash != function->hash) {
      return refuse(LoadError::Reason::NameTaken,
                    fmt::format("another program is named '{}' already", name));
    }
  }
  if (const auto loaded = world.registry.load(functions); !loaded) {
    return refuse(LoadError::Reason::NameTaken,
                  fmt::format("another function is named '{}' already", loaded.error().as_str()));
  }
  for (const Code* function : functions) {
    if (function->kind == FunctionKind::Program) {
      programs.emplace(std::string(function->name.as_str()), function);
    }
  }
  return {};
}

std::expected<void, LoadError> Machine::Impl::take_in_tape(Tape tape) {
  const LoadedModule& module = tapes.emplace_back(std::move(tape));
  auto taken_in =
      take_in(module.functions | std::views::transform([](const LoadedFunction& function) {
                return &function.runtime_code;
              }));
  if (!taken_in) tapes.pop_back();
  return taken_in;
}

std::expected<void, LoadError> Machine::Impl::take_in_trees(const Assembly& assembly) {
  std::vector<Hash> hashes;
  for (const TapeFunction& function : assembly.tape->functions)
    hashes.push_back(function.hash);
  const DenotedModule& module = denoted.emplace_back(assembly.module, assembly.sources, hashes);
  auto taken_in = take_in(module.functions() | std::views::transform([](const TreeCode& function) {
                            return &function.code;
                          }));
  if (!taken_in) denoted.pop_back();
  return taken_in;
}

// The body is given its input as in assembly text: by an instruction.
std::expected<void, LoadError> Machine::Impl::add(FunctionKind kind, std::string_view name,
                                                  TreeBody body) {
  const TreeCode& tree = trees.emplace_back(
      Code{.name = Val::str(name), .kind = kind, .hash = unique_hash()},
      [body = std::move(body)](std::span<Val>) { return bind(instruction::get_input(), body); });
  auto taken_in = take_in(std::views::single(&tree.code));
  if (!taken_in) trees.pop_back();
  return taken_in;
}

Machine::Machine(const MachineOptions& options) : impl_(std::make_unique<Impl>(options)) {}
Machine::Machine(const MachineOptions& options, Transport& transport)
    : impl_(std::make_unique<Impl>(options, transport)) {}
Machine::~Machine() = default;

std::expected<void, LoadError> Machine::load(Tape tape) {
  if (auto admitted = impl_->admit(tape); !admitted) return admitted;
  if (impl_->options.backend == Backend::Tape) return impl_->take_in_tape(std::move(tape));
  // Its lines are not those of the source that the tape names.
  return load(assemble({"<disassembled>", disassemble(tape)}));
}

std::expected<void, LoadError> Machine::load(const Assembly& assembly) {
  if (!assembly.tape) return refuse(LoadError::Reason::Invalid, render(assembly, false));
  if (impl_->options.backend == Backend::Tape) return load(*assembly.tape);
  if (auto admitted = impl_->admit(*assembly.tape); !admitted) return admitted;
  return impl_->take_in_trees(assembly);
}

std::expected<void, LoadError> Machine::add_program(std::string_view name, TreeBody body) {
  return impl_->add(FunctionKind::Program, name, std::move(body));
}

std::expected<void, LoadError> Machine::add_behavior(std::string_view name, TreeBody body) {
  return impl_->add(FunctionKind::Behavior, name, std::move(body));
}

std::expected<void, LoadError> Machine::add_pure(const PureFunction& function) {
  impl_->world.keep(function.owner());
  return impl_->take_in(std::views::single(&function.code()));
}

std::expected<std::unique_ptr<Execution>, LoadError> Machine::start(std::string_view program,
                                                                    Val input,
                                                                    StartOptions options) {
  const auto found = impl_->programs.find(std::string(program));
  if (found == impl_->programs.end()) {
    return refuse(LoadError::Reason::NoSuchProgram,
                  fmt::format("no program is named '{}'", program));
  }
  return std::make_unique<ExecutionImpl>(impl_->world, *found->second, std::move(input),
                                         std::move(options));
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

World& MachineAccess::world(Machine& machine) noexcept { return machine.impl_->world; }

const Code* MachineAccess::program(Machine& machine, const Val& name) {
  const auto found = machine.impl_->programs.find(std::string(name.as_str()));
  return found == machine.impl_->programs.end() ? nullptr : found->second;
}

ObjectId Machine::root() const noexcept { return impl_->world.root(); }

}  // namespace avm
