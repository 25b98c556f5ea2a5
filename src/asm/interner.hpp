// Interner: keeps each distinct string of a module once, so that names are compared by index.
//
// The strings themselves stay in `Module::strings`; this is only the way back from text to index.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "asm/ast.hpp"

namespace avm::ast {

class Interner {
 public:
  /// `strings` must be empty and outlive the interner.
  explicit Interner(std::vector<std::string>& strings)
      : strings_(strings), indices_(0, Hash{{}, &strings}, Equal{{}, &strings}) {}

  Index intern(std::string_view text) {
    const auto found = indices_.find(text);
    if (found != indices_.end()) return *found;
    const auto index = static_cast<Index>(strings_.size());
    strings_.emplace_back(text);
    indices_.insert(index);
    return index;
  }

 private:
  // Indices are hashed and compared as the strings that they stand for.
  struct Lookup {
    using is_transparent = void;
    using is_avalanching = void;
  };
  struct Hash : Lookup {
    const std::vector<std::string>* strings;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
    std::size_t operator()(Index index) const noexcept { return (*this)((*strings)[index]); }
  };
  struct Equal : Lookup {
    const std::vector<std::string>* strings;
    bool operator()(Index a, Index b) const noexcept { return a == b; }
    bool operator()(std::string_view a, Index b) const noexcept { return a == (*strings)[b]; }
    bool operator()(Index a, std::string_view b) const noexcept { return b == (*strings)[a]; }
  };

  std::vector<std::string>& strings_;
  boost::unordered_flat_set<Index, Hash, Equal> indices_;
};

}  // namespace avm::ast
