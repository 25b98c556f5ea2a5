// What the conformance cases cover, what they leave out, and the page of the documentation that says so.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "avm/assemble.hpp"
#include "conformance/watch.hpp"

namespace avm::conformance {

/// A rule that there have to be cases for.
struct Rule {
  std::string id;
  std::string sentence;
};

struct Section {
  std::string id;
  std::string title;
  std::vector<Rule> rules;
};

/// The table of rules, `rows.txt`; and what is wrong with it.
struct Rules {
  explicit Rules(std::string_view text);
  const Rule* find(std::string_view id) const;

  std::vector<Section> sections;
  std::vector<std::string> complaints;
};

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
