// Writer: writes the body of one random function.
//
// It is one class in several files: `operands.cpp` makes operands and patterns, `statements.cpp` single
// statements and control flow, `stories.cpp` sequences of instructions that mean something together.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "avm/isa.hpp"
#include "avm/tape.hpp"
#include "random/choices.hpp"
#include "random/scope.hpp"

namespace avm::random {

// What every random module has. A message is mostly `[what, object, object, value]`.
inline constexpr std::array<std::string_view, 3> behaviors = {"alpha", "beta", "gamma"};
inline constexpr unsigned objects = 4;  ///< `%o0` to `%o3` in programs.
inline constexpr unsigned cases_of_behavior = 4;
inline constexpr std::array<std::string_view, 2> controllers = {"\"red\"", "\"blue\""};
inline constexpr std::array<std::string_view, 3> machines = {"\"local\"", "\"east\"", "\"west\""};

struct PureName {
  std::string_view name;
  unsigned parameters;
};
/// In the order of the text: each may apply those before it. The last two are predicates.
inline constexpr std::array<PureName, 6> pure_functions = {
    {{"count", 1}, {"f0", 0}, {"f1", 1}, {"f2", 2}, {"is_meta", 1}, {"is_deep", 3}}};

/// The ops that statements are drawn from.
struct Vocabulary {
  std::vector<Op> pure;
  std::vector<Op> instructions;
  unsigned layer;
  explicit Vocabulary(unsigned layer_max);
};

class Writer {
 public:
  /// `applicable`: how many of the pure functions it may apply.
  Writer(Choices& choices, const Vocabulary& vocabulary, FunctionKind kind, std::size_t applicable)
      : choices_(choices), vocabulary_(vocabulary), kind_(kind), applicable_(applicable) {}

  Scope& scope() { return scope_; }
  void block(std::uint64_t statements, unsigned nesting = 2);
  void ret();

  // Stories, for functions to begin with.

  void message_and_call();
  void state();
  void transaction();

  // Operands.

  /// A register that holds one of `kinds`, or a literal or aggregate that is one.
  std::string operand(KindSet kinds, unsigned depth = 2);
  std::string object() { return operand(kind_bit(Kind::Object), 0); }
  std::string message();

 private:
  // operands.cpp
  std::string made(KindSet kinds, unsigned depth);
  std::string made(Kind kind, unsigned depth);
  std::string nat();
  std::string str();
  std::string part(unsigned depth);
  std::string operand_of(const OpInfo& info, const OperandInfo& operand, KindSet kinds);
  std::string name_for(Op op);
  std::string pattern(unsigned depth, std::vector<std::string>& bound);

  // statements.cpp
  void statement(unsigned nesting);
  void assign();
  void apply();
  void op();
  void op(Op op);
  bool has_operands(Op op) const;
  bool is_fit(Op op);
  std::string new_register() { return fmt::format("%r{}", choices_.below(10)); }
  void loop(unsigned nesting);
  void jump_back(const std::string& counter, const std::string& top, std::uint64_t turns);
  void branch(unsigned nesting);
  void match(unsigned nesting);
  void choose_case(unsigned nesting);
  void call(std::string_view object);

  // stories.cpp
  void story();
  void inside_transaction();
  void foreign_transaction();
  void receive();
  void self_destruction();
  void registry();
  void distribution();
  void replicas();
  void controllers_change();
  void destruction();
  void reflection();
  void constraints();

  Choices& choices_;
  const Vocabulary& vocabulary_;
  Scope scope_;
  FunctionKind kind_;
  std::size_t applicable_;
};

}  // namespace avm::random
