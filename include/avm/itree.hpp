// ITree: interaction trees, programs as values (book chapter "Interaction Trees").
//
//   ITree<Val> who = bind(get_self(), [](Val self) { return ret(Val::just(self)); });
//
// A tree is one of
//   ret(a)         it has ended, with `a`
//   tau(t)         a silent step, then `t`
//   vis(e, k)      the event `e`; `k` makes the next tree of its answer
// and two trees are put one behind the other by `bind`. An interpreter runs a tree to its end by
// giving answers to its events; it needs no native stack for that, whatever the tree's shape: bind to
// the left or to the right, or a million `tau`s.
//
// The monad laws hold up to `tau`: `bind(ret(a), k)` does what `k(a)` does, `bind(t, ret)` what `t`
// does, and it does not matter how `bind`s are bracketed.
//
// A tree is a value: it can be copied at no cost and run any number of times, as long as the functions
// in it give the same for the same arguments. A function that is called for the last time is called as
// an rvalue, so that one which has `operator() &&` may give up what it holds.
//
// Steps: a `tau` counts one, and so does each instruction. A tree that goes on without either, by pure
// operations alone, is ended by no limit of steps: a loop wants a `tau` in it.
//
// Threads: the counts of references are not atomic; a tree belongs to one thread, as values do.
// Errors: what allocates throws std::bad_alloc past the heap's limit (`heap.hpp`).
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "avm/error.hpp"
#include "avm/heap.hpp"
#include "avm/isa.hpp"
#include "avm/tape.hpp"
#include "avm/val.hpp"

namespace avm {

struct Code;
template <typename A>
class ITree;

/// What a tree asks for, and is answered with a Val.
struct Event {
  enum class Kind : std::uint8_t {
    Op,     ///< An AVM instruction, a pure operation, or `reject`: `op` of `operands`.
    Apply,  ///< A pure function, applied to `operands`.
    Raise,  ///< `error` is raised. There is no answer.
  };
  Kind kind = Kind::Op;
  Op op = Op::get_self;         ///< Of Raise: what fails by it.
  std::uint32_t post_kind = 0;  ///< Of `post`.
  SourcePosition position{};    ///< For people; line 0 where there is none.
  /// The operands in the table's order; optional ones that are absent are left out at the end.
  std::vector<Val, heap::Allocator<Val>> operands;
  /// The function of Apply, of scry_*, register_pure and update_pure.
  const Code* function = nullptr;
  std::shared_ptr<const void> function_owner;  ///< Keeps `function`, where it belongs to no module.
  std::optional<Error> error;
};

/// What trees are made of: for interpreters. Programs need `ITree` alone.
namespace itree {

enum class NodeKind : std::uint8_t { Ret, Tau, Vis, Bind };

/// Counted. Freed without recursion, however long the chain that hangs on it.
class Node {
 public:
  explicit Node(NodeKind kind) noexcept : kind_(kind) {}
  virtual ~Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  static void* operator new(std::size_t size) { return heap::allocate(size); }
  static void operator delete(void* node, std::size_t size) noexcept { heap::release(node, size); }

  NodeKind kind() const noexcept { return kind_; }

 private:
  friend class NodeRef;
  static void free(Node* node) noexcept;

