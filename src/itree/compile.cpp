#include "avm/compile.hpp"

#include <algorithm>
#include <exception>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "avm/assemble.hpp"
#include "avm/text.hpp"
#include "itree/tree_code.hpp"

namespace avm {
namespace {

using itree::NodeKind;
using itree::NodeRef;

constexpr unsigned nesting_max = 10'000;
constexpr std::size_t text_bytes_max = std::size_t{64} << 20U;

struct Refusal {
  std::string why;
};

// Writes assembly text, a line for each event, which the assembler makes a Tape of. Refuses by
// throwing: nothing of it leaves this file.
class Compiler {
 public:
  explicit Compiler(const CompileOptions& options) : options_(options) {}

  std::string compile(const ITree<Val>& tree) {
    check_name(options_.name);
    const std::string lines = function(tree.node());
    std::string text = fmt::format("{}{} {} {{\n{}}}\n", is_unsafe_ ? "unsafe " : "",
                                   function_kind_name(options_.kind), options_.name, lines);
    // Each may name more of them.
    for (std::size_t i = 0; i < pure_.size(); ++i) {
      text += pure_function(i);
      check_size(text);
    }
    return text;
  }

 private:
  // What a tree asks for, as lines, until it has ended.
  std::string function(NodeRef current) {
    std::string lines;
    std::vector<NodeRef> pending;
    for (;;) {
      switch (current->kind()) {
      case NodeKind::Bind:
        pending.push_back(current);
        current = NodeRef(static_cast<itree::BindNode*>(current.get())->tree);
        break;
      case NodeKind::Tau:
        current = NodeRef(static_cast<itree::TauNode*>(current.get())->next);
        count();
        break;
      case NodeKind::Ret:
        if (pending.empty()) {
          return lines + fmt::format("ret {}\n", operand(itree::take<Val>(current)));
        } else {
          const NodeRef bind = std::move(pending.back());
          pending.pop_back();
          const bool is_last = bind.is_unique();
          current = watched([&] {
            return static_cast<itree::BindNode*>(bind.get())->resume(std::move(current), is_last);
          });
        }
        break;
      case NodeKind::Vis: {
        const Event event = static_cast<itree::VisNode*>(current.get())->event;
        count();
        const bool is_end = event.kind == Event::Kind::Op && event.op == Op::reject;
        const Val answer = line(event, lines);
        if (is_end) return lines;
        check_size(lines);
        current = itree::make<itree::RetNode<Val>>(answer);
        break;
      }
      }
    }
  }

  Val line(const Event& event, std::string& lines) {
    if (event.kind == Event::Kind::Raise) {
      throw Refusal{fmt::format("the tree raises '{}', and programs raise errors of their own by "
                                "reject alone",
                                event.error->text())};
    }
    std::vector<std::string> operands;
    for (const Val& value : event.operands)
      operands.push_back(operand(value));
    const std::string callee = event.function == nullptr ? "" : pure(event);
    if (event.kind == Event::Kind::Apply) {
      lines += fmt::format("%a{} = {}({})\n", asked_.size(), callee, fmt::join(operands, ", "));
      return new_answer(callee);
    }
    const OpInfo& info = op_info(event.op);
    is_unsafe_ |= info.is_unsafe;
    if (event.op == Op::post)
      operands.insert(operands.begin(), std::string(post_kinds()[event.post_kind]));
    if (!callee.empty()) operands.push_back(callee);
    const bool is_reply = event.op == Op::receive && !operands.empty();
    if (info.result != 0) lines += fmt::format("%a{} = ", asked_.size());
    lines +=
        fmt::format("{}{} {}\n", info.name, is_reply ? " reply" : "", fmt::join(operands, ", "));
    return info.result != 0 ? new_answer(info.name) : Val::nothing();
  }

  Val new_answer(std::string_view what) {
    asked_.push_back({std::string(what), current_});
    return Val::unknown(asked_.size() - 1);
  }

  // The name of a pure function, which is to be written as well.
  std::string pure(const Event& event) {
    const std::string name(event.function->name.as_str());
    check_name(name);
    const auto [known, is_new] = by_name_.emplace(name, event.function);
    if (known->second != event.function)
      throw Refusal{"two pure functions are named " + quoted(name)};
    if (is_new) pure_.push_back({event.function, event.function_owner});
    return name;
  }

