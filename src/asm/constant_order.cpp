#include "asm/constant_order.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace avm::ast {
namespace {

/// A walk in depth, with a stack of its own: constants may name each other in long chains.
class ConstantOrder {
 public:
  ConstantOrder(ParsedModule& parsed, Diagnostics& diagnostics)
      : parsed_(parsed), module_(parsed.module), diagnostics_(diagnostics) {}

  void run() {
    const std::size_t count = module_.constants.size();
    states_.resize(count);
    for (Index constant = 0; constant < count; ++constant)
      visit(constant);
    reorder();
  }

 private:
  enum class State : std::uint8_t { New, Open, Done };
  /// A constant under way, and the node of its value that is looked at next.
  struct Open {
    Index constant;
    Index node;
  };

  void visit(Index constant) {
    if (states_[constant] == State::New) open(constant);
    while (!open_.empty()) {
      Open& top = open_.back();
      const Index named = next_named(top);
      if (named == none) {
        states_[top.constant] = State::Done;
        order_.push_back(top.constant);
        open_.pop_back();
      } else if (states_[named] == State::New) {
        open(named);
      } else if (states_[named] == State::Open) {
        report_circle(named, module_.nodes[top.node - 1].span);
      }
    }
  }

  void open(Index constant) {
    states_[constant] = State::Open;
    open_.push_back({constant, parsed_.constant_notes[constant].node_begin});
  }

  /// The next constant that the value of `top` names.
  Index next_named(Open& top) {
    const Index end = parsed_.constant_notes[top.constant].node_end;
    while (top.node < end) {
      const Node& node = module_.nodes[top.node++];
      if (node.kind == NodeKind::Name && node.ref != none) return node.ref;
    }
    return none;
  }

  void report_circle(Index first, Span use) {
    Diagnostic* const diagnostic =
        diagnostics_.error("constant-circle", use, "constants that name each other in a circle");
    if (diagnostic == nullptr) return;
    auto member = std::ranges::find(open_, first, &Open::constant);
    constexpr std::ptrdiff_t shown_max = 20;
    std::string chain;
    for (; member != open_.end(); ++member) {
      chain += fmt::format("{} names ", shown(name(member->constant)));
      if (open_.end() - member > shown_max && member->constant != first) {
        chain += "… names ";
        member = open_.end() - 2;
      } else if (member->constant != open_.back().constant) {
        diagnostic->others.push_back(place(module_.constants[member->constant].name_span));
      }
    }
    chain += fmt::format("{}", shown(name(first)));
    diagnostic->notes.push_back(std::move(chain));
  }

  std::string_view name(Index constant) const {
    return module_.string(module_.constants[constant].name);
  }

  void reorder() {
    std::vector<Constant> constants;
    std::vector<ConstantNotes> notes;
    std::vector<Index> moved_to(order_.size());
    for (Index i = 0; i < order_.size(); ++i) {
      moved_to[order_[i]] = i;
      constants.push_back(module_.constants[order_[i]]);
      notes.push_back(parsed_.constant_notes[order_[i]]);
    }
    module_.constants = std::move(constants);
    parsed_.constant_notes = std::move(notes);
    for (const NameUse& use : parsed_.name_uses) {
      Index& ref = module_.nodes[use.node].ref;
      if (ref != none) ref = moved_to[ref];
    }
  }

  ParsedModule& parsed_;
  Module& module_;
  Diagnostics& diagnostics_;
  std::vector<State> states_;
  std::vector<Open> open_;
  std::vector<Index> order_;
};

}  // namespace

void order_constants(ParsedModule& parsed, Diagnostics& diagnostics) {
  ConstantOrder(parsed, diagnostics).run();
}

}  // namespace avm::ast
