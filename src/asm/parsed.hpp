// What the parser makes of the files of a module: the tree, and what is left to be resolved and
// checked once all names are known.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "asm/ast.hpp"
#include "asm/interner.hpp"
#include "asm/scoped_names.hpp"
#include "asm/vocabulary.hpp"

namespace avm::ast {

/// A statement with a mistake in it. Nobody may look at its parts, but what follows it is checked
/// as if it were right.
struct BrokenStatement {
  enum class Control : std::uint8_t {
    AsOp,  ///< The op is known.
    FallsThrough,
    Unknown  ///< Nothing is known of what comes after it.
  };
  std::uint32_t statement;
  Control control;
};

/// What is known of a function beside its tree.
struct FunctionNotes {
  /// The nodes of statement i are those from node_begins[i] to node_begins[i + 1]: each that the
  /// statement mentions, in the order of the text (but children before their parents).
  std::vector<Index> node_begins;
  std::vector<BrokenStatement> broken;  // in order
  bool has_bad_header = false;          ///< Its parameters are not known.
  bool has_unknown_labels = false;
  bool is_open_ended = false;  ///< Its end is missing.
};

struct ConstantNotes {
  Index node_begin;  ///< The nodes of its value are those from here to node_end.
  Index node_end;
};

/// A constant that an operand names.
struct NameUse {
  Index node;
  Index function;      ///< In which it stands; none for that of a constant.
  bool is_whole_side;  ///< All that stands behind a `=`, where an instruction may have been meant.
};

/// A function that a statement names.
struct FunctionUse {
  Index function;  ///< In which it stands.
  std::uint32_t statement;
  Index name;
  Span span;
};

/// A word that stands where an instruction should, and is none.
struct UnknownOp {
  Index name;
  Span span;
};

struct ImportItem {
  Index path;
  Span span;
};

/// How much there is of what grows with each function.
struct Mark {
  std::size_t nodes;
  std::size_t children;
  std::size_t cases;
  std::size_t name_uses;
  std::size_t function_uses;
};

struct ParsedModule {
  Module module;
  Interner interner{module.strings};
  Vocabulary words{interner};
  std::vector<FunctionNotes>
      function_notes;  // of Module::functions, but for those at its beginning
  Index first_with_notes = 0;
  std::vector<ConstantNotes> constant_notes;  // of Module::constants
  std::vector<NameUse> name_uses;
  std::vector<FunctionUse> function_uses;
  std::vector<UnknownOp> unknown_ops;

  // Of the function that is being parsed; here because they grow with the module.
  ScopedNames registers_by_name;
  ScopedNames labels_by_name;

  /// Asked behind each function, with what there was before it, whether its body can go.
  std::function<bool(const Mark& before)> has_done_with;

  const FunctionNotes& notes_of(Index function) const noexcept {
    return function_notes[function - first_with_notes];
  }

  Mark mark() const noexcept {
    return {module.nodes.size(), module.children.size(), module.cases.size(), name_uses.size(),
            function_uses.size()};
  }

  ParsedModule() = default;
  ParsedModule(const ParsedModule&) = delete;  // the interner points into the module
  ParsedModule& operator=(const ParsedModule&) = delete;
};

}  // namespace avm::ast
