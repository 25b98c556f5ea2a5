// The syntax tree of a module: what the parser makes of `.avm` text.
//
// Flat: nodes lie in arrays and name each other by index, so that no depth of nesting costs native
// stack, neither when it is built nor when it goes away. Both roads from the text begin here: the
// lowering to a Tape, and the reference backend, which gives the tree a meaning directly.
//
// A Module that came out of `assemble`'s checks without an error is resolved: `ref` fields are set,
// labels are bound, arities and syntactic kinds hold, and each register is set before it is read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "avm/isa.hpp"
#include "avm/tape.hpp"

namespace avm::ast {

/// A stretch of bytes in one source file.
struct Span {
  std::uint32_t file = 0;  ///< Index into `Sources`.
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

using Index = std::uint32_t;
inline constexpr Index none = 0xffffffff;

enum class NodeKind : std::uint8_t {
  Nat,   // number
  Str,   // text
  Bool,  // number
  Nothing,
  List,      // children
  Pair,      // two children
  Just,      // one child
  Register,  // ref: register of the function
  Name,      // text: name; ref: the constant (index into Module::constants)
  Wildcard,  // `_`, in patterns only
};

/// An operand, a pattern or a literal.
struct Node {
  NodeKind kind;
  /// Literals and constants only: nothing below it is a register or a wildcard.
  bool is_constant = false;
  Span span;
  std::uint64_t number = 0;
  Index text = none;  ///< Index into Module::strings.
  Index ref = none;
  Index first_child =
      none;  ///< Children are `child_count` indices in Module::children from here on.
  std::uint32_t child_count = 0;
};

/// What a statement does beside what the table's ops do.
enum class StatementKind : std::uint8_t {
  Op,      // [result =] op operands
  Assign,  // result = operand
  Apply,   // [result =] function(operands)
};

struct Case {
  Index literal;  ///< Node; none for `else`.
  Index label;
  Span label_span;
};

struct Statement {
  StatementKind kind;
  Op op;                ///< Of StatementKind::Op.
  Span span;            ///< All of it.
  Span op_span;         ///< The mnemonic, or the function's name.
  Index result = none;  ///< Register of the function.
  Span result_span;
  Index first_operand =
      none;  ///< Into Module::children: values in order, `match`'s operand and pattern.
  std::uint32_t operand_count = 0;
  Index label = none;        ///< Of jmp, br, br_nothing, match: label of the function.
  Index other_label = none;  ///< The second label of br and br_nothing.
  Index function =
      none;  ///< Of Apply, scry_*, register_pure, update_pure: index into Module::functions.
  std::uint32_t post_kind = 0;
  Index first_case = none;  ///< Of switch: into Module::cases.
  std::uint32_t case_count = 0;
};

struct Label {
  Index name;
  Span span;
  std::uint32_t statement =
      0;  ///< Stands before this statement of the function (its count: at the end).
  bool is_used = false;
};

struct Register {
  Index name;                ///< Without the %.
  std::int16_t number = -1;  ///< Of a numbered register; -1 for a named one.
  Span span;                 ///< Where it is first named.
};

struct Function {
  FunctionKind kind = FunctionKind::Program;
  bool is_unsafe = false;
  Index name = none;
  Span name_span;
  Span span;
  std::uint32_t parameter_count = 0;  ///< The first of its registers.
  std::vector<Register> registers;
  std::vector<Label> labels;
  std::vector<Statement> statements;
};

struct Constant {
  Index name;
  Span name_span;
  Index value;  ///< Node.
};

struct Module {
  std::vector<Function> functions;
  std::vector<Constant> constants;  ///< In an order in which each comes after those that it names.
  std::vector<Node> nodes;          ///< Each after its children.
  std::vector<Index> children;
  std::vector<Case> cases;
  std::vector<std::string> strings;
  /// Functions of imported files that are checked but not taken into the Tape (their programs).
  std::vector<bool> is_left_out;

  std::string_view string(Index index) const noexcept { return strings[index]; }
  const Node& operand(const Statement& statement, std::uint32_t i) const noexcept {
    return nodes[children[statement.first_operand + i]];
  }
  const Node& child(const Node& node, std::uint32_t i) const noexcept {
    return nodes[children[node.first_child + i]];
  }
};

}  // namespace avm::ast
