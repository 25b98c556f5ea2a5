#include "itree/tree_engine.hpp"

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

#include "avm/text.hpp"
#include "runtime/pure_ops.hpp"
#include "runtime/world.hpp"

namespace avm {

using itree::NodeKind;
using itree::NodeRef;

struct TreeEngine::TreeParked final : Parked {
  const TreeCode* code = nullptr;
  SourcePosition position;
  Stack<NodeRef> pending;
};

// ─── the interpreter ────────────────────────────────────────────────────────────────────────────

bool TreeEngine::run(bool one_turn) {
  while (execution_.is_on(*this) && !execution_.meter().is_turn_over()) {
    const bool was_instruction = guarded([&] { return step(); });
    if (one_turn && was_instruction) return true;
  }
  return false;
}

template <typename Work>
bool TreeEngine::guarded(Work work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    raise(out_of_memory());
  } catch (const std::exception& thrown) {
    raise(rejection(thrown.what()));
  } catch (...) {
    raise(rejection("an exception"));
  }
  return false;
}

Error TreeEngine::out_of_memory() const {
  return Error(ErrorCode::ResourceError_Memory, Val::nat(execution_.limits().memory));
}

// What C++ code throws is its object's failure, and goes no further than the call.
Error TreeEngine::rejection(std::string_view thrown) const {
  try {
    return Error(ErrorCode::ObjError_RejectedCall, Val::object(execution_.current().self),
                 Val::str(is_utf8(thrown) ? thrown : "an exception"));
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  }
}

bool TreeEngine::step() {
  if (!current_) current_ = frames_.back().code->start({}).node();
  switch (current_->kind()) {
  case NodeKind::Bind: {
    auto* const bind = static_cast<itree::BindNode*>(current_.get());
    NodeRef tree = bind->tree;
    if (current_.is_unique()) bind->tree = NodeRef();
    pending_.push_back(std::move(current_));
    current_ = std::move(tree);
    return false;
  }
  case NodeKind::Tau:
    if (!execution_.meter().take()) {
      raise(Error(ErrorCode::ResourceError_Steps, Val::nat(execution_.meter().limit)));
    } else {
      current_ = NodeRef(static_cast<itree::TauNode*>(current_.get())->next);
    }
    return false;
  case NodeKind::Ret:
    if (pending_.size() == frames_.back().first_pending) {
      end_frame();
    } else {
      NodeRef bind = std::move(pending_.back());
      pending_.pop_back();
      const bool is_last = bind.is_unique();
      current_ = static_cast<itree::BindNode*>(bind.get())->resume(std::move(current_), is_last);
    }
    return false;
  case NodeKind::Vis: return ask(NodeRef(current_));
  }
  return false;
}

bool TreeEngine::ask(const NodeRef& vis) {
  const Event& event = static_cast<itree::VisNode*>(vis.get())->event;
  if (event.position.line != 0) frames_.back().position = event.position;
  if (event.kind == Event::Kind::Raise) {
    execution_.tell_outcome(event.op, std::unexpected(*event.error));
    raise(*event.error);
    return false;
  }
  // The node's only reference: what it holds may be given up.
  current_ = NodeRef();
  Stack<Val> operands;
  // By no `?:`, whose both sides GCC takes for values and clang for a const to be copied.
  if (vis.is_unique()) {
    operands = std::move(static_cast<itree::VisNode*>(vis.get())->event.operands);
  } else {
    operands = event.operands;
  }
  if (event.kind == Event::Kind::Apply) {
    start(event, operands);
    return false;
  }
  const OpInfo& info = op_info(event.op);
  if (info.group == Group::Pure) {
    Result<Val> result = apply_pure_op(event.op, operands, execution_.meter());
    if (result || !result.error().is_resource()) execution_.tell_outcome(event.op, result);
    if (result) {
      answer(std::move(*result));
    } else {
      raise(std::move(result.error()));
    }
    return false;
  }
  if (event.op == Op::reject) {
    Error error(ErrorCode::ObjError_RejectedCall, Val::object(execution_.current().self),
                std::move(operands[0]));
    execution_.tell_outcome(event.op, std::unexpected(error));
    raise(std::move(error));
    return false;
  }
  if (frames_.back().kind != Frame::Kind::Activation) {
    raise(Error(ErrorCode::PureError_TypeMismatch, Val::str(info.name),
                Val::str("no pure function"), frames_.back().code->code.name));
    return false;
  }
  const bool is_registered = event.op == Op::register_pure || event.op == Op::update_pure;
  if (is_registered && event.function_owner) execution_.world().keep(event.function_owner);
  execution_.execute(event.op, operands, event.function, event.post_kind);
  return true;
}

