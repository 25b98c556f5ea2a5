// EarlyFunctions: functions that are checked and lowered as soon as they are parsed, and forgotten.
//
// A tree takes ten times the memory of its text, and most of it is touched once to write it and once to
// read it. Where nobody wants the tree of a module, the functions at its beginning need none that is
// whole: those that name only what stands before them. The first that names something else (or has a
// mistake) ends this; it and those behind it are kept until all names are known. The Tape and
// all that is said of the source are the same either way.
#pragma once

#include <vector>

#include "asm/front_end.hpp"
#include "asm/lower.hpp"

namespace avm::ast {

class EarlyFunctions {
 public:
  EarlyFunctions(FrontEnd& front, Lowering& lowering)
      : front_(front), parsed_(front.parsed()), module_(parsed_.module), lowering_(lowering) {}

  /// The module has got one more function; `before` it there was so much. True where it was lowered: what
  /// came with it is gone, but for its body, which nobody needs any more.
  bool take(const Mark& before);
  /// How many functions have been lowered.
  Index taken() const noexcept { return taken_; }

 private:
  struct Definition {
    enum class Kind : std::uint8_t { None, Constant, Function };
    Kind kind = Kind::None;
    Index index = none;
  };

  bool is_ready(const Mark& before);
  bool know_constants();
  bool define(Index name, Definition definition);
  bool bind_constant(const NameUse& use);
  bool bind_function(const FunctionUse& use);
  bool knows_behavior(const Statement& statement) const;
  Definition known(Index name) const noexcept;
  void forget(const Mark& before);

  FrontEnd& front_;
  ParsedModule& parsed_;
  Module& module_;
  Lowering& lowering_;
  bool is_over_ = false;
  Index taken_ = 0;
  std::vector<Definition> definitions_;  // by name
  Index constants_ = 0;                  // that are defined
  std::size_t next_use_ = 0;             // of the constants' uses of names
};

}  // namespace avm::ast
