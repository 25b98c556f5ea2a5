// Plans: what the program `unit` of units.avm is to do.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "avm/val.hpp"
#include "interleaving/history.hpp"

namespace avm::test {

enum class Verb : std::uint8_t {
  Read,
  Write,
  Update,  ///< Reads, then writes.
  Fail,    ///< Writes, and then the call fails.
  Find,    ///< Asks only whether there is such an object.
  Create,
  Destroy,
  Scry,
};

struct Step {
  Verb verb;
  std::optional<Object> object{};  ///< None: the one that the unit created last.
  Value value = 0;                 ///< What is written.
};

enum class Ending : std::uint8_t {
  Alone,  ///< There is no transaction: each instruction is a unit of its own.
  Commit,
  Abort,
  Return,  ///< Forgets its transaction.
};

struct Plan {
  Ending ending = Ending::Commit;
  std::vector<Step> steps{};
};

/// The plan as the program takes it. `x` is the id of object 0.
Val to_val(const Plan& plan, ObjectId x);

/// Gives each write of plan number `number` a value that no other plan of its set has. `scry_deep` does
/// not choose what is written to x, which it chooses at first; of the rest it is the other way round.
void give_values(Plan& plan, std::size_t number);

}  // namespace avm::test
