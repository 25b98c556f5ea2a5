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
#include <span>
#include <string_view>
#include <utility>

#include <boost/unordered/unordered_flat_map.hpp>

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
  std::expected<void, Val> load(std::span<const Code* const> functions);

  /// Null where there is none.
  const Code* behavior(const Val& name) const noexcept;
  const PureFunction* pure_function(const Val& name) const noexcept;

  /// Adds a pure function under a name that is not taken, as its version 0.
  void register_pure(const Val& name, const Code& code);
  /// Makes `code` the next version of a name that is taken.
  void update_pure(const Val& name, const Code& code) noexcept;

 private:
  struct NameHash {
    std::size_t operator()(const Val& name) const noexcept {
      return std::hash<std::string_view>()(name.as_str());
    }
  };
  template <typename T>
  using Names = boost::unordered_flat_map<Val, T, NameHash, std::equal_to<Val>,
                                          heap::Allocator<std::pair<const Val, T>>>;

  const Hash* hash_of(const Code& function) const noexcept;

  Names<const Code*> behaviors_;
  Names<PureFunction> pure_functions_;
};

}  // namespace avm
