// Whether what units of work saw and left behind can have come of running them one after the other.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "interleaving/history.hpp"

namespace avm::test {

/// An order of all units of the history, as indexes, in which
///  - each saw what it would have seen had they run one after the other in that order. This goes for
///    those that did not commit too: they change nothing, and still have to see one consistent state;
///  - what ended before another began comes before it;
///  - the store holds in the end what they leave behind.
/// nullopt where there is none.
std::optional<std::vector<std::size_t>> serial_order(const History& history);

/// What is wrong with a history, by the names that the literature has for it.
enum class Anomaly : std::uint8_t {
  None,
  ReadFromNowhere,    ///< Read a value that nobody wrote.
  DirtyRead,          ///< Read what had not been committed.
  OwnWriteUnseen,     ///< Read something else than it wrote before.
  NonRepeatableRead,  ///< Read different values of an object that it did not change.
  ReadSkew,           ///< Read values that were never there at the same time.
  Phantom,            ///< What `scry_*` saw does not go with what else it saw, or with its commit.
  LostUpdate,         ///< Two changed the same value of an object, neither knowing of the other.
  WriteSkew,          ///< Two changed what the other one had read.
  StaleRead,          ///< Saw a state that was past before it began.
  WrongStore,         ///< The store is not what the commits made of it.
  NotSerializable,    ///< None of these, and still in no order.
  NeedlessConflict,   ///< Refused to commit where nothing that it looked up was changed.
};
std::string_view name(Anomaly anomaly);

/// The history's first anomaly. The names of those before NeedlessConflict are given only where there
/// is no serial order.
Anomaly find_anomaly(const History& history);

}  // namespace avm::test
