// Histories: what units of work that ran at the same time did to shared objects, as far as they could
// tell. This is all that the checker knows (`checker.hpp`); it has never heard of versions or snapshots.
//
// A unit is a transaction, or one instruction outside of any. Each write has a value of its own, so that
// a value that is read says who wrote it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace avm::test {

using Object = std::uint64_t;
using Value = std::uint64_t;
using Time = std::uint64_t;

/// What an object holds when it is made.
inline constexpr Value fresh = 0;
/// Whether `scry_deep` chooses an object that holds this.
constexpr bool is_chosen(Value value) { return value % 2 == 0; }

/// The objects that exist.
using State = std::map<Object, Value>;

struct Operation {
  enum class Kind : std::uint8_t {
    Read,     ///< Saw `value`, or no object where that is not set.
    Find,     ///< Saw that the object exists.
    Write,    ///< Put `value` into an object that exists.
    Create,   ///< Made the object.
    Destroy,  ///< Destroyed an object that exists: for others at the unit's end.
    Scry,     ///< Saw `chosen`, which are all objects that `is_chosen` holds for.
  };
  Kind kind;
  Object object = 0;
  std::optional<Value> value{};
  State chosen{};
  Time at = 0;
};

struct Unit {
  enum class End : std::uint8_t {
    Committed,
    Refused,  ///< By a conflict.
    Aborted,  ///< Or given up, or failed.
  };
  Time begin = 0;
  Time end = 0;
  End how = End::Aborted;
  std::vector<Operation> operations{};

  bool has_committed() const { return how == End::Committed; }
};

struct History {
  State initial;
  std::vector<Unit> units;
  State last;  ///< What the store held in the end.
};

/// Carries out what the unit did, on `state`. False where in that state it could not have seen what it
/// saw; `state` is of no use then.
bool play(const Unit& unit, State& state);

/// What `unit` leaves behind: each object that it changed, and nullopt where that is gone.
std::map<Object, std::optional<Value>> effects(const Unit& unit);

/// As textbooks write it, `x=2 y=1 | b1 r1(x)=2 b2 w2(x)=7 c2 w1(x)=9 v1 | x=7 y=1`: the state before,
/// what was done in the order of time, the state after. Of unit 1: `b1` begin; `c1` commit, `v1` commit
/// refused, `a1` abort; `r1(x)=2` and `r1(x)=-` read, `f1(x)` find, `w1(x)=2` write, `n1(x)` create,
/// `d1(x)` destroy, `s1{x=2,y=4}` scry. Objects 0, 1, 2 are x, y, z, others numbers.
std::string to_text(const History& history);
/// Reads that. What is wrong with it is a std::invalid_argument.
History parse_history(std::string_view text);

}  // namespace avm::test
