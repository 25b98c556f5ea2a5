// TreeCode: a function whose body is a tree, as the runtime and the interpreter want it.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "avm/itree.hpp"
#include "runtime/execution.hpp"

namespace avm {

struct TreeCode {
  /// The tree of an activation (no arguments: it asks for its input), or of an application. The
  /// arguments may be moved from.
  using Start = std::function<ITree<Val>(std::span<Val> arguments)>;

  Code code;  ///< Its `body` is this very object.
  Start start;
  std::string file = {};  ///< Where its source stands; empty for C++.
  SourcePosition position = {};

  TreeCode(Code described, Start tree);
  TreeCode(const TreeCode&) = delete;
  TreeCode& operator=(const TreeCode&) = delete;
};

inline const TreeCode& tree_code(const Code& code) {
  return *static_cast<const TreeCode*>(code.body);
}

/// A hash that no other function has: what C++ gives has no content that could be hashed.
Hash unique_hash();

}  // namespace avm
