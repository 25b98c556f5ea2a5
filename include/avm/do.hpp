// Do-notation: programs as C++ coroutines that make interaction trees.
//
//   Do<Val> ping(Val message) {
//     const Val self = co_await get_self();
//     const Val reply = co_await call(message, Val::pair(self, Val::nat(1)));
//     if (reply.is_nothing()) co_return Val::str("nobody");
//     co_return reply.unwrapped();
//   }
//   machine.add_behavior("ping", from_do(ping));
//   ITree<Val> tree = from_do(ping)(Val::nothing());
//
// `co_await` takes an `ITree<A>` and gives an A; it takes a `Converted<A>` (`convert.hpp`) too, and
// rejects the call where there is none: `const Place place = co_await from_val<Place>(message);`.
//
// A tree can be run more than once, a coroutine only once. So the answers are kept, and where a tree
// is resumed a second time a fresh coroutine is given the same answers up to there. Bodies must
// therefore be deterministic: their arguments and the answers alone decide what they await next.
// (Whoever breaks this gets std::logic_error where it is noticed.) What is kept grows with the answers:
// a body that awaits without end wants to be a tree that binds itself instead.
//
// The function and its arguments are copied and live as long as the tree: parameters may be values
// or references to const.
//
// What a body throws (but std::bad_alloc) rejects the call that it answers, with `what()` as message.
//
// Threads: one, as trees.
#pragma once

#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <typeinfo>
#include <utility>
#include <vector>

#include "avm/convert.hpp"
#include "avm/itree.hpp"

namespace avm {

/// A value that was converted, or the call is rejected with why there is none.
template <typename A>
ITree<A> or_reject(Converted<A> converted) {
  if (converted) return ret(std::move(*converted));
  return reject<A>(Val::str(converted.error()));
}

/// What a coroutine for `from_do` returns.
template <typename A>
class Do {
 public:
  using Value = A;

  struct promise_type {
    Do get_return_object() { return Do(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_value(A result) { value = std::move(result); }
    void unhandled_exception() { thrown = std::current_exception(); }

    template <typename B>
    struct Awaiting {
      promise_type& promise;
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<>) const noexcept {}
      B await_resume() const {
        const itree::NodeRef end = std::move(promise.answer);
        return itree::take<B>(end);
      }
    };
    template <typename B>
    Awaiting<B> await_transform(ITree<B> tree) {
      awaited = std::move(tree).node();
      awaited_type = &typeid(B);
      return {*this};
    }
    template <typename B>
    Awaiting<B> await_transform(Converted<B> converted) {
      return await_transform(or_reject(std::move(converted)));
    }

    itree::NodeRef awaited;
    const std::type_info* awaited_type = nullptr;  // null where it does not await
    itree::NodeRef answer;
    std::optional<A> value;
    std::exception_ptr thrown;
  };

  explicit Do(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}
  Do(Do&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Do& operator=(Do&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Do() {
    if (handle_) handle_.destroy();
  }

  /// Goes on, with the answer to what it awaits (none at first), up to what it awaits next or to its
  /// end.
  void resume(itree::NodeRef answer) {
    promise_type& promise = handle_.promise();
    promise.answer = std::move(answer);
    promise.awaited = itree::NodeRef();
    promise.awaited_type = nullptr;
    handle_.resume();
    if (promise.thrown) std::rethrow_exception(std::exchange(promise.thrown, nullptr));
  }
  promise_type& promise() const noexcept { return handle_.promise(); }

 private:
  std::coroutine_handle<promise_type> handle_;
};

namespace itree {

/// A coroutine that awaits, with what it takes to bring another one to the same place.
template <typename A>
class Awaiter {
 public:
  using Body = std::function<Do<A>()>;

  explicit Awaiter(std::shared_ptr<const Body> body) : body_(std::move(body)), run_((*body_)()) {}

  /// Resumes the coroutine. (`bind` calls this where the answer is the last that is asked of it.)
  ITree<A> operator()(NodeRef answer) && {
    answers_.push_back({answer, run_.promise().awaited_type});
    return std::move(*this).go_on(std::move(answer));
  }
  /// Leaves this one where it is, and resumes a fresh one.
  ITree<A> operator()(NodeRef answer) const& {
    Awaiter other(body_);
    other.run_.resume(NodeRef());
    for (const Answer& recorded : answers_) {
      other.expect(recorded.type);
      other.answers_.push_back(recorded);
      other.run_.resume(recorded.end);
    }
    other.expect(run_.promise().awaited_type);
    return std::move(other)(std::move(answer));
  }

  ITree<A> go_on(NodeRef answer) &&;

 private:
  // What an awaited tree has ended with.
  struct Answer {
    NodeRef end;
    const std::type_info* type;
  };

  // Whoever runs again has to await something of the type that was awaited before.
  void expect(const std::type_info* type) const {
    const std::type_info* const awaited = run_.promise().awaited_type;
    if (awaited == nullptr || *awaited != *type)
      throw std::logic_error("a coroutine has done something else when it was run again");
  }

  std::shared_ptr<const Body> body_;
  std::vector<Answer> answers_;  // so far; they are shared with whoever else has them
  Do<A> run_;                    // last: it may refer to what is in `body_`
};

/// What awaits is bound to what it awaits, whatever type that ends with.
template <typename A>
struct AwaitNode final : BindNode {
  AwaitNode(NodeRef awaited, Awaiter<A> next)
      : BindNode(std::move(awaited)), awaiter(std::move(next)) {}
  NodeRef resume(NodeRef end, bool is_last) override {
    if (is_last) return std::move(awaiter)(std::move(end)).node();
    return std::as_const(awaiter)(std::move(end)).node();
  }
  Awaiter<A> awaiter;
};

template <typename A>
ITree<A> Awaiter<A>::go_on(NodeRef answer) && {
  run_.resume(std::move(answer));
  NodeRef awaited = std::exchange(run_.promise().awaited, NodeRef());
  if (!awaited) return ret(std::move(*run_.promise().value));
  return ITree<A>(make<AwaitNode<A>>(std::move(awaited), std::move(*this)));
}

}  // namespace itree

/// The function that gives the tree of what the coroutine function `f` does.
template <typename F>
auto from_do(F f) {
  return [f = std::move(f)](auto... arguments) {
    using A = typename std::invoke_result_t<const F&, const decltype(arguments)&...>::Value;
    using Body = typename itree::Awaiter<A>::Body;
    auto body = std::make_shared<const Body>(
        [f, kept = std::make_tuple(std::move(arguments)...)] { return std::apply(f, kept); });
    // The coroutine begins when the tree is run, and anew each time.
    return bind(ret(Val()), [body = std::move(body)](const Val&) {
      return itree::Awaiter<A>(body).go_on(itree::NodeRef());
    });
  };
}

}  // namespace avm