  std::string pure_function(std::size_t index) {
    const Code& code = *pure_[index].code;
    const std::string name(code.name.as_str());
    current_ = index + 1;
    std::vector<Val> arguments;
    std::vector<std::string> parameters;
    for (unsigned i = 0; i < code.parameters; ++i) {
      parameters.push_back(fmt::format("%a{}", asked_.size()));
      arguments.push_back(new_answer(fmt::format("parameter {} of {}", i, name)));
    }
    const NodeRef tree = watched([&] { return tree_code(code).start(arguments).node(); });
    return fmt::format("pure {}({}) {{\n{}}}\n", name, fmt::join(parameters, ", "), function(tree));
  }

  // Values nest deep: no recursion.
  std::string operand(const Val& whole) {
    struct Open {
      Val value;
      std::uint64_t next;
    };
    std::string text;
    std::vector<Open> open;
    const auto write = [&](Val value) {
      check_size(text);
      while (!value.is_unknown() && value.is_just()) {
        text += "just ";
        value = value.unwrapped();
      }
      if (value.is_unknown()) {
        text += answer_name(value.payload());
      } else if (value.is_list() || value.is_pair()) {
        if (open.size() == nesting_max) throw Refusal{"a value nests too deep"};
        text += value.is_list() ? '[' : '(';
        open.push_back({std::move(value), 0});
      } else if (value.is_object() || value.is_tx() || value.is_var()) {
        throw Refusal{
            fmt::format("{} is a reference, which no program text can name", to_text(value))};
      } else {
        text += to_text(value);
      }
    };
    write(whole);
    while (!open.empty()) {
      auto& [value, next] = open.back();
      const bool is_list = value.is_list();
      if (next == (is_list ? value.list_size() : 2)) {
        text += is_list ? ']' : ')';
        open.pop_back();
        continue;
      }
      if (next > 0) text += ", ";
      const std::uint64_t i = next++;
      write(is_list ? value.list_at(i) : i == 0 ? value.first() : value.second());
    }
    return text;
  }

  std::string answer_name(std::uint64_t number) const {
    if (asked_[number].function != current_)
      throw Refusal{"a pure function uses an answer that was given outside of it"};
    return fmt::format("%a{}", number);
  }

  static void check_size(const std::string& text) {
    if (text.size() > text_bytes_max) throw Refusal{"the tree is too large"};
  }

  // Names are to stay names when they are read as text.
  static void check_name(std::string_view name) {
    const auto is_letter = [](char c) {
      return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    };
    if (name.empty() || !std::ranges::all_of(name, is_letter))
      throw Refusal{quoted(name) + " is no name for a function"};
  }

  void count() {
    if (++counted_ > options_.instructions_max) {
      throw Refusal{
          fmt::format("the tree has more than {} instructions", options_.instructions_max)};
    }
  }

  // Runs what the user has written. What it throws after a look comes of the look.
  template <typename Work>
  NodeRef watched(Work work) const {
    NodeRef made;
    try {
      made = work();
    } catch (const std::bad_alloc&) {
      throw;
    } catch (...) {
      check_look();
      throw;
    }
    check_look();
    return made;
  }

  void check_look() const {
    if (const auto look = Val::take_look()) {
      throw Refusal{fmt::format("the tree looks into the answer of {} (answer {}), "
                                "which is known only when it runs",
                                asked_[*look].what, *look + 1)};
    }
  }

  struct Asked {
    std::string what;
    std::size_t function;
  };
  struct Pure {
    const Code* code;
    std::shared_ptr<const void> owner;  // so that no other has its address
  };

  const CompileOptions& options_;
  std::vector<Asked> asked_;  // by the number of the unknown
  std::vector<Pure> pure_;
  std::map<std::string, const Code*> by_name_;
  std::uint64_t counted_ = 0;
  std::size_t current_ = 0;  // the function that is written: one behind its place in `pure_`, or 0
  bool is_unsafe_ = false;
};

}  // namespace

std::expected<Tape, std::string> compile(const ITree<Val>& tree, const CompileOptions& options) {
  Val::take_look();  // of before
  try {
    Assembly assembly = assemble({options.name, Compiler(options).compile(tree)}, {.debug = false});
    if (!assembly.tape) return std::unexpected(render(assembly, false));
    return *std::move(assembly.tape);
  } catch (const Refusal& refusal) {
    return std::unexpected(refusal.why);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& thrown) {
    return std::unexpected(fmt::format("the tree throws: {}", thrown.what()));
  } catch (...) {
    return std::unexpected("the tree throws an exception");
  }
}

}  // namespace avm