  NodeKind kind_;
  std::uint32_t references_ = 0;
  Node* next_freed_ = nullptr;
};

/// A reference to a node, or to none.
class NodeRef {
 public:
  NodeRef() noexcept = default;
  explicit NodeRef(Node* node) noexcept : node_(node) { retain(); }
  NodeRef(const NodeRef& other) noexcept : node_(other.node_) { retain(); }
  NodeRef(NodeRef&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  NodeRef& operator=(NodeRef other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~NodeRef() {
    if (node_ != nullptr && --node_->references_ == 0) Node::free(node_);
  }

  Node* get() const noexcept { return node_; }
  Node* operator->() const noexcept { return node_; }
  explicit operator bool() const noexcept { return node_ != nullptr; }
  /// Whether this is the only reference.
  bool is_unique() const noexcept { return node_->references_ == 1; }

 private:
  void retain() const noexcept {
    if (node_ != nullptr) ++node_->references_;
  }
  Node* node_ = nullptr;
};

template <typename T, typename... Arguments>
NodeRef make(Arguments&&... arguments) {
  static_assert(alignof(T) <= 16, "the heap of values aligns no further");
  return NodeRef(new T(std::forward<Arguments>(arguments)...));
}

template <typename A>
struct RetNode final : Node {
  explicit RetNode(A a) : Node(NodeKind::Ret), value(std::move(a)) {}
  A value;
};

struct TauNode final : Node {
  explicit TauNode(NodeRef tree) : Node(NodeKind::Tau), next(std::move(tree)) {}
  NodeRef next;
};

/// An event whose answer is what the tree gives. What comes after it is bound to it.
struct VisNode final : Node {
  explicit VisNode(Event asked) : Node(NodeKind::Vis), event(std::move(asked)) {}
  Event event;
};

struct BindNode : Node {
  explicit BindNode(NodeRef first) : Node(NodeKind::Bind), tree(std::move(first)) {}
  /// The tree that comes after `tree` has ended with the Ret node `end`. `is_last`: this node is not
  /// needed any more.
  virtual NodeRef resume(NodeRef end, bool is_last) = 0;
  NodeRef tree;
};

/// The value of a Ret node; moved, where nobody else has it.
template <typename A>
A take(const NodeRef& end) {
  auto* const node = static_cast<RetNode<A>*>(end.get());
  if (end.is_unique()) return std::move(node->value);
  return node->value;
}

template <typename A, typename K>
struct BindTo final : BindNode {
  BindTo(NodeRef first, K next) : BindNode(std::move(first)), k(std::move(next)) {}
  NodeRef resume(NodeRef end, bool is_last) override {
    if (is_last) return std::move(k)(take<A>(end)).node();
    return std::as_const(k)(take<A>(end)).node();
  }
  K k;
};

}  // namespace itree

/// A program that ends with an `A`, which can be copied.
template <typename A>
class ITree {
 public:
  using Value = A;

  explicit ITree(itree::NodeRef node) noexcept : node_(std::move(node)) {}
  const itree::NodeRef& node() const& noexcept { return node_; }
  itree::NodeRef node() && noexcept { return std::move(node_); }

 private:
  itree::NodeRef node_;
};

template <typename T>
inline constexpr bool is_tree = false;
template <typename A>
inline constexpr bool is_tree<ITree<A>> = true;

template <typename A>
ITree<std::decay_t<A>> ret(A&& value) {
  using Value = std::decay_t<A>;
  return ITree<Value>(itree::make<itree::RetNode<Value>>(std::forward<A>(value)));
}

template <typename A>
ITree<A> tau(ITree<A> tree) {
  return ITree<A>(itree::make<itree::TauNode>(std::move(tree).node()));
}

/// Throws std::invalid_argument for an event that no interpreter could answer: an op that is neither an
/// instruction, nor a pure operation, nor `reject`; another number of operands than the table asks for; a
/// function, kind of constraint or error that is missing.
void check_event(const Event& event);

/// The event, ending with its answer. Throws as `check_event` does.
inline ITree<Val> trigger(Event event) {
  check_event(event);
  return ITree<Val>(itree::make<itree::VisNode>(std::move(event)));
}

/// `tree`, then the tree that `k` makes of what it ended with.
template <typename A, typename K>
  requires std::move_constructible<K> && is_tree<std::invoke_result_t<const K&, A>>
auto bind(ITree<A> tree, K k) -> std::invoke_result_t<const K&, A> {
  return std::invoke_result_t<const K&, A>(
      itree::make<itree::BindTo<A, K>>(std::move(tree).node(), std::move(k)));
}

template <typename K>
auto vis(Event event, K k) {
  return bind(trigger(std::move(event)), std::move(k));
}

/// `tree`, ending with what `f` makes of its end.
template <typename A, typename F>
  requires std::invocable<const F&, A>
auto map(ITree<A> tree, F f) {
  return bind(std::move(tree), [f = std::move(f)](A&& value) { return ret(f(std::move(value))); });
}

/// Raises an error: a called behavior fails, a program ends.
template <typename A = Val>
ITree<A> raise(Error error) {
  Event event;
  event.kind = Event::Kind::Raise;
  event.op = Op::reject;
  event.error = std::move(error);
  // What is raised has no answer, so that nothing is ever made of it.
  return ITree<A>(itree::make<itree::VisNode>(std::move(event)));
}

/// The behavior refuses its input: raises `ObjError.RejectedCall`.
template <typename A = Val>
ITree<A> reject(Val message) {
  Event event;
  event.op = Op::reject;
  event.operands.push_back(std::move(message));
  return ITree<A>(itree::make<itree::VisNode>(std::move(event)));
}

}  // namespace avm
