#include "avm/compile.hpp"

#include <exception>
#include <map>
#include <new>
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
constexpr std::size_t text_bytes_max = std::size_t{256} << 20U;

struct Refusal {
  std::string why;
};

// Writes assembly text, a line for each event, which the assembler makes a Tape of. Refuses by
// throwing: nothing of it leaves this file.
class Compiler {
 public:
  explicit Compiler(const CompileOptions& options) : options_(options) {}

  std::string compile(const ITree<Val>& tree) {
    std::string lines = function(tree.node());
    return functions_ + fmt::format("{}{} {} {{\n{}}}\n", is_unsafe_ ? "unsafe " : "",
                                    function_kind_name(options_.kind), options_.name, lines);
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
          current = static_cast<itree::BindNode*>(bind.get())->resume(std::move(current), false);
          check_look();
        }
        break;
      case NodeKind::Vis: {
        const Event event = static_cast<itree::VisNode*>(current.get())->event;
        count();
        const bool is_end = event.kind == Event::Kind::Op && event.op == Op::reject;
        const Val answer = line(event, lines);
        if (is_end) return lines;
        if (lines.size() > text_bytes_max) throw Refusal{"the tree is too large"};
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
    const std::string callee = event.function == nullptr ? "" : pure(*event.function);
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
    asked_.push_back({std::string(what), depth_});
    return Val::unknown(asked_.size() - 1);
  }

  // The name of a pure function, whose lines come before those of who names it.
  std::string pure(const Code& code) {
    const std::string name(code.name.as_str());
    const auto [known, is_new] = pure_.emplace(name, &code);
    if (known->second != &code) throw Refusal{"two pure functions are named " + quoted(name)};
    if (!is_new) return name;
    std::vector<Val> arguments;
    std::string parameters;
    ++depth_;
    for (unsigned i = 0; i < code.parameters; ++i) {
      parameters += fmt::format("{}%a{}", i == 0 ? "" : ", ", asked_.size());
      arguments.push_back(new_answer("parameter " + std::to_string(i) + " of " + name));
    }
    const unsigned outer = std::exchange(current_, depth_);
    const NodeRef tree = tree_code(code).start(arguments).node();
    check_look();
    const std::string lines = function(tree);
    current_ = outer;
    functions_ += fmt::format("pure {}({}) {{\n{}}}\n", name, parameters, lines);
    return name;
  }

  std::string operand(const Val& value) {
    std::string text;
    write(text, value, 0);
    return text;
  }

  void write(std::string& text, const Val& value, unsigned nesting) {
    if (nesting > nesting_max) throw Refusal{"a value nests too deep"};
    if (text.size() > text_bytes_max) throw Refusal{"a value is too large"};
    if (value.is_unknown()) {
      if (asked_[value.payload()].function != current_)
        throw Refusal{"a pure function uses an answer that was given outside of it"};
      text += fmt::format("%a{}", value.payload());
      return;
    }
    switch (value.kind()) {
    case Kind::List:
      text += '[';
      for (std::uint64_t i = 0; i < value.list_size(); ++i) {
        if (i > 0) text += ", ";
        write(text, value.list_at(i), nesting + 1);
      }
      text += ']';
      return;
    case Kind::Pair:
      text += '(';
      write(text, value.first(), nesting + 1);
      text += ", ";
      write(text, value.second(), nesting + 1);
      text += ')';
      return;
    case Kind::Just:
      text += "just ";
      write(text, value.unwrapped(), nesting + 1);
      return;
    case Kind::Object:
    case Kind::Tx:
    case Kind::Var:
      throw Refusal{
          fmt::format("{} is a reference, which no program text can name", to_text(value))};
    default: text += to_text(value);
    }
  }

  void count() {
    if (++counted_ > options_.instructions_max) {
      throw Refusal{
          fmt::format("the tree has more than {} instructions", options_.instructions_max)};
    }
  }

  void check_look() const {
    if (const auto look = Val::take_look()) {
      throw Refusal{fmt::format("the tree looks into the answer of {} (the {}. that is answered), "
                                "which is known only when it runs",
                                asked_[*look].what, *look + 1)};
    }
  }

  struct Asked {
    std::string what;
    unsigned function;
  };

  const CompileOptions& options_;
  std::vector<Asked> asked_;  // by the number of the unknown
  std::map<std::string, const Code*> pure_;
  std::string functions_;
  std::uint64_t counted_ = 0;
  unsigned depth_ = 0;    // how many functions were begun
  unsigned current_ = 0;  // which of them is written
  bool is_unsafe_ = false;
};

}  // namespace

std::expected<Tape, std::string> compile(const ITree<Val>& tree, const CompileOptions& options) {
  Val::take_look();
  try {
    Assembly assembly = assemble({options.name, Compiler(options).compile(tree)}, {.debug = false});
    if (!assembly.tape) return std::unexpected(render(assembly, false));
    return *std::move(assembly.tape);
  } catch (const Refusal& refusal) {
    Val::take_look();
    return std::unexpected(refusal.why);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& thrown) {
    return std::unexpected(fmt::format("the tree throws: {}", thrown.what()));
  }
}

}  // namespace avm
