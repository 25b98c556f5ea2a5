// The table of rules that there have to be conformance cases for, `rows.txt`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace avm::conformance {

struct Rule {
  std::string id;
  std::string sentence;
};

struct Section {
  std::string id;
  std::string title;
  std::vector<Rule> rules;
};

struct Rules {
  explicit Rules(std::string_view text);
  const Rule* find(std::string_view id) const;

  std::vector<Section> sections;
  std::vector<std::string> complaints;  ///< What is wrong with the table itself.
};

}  // namespace avm::conformance
