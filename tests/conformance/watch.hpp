// What a case shows: which instructions and operations it carries out, what they raise, and which
// events come of it. Found by running it on the reference backend, which tells.
#pragma once

#include <set>
#include <string_view>
#include <utility>

#include "avm/assemble.hpp"
#include "avm/error.hpp"
#include "avm/isa.hpp"
#include "lib/run_options.hpp"

namespace avm::conformance {

struct Seen {
  /// Ops that were carried out without an error. For control: those that stand in the source.
  std::set<Op> done;
  std::set<std::pair<Op, ErrorCode>> raised;
  /// The same, whatever raised them.
  std::set<ErrorCode> errors;
  std::set<std::string_view> events;

  void add(const Seen& other);
};

/// Runs a case of what was assembled without an error. Nothing is seen of a case that a machine
/// refuses to run.
Seen watch(const Assembly& assembly, const RunOptions& options);

}  // namespace avm::conformance