// The top frame's tree has ended with `current_`.
void TreeEngine::end_frame() {
  Val value = itree::take<Val>(current_);
  current_ = NodeRef();
  const Frame::Kind kind = frames_.back().kind;
  if (kind == Frame::Kind::Activation) return execution_.finish(std::move(value));
  pop_frame();
  if (kind == Frame::Kind::Nested) {
    nested_ = std::move(value);
  } else {
    answer(std::move(value));
  }
}

void TreeEngine::raise(Error error) {
  for (std::size_t i = frames_.size(); i > 0; --i) {
    if (frames_[i - 1].kind == Frame::Kind::Activation) break;
    if (frames_[i - 1].kind != Frame::Kind::Nested) continue;
    while (frames_.size() >= i)
      pop_frame();
    nested_ = std::unexpected(std::move(error));
    return;
  }
  execution_.raise(std::move(error));
}

// ─── frames ─────────────────────────────────────────────────────────────────────────────────────

void TreeEngine::push_frame(Frame::Kind kind, const Code& code) {
  const TreeCode& tree = tree_code(code);
  frames_.push_back({kind, &tree, pending_.size(), tree.position, nullptr});
}

void TreeEngine::pop_frame() noexcept {
  pending_.resize(frames_.back().first_pending);
  frames_.pop_back();
}

// Applies a pure function: its tree is the current one.
void TreeEngine::start(const Event& application, std::span<Val> arguments) {
  const Code& function = *application.function;
  if (auto refusal = execution_.begin_apply(function, arguments.size()))
    return raise(std::move(*refusal));
  push_frame(Frame::Kind::Pure, function);
  frames_.back().owner = application.function_owner;
  current_ = tree_code(function).start(arguments).node();
}

void TreeEngine::enter(const Code& code) {
  push_frame(Frame::Kind::Activation, code);
  current_ = NodeRef();  // `step` makes its tree
}

void TreeEngine::answer(Val value) {
  current_ = itree::make<itree::RetNode<Val>>(std::move(value));
}

void TreeEngine::leave() noexcept {
  current_ = NodeRef();
  while (!frames_.empty()) {
    const Frame::Kind kind = frames_.back().kind;
    pop_frame();
    if (kind == Frame::Kind::Activation) break;
  }
}

std::shared_ptr<const Parked> TreeEngine::park() {
  auto parked = std::allocate_shared<TreeParked>(heap::Allocator<TreeParked>());
  const Frame& frame = frames_.back();
  parked->code = frame.code;
  parked->position = frame.position;
  parked->pending.assign(pending_.begin() + static_cast<std::ptrdiff_t>(frame.first_pending),
                         pending_.end());
  return parked;
}

void TreeEngine::resume(const Parked& parked) {
  const auto& tree = static_cast<const TreeParked&>(parked);
  push_frame(Frame::Kind::Activation, tree.code->code);
  frames_.back().position = tree.position;
  pending_.insert(pending_.end(), tree.pending.begin(), tree.pending.end());
}

Result<Val> TreeEngine::apply(const Code& function, std::span<const Val> arguments) {
  Stack<Val> owned(arguments.begin(), arguments.end());
  push_frame(Frame::Kind::Nested, function);
  guarded([&] {
    current_ = tree_code(function).start(owned).node();
    return false;
  });
  while (!nested_)
    guarded([&] { return step(); });
  return *std::exchange(nested_, std::nullopt);
}

CallSite TreeEngine::call_site(std::size_t index) const {
  const Frame& frame = frames_[index];
  return {std::string(frame.code->code.name.as_str()), frame.code->file, frame.position};
}

// ─── code ───────────────────────────────────────────────────────────────────────────────────────

TreeCode::TreeCode(Code described, Start tree)
    : code(std::move(described)), start(std::move(tree)) {
  code.engine = &TreeEngine::make;
  code.body = this;
}

Hash unique_hash() {
  static thread_local std::uint64_t count = 0;
  Hash hash;
  std::uint64_t number = ++count;
  for (std::size_t i = 0; i < sizeof number; ++i)
    hash.bytes[i] = static_cast<std::uint8_t>(number >> 8 * i);
  return hash;
}

}  // namespace avm
