// What the conformance cases cover, what they leave out, and the page of the documentation that says so.
#pragma once

#include <string>
#include <vector>

#include "avm/assemble.hpp"
#include "conformance/rules.hpp"
#include "conformance/watch.hpp"

namespace avm::conformance {

/// A conformance file, and what its cases show.
struct CaseFile {
  std::string path;  ///< From the folder of all cases.
  std::vector<std::string> covers;
  Seen seen;
};

CaseFile look_at(const SourceFile& source, std::string path);

/// What no case shows: ops, errors, events, rules. And rules that are named, but are none.
std::vector<std::string> gaps(const std::vector<CaseFile>& files, const Rules& rules);

/// docs/conformance.md.
std::string page(const std::vector<CaseFile>& files, const Rules& rules);

}  // namespace avm::conformance
