// What `eq` and `to_str` do: comparing and printing a value as the tree that it is, with a count of
// the nodes. Shared parts are walked as often as they occur, so that the count does not depend on
// how a value happens to be stored.
#include <algorithm>

#include "avm/heap.hpp"
#include "avm/text.hpp"
#include "core/blocks.hpp"
#include "core/pair_walk.hpp"
#include "core/text_printer.hpp"
#include "core/traverse.hpp"

namespace avm {

namespace {

class TreeComparison {
 public:
  explicit TreeComparison(NodeBudget& budget) : budget_(budget) {}

  std::optional<bool> run(const Val& a, const Val& b) {
    std::optional<bool> answer = compare(Borrowed(a), Borrowed(b));
    while (answer == true && walk_.advance()) {
      if (!budget_.take()) return std::nullopt;
      answer = compare(walk_.a(), walk_.b());
    }
    return answer;
  }

 private:
  /// False where they differ, true where they are equal if the blocks that the walk goes into are.
  std::optional<bool> compare(Borrowed a, Borrowed b) {
    if (!skip_justs(a, b)) return std::nullopt;
    // Without `just` on at least one side, another header is another kind, another length or, among
    // strings, another text.
    if (a->header() != b->header()) return false;
    if (!a->is_counted()) return a->payload() == b->payload();
    if (a->tag() == Tag::LongStr) return a->as_str() == b->as_str();
    if (a->tag() == Tag::List) return compare_lists(list_block(*a), list_block(*b));
    walk_.enter(a->block(), b->block());
    return true;
  }

  /// Takes off as many `just`s as both have.
  bool skip_justs(Borrowed& a, Borrowed& b) {
    while (a->is_just() && b->is_just()) {
      const unsigned depth = std::min(a->just_depth(), b->just_depth());
      if (!budget_.take(std::max(depth, 1U))) return false;
      a = without_outer_justs(a, depth);
      b = without_outer_justs(b, depth);
    }
    return true;
  }

  /// Takes off `depth` counted `just`s, or the outermost one where `depth` is 0: one of the two
  /// values has no counted ones then and sits in a block.
  static Borrowed without_outer_justs(const Borrowed& value, unsigned depth) noexcept {
    return depth > 0 ? value.without_justs(depth) : inside_just(value);
  }

  std::optional<bool> compare_lists(ListBlock* a, ListBlock* b) {
    if (a->size != b->size) return false;
    const bool plain =
        a->is_packed() && a->header == b->header && (a->header & Val::counted_bit) == 0;
    if (plain) return compare_plain(a, b);
    walk_.enter(a, b);
    return true;
  }

  /// Elements of one header and without blocks: only the innermost values can differ.
  std::optional<bool> compare_plain(ListBlock* a, ListBlock* b) {
    const std::span<const std::uint64_t> payloads(a->payloads(), a->size);
    const auto difference = std::ranges::mismatch(payloads, std::span(b->payloads(), b->size)).in1;
    const bool equal = difference == payloads.end();
    const auto visited =
        static_cast<std::uint64_t>(difference - payloads.begin()) + (equal ? 0 : 1);
    const unsigned nodes_each = 1 + Borrowed(a->header, 0)->just_depth();
    if (!budget_.take(visited * nodes_each)) return std::nullopt;
    return equal;
  }

  NodeBudget& budget_;
  PairWalk walk_;
};

}  // namespace

std::optional<bool> equal_as_trees(const Val& a, const Val& b, NodeBudget& budget) {
  return TreeComparison(budget).run(a, b);
}

std::optional<Val> print_as_tree(const Val& value, NodeBudget& budget) {
  if (value.is_str()) return value;
  TextPrinter<heap::Allocator> printer(budget, no_limit);
  if (!printer.run(value)) return std::nullopt;
  return Val::str(printer.text());
}

}  // namespace avm
