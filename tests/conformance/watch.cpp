#include "conformance/watch.hpp"

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "avm/itree.hpp"
#include "avm/machine.hpp"
#include "avm/trace.hpp"
#include "itree/denote.hpp"
#include "lib/session.hpp"
#include "runtime/world.hpp"

namespace avm::conformance {
namespace {

using itree::BindNode;
using itree::make;
using itree::NodeKind;
using itree::NodeRef;
using itree::TauNode;
using itree::VisNode;

ErrorCode code_of(std::string_view text) {
  const std::string_view name = text.substr(0, text.find(':'));
  std::size_t code = 0;
  while (all_errors()[code].name != name)
    ++code;
  return static_cast<ErrorCode>(code);
}

/// A module whose functions tell what they do.
class WatchedModule {
 public:
  WatchedModule(const Assembly& assembly, Seen& seen)
      : seen_(seen),
        ast_(*assembly.module),
        module_(assembly.module, assembly.sources, hashes(assembly)) {
    std::size_t next = 0;
    for (std::size_t i = 0; i < ast_.functions.size(); ++i) {
      if (ast_.is_left_out[i]) continue;
      const TreeCode& original = module_.functions()[next++];
      TreeCode& watched =
          codes_.emplace_back(original.code, [this, i, &original](std::span<Val> arguments) {
            see_control(ast_.functions[i]);
            const std::string* name = &ast_.strings[ast_.functions[i].name];
            return ITree<Val>(watched_tree(original.start(arguments).node(), name));
          });
      watched.file = original.file;
      watched.position = original.position;
      watched_code_[&original.code] = &watched.code;
    }
  }
  WatchedModule(const WatchedModule&) = delete;
  WatchedModule& operator=(const WatchedModule&) = delete;

  std::vector<const Code*> functions() const {
    std::vector<const Code*> result;
    for (const TreeCode& code : codes_)
      result.push_back(&code.code);
    return result;
  }

  void see_event(const TraceEntry& entry, const CallSite& site) {
    seen_.events.insert(event_name(entry.event_type.index()));
    if (const auto* error = std::get_if<event::ErrorOccurred>(&entry.event_type))
      see_error(code_of(error->text), site);
  }

 private:
  static std::vector<Hash> hashes(const Assembly& assembly) {
    std::vector<Hash> result;
    for (const TapeFunction& function : assembly.tape->functions)
      result.push_back(function.hash);
    return result;
  }

  // Control is no event of a tree.
  void see_control(const ast::Function& function) {
    for (const ast::Statement& statement : function.statements) {
      const bool is_control =
          statement.kind == ast::StatementKind::Op && op_info(statement.op).group == Group::Control;
      if (is_control && statement.op != Op::reject) seen_.done.insert(statement.op);
    }
  }

  void see_error(ErrorCode code, const CallSite& site) {
    seen_.errors.insert(code);
    // A limit can be reached between two events: there is no instruction to blame.
    if (code >= ErrorCode::ResourceError_Steps) return;
    const auto found = asked_at_.find({site.function, site.position.line, site.position.column});
    if (found != asked_at_.end()) seen_.raised.emplace(found->second, code);
  }

  // What a tree does, told as it does it.

  // Nodes that nobody else has give up what they hold, as in the interpreter: else each list that
  // grows in a loop would be copied each time.

  struct WatchedBind final : BindNode {
    WatchedBind(WatchedModule& watching, NodeRef first, NodeRef bind, const std::string* function)
        : BindNode(std::move(first)), module(watching), original(std::move(bind)), name(function) {}
    NodeRef resume(NodeRef end, bool is_last) override {
      auto* const bind = static_cast<BindNode*>(original.get());
      const bool is_end = is_last && original.is_unique();
      return module.watched_tree(bind->resume(std::move(end), is_end), name);
    }
    WatchedModule& module;
    NodeRef original;
    const std::string* name;
  };

  // Recurses into binds to the left only, and these trees have one at most.
  NodeRef watched_tree(NodeRef tree, const std::string* function) {
    switch (tree->kind()) {
    case NodeKind::Ret: return tree;
    case NodeKind::Tau:
      return make<TauNode>(watched_tree(static_cast<TauNode*>(tree.get())->next, function));
    case NodeKind::Bind: {
      auto* const bind = static_cast<BindNode*>(tree.get());
      NodeRef first = bind->tree;
      if (tree.is_unique()) bind->tree = NodeRef();
      first = watched_tree(std::move(first), function);
      return make<WatchedBind>(*this, std::move(first), std::move(tree), function);
    }
    case NodeKind::Vis: {
      auto* const vis = static_cast<VisNode*>(tree.get());
      return watched_event(tree.is_unique() ? std::move(vis->event) : Event(vis->event), function);
    }
    }
    std::unreachable();
  }

