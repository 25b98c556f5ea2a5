// Registry: the behaviors and pure functions of a machine by name (book chapter "Architecture",
// "BehaviorRegistry"). Programs are not in it: only who starts an execution names them.
//
// It names functions and does not own them: they must outlive it.
//
// Threads: one thread. Errors: what adds throws std::bad_alloc and changes nothing.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <ranges>
#include <string_view>
#include <utility>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "avm/heap.hpp"
#include "runtime/execution.hpp"

namespace avm {

class Registry {
 public:
  struct PureFunction {
    std::uint64_t version = 0;
    const Code* code = nullptr;
  };

  /// Takes in the behaviors and pure functions of a module, all or none. A name that stands for the
  /// same hash already is fine; the error is the first one that stands for another.
  /// `functions`: pointers to Code, gone through several times; programs among them are left out.
  template <std::ranges::forward_range Functions>
  std::expected<void, Val> load(const Functions& functions) {
    std::size_t behaviors = 0;
    std::size_t pure_functions = 0;
    for (const Code* function : functions) {
      const Hash* taken = hash_of(*function);
      if (taken != nullptr && *taken != function->hash) return std::unexpected(function->name);
      if (function->kind == FunctionKind::Behavior) ++behaviors;
      if (function->kind == FunctionKind::Pure) ++pure_functions;
    }
    behaviors_.reserve(behaviors_.size() + behaviors);
    pure_functions_.reserve(pure_functions_.size() + pure_functions);
    for (const Code* function : functions) {
      if (function->kind == FunctionKind::Behavior) behaviors_.insert(function);
      if (function->kind == FunctionKind::Pure) pure_functions_.insert(function);
    }
    return {};
  }

  /// Null where there is none.
  const Code* behavior(const Val& name) const noexcept;
  std::optional<PureFunction> pure_function(const Val& name) const noexcept;

  /// Adds a pure function under a name that is not taken, as its version 0.
  void register_pure(const Val& name, const Code& code);
  /// Makes `code` the next version of a name that is taken.
  void update_pure(const Val& name, const Code& code);

 private:
  static std::string_view name_of(const Val& name) noexcept { return name.as_str(); }
  static std::string_view name_of(const Code* code) noexcept { return code->name.as_str(); }
  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(const auto& named) const noexcept {
      return std::hash<std::string_view>()(name_of(named));
    }
  };
  struct SameName {
    using is_transparent = void;
    bool operator()(const auto& a, const auto& b) const noexcept {
      return name_of(a) == name_of(b);
    }
  };
  using Loaded =
      boost::unordered_flat_set<const Code*, NameHash, SameName, heap::Allocator<const Code*>>;
  using Changed = boost::unordered_flat_map<Val, PureFunction, NameHash, SameName,
                                            heap::Allocator<std::pair<const Val, PureFunction>>>;

  const Hash* hash_of(const Code& function) const noexcept;

  Loaded behaviors_;
  Loaded pure_functions_;
  Changed changed_;  // what programs have registered or updated: what a name stands for since
};

}  // namespace avm
