// PureFunction: a pure function written in C++, to be applied, registered, or to choose objects by.
//
//   const PureFunction twice("twice", 1, [](std::span<const Val> x) { return add(x[0], x[0]); });
//   apply(twice, 21)                       42
//   register_pure("twice", twice)          from now on call_pure("twice", 21) gives just 42
//   scry_meta(chosen)                      the objects that `chosen` gives true for
//
// Its body may use pure operations, and apply other pure functions; an AVM instruction in it ends the
// execution's `call_pure` or `apply` with `PureError.TypeMismatch`, since it has no object to act for.
//
// The arguments are there while the body makes its tree: what the tree needs of them later is to be
// copied into it. (A coroutine is given them one by one: `from_do(twice)(x[0])`.)
//
// A value; copies share the function. Threads: one, as trees.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "avm/convert.hpp"
#include "avm/itree.hpp"

namespace avm {

class PureFunction {
 public:
  using Body = std::function<ITree<Val>(std::span<const Val> arguments)>;

  PureFunction(std::string_view name, std::uint8_t parameters, Body body);

  const Code& code() const noexcept { return *code_; }
  std::shared_ptr<const void> owner() const noexcept { return code_; }

 private:
  std::shared_ptr<const Code> code_;
};

/// The function's result; an error in it is raised here. With another number of arguments than it
/// has parameters: `PureError.NotFound`.
template <typename... Arguments>
ITree<Val> apply(const PureFunction& function, const Arguments&... arguments) {
  Event event;
  event.kind = Event::Kind::Apply;
  event.function = &function.code();
  event.function_owner = function.owner();
  (event.operands.push_back(to_val(arguments)), ...);
  return trigger(std::move(event));
}

}  // namespace avm
