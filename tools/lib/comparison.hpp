// What two runs of the same program have in common, and where they part.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "avm/machine.hpp"
#include "avm/trace.hpp"

namespace avm {

/// All that is compared of a run.
struct Ran {
  std::optional<std::string> refusal;  ///< Why it was not run; nothing else is set then.
  MemoryTrace trace;
  std::string result;
  std::uint64_t steps = 0;
  std::vector<std::string> store;
  bool hit_memory_limit = false;
};

/// The first difference of two runs.
struct Difference {
  std::string what;  ///< "event 3", "the result", …
  std::string left;
  std::string right;
  std::optional<std::size_t> event;  ///< The number of the event, if it is one.
};

/// Looks at refusals, events, results, objects and steps, in this order; nullopt where all are the same.
/// When a backend comes to the end of its memory is its own affair: where one has, only the events up
/// to there count.
std::optional<Difference> first_difference(const Ran& left, const Ran& right);

/// The same of a run that nobody watched, which has no events.
std::optional<Difference> unwatched_difference(const Ran& watched, const Ran& unwatched);

/// The text of an event, or that there is none.
std::string event_line(const Ran& ran, std::size_t event);

/// Both texts side by side, in as many rows as they need; `mark` stands before each row.
std::string columns(std::string_view left, std::string_view right, char mark = ' ');

}  // namespace avm