  NodeRef watched_event(Event event, const std::string* function) {
    // Only `br` raises by itself; its error says so.
    const Op op =
        event.kind == Event::Kind::Raise ? *find_op(event.error->data[0].as_str()) : event.op;
    const bool is_op = event.kind != Event::Kind::Apply;
    if (is_op)
      asked_at_.insert_or_assign({*function, event.position.line, event.position.column}, op);
    if (event.function != nullptr) event.function = watched_code_.at(event.function);
    if (event.kind == Event::Kind::Raise) return make<VisNode>(std::move(event));
    return vis(std::move(event),
               [this, op, is_op](const Val& answer) {
                 if (is_op) seen_.done.insert(op);
                 return ret(answer);
               })
        .node();
  }

  Seen& seen_;
  const ast::Module& ast_;
  DenotedModule module_;
  std::deque<TreeCode> codes_;
  std::unordered_map<const Code*, const Code*> watched_code_;
  using Place = std::tuple<std::string, std::uint32_t, std::uint32_t>;
  std::map<Place, Op> asked_at_;  // function, line, column
};

MachineId machine_id(const std::string& name) { return {Val::str(name)}; }

MadeUpMachines made_up(const MachineOptions& options) {
  std::vector<MachineId> machines;
  for (const std::string& name : options.machines)
    machines.push_back(machine_id(name));
  return MadeUpMachines(std::move(machines));
}

/// Runs programs as `run_session` does.
class WatchedSession {
 public:
  WatchedSession(const Assembly& assembly, const RunOptions& options, Seen& seen)
      : options_(options),
        module_(assembly, seen),
        transport_(made_up(options.machine)),
        world_(machine_id(options.machine.name), options.machine.node_prefix, transport_) {
    std::vector<const Code*> registered;
    for (const Code* code : module_.functions()) {
      if (code->kind == FunctionKind::Program) {
        programs_.emplace(code->name.as_str(), code);
      } else {
        registered.push_back(code);
      }
    }
    if (!world_.registry.load(registered)) std::unreachable();
  }

  void run(const std::string& entry) {
    for (const auto& [object, message] : options_.posts)
      world_.post(object, message);
    Executions executions;
    if (options_.programs.empty()) {
      executions.push_back(start(entry, options_.input));
      return take_turns(executions, {});
    }
    Val input = options_.input;
    if (!options_.setup.empty()) {
      const auto setup = start(options_.setup, input);
      setup->run();
      if (setup->value() == nullptr) return;
      input = *setup->value();
    }
    for (const std::string& program : options_.programs)
      executions.push_back(start(program, input));
    take_turns(executions, options_.schedule);
  }

 private:
  using Executions = std::vector<std::unique_ptr<Execution>>;

  std::unique_ptr<Execution> start(const std::string& program, Val input) {
    StartOptions start{.limits = options_.limits};
    start.on_event = [this](const TraceEntry& entry, const CallSite& site) {
      module_.see_event(entry, site);
    };
    return std::make_unique<ExecutionImpl>(world_, *programs_.at(program), std::move(input),
                                           std::move(start));
  }

  const RunOptions& options_;
  WatchedModule module_;
  MadeUpMachines transport_;
  std::map<std::string, const Code*, std::less<>> programs_;
  World world_;
};

}  // namespace

void Seen::add(const Seen& other) {
  done.insert(other.done.begin(), other.done.end());
  raised.insert(other.raised.begin(), other.raised.end());
  errors.insert(other.errors.begin(), other.errors.end());
  events.insert(other.events.begin(), other.events.end());
}

Seen watch(const Assembly& assembly, const RunOptions& options) {
  Seen seen;
  Machine machine(options.machine);
  if (!machine.load(*assembly.tape)) return seen;
  const std::string entry = options.entry.empty() && assembly.tape->entry() != nullptr
                                ? assembly.tape->entry()->name
                                : options.entry;
  WatchedSession(assembly, options, seen).run(entry);
  return seen;
}

}  // namespace avm::conformance
