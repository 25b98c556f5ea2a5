// What names stand for in the function under way: registers, or labels.
//
// An array by the index of the name. An entry counts only where it was made in this scope, so that
// a new one starts clean without a sweep.
#pragma once

#include <cstdint>
#include <vector>

#include "asm/ast.hpp"

namespace avm::ast {

class ScopedNames {
 public:
  void begin_scope() noexcept { ++scope_; }

  /// What `name` stands for, to be read or set; `none` at first.
  Index& operator[](Index name) {
    if (name >= entries_.size()) grow(name);
    Entry& entry = entries_[name];
    if (entry.scope != scope_) entry = {scope_, none};
    return entry.index;
  }

 private:
  [[gnu::noinline]] void grow(Index name) { entries_.resize(std::size_t{name} + name / 2 + 1); }

  struct Entry {
    std::uint32_t scope = 0;
    Index index = none;
  };
  std::uint32_t scope_ = 1;
  std::vector<Entry> entries_;
};

}  // namespace avm::ast
